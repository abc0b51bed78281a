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

#include <errno.h>
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

#define BEGIN_CALL_SIZE 64

/* How often a server that can be written to is looked for, while there is none.
 */
#define PRIMARY_MS 2000

static void connect_to(Connection *connection);
static void connected(void *owner, PGconn *libpq, const char *error);
static bool is_on(PGconn *libpq, const char *parameter);
static void set_up(Connection *connection);
static void warm_up(Connection *connection);
static bool may_warm(const Route *route);
static void add_prologue(Connection *connection, Exchange *exchange);
static void add_call(Connection *connection, Exchange *exchange);
static void add_probe(Connection *connection, Exchange *exchange);
static void prepare(Connection *connection, Exchange *exchange);
static void forget_statement(Connection *connection, const char *name);
static void forget_statements(Connection *connection);
static void add_under_way(Connection *connection, Exchange *exchange);
static void clean_up(Connection *connection);
static void connection_readable(evutil_socket_t fd, short what, void *arg);
static void connection_writable(evutil_socket_t fd, short what, void *arg);
static bool read_messages(Connection *connection);
static bool skip_message(Connection *connection, const Message *message);
static bool take_message(Connection *connection, const Message *message);
static bool take_parameter(Connection *connection, const Message *message);
static bool take_session(Connection *connection, const Message *message);
static bool take_value(Exchange *exchange, const Message *message);
static bool take_error(Connection *connection, const Message *message);
static bool is_probing(const Exchange *exchange);
static void group_complete(Connection *connection);
static void call_complete(Connection *connection, Exchange *exchange);
static bool failed_before_call(const Exchange *exchange);
static bool session_failed(const Exchange *exchange);
static bool
found_standby(const Connection *connection, const Exchange *exchange);
static void settle(Connection *connection);
static void lose(Connection *connection, const char *reason);
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
connection_send(Connection *connection, Exchange *exchange)
{
	bool probes = exchange->probe == PROBE_SENT;
	bool trusted = !probes && (exchange->route->builtin || exchange->checks);

	if (connection->pooled || connection->dirty || !trusted)
		add_prologue(connection, exchange);
	if (!trusted)
		connection->dirty = true;
	if (probes)
		add_probe(connection, exchange);
	else
	{
		add_call(connection, exchange);
		exchange->attempts++;
	}
	wire_sync(&connection->out);
	add_under_way(connection, exchange);
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
	forget_statements(connection);
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
	set_up(connection);
}

/* What a server from PostgreSQL 14 on tells of itself. */
static bool
is_on(PGconn *libpq, const char *parameter)
{
	const char *value = PQparameterStatus(libpq, parameter);

	return value != NULL && strcmp(value, "on") == 0;
}

/* Whether the session is ours alone is seen by whether the process that the
 * connection began with is the one that answers. */
