/*-------------------------------------------------------------------------
 *
 * query_connection.h
 *		A connection to the database that runs one query at a time.
 *
 * The messages are read here and not by libpq, which would keep all that comes:
 * the server may be another one than was meant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_QUERY_CONNECTION_H
#define PG_ACU_QUERY_CONNECTION_H

#include "httpd/base/loop.h"
#include "httpd/db/transport.h"
#include "httpd/wire/wire.h"

#include <event2/event.h>
#include <event2/event_struct.h>

/* Told to the owner of a connection, which may send the next query in begun and
 * done, and close the connection in each of them. */
typedef struct QueryEvents
{
	/* The connection has been made. */
	void (*begun)(void *owner);

	/* A row of the query.  False when it is not what was asked for: the
	 * connection is then closed, and lost. */
	bool (*row)(void *owner, const Message *row);

	/* An error has ended the query; done follows. */
	void (*failed)(void *owner, const ServerError *error);

	/* The query is over. */
	void (*done)(void *owner);

	/* A notification has come. */
	void (*notified)(void *owner);

	/* All that came with the last read has been told. */
	void (*settled)(void *owner);

	/* The connection could not be made (connecting), or has been closed. */
	void (*lost)(void *owner, bool connecting, const char *reason);
} QueryEvents;

typedef struct QueryConnection
{
	const Loop *loop;
	const QueryEvents *events;
	void *owner;
	struct Attempt *attempt; /* to connect; or NULL */
	PGconn *libpq;			 /* NULL: it is closed, or not made yet */
	Transport transport;
	struct event readable;
	Buffer in;
	bool asking;   /* a query is under way */
	int64_t asked; /* when it was sent */
} QueryConnection;

/* Connects a closed connection. */
extern void query_connect(QueryConnection *connection, bool primary);

/* Sends a query; the reply is told, or that the connection is lost. */
extern void query_send(QueryConnection *connection, const char *sql);

/* Closes a connection whose query is not answered in time. */
extern void query_tick(QueryConnection *connection);

/* Closes the connection, and tells the owner why. */
extern void query_lose(QueryConnection *connection, const char *reason);

/* Closes the connection, and does not tell the owner. */
extern void query_close(QueryConnection *connection);

#endif
