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
#include "httpd/pool.h"

#include "httpd/catalog.h"
#include "httpd/log.h"
#include "httpd/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES 65536
#define KEPT_BYTES 262144

/* No call is sent where it would have to wait for longer than this behind
 * others, as far as their pace tells.  What the pace is follows the last few
 * calls. */
#define LONGEST_QUEUE_MS 100
#define PACE_CALLS 8

/* Errors, notices and the like are kept up to this size. */
#define MOST_TEXT_BYTES 65536

/* An SQLSTATE is within the first bytes of an error. */
#define SQLSTATE_BYTES 128

/* A session whose client has gone ends that soon, also in a function. */
#define CLIENT_CHECK_MS 500

static void write_call(Connection *connection, Exchange *exchange);
static void write_probe(Connection *connection, Exchange *exchange);
static void connect_to(Connection *connection);
static void connected(void *owner, PGconn *libpq, const char *error);
static void set_up(Connection *connection);
static void warm_up(Connection *connection);
static bool may_warm(const Route *route);
static void connection_readable(evutil_socket_t fd, short what, void *arg);
static void connection_writable(evutil_socket_t fd, short what, void *arg);
static bool read_messages(Connection *connection);
static bool skip_message(Connection *connection, const Message *message);
static bool take_message(Connection *connection, const Message *message);
static bool take_value(Exchange *exchange, const Message *message);
static bool take_error(Connection *connection, const Message *message);
static bool is_probing(const Exchange *exchange);
static void group_complete(Connection *connection);
static void call_complete(Connection *connection, Exchange *exchange);
static void lose(Connection *connection, const char *reason);
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
		lose(connection, "a call took longer than its timeout allows");
	}
}

bool
connection_takes_calls(const Connection *connection)
{
	const Pool *pool = connection->pool;
	int64_t since = pool->worker->now - connection->progress;

	if (connection->state != READY || connection->under_way >= pool->depth)
		return false;
	return connection->under_way == 0 ||
		   (since <= LONGEST_QUEUE_MS &&
			connection->pace * connection->under_way <= LONGEST_QUEUE_MS);
}

void
connection_send(Connection *connection, Exchange *exchange)
{
	if (exchange->probe == PROBE_SENT)
		write_probe(connection, exchange);
	else
		write_call(connection, exchange);

	exchange->next_waiting = NULL;
	if (connection->last != NULL)
		connection->last->next_waiting = exchange;
	else
	{
		connection->first = exchange;
		connection->progress = connection->pool->worker->now;
	}
	connection->last = exchange;
	connection->under_way++;
	connection->pool->under_way++;
}

static void
write_call(Connection *connection, Exchange *exchange)
{
	Buffer *out = &connection->out;
	char name[STATEMENT_NAME_SIZE];
	uint64_t *prepared;

	exchange->statement =
		statement_find(exchange->table, exchange->route,
					   exchange->arguments.given, &exchange->serial);
	statement_name(exchange->statement, name);
	prepared = &connection->prepared[exchange->statement];
	if (*prepared != exchange->serial)
	{
		Buffer sql = { 0 };

		wire_call(&sql, exchange->route, exchange->arguments.given);
		wire_close(out, name);
		wire_parse(out, name, buffer_bytes(&sql));
		free(sql.data);
		*prepared = exchange->serial;
		exchange->parses = true;
	}
	wire_bind(out, name, &exchange->arguments, exchange->route->binary);
	wire_execute(out);
	wire_sync(out);
	exchange->attempts++;
}

/* As the statement without a name, which nobody else uses. */
static void
write_probe(Connection *connection, Exchange *exchange)
{
	Buffer *out = &connection->out;
	Buffer sql = { 0 };

	wire_probe(&sql, exchange->route, exchange->arguments.given);
	wire_parse(out, "", buffer_bytes(&sql));
	free(sql.data);
	wire_bind(out, "", &exchange->arguments, false);
	wire_execute(out);
	wire_sync(out);
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
			lose(connection, "the database closed the connection");
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
	memset(connection->prepared, 0, sizeof(connection->prepared));
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
	event_assign(&connection->readable, pool->worker->base, PQsocket(libpq),
				 EV_READ | EV_PERSIST, connection_readable, connection);
	event_assign(&connection->writable, pool->worker->base, PQsocket(libpq),
				 EV_WRITE | EV_PERSIST, connection_writable, connection);
	event_add(&connection->readable, NULL);
	set_up(connection);
}

