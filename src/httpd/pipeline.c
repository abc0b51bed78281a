/*-------------------------------------------------------------------------
 *
 * pipeline.c
 *		Pools of connections that call functions.
 *
 * Owns the connections, and the exchanges that wait for one.  An exchange is
 * either waiting or under way on one connection; it is answered exactly once.
 *
 * A connection that makes no progress for a second longer than the statement
 * timeout is closed and replaced, and so is one that says what it should not.
 * What was under way on it is sent once more where that cannot do harm (the
 * function is not volatile, or was never begun), and else answered 503.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/pipeline.h"

#include "httpd/catalog.h"
#include "httpd/connect.h"
#include "httpd/exchange.h"
#include "httpd/log.h"
#include "httpd/statement.h"
#include "httpd/transport.h"
#include "httpd/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES 65536
#define KEPT_BYTES 262144
#define HANG_GRACE_MS 1000
#define MOST_ATTEMPTS 2
#define COMPLAIN_MS 30000 /* between two log lines of one lasting trouble */

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
	int64_t progress; /* when a reply was last complete */
	bool set_up;	  /* whether its settings have been confirmed */
	uint64_t prepared[STATEMENT_SLOTS]; /* serial numbers; 0: not there */
} Connection;

typedef struct Pool
{
	Worker *worker;
	int depth;
	int count;
	bool asleep;
	bool unreachable; /* the last attempt to connect failed */
	int64_t complained;
	Exchange *first_waiting;
	Exchange *last_waiting;
	int waiting;
	int under_way;
	Connection connections[];
} Pool;

static void connect_to(Connection *connection);
static void connected(void *owner, PGconn *libpq, const char *error);
static void complain(Pool *pool, const char *error);
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
static void group_complete(Connection *connection);
static void complete(Connection *connection, Exchange *exchange);
static bool is_stale(const Exchange *exchange);
static bool is_broken(const Exchange *exchange);
static void answer(Exchange *exchange);
static void send_waiting(Pool *pool);
static Connection *least_busy(Pool *pool);
static void send_exchange(Connection *connection, Exchange *exchange);
static void flush_connection(Connection *connection);
static void wait_in_line(Pool *pool, Exchange *exchange);
static Exchange *next_in_line(Pool *pool);
static void refuse_late(Pool *pool);
static void tick_connection(Connection *connection);
static void lose(Connection *connection, const char *reason);
static void hang_up(Connection *connection);
static void resend_or_refuse(Pool *pool, Exchange *exchange, bool began);
static void refuse(Exchange *exchange);
static void stop_events(Connection *connection);

Pool *
pool_new(Worker *worker, int connections, int depth)
{
	Pool *pool = allocate(sizeof(Pool) + connections * sizeof(Connection));

	pool->worker = worker;
	pool->depth = depth;
	pool->count = connections;
	pool->complained = -COMPLAIN_MS;
	for (int i = 0; i < connections; i++)
		pool->connections[i].pool = pool;
	return pool;
}

bool
pool_submit(Pool *pool, Exchange *exchange)
{
	if (pool->waiting + pool->under_way >=
			pool->worker->config->max_in_flight ||
		(pool->unreachable && !pool_ready(pool)))
		return false;
	exchange->in_pool = true;
	exchange->submitted = pool->worker->now;
	wait_in_line(pool, exchange);
	return true;
}

void
pool_flush(Pool *pool)
{
	send_waiting(pool);
	for (int i = 0; i < pool->count; i++)
		if (buffer_length(&pool->connections[i].out) > 0 &&
			!pool->connections[i].writing)
			flush_connection(&pool->connections[i]);
}

void
pool_tick(Pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		tick_connection(&pool->connections[i]);
	refuse_late(pool);
}

void
pool_sleep(Pool *pool)
{
	pool->asleep = true;
	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		hang_up(connection);
		connection->retry_at = 0;
	}
}

