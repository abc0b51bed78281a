/*-------------------------------------------------------------------------
 *
 * call.h
 *		One call of a function in the database, and its result.
 *
 * The maker of a call fills in the request, and submits the call to the
 * database.  From then on it is busy: it waits for a connection or is under way
 * on one, and must not be freed.  Its done function is called exactly once for
 * each time that it is submitted, with end saying how it went; the call then
 * belongs to its maker again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CALL_H
#define PG_ACU_CALL_H

#include "httpd/base/container.h"
#include "httpd/base/queue.h"
#include "httpd/routes/arguments.h"
#include "httpd/routes/statement.h"
#include "httpd/wire/wire.h"

/* Finds out whether a call failed because of its values: a statement that does
 * nothing but read them is given the same. */
typedef enum Probe
{
	PROBE_NONE,
	PROBE_SENT,
	PROBE_PREPARED, /* the types of the values are known to the server */
	PROBE_BAD,		/* a value cannot be read; the error says which */
	PROBE_GOOD		/* all can be read, or it cannot be told */
} Probe;

/* How a call went. */
typedef enum CallEnd
{
	CALL_ANSWERED, /* by the database: a value, or an error if sqlstate is set
					*/
	CALL_CROWDED,  /* not made, as too many others wait */
	CALL_LOST	   /* the database cannot answer now; it may have been made */
} CallEnd;

typedef struct Call
{
	QueueLink link;				 /* in a pool's line, or on a connection */
	void (*done)(struct Call *); /* gets the call back */
	bool busy;	 /* submitted, and done has not been called yet */
	bool wanted; /* false: nobody waits for the result any more */
	CallEnd end;

	/* The request. */
	RouteTable *table; /* a reference; NULL when no function is called */
	const Route *route;
	Arguments arguments;
	bool read_only; /* must not change data */
	bool checks;	/* asks only whether the function may still be called */

	/* Its progress. */
	int64_t submitted; /* when it began to wait */
	int attempts;	   /* how often it has been sent */
	char statement_name[STATEMENT_NAME_SIZE];
	bool parses;   /* it has sent the statement along */
	bool parsed;   /* the statement has been prepared */
	bool prologue; /* acu_internal.begin_call() comes first */
	bool began;	   /* acu_internal.begin_call() has been run */
	bool bound;	   /* the function may have been run */
	Probe probe;

	/* Its result. */
	bool has_value;
	bool value_null;
	bool too_large; /* the value is, and was not kept */
	Buffer value;
	char sqlstate[6]; /* of its error; empty when there is none */
	char *error_message;
	char *error_detail;
	char *error_hint;
	char *log_hint; /* for the log alone */
} Call;

/* A call that nobody waits for, of the function of a route or (NULL) of none;
 * done is call_free. */
extern Call *call_new(RouteTable *table, const Route *route);
extern void call_free(Call *call);

/* Forgets the request and the result.  The memory of buffers stays for the next
 * use, as far as it is not more than keep bytes each. */
extern void call_clear(Call *call, size_t keep);

/* Forgets what the database answered, so that it can be asked again. */
extern void call_forget_result(Call *call);

/* Takes over an error of the server, unless there is one already: the first is
 * the cause. */
extern void call_set_error(Call *call, const ServerError *error);
extern void call_forget_error(Call *call);

static inline bool
call_failed(const Call *call)
{
	return call->sqlstate[0] != '\0';
}

/* Whether the values of the call are being tried, not the call itself. */
static inline bool
call_is_probing(const Call *call)
{
	return call->probe == PROBE_SENT || call->probe == PROBE_PREPARED;
}

/* Whether acu_internal.begin_call() is yet to be run, or has failed. */
static inline bool
call_is_in_prologue(const Call *call)
{
	return call->prologue && !call->began;
}

/* The call of a link; NULL for NULL. */
static inline Call *
call_of_link(QueueLink *link)
{
	return link == NULL ? NULL : container_of(link, Call, link);
}

#endif
