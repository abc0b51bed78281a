/*-------------------------------------------------------------------------
 *
 * pipeline_write.c
 *		What is written to a connection to the database: the first messages of a
 *		session, and calls.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pool.h"

#include "httpd/routes/route_sql.h"
#include "httpd/wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_CALL_SIZE 64

static bool may_warm(const Route *route);
static void add_prologue(Connection *connection, Exchange *exchange);
static void add_call(Connection *connection, Exchange *exchange);
static void add_probe(Connection *connection, Exchange *exchange);
static void prepare(Connection *connection, Exchange *exchange);
static void add_under_way(Connection *connection, Exchange *exchange);

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

/* Whether the session is ours alone is seen by whether the process that the
 * connection began with is the one that answers. */
void
connection_set_up(Connection *connection)
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
void
connection_warm_up(Connection *connection)
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
		statement_bind(out, exchange->statement_name, &exchange->arguments,
					   exchange->route->binary);
	wire_execute(out);
}

/* As the statement without a name, which nobody else uses. */
static void
add_probe(Connection *connection, Exchange *exchange)
{
	Buffer *out = &connection->out;
	Buffer sql = { 0 };

	route_sql_probe(&sql, exchange->route, exchange->arguments.given);
	wire_parse(out, "", buffer_bytes(&sql));
	free(sql.data);
	statement_bind(out, "", &exchange->arguments, false);
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
		connection_forget_statement(connection, there);
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
void
connection_forget_statement(Connection *connection, const char *name)
{
	char closed[STATEMENT_NAME_SIZE];

	strcpy(closed, name);
	for (int slot = 0; slot < STATEMENT_SLOTS; slot++)
		if (strcmp(connection->prepared[slot], closed) == 0)
			connection->prepared[slot][0] = '\0';
}

void
connection_forget_statements(Connection *connection)
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
void
connection_clean_up(Connection *connection)
{
	Exchange *exchange = exchange_new(connection->pool->worker, NULL);

	connection->dirty = false;
	exchange->in_pool = true;
	add_prologue(connection, exchange);
	wire_sync(&connection->out);
	add_under_way(connection, exchange);
}
