/*-------------------------------------------------------------------------
 *
 * exchange.h
 *		One request and its reply, from the time the request is complete.
 *
 * An Exchange belongs to its client's queue, which keeps the order of the
 * replies, and while the database works on its call also to a pool (call.h).
 * The second of them that lets go of it frees it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_EXCHANGE_H
#define PG_ACU_EXCHANGE_H

#include "httpd/base/loop.h"
#include "httpd/db/call.h"
#include "httpd/http/forwarded.h"
#include "httpd/http/reply.h"

struct Database;
struct Exchange;

/* The head of a reply has no more bytes than this. */
#define REPLY_HEAD_BYTES 1024

/* The client that an exchange belongs to, as far as the exchange needs it. */
typedef struct ExchangeClient
{
	/* Whether a large reply of so many bytes may be written now. */
	bool (*admits)(void *client, size_t size);

	/* The buffer for a reply of up to so many bytes; NULL when it must not be
	 * written, as the client is closed.  May turn off keep_alive. */
	Buffer *(*begin_reply)(void *client, struct Exchange *exchange,
						   size_t size);

	/* The reply has been written, with so many bytes.  The exchange may be
	 * freed by that. */
	void (*answered)(void *client, size_t size);

	/* The address for the logs; forwarded_for: X-Forwarded-For, or NULL. */
	void (*show_address)(const void *client, const char *forwarded_for,
						 char text[ADDRESS_SIZE]);
} ExchangeClient;

typedef struct Exchange
{
	QueueLink link; /* in the client's queue */
	Loop *loop;
	struct Database *database;
	const ExchangeClient *actions;
	void *client;  /* NULL: it has let go */
	bool answered; /* reply is complete */
	bool health;   /* it came where only health is answered */
	Buffer reply;

	/* The request, as far as the reply depends on it. */
	uint8_t method;
	bool method_known;
	bool encoded; /* its body has a Content-Encoding */
	bool http_1_0;
	bool keep_alive;
	const char *origin;	 /* of the settings: may read the reply; or NULL */
	char *target;		 /* for the logs */
	char *forwarded_for; /* X-Forwarded-For, for the logs; or NULL */
	int64_t begun;

	/* The call of a function, see function_call.c. */
	Call call;
	size_t body_bytes; /* of its arguments, counted in Loop.body_bytes */
} Exchange;

/* The exchange of a link; NULL for NULL. */
static inline Exchange *
exchange_of_link(QueueLink *link)
{
	return link == NULL ? NULL : container_of(link, Exchange, link);
}

extern Exchange *exchange_new(Loop *loop, struct Database *database,
							  const ExchangeClient *actions, void *client);

/* Frees an exchange that neither a client nor a pool has any more. */
extern void exchange_free(Exchange *exchange);

/* Called by the client once it has taken the exchange out of its queue. */
extern void exchange_let_go(Exchange *exchange);

/*
 * Each of these completes the reply, and lets the client have it in its turn;
 * the exchange may be freed by that.
 */

/* A reply whose head has the fields that depend on the answer; the others are
 * filled in. */
extern void exchange_reply(Exchange *exchange, ReplyHead *head,
						   const char *body, size_t length);

/* An error; the log has it as well, with what the database said of it. */
extern void
exchange_reply_error(Exchange *exchange, ReplyHead *head, const char *code,
					 const char *message, const char *detail, const char *hint);

extern void
exchange_answer(Exchange *exchange, int status, const char *content_type,
				const char *body, size_t length);
extern void exchange_answer_methods(Exchange *exchange, const char *methods);

/* An error of ours: its code is PGA and the status. */
extern void exchange_refuse(Exchange *exchange, int status, const char *message,
							const char *hint);
extern void exchange_refuse_method(Exchange *exchange, const char *methods);

#endif
