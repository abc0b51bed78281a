/*-------------------------------------------------------------------------
 *
 * client.h
 *		One connection of an HTTP client.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CLIENT_H
#define PG_ACU_CLIENT_H

#include "httpd/base/buffer.h"
#include "httpd/http/forwarded.h"
#include "httpd/net/listener.h"

#include <sys/socket.h>

struct Exchange;

typedef struct Client
{
	Listener *listener;
	int fd;
	struct sockaddr_storage address; /* as the kernel has it */
	struct event readable;
	struct event writable;
	bool reading; /* whether readable is added, and so on */
	bool writing;
	bool flushing;	   /* is in the listener's list for this turn */
	bool last_request; /* no request is read after those under way */
	bool lingering;
	bool owes_continue; /* 100 Continue is due once it is the next reply */
	bool dropped;		/* is closed at the end of this turn */
	bool closed;		/* is freed at the end of this turn */
	Wait wait;
	int64_t wait_began;
	int64_t deadline;
	struct Client *before; /* in the list of its wait */
	struct Client *after;
	struct Client *next_flush;
	Request *request;		/* that is incomplete; NULL between requests */
	bool body_wanted;		/* its route and type have been looked at */
	size_t body_kept;		/* bytes of it, counted in Worker.bodies */
	uint64_t body_credited; /* bytes of it that have moved its deadline */
	uint64_t sent;	  /* bytes since it is waited for to take its replies */
	uint64_t taken;	  /* bytes of late, see unsent.c */
	int64_t taken_at; /* when they were last halved */
	size_t unsent; /* bytes kept for it: of replies, and of their exchanges */
	int outstanding;
	struct Exchange *first; /* whose reply is the next one */
	struct Exchange *last;
	Buffer out;
	Buffer held; /* bytes read but not looked at, while it is paused */
} Client;

extern Client *
client_new(Listener *listener, int fd, const struct sockaddr_storage *address);

/* The address of a client for the logs: of who sent the request to a proxy of
 * ours, where forwarded_for says so and may be believed. */
extern void client_address(const Client *client, const char *forwarded_for,
						   char text[ADDRESS_SIZE]);

/* Sends what has been written, as far as the kernel takes it. */
extern void client_send(Client *client);

/* Its body has to make room for others. */
extern void client_refuse_body(Client *client);

/* Frees what is kept for it, and closes it at the end of this turn: its
 * exchanges may be in use until then. */
extern void client_drop(Client *client);

/* Sends what can be sent; then what is next is begun, or waited for. */
extern void client_flush(Client *client);

/* Its time for what it was waited for is over. */
extern void client_time_over(Client *client);

/* Ends it, in a way that lets it read what was sent to it. */
extern void client_linger(Client *client);

/* Ends it at once; it is freed at the end of this turn. */
extern void client_close(Client *client);

/* After it has been closed, once no event of it can be due any more. */
extern void client_free(Client *client);

/* Where the reply of an exchange is to be written. */
extern Buffer *client_reply_buffer(Client *client, struct Exchange *exchange);

/* The reply of an exchange, the client's latest, is to be its last one. */
extern void client_end_after(Client *client, struct Exchange *exchange);

/* One of its exchanges has been answered, with so many bytes. */
extern void client_answered(Client *client, size_t size);

/* Between client.c and client_requests.c: */

/* Takes bytes as far as requests may be begun, and holds the rest. */
extern void client_feed(Client *client, const char *bytes, size_t size);

/* Whether another request may be begun. */
extern bool client_may_read(const Client *client);

/* The client has no incomplete request any more. */
extern void client_end_request(Client *client);

/* Answers what is no request, or has not become one in time, with an error, and
 * reads no more. */
extern void
client_refuse_request(Client *client, int status, const char *message);

/* Says 100 Continue where that is owed and no reply has to leave before it. */
extern void client_send_continue(Client *client);

/* Brings in line what a client is in and what it is waited for. */
extern void client_settle(Client *client);

#endif
