/*-------------------------------------------------------------------------
 *
 * pipeline.c
 *		One connection to the database that calls functions.
 *
 * Owns the connection, and the exchanges that are under way on it, in the order
 * in which they are answered.  A connection that makes no progress for a second
 * longer than the statement timeout is closed and made anew, and so is one that
 * says what it should not.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pool.h"

#include "httpd/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READ_BYTES 65536
#define KEPT_BYTES 262144

/* No call is sent where it would have to wait for longer than this behind
 * others, as far as their pace tells. */
#define LONGEST_QUEUE_MS 100

/* How often a server that can be written to is looked for, while there is none.
 */
#define PRIMARY_MS 2000

static void connect_to(Connection *connection);
static void connected(void *owner, PGconn *libpq, const char *error);
static bool is_on(PGconn *libpq, const char *parameter);
static void connection_readable(evutil_socket_t fd, short what, void *arg);
static void connection_writable(evutil_socket_t fd, short what, void *arg);
static void lose_silent(Connection *connection, const char *reason);
static void lose_transport(Connection *connection);
static void stop_events(Connection *connection);

void
connection_tick(Connection *connection)
{
	Pool *pool = connection->pool;
	int64_t now = pool->worker->now;
	int64_t limit = pool->worker->config->statement_timeout + HANG_GRACE_MS;
	bool asked = connection->state == WARMING || connection->under_way > 0;

	if (connection->state == DOWN && !pool->asleep &&
		now >= connection->retry_at)
		connect_to(connection);
	else if (asked && now - connection->progress > limit)
	{
		if (connection->state == WARMING)
			pool->unreachable = true; /* it was reached, but does not answer */
		lose_silent(connection, "a call took longer than its timeout allows");
	}
	else if (connection->state == READY && connection->first == NULL &&
			 !connection_is_primary(connection) &&
			 now - connection->since > PRIMARY_MS &&
			 worker_wants_primary(pool->worker))
	{
		connection_close(connection);
		connection->retry_at = now;
	}
}

bool
connection_is_primary(const Connection *connection)
{
	return !connection->standby && !connection->read_only;
}

bool
connection_is_silent(const Connection *connection)
{
	const Worker *worker = connection->pool->worker;

	return connection->under_way > 0 && worker->now - connection->progress >
											worker->config->statement_timeout;
}

bool
connection_takes_calls(const Connection *connection)
{
	const Pool *pool = connection->pool;
	int64_t since = pool->worker->now - connection->progress;

	if (connection->state != READY || connection->retiring ||
		connection->under_way >= pool->depth)
		return false;
	return connection->under_way == 0 ||
		   (since <= LONGEST_QUEUE_MS &&
			connection->pace * connection->under_way <= LONGEST_QUEUE_MS);
}

void
connection_flush(Connection *connection)
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
		buffer_reset(out, KEPT_BYTES);
	if (more && !connection->writing)
		event_add(&connection->writable, NULL);
	else if (!more && connection->writing)
		event_del(&connection->writable);
	connection->writing = more;
}

/* Closes it, and sees to what was under way. */
void
connection_close(Connection *connection)
{
	Pool *pool = connection->pool;
	Exchange *exchange = connection->first;

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
	connection->state = DOWN;
	connection->skip = 0;
	connection->retiring = false;
	connection_forget_statements(connection);
	buffer_reset(&connection->in, 0);
	buffer_reset(&connection->out, 0);

	connection->first = connection->last = NULL;
	pool->under_way -= connection->under_way;
	connection->under_way = 0;
	while (exchange != NULL)
	{
		Exchange *next = exchange->next_waiting;

		/* The server may have run any of them, and not said so. */
		pool_resend_or_refuse(pool, exchange, true);
		exchange = next;
	}
}

static void
connect_to(Connection *connection)
{
	connection->state = CONNECTING;
	connection->attempt =
		connect_begin(connection->pool->worker, connected, connection);
}

static void
connected(void *owner, PGconn *libpq, const char *error)
{
	Connection *connection = owner;
	Pool *pool = connection->pool;

	connection->attempt = NULL;
	if (libpq != NULL && !transport_open(&connection->transport, libpq, &error))
	{
		PQfinish(libpq);
		libpq = NULL;
	}
	if (libpq == NULL)
	{
		connection->state = DOWN;
		connection->retry_at =
			pool->worker->now + connect_backoff(++connection->failures);
		pool->unreachable = true;
		pool_complain(pool, error);
		return;
	}

	connection->libpq = libpq;
	connection->state = WARMING;
	connection->standby = is_on(libpq, "in_hot_standby");
	connection->read_only = is_on(libpq, "default_transaction_read_only");
	connection->since = pool->worker->now;
	if (connection_is_primary(connection))
		pool->worker->seen_primary = true;
	event_assign(&connection->readable, pool->worker->base, PQsocket(libpq),
				 EV_READ | EV_PERSIST, connection_readable, connection);
	event_assign(&connection->writable, pool->worker->base, PQsocket(libpq),
				 EV_WRITE | EV_PERSIST, connection_writable, connection);
	event_add(&connection->readable, NULL);
	connection_set_up(connection);
}

/* What a server from PostgreSQL 14 on tells of itself. */
static bool
is_on(PGconn *libpq, const char *parameter)
{
	const char *value = PQparameterStatus(libpq, parameter);

	return value != NULL && strcmp(value, "on") == 0;
}

static void
connection_readable(evutil_socket_t fd, short what, void *arg)
{
	Connection *connection = arg;
	ssize_t got;

	(void) fd;
	(void) what;
	/* Until the socket is empty: under TLS the rest is not seen by poll. */
	do
	{
		char *room = buffer_reserve(&connection->in, READ_BYTES);

		got = transport_read(&connection->transport, room, READ_BYTES);
		if (got == TRANSPORT_GONE)
		{
			lose_transport(connection);
			return;
		}
		if (got > 0)
		{
			connection->in.end += (size_t) got;
			if (!connection_read_messages(connection))
				return;
		}
	} while (got == READ_BYTES || transport_pending(&connection->transport));

	if (buffer_length(&connection->in) == 0)
		buffer_reset(&connection->in, KEPT_BYTES);
}

static void
connection_writable(evutil_socket_t fd, short what, void *arg)
{
	(void) fd;
	(void) what;
	connection_flush(arg);
}

void
connection_lose(Connection *connection, const char *reason)
{
	Pool *pool = connection->pool;
	int under_way = connection->under_way;
	char number[16];

	snprintf(number, sizeof(number), "%d", under_way);
	log_error("lost a connection to the database", "reason", reason,
			  "under_way", number);
	connection->failures++;
	connection_close(connection);
	connection->retry_at =
		pool->worker->now + connect_backoff(connection->failures);
}

/* Nothing has come for too long: perhaps something on the way has dropped this
 * connection, and others with it. */
static void
lose_silent(Connection *connection, const char *reason)
{
	connection_lose(connection, reason);
	worker_suspect(connection->pool->worker);
}

static void
lose_transport(Connection *connection)
{
	int error = connection->transport.error;

	if (error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH)
		lose_silent(connection, strerror(error));
	else
		connection_lose(connection, "the database closed the connection");
}

static void
stop_events(Connection *connection)
{
	event_del(&connection->readable);
	if (connection->writing)
		event_del(&connection->writable);
	connection->writing = false;
}