void
pool_wake(Pool *pool)
{
	pool->asleep = false;
	pool->unreachable = false; /* it is to be seen */
	pool_tick(pool);
}

bool
pool_ready(const Pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		if (pool->connections[i].state == READY)
			return true;
	return false;
}

bool
pool_busy(const Pool *pool)
{
	return pool->waiting > 0 || pool->under_way > 0;
}

static void
tick_connection(Connection *connection)
{
	Pool *pool = connection->pool;
	int64_t now = pool->worker->now;
	int64_t limit = pool->worker->config->statement_timeout + HANG_GRACE_MS;

	if (connection->state == DOWN && !pool->asleep &&
		now >= connection->retry_at)
		connect_to(connection);
	else if (connection->under_way > 0 && now - connection->progress > limit)
		lose(connection, "a call took longer than its timeout allows");
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
		complain(pool, error);
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
complain(Pool *pool, const char *error)
{
	if (pool->worker->now - pool->complained < COMPLAIN_MS)
		return;
	pool->complained = pool->worker->now;
	log_error("cannot connect to the database; will keep trying", "error",
			  error);
}

static void
set_up(Connection *connection)
{
	Worker *worker = connection->pool->worker;
	char sql[128];

	snprintf(
		sql, sizeof(sql),
		"SET statement_timeout = %lld; SET idle_in_transaction_session_timeout = %lld",
		(long long) worker->config->statement_timeout,
		(long long) worker->config->statement_timeout);
	connection->set_up = false;
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
		send_exchange(connection, exchange);
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
	flush_connection(arg);
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

/* A result that is too large to send is not kept, and not even read whole. */
static bool
skip_message(Connection *connection, const Message *message)
{
	const Config *config = connection->pool->worker->config;
	size_t there = buffer_length(&connection->in);
	size_t size = MESSAGE_HEADER + message->size;

	if (message->kind != 'D' ||
		message->size <= (size_t) config->max_reply_bytes + 6)
		return false;
	if (connection->first != NULL)
		connection->first->too_large = true;
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
		case '3': /* CloseComplete */
		case 'C': /* CommandComplete */
		case 'N': /* NoticeResponse */
		case 'S': /* ParameterStatus */
		case 'A': /* NotificationResponse */
			return true;
		case '2': /* BindComplete */
			if (exchange != NULL)
				exchange->bound = true;
			return exchange != NULL;
		case 'D': /* DataRow */
			return exchange != NULL && take_value(exchange, message);
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
	exchange_set_error(connection->first, &error);
	return true;
}

static void
group_complete(Connection *connection)
{
	Pool *pool = connection->pool;
	Exchange *exchange = connection->first;

	connection->progress = pool->worker->now;
	if (!connection->set_up)
	{
		connection->set_up = true;
		connection->failures = 0;
		if (pool->unreachable)
			log_info("connected to the database");
		pool->unreachable = false;
		pool->complained = -COMPLAIN_MS;
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
	complete(connection, exchange);
}

static void
complete(Connection *connection, Exchange *exchange)
{
	bool failed = exchange->sqlstate[0] != '\0';

	/* A statement that did not come to be run is prepared anew next time. */
	if (failed && !exchange->bound &&
		connection->prepared[exchange->statement] == exchange->serial &&
		(exchange->parses || is_stale(exchange)))
		connection->prepared[exchange->statement] = 0;

	if (failed && is_stale(exchange) && exchange->client != NULL)
	{
		resend_or_refuse(connection->pool, exchange, false);
		return;
	}
	if (failed && is_broken(exchange))
		catalog_doubt(connection->pool->worker->catalog);
	answer(exchange);
}

/*
 * Whether it failed because what was prepared does not fit any more: another
 * type of result, a function that was dropped or made anew, or a neighbour's
 * failure to prepare.  Then the function was not run.
 */
static bool
is_stale(const Exchange *exchange)
{
	return !exchange->bound && !exchange->parses &&
		   exchange->attempts < MOST_ATTEMPTS &&
		   (is_broken(exchange) || strcmp(exchange->sqlstate, "26000") == 0 ||
			strcmp(exchange->sqlstate, "0A000") == 0);
}

/* Whether the call itself is wrong, and not what was given to it. */
static bool
is_broken(const Exchange *exchange)
{
	return !exchange->bound &&
		   (strncmp(exchange->sqlstate, "42", 2) == 0 ||
			strncmp(exchange->sqlstate, "3F", 2) == 0) &&
		   strcmp(exchange->sqlstate, "42501") != 0;
}

static void
answer(Exchange *exchange)
{
	exchange->in_pool = false;
	if (exchange->client == NULL)
		exchange_free(exchange);
	else if (exchange->sqlstate[0] != '\0' && is_broken(exchange))
		exchange_refuse(exchange, 503,
						"the function of this route cannot be called any more",
						"The log has the reason.");
	else
		exchange_answer_result(exchange);
}

static void
send_waiting(Pool *pool)
{
	while (pool->first_waiting != NULL)
	{
		Connection *connection = least_busy(pool);
		Exchange *exchange;

		if (connection == NULL)
			return;
		exchange = next_in_line(pool);
		if (exchange->client == NULL)
			answer(exchange);
		else
			send_exchange(connection, exchange);
	}
}

static Connection *
least_busy(Pool *pool)
{
	Connection *found = NULL;

	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		if (connection->state == READY && connection->under_way < pool->depth &&
			(found == NULL || connection->under_way < found->under_way))
			found = connection;
	}
	return found;
}

static void
send_exchange(Connection *connection, Exchange *exchange)
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
flush_connection(Connection *connection)
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

static void
wait_in_line(Pool *pool, Exchange *exchange)
{
	exchange->next_waiting = NULL;
	if (pool->last_waiting != NULL)
		pool->last_waiting->next_waiting = exchange;
	else
		pool->first_waiting = exchange;
	pool->last_waiting = exchange;
	pool->waiting++;
}

static Exchange *
next_in_line(Pool *pool)
{
	Exchange *exchange = pool->first_waiting;

	pool->first_waiting = exchange->next_waiting;
	if (pool->first_waiting == NULL)
		pool->last_waiting = NULL;
	pool->waiting--;
	return exchange;
}

/* Nobody waits longer for a connection than for a function. */
static void
refuse_late(Pool *pool)
{
	int64_t limit = pool->worker->config->statement_timeout;

	while (pool->first_waiting != NULL &&
		   (pool->worker->now - pool->first_waiting->submitted > limit ||
			(pool->unreachable && !pool_ready(pool))))
		refuse(next_in_line(pool));
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
	hang_up(connection);
	connection->retry_at =
		pool->worker->now + connect_backoff(connection->failures);
}

/* Closes it, and sees to what was under way. */
static void
hang_up(Connection *connection)
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
		resend_or_refuse(pool, exchange, true);
		exchange = next;
	}
}

static void
stop_events(Connection *connection)
{
	event_del(&connection->readable);
	if (connection->writing)
		event_del(&connection->writable);
	connection->writing = false;
}

/*
 * began: the function may have been run.  It is sent again once, and only when
 * running it twice does no harm.
 */
static void
resend_or_refuse(Pool *pool, Exchange *exchange, bool began)
{
	if (exchange->client == NULL || exchange->attempts >= MOST_ATTEMPTS ||
		(began && !exchange->route->repeatable))
	{
		refuse(exchange);
		return;
	}
	exchange_forget_result(exchange);
	exchange->submitted = pool->worker->now;
	wait_in_line(pool, exchange);
}

static void
refuse(Exchange *exchange)
{
	exchange_forget_result(exchange);
	exchange->in_pool = false;
	if (exchange->client == NULL)
		exchange_free(exchange);
	else
		exchange_refuse(exchange, 503, "the database cannot answer now",
						"Try again in a second.");
}