static void
set_up(Connection *connection)
{
	Worker *worker = connection->pool->worker;
	long long limit = (long long) worker->config->statement_timeout;
	char sql[256];
	int length;

	length = snprintf(sql, sizeof(sql),
					  "SET statement_timeout = %lld;"
					  " SET idle_in_transaction_session_timeout = %lld;"
					  " SET client_min_messages = error",
					  limit, limit);
	if (PQserverVersion(connection->libpq) >= 140000)
		snprintf(sql + length, sizeof(sql) - (size_t) length,
				 "; SET client_connection_check_interval = %d",
				 CLIENT_CHECK_MS);
	connection->set_up = false;
	connection->pace = 0;
	connection->progress = worker->now;
	wire_query(&connection->out, sql);
}

/*
 * The first call of a function in a session may be slow: acu.time reads every
 * time zone.  No client is to wait for that.
 */
static void
warm_up(Connection *connection)
{
	Worker *worker = connection->pool->worker;
	RouteTable *routes = worker->routes;

	for (int i = 0; i < routes->count; i++)
	{
		Exchange *exchange;

		if (!may_warm(routes->routes[i]))
			continue;
		exchange = exchange_new(worker, NULL);
		exchange->table = route_table_hold(routes);
		exchange->route = exchange->arguments.route = routes->routes[i];
		exchange->in_pool = true;
		connection_send(connection, exchange);
	}
	if (connection->first == NULL)
		connection->state = READY;
}

