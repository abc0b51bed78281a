/*-------------------------------------------------------------------------
 *
 * exchange.h
 *		One request and its reply, from the time the request is complete.
 *
 * An Exchange belongs to its client's queue, which keeps the order of the
 * replies, and while the database works on it also to a pool (pipeline.h).  It
 * is freed when both have let go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_EXCHANGE_H
#define PG_ACU_EXCHANGE_H

#include "httpd/routes/arguments.h"
#include "httpd/routes/statement.h"
#include "httpd/worker.h"

struct Client;
struct ServerError;

/* Whether the values of a call that failed are what was wrong: they are given
 * to a statement that does nothing but read them. */
typedef enum Probe
{
	PROBE_NONE,
	PROBE_SENT,
	PROBE_PREPARED, /* and so their types are there */
	PROBE_BAD,		/* a value cannot be read; the error is that */
	PROBE_GOOD		/* they can be, or it cannot be told */
} Probe;

typedef struct Exchange
{
	Worker *worker;
	struct Client *client; /* NULL: it has gone, or there never was one */
	struct Exchange *next; /* in the client's queue */
	bool answered;		   /* reply is complete */
	bool health;		   /* it came where only health is answered */
	Buffer reply;

	/* What the reply depends on. */
	uint8_t method;
	bool method_known;
	bool encoded; /* its body has a Content-Encoding */
	bool http_1_0;
	bool keep_alive;
	const char *origin;	 /* of the settings: may read the reply */
	char *target;		 /* for the logs */
	char *forwarded_for; /* X-Forwarded-For, for the logs; or NULL */
	int64_t begun;

	/* What the database is asked. */
	RouteTable *table; /* NULL when nothing is */
	const Route *route;
	Arguments arguments;
	size_t body_bytes; /* of the arguments, counted in Worker.bodies */

	/* What the pool knows of it. */
	struct Exchange *next_waiting;
	bool in_pool;
	int64_t submitted;
	int attempts;  /* how often it has been sent */
	int statement; /* slot of its prepared statement */
	char statement_name[STATEMENT_NAME_SIZE];
	bool checks; /* asks only whether what is kept may still be sent */
	bool parses; /* it sent the statement along */
	bool parsed; /* and that was prepared */
	Probe probe;
	bool prologue; /* acu_internal.begin_call() comes first, */
	bool began;	   /* and has been run */
	bool bound;	   /* the function may have been run */
	bool has_value;
	bool value_null;
	bool too_large;
	Buffer value;
	char sqlstate[6]; /* of its error; empty when there is none */
	char *error_message;
	char *error_detail;
	char *error_hint;
	char *log_hint; /* what only the log is told */
} Exchange;

extern Exchange *exchange_new(Worker *worker, struct Client *client);
extern void exchange_free(Exchange *exchange);

/* Forgets what the database answered, so that it can be asked again. */
extern void exchange_forget_result(Exchange *exchange);
extern void
exchange_set_error(Exchange *exchange, const struct ServerError *error);

/*
 * Whether it failed because what was prepared does not fit any more: another
 * type of result, a function that was dropped or made anew, or a neighbour's
 * failure to prepare.  Then the function was not run.
 */
extern bool exchange_is_stale(const Exchange *exchange);

/* Whether the call itself cannot be prepared, whatever is given to it. */
extern bool exchange_is_broken(const Exchange *exchange);

/*
 * Whether the error may be that of a value that could not be read: an input
 * function may raise any SQLSTATE, and so may a function that is run when its
 * call is planned.
 */
extern bool exchange_may_be_bad_value(const Exchange *exchange);

/* The error of the probe takes the place of the call's. */
extern void
exchange_set_bad_value(Exchange *exchange, const struct ServerError *error);

extern void exchange_forget_error(Exchange *exchange);

/* If a value has a blank that came as a plus sign, which Etc/GMT+5 does not
 * mean: adds a hint to an error of this status that may be about it. */
extern void exchange_add_plus_hint(Exchange *exchange, int status);

/* If it failed as the role lacks a privilege: tells the log the GRANT. */
extern void exchange_suggest_grant(Exchange *exchange, const char *role);

/* Whether it must not change anything: a GET or HEAD, and our own calls. */
extern bool exchange_is_safe(const Exchange *exchange);

/* Whether another function than the route's would have been called, so that
 * none was. */
extern bool exchange_found_another(const Exchange *exchange);

/* Answers: each completes the reply and lets the client have it in its turn. */
extern void
exchange_answer(Exchange *exchange, int status, const char *content_type,
				const char *body, size_t length);
extern void exchange_answer_methods(Exchange *exchange, const char *methods);

/* An error of ours: its code is PGA and the status. */
extern void exchange_refuse(Exchange *exchange, int status, const char *message,
							const char *hint);
extern void exchange_refuse_method(Exchange *exchange, const char *methods);

/* Answers with what the route has kept; false when it has not, or when it is to
 * be checked first (exchange->checks) whether that may still be sent. */
extern bool exchange_answer_kept(Exchange *exchange);

/* The end of that check: false when the function must be called after all. */
extern bool exchange_answer_checked(Exchange *exchange);

/* What the database answered, a value or an error. */
extern void exchange_answer_result(Exchange *exchange);

/* router.c: finds out what a complete request asks for, and begins it. */
extern void route_request(Exchange *exchange, const Request *request);

/*
 * router.c: whether the body of a request is to come, as far as what is there
 * of it tells.  It is of no use where no function is called (route_request then
 * answers without it), or when it is refused.
 */
extern bool route_wants_body(const Worker *worker, const Request *request,
							 Refusal *refusal);

/* router.c: whether a request is refused for the host that it names, or for the
 * page that sends it. */
extern bool route_refuses_stranger(const Worker *worker, const Request *request,
								   Refusal *refusal);

/* router.c: the origin whose pages may read the reply; NULL when none may. */
extern const char *route_origin(const Worker *worker, const Request *request);

#endif
