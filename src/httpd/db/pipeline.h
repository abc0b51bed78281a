/*-------------------------------------------------------------------------
 *
 * pipeline.h
 *		One connection to the database that calls functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PIPELINE_H
#define PG_ACU_PIPELINE_H

#include "httpd/db/connect.h"
#include "httpd/protocols/exchange.h"
#include "httpd/routes/statement.h"
#include "httpd/db/transport.h"

struct Pool;

typedef enum ConnectionState
{
	DOWN,		/* connects again at retry_at */
	CONNECTING, /* attempt is under way */
	WARMING,	/* its settings and first calls are under way */
	READY
} ConnectionState;

typedef struct Connection
{
	struct Pool *pool;
	ConnectionState state;
	int failures;
	int64_t retry_at;
	struct Attempt *attempt;
	PGconn *libpq;
	Transport transport;
	struct event readable;
	struct event writable;
	bool writing;
	Buffer in;
	Buffer out;
	size_t skip;	 /* bytes of a message that is not kept */
	Exchange *first; /* under way, in the order of their replies */
	Exchange *last;
	int under_way;
	int64_t since;	  /* when it was made */
	int64_t progress; /* when a reply was last complete */
	double pace;	  /* milliseconds from one reply to the next, of late */
	bool set_up;	  /* acu_internal.begin_session() has answered */
	bool pooled;	  /* a pooler lies between: no session is ours */
	bool dirty;		  /* a function may have left something in the session */
	bool retiring;	/* takes no more calls, and is closed after those it has */
	bool standby;	/* as the server says: in_hot_standby */
	bool read_only; /* as the server says: default_transaction_read_only */
	char begins[2][STATEMENT_NAME_SIZE]; /* the prologue: to write, to read */
	char prepared[STATEMENT_SLOTS][STATEMENT_NAME_SIZE]; /* "": nothing is */
} Connection;

/* Connects when that is due; gives up a call that hangs. */
extern void connection_tick(Connection *connection);

/* Whether another call may be sent on it now. */
extern bool connection_takes_calls(const Connection *connection);

/* Whether the server lets calls write, as far as it has told; whether a call
 * has not been answered although its time limit has passed. */
extern bool connection_is_primary(const Connection *connection);
extern bool connection_is_silent(const Connection *connection);

/* Sends a call, in the next connection_flush; the exchange is answered. */
extern void connection_send(Connection *connection, Exchange *exchange);

extern void connection_flush(Connection *connection);

/* Closes it, and sees to what was under way. */
extern void connection_close(Connection *connection);

/* Among pipeline.c, pipeline_write.c and pipeline_read.c: */

/* Sends what begins the session; then, once, calls of the built-in functions,
 * as the first call of a function in a session may be slow. */
extern void connection_set_up(Connection *connection);
extern void connection_warm_up(Connection *connection);

/* Takes away what the last call has left in the session. */
extern void connection_clean_up(Connection *connection);

/* The session has no prepared statement of this name, or none of any name. */
extern void
connection_forget_statement(Connection *connection, const char *name);
extern void connection_forget_statements(Connection *connection);

/* Takes the messages that are there whole.  False when the connection has been
 * lost meanwhile. */
extern bool connection_read_messages(Connection *connection);

/* Closes it after a fault, and says why in the log. */
extern void connection_lose(Connection *connection, const char *reason);

#endif
