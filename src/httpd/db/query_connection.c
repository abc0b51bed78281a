/*-------------------------------------------------------------------------
 *
 * query_connection.c
 *		A connection to the database that runs one query at a time.
 *
 * Owns the connection.  What the server sends is bounded, and must be an answer
 * to what was asked; else the connection is closed.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/query_connection.h"

#include "httpd/db/connect.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE_BYTES (1024 * 1024)
#define RETAINED_BYTES 65536 /* of an empty buffer */

void
query_close(QueryConnection *connection)
{
	if (connection->attempt != NULL)
		connect_cancel(connection->attempt);
	connection->attempt = NULL;
	if (connection->libpq != NULL)
	{
		if (event_initialized(&connection->readable))
			event_del(&connection->readable);
		transport_close(&connection->transport);
		PQfinish(connection->libpq);
	}
	connection->libpq = NULL;
	connection->asking = false;
	buffer_reset(&connection->in, 0);
}

void
query_lose(QueryConnection *connection, const char *reason)
{
	connection->events->lost(connection->owner, false, reason);
	query_close(connection);
}

void
query_send(QueryConnection *connection, const char *sql)
{
	Buffer out = { 0 };
	ssize_t sent;
	size_t length;

	connection->asking = true;
	connection->asked = connection->loop->now;
	wire_query(&out, sql);
	length = buffer_length(&out);
	sent = transport_write(&connection->transport, buffer_bytes(&out), length);
	free(out.data);
	/* A query is short and the only one: an idle socket takes it whole. */
	if (sent < 0 || (size_t) sent < length)
		query_lose(connection, "could not send to the database");
}

void
query_tick(QueryConnection *connection)
{
	const Loop *loop = connection->loop;

	if (connection->asking &&
		loop->now - connection->asked >
			loop->config->statement_timeout + HANG_GRACE_MS)
		query_lose(connection, "the database did not answer in time");
}

/* False when an error message makes no sense, or has ended the connection. */
static bool
take_error(QueryConnection *connection, const Message *message)
{
	ServerError error;

	if (!wire_read_error(message, &error))
		return false;
	if (!connection->asking ||
		(error.severity != NULL && strcmp(error.severity, "ERROR") != 0))
		query_lose(connection, error.message);
	else
		connection->events->failed(connection->owner, &error);
	return connection->libpq != NULL;
}

/* False when the message is no answer to what was asked, or the connection has
 * been closed. */
static bool
take_message(QueryConnection *connection, const Message *message)
{
	switch (message->kind)
	{
		case 'C': /* CommandComplete */
		case 'N': /* NoticeResponse */
		case 'S': /* ParameterStatus */
			return true;
		case 'T': /* RowDescription */
			return connection->asking;
		case 'A': /* NotificationResponse */
			connection->events->notified(connection->owner);
			return connection->libpq != NULL;
		case 'D': /* DataRow */
			return connection->asking &&
				   connection->events->row(connection->owner, message);
		case 'E': /* ErrorResponse */
			return take_error(connection, message);
		case 'Z': /* ReadyForQuery */
			if (!connection->asking)
				return false;
			connection->asking = false;
			connection->events->done(connection->owner);
			return connection->libpq != NULL;
		default:
			return false;
	}
}

/* Takes the messages that are whole; may close the connection. */
static void
take_messages(QueryConnection *connection)
{
	Buffer *in = &connection->in;
	Message message;

	for (;;)
	{
		bool whole = wire_read(buffer_bytes(in), buffer_length(in), &message);

		if (message.kind != 0 && message.size > MAX_MESSAGE_BYTES)
		{
			query_lose(connection,
					   "the database sent a message that is too long");
			return;
		}
		if (!whole)
			break;
		if (!take_message(connection, &message))
		{
			if (connection->libpq != NULL)
				query_lose(connection,
						   "the database sent what was not expected");
			return;
		}
		buffer_take(in, MESSAGE_HEADER + message.size);
	}
	if (buffer_length(in) == 0)
		buffer_reset(in, RETAINED_BYTES);
}

static void
query_readable(evutil_socket_t fd, short what, void *arg)
{
	QueryConnection *connection = arg;
	bool more;

	(void) fd;
	(void) what;
	do
	{
		ssize_t got =
			transport_read(&connection->transport, &connection->in, &more);

		if (got == TRANSPORT_GONE)
		{
			query_lose(connection, "the database closed the connection");
			return;
		}
		if (got > 0)
			take_messages(connection);
		if (connection->libpq == NULL)
			return;
	} while (more);

	connection->events->settled(connection->owner);
}

/* ConnectDone */
static void
take_connection(void *owner, PGconn *libpq, const char *error)
{
	QueryConnection *connection = owner;

	connection->attempt = NULL;
	if (libpq == NULL)
	{
		connection->events->lost(connection->owner, true, error);
		return;
	}
	connection->libpq = libpq;
	if (!transport_open(&connection->transport, libpq, &error))
	{
		query_lose(connection, error);
		return;
	}
	event_assign(&connection->readable, connection->loop->base, PQsocket(libpq),
				 EV_READ | EV_PERSIST, query_readable, connection);
	event_add(&connection->readable, NULL);
	connection->events->begun(connection->owner);
}

void
query_connect(QueryConnection *connection, bool primary)
{
	connection->attempt =
		connect_begin(connection->loop, primary, take_connection, connection);
}