static void
set_up(Connection *connection)
{
	Worker *worker = connection->pool->worker;
	char sql[96];

	snprintf(sql, sizeof(sql), "SELECT acu_internal.begin_session(%d, %lld)",
			 PQbackendPID(connection->libpq),
			 (long long) worker->config->statement_timeout);
	connection->set_up = false;
	connection->pooled = false;
	connection->dirty = false;
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

	for (int i = 0; i < routes->count && !connection->pooled; i++)
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

/*
 * What comes before the function in its transaction: acu_internal.begin_call()
 * makes the session as if nobody had used it, and the transaction of a GET
 * read-only. When it fails, the server skips the call.
 */
static void
add_prologue(Connection *connection, Exchange *exchange)
{
	Buffer *out = &connection->out;
	bool read_only =
		exchange_is_safe(exchange) || exchange->probe == PROBE_SENT;
	long long timeout = connection->pool->worker->config->statement_timeout;
	char *name = connection->begins[read_only];
	char sql[BEGIN_CALL_SIZE];

	if (*name == '\0')
	{
		snprintf(sql, sizeof(sql),
				 "SELECT WHERE acu_internal.begin_call(%s, %lld)",
				 read_only ? "true" : "false", timeout);
		if (!connection->pooled)
		{
			statement_name(sql, name);
			wire_close(out, name);
		}
		wire_parse(out, name, sql);
	}
	wire_bind_nothing(out, name);
	wire_execute(out);
	exchange->prologue = true;
	exchange->began = false;
}

static void
add_call(Connection *connection, Exchange *exchange)
{
	Buffer *out = &connection->out;

	prepare(connection, exchange);
	if (exchange->checks)
		wire_bind_nothing(out, exchange->statement_name);
	else
		wire_bind(out, exchange->statement_name, &exchange->arguments,
				  exchange->route->binary);
	wire_execute(out);
}

/* As the statement without a name, which nobody else uses. */
static void
add_probe(Connection *connection, Exchange *exchange)
{
	Buffer *out = &connection->out;
	Buffer sql = { 0 };

	wire_probe(&sql, exchange->route, exchange->arguments.given);
	wire_parse(out, "", buffer_bytes(&sql));
	free(sql.data);
	wire_bind(out, "", &exchange->arguments, false);
	wire_execute(out);
}

/* Sends the exchange's statement along, where the session has not got it. */
static void
prepare(Connection *connection, Exchange *exchange)
{
	uint64_t given =
		exchange->checks ? STATEMENT_CHECK : exchange->arguments.given;
	const char *name;
	char *there;
	Buffer sql = { 0 };

	exchange->statement =
		statement_find(exchange->table, exchange->route, given, &name);
	there = connection->prepared[exchange->statement];
	if (connection->pooled)
		name = ""; /* lasts as long as the transaction, and so long ours */
	else if (strcmp(there, name) == 0)
	{
		strcpy(exchange->statement_name, name);
		return;
	}
	strcpy(exchange->statement_name, name);
	if (*there != '\0')
	{
		wire_close(&connection->out, there);
		forget_statement(connection, there);
	}
	if (*name != '\0')
		wire_close(&connection->out, name);
	statement_text(&sql, exchange->route, given);
	wire_parse(&connection->out, name, buffer_bytes(&sql));
	free(sql.data);
	strcpy(there, name);
	exchange->parses = true;
}

/* Two slots have the same statement while routes are read anew. */
static void
forget_statement(Connection *connection, const char *name)
{
	char closed[STATEMENT_NAME_SIZE];

	strcpy(closed, name);
	for (int slot = 0; slot < STATEMENT_SLOTS; slot++)
		if (strcmp(connection->prepared[slot], closed) == 0)
			connection->prepared[slot][0] = '\0';
}

static void
forget_statements(Connection *connection)
{
	memset(connection->prepared, 0, sizeof(connection->prepared));
	memset(connection->begins, 0, sizeof(connection->begins));
}

static void
add_under_way(Connection *connection, Exchange *exchange)
{
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

/* Takes away what the last call has left, as long as no other is to do that:
 * its locks could hold up other sessions. */
static void
clean_up(Connection *connection)
{
	Exchange *exchange = exchange_new(connection->pool->worker, NULL);

	connection->dirty = false;
	exchange->in_pool = true;
	add_prologue(connection, exchange);
	wire_sync(&connection->out);
	add_under_way(connection, exchange);
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
			if (exchange == NULL || (exchange->prologue && !exchange->began))
				return exchange != NULL;
			if (exchange->probe == PROBE_SENT)
				exchange->probe = PROBE_PREPARED;
			else
				exchange->parsed = true;
			return true;
		case '3': /* CloseComplete */
		case 'N': /* NoticeResponse */
		case 'A': /* NotificationResponse */
			return true;
		case 'S': /* ParameterStatus */
			return take_parameter(connection, message);
		case 'T': /* RowDescription */
			return !connection->set_up;
		case '2': /* BindComplete */
			if (exchange != NULL && !is_probing(exchange) &&
				(!exchange->prologue || exchange->began))
				exchange->bound = true;
			return exchange != NULL;
		case 'C': /* CommandComplete */
			if (exchange != NULL)
				exchange->began = true;
			return true;
		case 'D': /* DataRow */
			if (!connection->set_up)
				return take_session(connection, message);
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

/* What the server tells of its settings counts from the next call on. */
static bool
take_parameter(Connection *connection, const Message *message)
{
	Parameter parameter;
	bool on;

	if (!wire_read_parameter(message, &parameter))
		return false;
	on = strcmp(parameter.value, "on") == 0;
	if (strcmp(parameter.name, "in_hot_standby") == 0)
		connection->standby = on;
	else if (strcmp(parameter.name, "default_transaction_read_only") == 0)
		connection->read_only = on;
	return true;
}

/* The answer of acu_internal.begin_session(). */
static bool
take_session(Connection *connection, const Message *message)
{
	ColumnValue value;

	if (!wire_read_value(message, &value) || value.size != 1)
		return false;
	connection->pooled = *value.bytes != 't';
	return true;
}

static bool
take_value(Exchange *exchange, const Message *message)
{
	ColumnValue value;

	if (exchange->has_value || !exchange->bound ||
		!wire_read_value(message, &value))
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
	settle(connection);
}

/* A connection that has nothing to do is closed when it was to be, or cleaned.
 */
static void
settle(Connection *connection)
{
	if (connection->first != NULL || connection->state != READY)
		return;
	if (connection->retiring)
	{
		connection_close(connection);
		connection->retry_at = connection->pool->worker->now;
	}
	else if (connection->dirty && !connection->pooled)
		clean_up(connection);
}

static void
call_complete(Connection *connection, Exchange *exchange)
{
	bool failed = exchange->sqlstate[0] != '\0';
	bool stale = exchange_is_stale(exchange);
	bool probed = exchange->probe != PROBE_NONE;

	/* A statement that did not come to be run is prepared anew next time; and
	 * where one is not known, none may be. */
	if (failed && strcmp(exchange->sqlstate, "26000") == 0)
		forget_statements(connection);
	else if (failed && !exchange->bound &&
			 ((exchange->parses && !exchange->parsed) || stale))
		forget_statement(connection, exchange->statement_name);
	if (failed && exchange->prologue && !exchange->began)
		memset(connection->begins, 0, sizeof(connection->begins));

	if (is_probing(exchange))
		exchange->probe = PROBE_GOOD;
	if (failed && !probed &&
		(session_failed(exchange) || found_standby(connection, exchange)))
	{
		connection->retiring = true;
		pool_resend_or_refuse(connection->pool, exchange, false);
		return;
	}
	if (failed && !probed && exchange->client != NULL &&
		!failed_before_call(exchange) && exchange_may_be_bad_value(exchange))
	{
		pool_probe(connection->pool, exchange);
		return;
	}

	/* What was known of the function may be wrong altogether. */
	if (exchange_found_another(exchange) ||
		(failed && (stale || exchange_is_broken(exchange))))
		catalog_doubt(connection->pool->worker->catalog);

	if (failed && stale && exchange->client != NULL)
	{
		pool_resend_or_refuse(connection->pool, exchange, false);
		return;
	}
	if (failed && exchange->route != NULL)
		exchange_suggest_grant(exchange, PQuser(connection->libpq));
	pool_answer(connection->pool, exchange);
}

/* Whether acu_internal.begin_call() has failed, so that the call was not made.
 */
static bool
failed_before_call(const Exchange *exchange)
{
	return exchange->prologue && !exchange->began;
}

/* Whether a call that may write has met a server that does not let it, where
 * another was expected.  What the call did is undone. */
static bool
found_standby(const Connection *connection, const Exchange *exchange)
{
	return strcmp(exchange->sqlstate, "25006") == 0 &&
		   exchange->route != NULL && !exchange_is_safe(exchange) &&
		   !connection_is_primary(connection) &&
		   worker_wants_primary(connection->pool->worker);
}

/* Whether that was for the session, and not as acu_internal.begin_call() or its
 * statement is missing. */
static bool
session_failed(const Exchange *exchange)
{
	const char *sqlstate = exchange->sqlstate;
	bool missing =
		strncmp(sqlstate, "3F", 2) == 0 || strcmp(sqlstate, "26000") == 0 ||
		(strncmp(sqlstate, "42", 2) == 0 && strcmp(sqlstate, "42501") != 0);

	return failed_before_call(exchange) && !missing;
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

/* Nothing has come for too long: perhaps something on the way has dropped this
 * connection, and others with it. */
static void
lose_silent(Connection *connection, const char *reason)
{
	Worker *worker = connection->pool->worker;
	int64_t since = connection->progress;

	lose(connection, reason);
	worker_suspect(worker, since);
}

static void
lose_transport(Connection *connection)
{
	int error = connection->transport.error;

	if (error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH)
		lose_silent(connection, strerror(error));
	else
		lose(connection, "the database closed the connection");
}

static void
stop_events(Connection *connection)
{
	event_del(&connection->readable);
	if (connection->writing)
		event_del(&connection->writable);
	connection->writing = false;
}
