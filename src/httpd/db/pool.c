/*-------------------------------------------------------------------------
 *
 * pool.c
 *		Pools of connections that call functions.
 *
 * Owns the connections, and the exchanges that wait for one.  An exchange is
 * either waiting or under way on one connection; it is answered exactly once.
 * What was under way on a connection that is lost is sent once more where that
 * cannot do harm (the function is not volatile, or was never begun), and else
 * answered 503.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pool.h"

#include "httpd/base/log.h"

#include <string.h>

#define MOST_ATTEMPTS 2
#define COMPLAIN_MS 30000 /* between two log lines of one lasting trouble */

static void send_waiting(Pool *pool);
static bool needs_primary(const Exchange *exchange);
static Connection *least_busy(Pool *pool, bool primary);
static void wait_in_line(Pool *pool, Exchange *exchange);
static Exchange *next_in_line(Pool *pool);
static void leave_line(Pool *pool, Exchange *before, Exchange *exchange);
static void refuse_late(Pool *pool);
static bool out_of_reach(const Pool *pool);
static void refuse(Exchange *exchange);

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

void
pool_submit(Pool *pool, Exchange *exchange)
{
	if (out_of_reach(pool))
		refuse(exchange);
	else if (pool->waiting + pool->under_way >=
			 pool->worker->config->max_in_flight)
		exchange_refuse(exchange, 503,
						"too many requests wait for the database",
						"Try again in a second.");
	else
	{
		exchange->in_pool = true;
		exchange->submitted = pool->worker->now;
		wait_in_line(pool, exchange);
	}
}

void
pool_flush(Pool *pool)
{
	send_waiting(pool);
	for (int i = 0; i < pool->count; i++)
		if (buffer_length(&pool->connections[i].out) > 0 &&
			!pool->connections[i].writing)
			connection_flush(&pool->connections[i]);
}

void
pool_tick(Pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		connection_tick(&pool->connections[i]);
	refuse_late(pool);
}

void
pool_sleep(Pool *pool)
{
	pool->asleep = true;
	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		connection_close(connection);
		connection->retry_at = 0;
	}
	while (pool->first_waiting != NULL)
		refuse(next_in_line(pool));
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
		if (pool->connections[i].state == READY &&
			!connection_is_silent(&pool->connections[i]))
			return true;
	return false;
}

bool
pool_takes_writes(const Pool *pool)
{
	if (!worker_wants_primary(pool->worker))
		return true;
	for (int i = 0; i < pool->count; i++)
		if (pool->connections[i].state == READY &&
			connection_is_primary(&pool->connections[i]))
			return true;
	return false;
}

void
pool_suspect(Pool *pool)
{
	int64_t since = pool->worker->now - HANG_GRACE_MS;

	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		if (connection->state == READY && connection->under_way == 0 &&
			connection->progress <= since)
		{
			connection_close(connection);
			connection->retry_at = pool->worker->now;
		}
	}
}

bool
pool_busy(const Pool *pool)
{
	return pool->waiting > 0 || pool->under_way > 0;
}

void
pool_complain(Pool *pool, const char *error)
{
	if (pool->worker->now - pool->complained < COMPLAIN_MS)
		return;
	pool->complained = pool->worker->now;
	log_error("cannot connect to the database; will keep trying", "error",
			  error);
}

/*
 * began: the function may have been run.  It is sent again once, and only when
 * running it twice does no harm.
 */
void
pool_resend_or_refuse(Pool *pool, Exchange *exchange, bool began)
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

void
pool_probe(Pool *pool, Exchange *exchange)
{
	exchange->probe = PROBE_SENT;
	exchange->submitted = pool->worker->now;
	wait_in_line(pool, exchange);
}

void
pool_answer(Pool *pool, Exchange *exchange)
{
	exchange->in_pool = false;
	if (exchange->client == NULL)
		exchange_free(exchange);
	else if (exchange->checks)
	{
		if (exchange_answer_checked(exchange))
			return;
		exchange->attempts = 0;
		pool_submit(pool, exchange);
	}
	else if (exchange_found_another(exchange))
		exchange_refuse(exchange, 503, "the function of this route has changed",
						"Try again in a second.");
	else if (exchange->sqlstate[0] != '\0' && exchange_is_broken(exchange))
		exchange_refuse(exchange, 503,
						"the function of this route cannot be called any more",
						"The log has the reason.");
	else
		exchange_answer_result(exchange);
}

/* In the order in which they came, but for those that no connection takes now
 * although it would take others: calls that may write, on a standby. */
static void
send_waiting(Pool *pool)
{
	Exchange *exchange = pool->first_waiting;
	Exchange *before = NULL;

	while (exchange != NULL)
	{
		Exchange *next = exchange->next_waiting;
		bool primary = needs_primary(exchange);
		Connection *connection = least_busy(pool, primary);

		if (exchange->client == NULL)
		{
			leave_line(pool, before, exchange);
			pool_answer(pool, exchange);
		}
		else if (connection != NULL)
		{
			leave_line(pool, before, exchange);
			connection_send(connection, exchange);
		}
		else if (primary)
			before = exchange;
		else
			return;
		exchange = next;
	}
}

static bool
needs_primary(const Exchange *exchange)
{
	return !exchange_is_safe(exchange) && !exchange->route->repeatable &&
		   worker_wants_primary(exchange->worker);
}

/* Of the connections that take a call, to a server that can be written to if
 * primary says so; or NULL. */
static Connection *
least_busy(Pool *pool, bool primary)
{
	Connection *found = NULL;

	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		if (connection_takes_calls(connection) &&
			(!primary || connection_is_primary(connection)) &&
			(found == NULL || connection->under_way < found->under_way))
			found = connection;
	}
	return found;
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

	leave_line(pool, NULL, exchange);
	return exchange;
}

/* before: who stands before it; NULL: it is the first. */
static void
leave_line(Pool *pool, Exchange *before, Exchange *exchange)
{
	if (before != NULL)
		before->next_waiting = exchange->next_waiting;
	else
		pool->first_waiting = exchange->next_waiting;
	if (pool->last_waiting == exchange)
		pool->last_waiting = before;
	pool->waiting--;
}

/* Nobody waits longer for a connection than for a function. */
static void
refuse_late(Pool *pool)
{
	int64_t limit = pool->worker->config->statement_timeout;

	while (pool->first_waiting != NULL &&
		   (pool->worker->now - pool->first_waiting->submitted > limit ||
			out_of_reach(pool)))
		refuse(next_in_line(pool));
}

static bool
out_of_reach(const Pool *pool)
{
	return pool->unreachable && !pool_ready(pool);
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
