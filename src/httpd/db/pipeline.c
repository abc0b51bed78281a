/*-------------------------------------------------------------------------
 *
 * pipeline.c
 *		One connection to the database that calls functions.
 *
 * Owns the connection, and the calls that are under way on it, in the order in
 * which they are answered.  A connection that makes no progress for a second
 * longer than the statement timeout is closed and made anew, and so is one that
 * says what it should not.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pipeline.h"

#include "httpd/base/log.h"
#include "httpd/db/connect.h"
#include "httpd/db/pipeline_read.h"
#include "httpd/db/pipeline_write.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RETAINED_BYTES 262144 /* of an empty buffer */

/* No call is sent where it would have to wait for longer than this behind
 * others, as far as their pace tells. */
#define MAX_QUEUE_MS 100

/* How often a server that can be written to is looked for, while there is none.
 */
#define PRIMARY_MS 2000

void
pipeline_init(Connection *connection, const Loop *loop, PrimaryWish *primary,
			  const ConnectionEvents *events, void *owner)
{
	connection->loop = loop;
	connection->primary = primary;
	connection->events = events;
	connection->owner = owner;
}

bool
pipeline_is_silent(const Connection *connection)
{
	const Loop *loop = connection->loop;

	return connection->under_way.count > 0 &&
		   loop->now - connection->progress > loop->config->statement_timeout;
}

bool
pipeline_takes_calls(const Connection *connection, int depth)
{
	int64_t since = connection->loop->now - connection->progress;
	int under_way = connection->under_way.count;

	if (connection->state != CONNECTION_READY || connection->retiring ||
		under_way >= depth)
		return false;
	return under_way == 0 || (since <= MAX_QUEUE_MS &&
							  connection->pace * under_way <= MAX_QUEUE_MS);
}

static void
stop_events(Connection *connection)
{
	event_del(&connection->readable);
	if (connection->writing)
		event_del(&connection->writable);
	connection->writing = false;
}

void
pipeline_close(Connection *connection, int64_t retry_at)
{
	Queue lost = connection->under_way;

	if (connection->attempt != NULL)
		connect_cancel(connection->attempt);
	connection->attempt = NULL;
	if (connection->libpq != NULL)
	{
		stop_events(connection);
		transport_close(&connection->transport);
		PQfinish(connection->libpq);
	}
	connection->libpq = NULL;
	connection->state = CONNECTION_DOWN;
	connection->retry_at = retry_at;
	connection->skip = 0;
	connection->retiring = false;
	pipeline_forget_statements(connection);
	buffer_reset(&connection->in, 0);
	buffer_reset(&connection->out, 0);

	connection->under_way = (Queue){ 0 };
	while (lost.first != NULL)
		connection->events->lost(connection->owner,
								 call_of_link(queue_take(&lost)), true);
}

/* Closes a connection after a fault, and logs the reason. */
static void
lose_connection(Connection *connection, const char *reason)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", connection->under_way.count);
	log_error("lost a connection to the database", "reason", reason,
			  "under_way", number);
	connection->failures++;
	pipeline_close(connection, connection->loop->now +
								   connect_backoff(connection->failures));
}

/* Closes a connection from which nothing has come for too long. */
static void
lose_silent(Connection *connection, const char *reason)
{
	lose_connection(connection, reason);
	connection->events->silent(connection->owner);
}

/* Closes a connection whose socket has failed or was closed. */
static void
lose_transport(Connection *connection)
{
	int error = connection->transport.error;

	if (error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH)
		lose_silent(connection, strerror(error));
	else
		lose_connection(connection, "the database closed the connection");
}

void
pipeline_flush(Connection *connection)
{
	Buffer *out = &connection->out;
	bool more;

	while (buffer_length(out) > 0)
	{
		ssize_t sent = transport_write(&connection->transport,
									   buffer_bytes(out), buffer_length(out));

		if (sent == TRANSPORT_GONE)
		{
			lose_transport(connection);
			return;
		}
		if (sent == TRANSPORT_AGAIN)
			break;
		buffer_take(out, (size_t) sent);
	}
	more = buffer_length(out) > 0;
	if (!more)
		buffer_reset(out, RETAINED_BYTES);
	if (more && !connection->writing)
		event_add(&connection->writable, NULL);
	else if (!more && connection->writing)
		event_del(&connection->writable);
	connection->writing = more;
}

