/*-------------------------------------------------------------------------
 *
 * connection.h
 *		The struct of a connection that calls functions (see pipeline.h), and
 *		what it tells its owner.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONNECTION_H
#define PG_ACU_CONNECTION_H

#include "httpd/base/loop.h"
#include "httpd/db/call.h"
#include "httpd/db/transport.h"

#include <event2/event.h>
#include <event2/event_struct.h>

struct Connection;

/*
 * Whether the connections of a worker should lead to a server that can be
 * written to, where several are named or roles are exchanged.
 */
typedef struct PrimaryWish
{
	bool preferred; /* see connect_prefers_primary */
	bool seen;		/* a server could be written to before */
	bool needed;	/* a route may change data */
} PrimaryWish;

static inline bool
primary_is_wanted(const PrimaryWish *wish)
{
	return wish->needed && (wish->seen || wish->preferred);
}

/* Told to the owner of a connection, which must not close it meanwhile. */
typedef struct ConnectionEvents
{
	/* The session is set up; the owner may send calls to warm it up. */
	void (*begun)(void *owner, struct Connection *connection);

	/* The database cannot be reached, for the reason; or (NULL) it was reached,
	 * but does not answer. */
	void (*out_of_reach)(void *owner, const char *reason);

	/* A call has a value or an error. */
	void (*answered)(void *owner, Call *call);

	/* A call has no answer.  It was not made, or (may_have_run) that is not
	 * known, as the connection has been lost. */
	void (*lost)(void *owner, Call *call, bool may_have_run);

	/* The connection was lost as nothing came for too long: others that are
	 * silent may be dead as well. */
	void (*silent)(void *owner);
} ConnectionEvents;

typedef enum ConnectionState
{
	CONNECTION_DOWN,	   /* connects again at retry_at */
	CONNECTION_CONNECTING, /* attempt is under way */
	CONNECTION_WARMING,	   /* its settings and first calls are under way */
	CONNECTION_READY
} ConnectionState;

typedef struct Connection
{
	const Loop *loop;
	PrimaryWish *primary;
	const ConnectionEvents *events;
	void *owner;
	ConnectionState state;
	int failures;			 /* since a session was set up */
	int64_t retry_at;		 /* when it is down */
	struct Attempt *attempt; /* to connect; or NULL */
	PGconn *libpq;			 /* NULL: it is down or connecting */
	Transport transport;
	struct event readable;
	struct event writable;
	bool writing; /* writable is added */
	Buffer in;
	Buffer out;
	size_t skip;	  /* bytes of a message that is not kept */
	Queue under_way;  /* calls, in the order of their replies */
	int64_t since;	  /* when it was made */
	int64_t progress; /* when a reply was last complete */
	double pace;	  /* milliseconds from one reply to the next, of late */
	bool set_up;	  /* acu_internal.begin_session() has answered */
	bool pooled;	  /* behind a pooler: the session is shared with others */
	bool dirty;		  /* a function may have left something in the session */
	bool retiring;	/* takes no more calls, and is closed after those it has */
	bool standby;	/* as the server says: in_hot_standby */
	bool read_only; /* as the server says: default_transaction_read_only */
	char begins[2][STATEMENT_NAME_SIZE]; /* the prologue: to write, to read */
	char prepared[STATEMENT_SLOTS][STATEMENT_NAME_SIZE]; /* "": nothing is */
} Connection;

/* The call whose reply is the next one; NULL when nothing is under way. */
static inline Call *
connection_first_call(const Connection *connection)
{
	return call_of_link(connection->under_way.first);
}

/* Whether the server lets calls write, as far as it has told. */
static inline bool
connection_is_primary(const Connection *connection)
{
	return !connection->standby && !connection->read_only;
}

#endif