static bool
may_warm(const Route *route)
{
	return route->builtin && route->call_start != NULL && route->repeatable &&
		   route_required(route) == 0;
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
			lose(connection, "the database closed the connection");
			return;
		}
		if (got > 0)
		{
			connection->in.end += (size_t) got;
			if (!read_messages(connection))
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

/* False when the connection has been lost meanwhile. */
static bool
read_messages(Connection *connection)
{
	Buffer *in = &connection->in;

	while (buffer_length(in) > 0)
	{
		Message message;
		bool whole;

		if (connection->skip > 0)
		{
			size_t size = buffer_length(in) < connection->skip
							  ? buffer_length(in)
							  : connection->skip;

			buffer_take(in, size);
			connection->skip -= size;
			continue;
		}
		whole = wire_read(buffer_bytes(in), buffer_length(in), &message);
		if (message.kind != 0 && skip_message(connection, &message))
			continue;
		if (!whole)
			break;
		if (!take_message(connection, &message))
		{
			if (connection->libpq != NULL)
				lose(connection, "the database sent what was not expected");
			return false;
		}
		buffer_take(in, MESSAGE_HEADER + message.size);
	}
	return true;
}

/* What is too large to send, or to be kept at all, is not even read whole. */
static bool
skip_message(Connection *connection, const Message *message)
{
	static const ServerError too_long = {
		.sqlstate = "54000",
		.message = "an error whose message is too long to be read"
	};
	/* It may repeat the value. */
	static const ServerError bad_value = {
		.sqlstate = "22000",
		.message = "a value is invalid, and too long to be repeated"
	};
	const Config *config = connection->pool->worker->config;
	size_t there = buffer_length(&connection->in);
	size_t size = MESSAGE_HEADER + message->size;
	size_t most = message->kind == 'D' ? (size_t) config->max_reply_bytes + 6
									   : MOST_TEXT_BYTES;

	/* The class of an error is in its first bytes. */
	if (message->size <= most ||
		(message->kind == 'E' && there < MESSAGE_HEADER + SQLSTATE_BYTES))
		return false;
	if (message->kind == 'D' && connection->first != NULL)
		connection->first->too_large = true;
	else if (message->kind == 'E' && connection->first != NULL)
		exchange_set_error(
			connection->first,
			wire_is_bad_value(buffer_bytes(&connection->in) + MESSAGE_HEADER,
							  SQLSTATE_BYTES)
				? &bad_value
				: &too_long);
	connection->skip = size > there ? size - there : 0;
	buffer_take(&connection->in, size > there ? there : size);
	return true;
}

/* False when it cannot be an answer to what was asked. */
static bool
take_message(Connection *connection, const Message *message)
{
	Exchange *exchange = connection->first;

	switch (message->kind)
	{
		case '1': /* ParseComplete */
			if (exchange != NULL && exchange->probe == PROBE_SENT)
				exchange->probe = PROBE_PREPARED;
			else if (exchange != NULL)
				exchange->parsed = true;
			return exchange != NULL;
		case '3': /* CloseComplete */
		case 'C': /* CommandComplete */
		case 'N': /* NoticeResponse */
		case 'S': /* ParameterStatus */
		case 'A': /* NotificationResponse */
			return true;
		case '2': /* BindComplete */
			if (exchange != NULL && !is_probing(exchange))
				exchange->bound = true;
			return exchange != NULL;
		case 'D': /* DataRow */
			return exchange != NULL &&
				   (is_probing(exchange) || take_value(exchange, message));
		case 'E': /* ErrorResponse */
			return take_error(connection, message);
		case 'Z': /* ReadyForQuery */
			group_complete(connection);
			return connection->libpq != NULL;
		default:
			return false;
	}
}

static bool
take_value(Exchange *exchange, const Message *message)
{
	ColumnValue value;

	if (exchange->has_value || !wire_read_value(message, &value))
		return false;
	exchange->has_value = true;
	exchange->value_null = value.null;
	buffer_append(&exchange->value, value.bytes, value.size);
	return true;
}

static bool
take_error(Connection *connection, const Message *message)
{
	ServerError error;

	if (!wire_read_error(message, &error))
		return false;
	/* The session ends; what was under way is not the cause. */
	if (error.severity != NULL && (strcmp(error.severity, "FATAL") == 0 ||
								   strcmp(error.severity, "PANIC") == 0))
	{
		lose(connection, error.message);
		return false;
	}
	if (connection->first == NULL)
	{
		lose(connection, error.message);
		return false;
	}
	if (connection->first->probe == PROBE_PREPARED)
		exchange_set_bad_value(connection->first, &error);
	else
		exchange_set_error(connection->first, &error);
	return true;
}

static bool
is_probing(const Exchange *exchange)
{
	return exchange->probe == PROBE_SENT || exchange->probe == PROBE_PREPARED;
}

static void
group_complete(Connection *connection)
{
	Pool *pool = connection->pool;
	Exchange *exchange = connection->first;

	connection->pace += ((double) (pool->worker->now - connection->progress) -
						 connection->pace) /
						PACE_CALLS;
	connection->progress = pool->worker->now;
	if (!connection->set_up)
	{
		connection->set_up = true;
		connection->failures = 0;
		if (pool->unreachable)
			log_info("connected to the database");
		pool->unreachable = false;
		warm_up(connection);
		return;
	}
	if (exchange == NULL)
	{
		lose(connection, "the database answered what was not asked");
		return;
	}
	connection->first = exchange->next_waiting;
	if (connection->first == NULL)
		connection->last = NULL;
	connection->under_way--;
	pool->under_way--;
	if (connection->state == WARMING && connection->first == NULL)
		connection->state = READY;
	call_complete(connection, exchange);
}

static void
call_complete(Connection *connection, Exchange *exchange)
{
	bool failed = exchange->sqlstate[0] != '\0';

	/* A statement that did not come to be run is prepared anew next time. */
	if (failed && !exchange->bound &&
		connection->prepared[exchange->statement] == exchange->serial &&
		((exchange->parses && !exchange->parsed) ||
		 exchange_is_stale(exchange)))
		connection->prepared[exchange->statement] = 0;

	if (is_probing(exchange))
		exchange->probe = PROBE_GOOD;
	else if (failed && exchange->client != NULL &&
			 exchange_may_be_bad_value(exchange))
	{
		pool_probe(connection->pool, exchange);
		return;
	}

	/* What was known of the function may be wrong altogether. */
	if (failed && (exchange_is_stale(exchange) || exchange_is_broken(exchange)))
		catalog_doubt(connection->pool->worker->catalog);

	if (failed && exchange_is_stale(exchange) && exchange->client != NULL)
	{
		pool_resend_or_refuse(connection->pool, exchange, false);
		return;
	}
	if (failed)
		exchange_suggest_grant(exchange, PQuser(connection->libpq));
	pool_answer(exchange);
}

static void
lose(Connection *connection, const char *reason)
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

static void
stop_events(Connection *connection)
{
	event_del(&connection->readable);
	if (connection->writing)
		event_del(&connection->writable);
	connection->writing = false;
}