static void
connection_writable(evutil_socket_t fd, short what, void *arg)
{
	(void) fd;
	(void) what;
	pipeline_flush(arg);
}

/* Takes what has been read.  False when the connection has been closed: after a
 * fault, or as it has nothing to do any more and was to be. */
static bool
take_messages(Connection *connection)
{
	const char *fault;

	for (;;)
		switch (pipeline_read(connection, &fault))
		{
			case PIPELINE_READ_ALL:
				return true;
			case PIPELINE_READ_FAULT:
				lose_connection(connection, fault);
				return false;
			case PIPELINE_READ_IDLE:
				if (connection->state != CONNECTION_READY)
					break;
				if (connection->retiring)
				{
					pipeline_close(connection, connection->loop->now);
					return false;
				}
				if (connection->dirty && !connection->pooled)
					pipeline_send_clean_up(connection);
				break;
		}
}

static void
connection_readable(evutil_socket_t fd, short what, void *arg)
{
	Connection *connection = arg;
	bool more;

	(void) fd;
	(void) what;
	do
	{
		ssize_t got =
			transport_read(&connection->transport, &connection->in, &more);

		if (got == TRANSPORT_GONE)
		{
			lose_transport(connection);
			return;
		}
		if (got > 0 && !take_messages(connection))
			return;
	} while (more);

	if (buffer_length(&connection->in) == 0)
		buffer_reset(&connection->in, RETAINED_BYTES);
}

/* Whether a server reports a setting to be on, as PostgreSQL 14 and later do
 * with the two that tell a primary. */
static bool
is_on(PGconn *libpq, const char *parameter)
{
	const char *value = PQparameterStatus(libpq, parameter);

	return value != NULL && strcmp(value, "on") == 0;
}

/* ConnectDone: begins the session, or waits before the next try. */
static void
take_connection(void *owner, PGconn *libpq, const char *error)
{
	Connection *connection = owner;
	const Loop *loop = connection->loop;

	connection->attempt = NULL;
	if (libpq != NULL && !transport_open(&connection->transport, libpq, &error))
	{
		PQfinish(libpq);
		libpq = NULL;
	}
	if (libpq == NULL)
	{
		connection->state = CONNECTION_DOWN;
		connection->retry_at =
			loop->now + connect_backoff(++connection->failures);
		connection->events->out_of_reach(connection->owner, error);
		return;
	}

	connection->libpq = libpq;
	connection->state = CONNECTION_WARMING;
	connection->standby = is_on(libpq, "in_hot_standby");
	connection->read_only = is_on(libpq, "default_transaction_read_only");
	connection->since = loop->now;
	if (connection_is_primary(connection))
		connection->primary->seen = true;
	event_assign(&connection->readable, loop->base, PQsocket(libpq),
				 EV_READ | EV_PERSIST, connection_readable, connection);
	event_assign(&connection->writable, loop->base, PQsocket(libpq),
				 EV_WRITE | EV_PERSIST, connection_writable, connection);
	event_add(&connection->readable, NULL);
	pipeline_send_set_up(connection);
}

void
pipeline_tick(Connection *connection)
{
	const Loop *loop = connection->loop;
	int64_t limit = loop->config->statement_timeout + HANG_GRACE_MS;
	int under_way = connection->under_way.count;
	bool asked = connection->state == CONNECTION_WARMING || under_way > 0;

	if (connection->state == CONNECTION_DOWN &&
		loop->now >= connection->retry_at)
	{
		connection->state = CONNECTION_CONNECTING;
		connection->attempt = connect_begin(
			loop, connection->primary->preferred, take_connection, connection);
	}
	else if (asked && loop->now - connection->progress > limit)
	{
		if (connection->state == CONNECTION_WARMING)
			connection->events->out_of_reach(connection->owner, NULL);
		lose_silent(connection, "a call took longer than its timeout allows");
	}
	else if (connection->state == CONNECTION_READY && under_way == 0 &&
			 !connection_is_primary(connection) &&
			 loop->now - connection->since > PRIMARY_MS &&
			 primary_is_wanted(connection->primary))
		pipeline_close(connection, loop->now);
}
