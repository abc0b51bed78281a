/*-------------------------------------------------------------------------
 *
 * pool.c
 *		Pools of connections that call functions.
 *
 * Owns the connections, and the calls that wait for one.  A call is either
 * waiting or under way on one connection; it ends exactly once.  A call that
 * was under way on a connection that is lost is sent once more where that
 * cannot do harm (the function is not volatile, or was never begun), and else
 * ends as lost.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pool.h"

#include "httpd/base/log.h"
#include "httpd/db/connect.h"
#include "httpd/db/failure.h"
#include "httpd/db/pipeline.h"
#include "httpd/db/pipeline_write.h"

#include <assert.h>
#include <string.h>

#define MAX_ATTEMPTS 2

typedef struct Pool
{
	const Loop *loop;
	PrimaryWish *primary;
	const PoolEvents *events;
	void *owner;
	RouteTable *routes; /* the catalog's; NULL: not known yet */
	int depth;
	bool is_unreachable; /* the last attempt to connect failed */
	LogLimit complaints;
	Queue waiting; /* calls, in the order in which they came */
	int count;
	Connection connections[];
} Pool;

void
pool_use_routes(Pool *pool, RouteTable *routes)
{
	pool->routes = routes;
}

bool
pool_is_ready(const Pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		if (pool->connections[i].state == CONNECTION_READY &&
			!pipeline_is_silent(&pool->connections[i]))
			return true;
	return false;
}

bool
pool_takes_writes(const Pool *pool)
{
	if (!primary_is_wanted(pool->primary))
		return true;
	for (int i = 0; i < pool->count; i++)
		if (pool->connections[i].state == CONNECTION_READY &&
			connection_is_primary(&pool->connections[i]))
			return true;
	return false;
}

static int
count_under_way(const Pool *pool)
{
	int count = 0;

	for (int i = 0; i < pool->count; i++)
		count += pool->connections[i].under_way.count;
	return count;
}

bool
pool_is_busy(const Pool *pool)
{
	return pool->waiting.count > 0 || count_under_way(pool) > 0;
}

/* Whether it is known that no connection can be had now. */
static bool
is_out_of_reach(const Pool *pool)
{
	return pool->is_unreachable && !pool_is_ready(pool);
}

/* Gives a call back to its maker. */
static void
end_call(Call *call, CallEnd end)
{
	if (end != CALL_ANSWERED)
		call_forget_result(call);
	call->busy = false;
	call->end = end;
	call->done(call);
}

/* Puts a call at the end of the line; send_waiting() takes it out again. */
static void
await_connection(Pool *pool, Call *call)
{
	call->submitted = pool->loop->now;
	queue_append(&pool->waiting, &call->link);
}

void
pool_submit(Pool *pool, Call *call)
{
	assert(!call->busy);
	if (is_out_of_reach(pool))
		end_call(call, CALL_LOST);
	else if (pool->waiting.count + count_under_way(pool) >=
			 pool->loop->config->max_in_flight)
		end_call(call, CALL_CROWDED);
	else
	{
		call->busy = true;
		await_connection(pool, call);
	}
}

/* ConnectionEvents.lost: sends the call once more, or ends it. */
static void
resend_or_end(void *owner, Call *call, bool may_have_run)
{
	if (!call->wanted || call->attempts >= MAX_ATTEMPTS ||
		(may_have_run && !call->route->repeatable))
	{
		end_call(call, CALL_LOST);
		return;
	}
	call_forget_result(call);
	await_connection(owner, call);
}

/* ConnectionEvents.answered: ends the call, unless its values are to be probed
 * or its statement is to be prepared anew. */
static void
take_answer(void *owner, Call *call)
{
	Pool *pool = owner;
	bool failed = call_failed(call);
	bool stale = failed && failure_is_stale(call);

	if (failed && call->wanted && !call_is_in_prologue(call) &&
		failure_may_be_bad_value(call))
	{
		call->probe = PROBE_SENT;
		await_connection(pool, call);
		return;
	}
	if (stale || failure_is_other_function(call) ||
		(failed && failure_is_broken(call)))
		pool->events->stale(pool->owner);
	if (stale && call->wanted)
		resend_or_end(pool, call, false);
	else
		end_call(call, CALL_ANSWERED);
}

/* Whether the call that warms up a session may be that of a route: it does no
 * harm, and needs no arguments. */
static bool
may_warm_up(const Route *route)
{
	return route->builtin && route->call_start != NULL && route->repeatable &&
		   route_required(route) == 0;
}

/*
 * ConnectionEvents.begun: the first call of a function in a session may be slow
 * (acu.time reads every time zone), and no client is to wait for that.
 */
static void
warm_up(void *owner, Connection *connection)
{
	Pool *pool = owner;
	RouteTable *routes = pool->routes;

	if (pool->is_unreachable)
		log_info("connected to the database");
	pool->is_unreachable = false;
	if (routes == NULL || connection->pooled)
		return;
	for (int i = 0; i < routes->count; i++)
		if (may_warm_up(routes->routes[i]))
			pipeline_send(connection, call_new(routes, routes->routes[i]));
}

/* ConnectionEvents.out_of_reach */
static void
note_unreachable(void *owner, const char *reason)
{
	Pool *pool = owner;
	int left_out;

	pool->is_unreachable = true;
	if (reason != NULL &&
		log_may_write(&pool->complaints, pool->loop->now, &left_out))
		log_error("cannot connect to the database; will keep trying", "error",
				  reason);
}

/* ConnectionEvents.silent */
static void
pass_on_silence(void *owner)
{
	const Pool *pool = owner;

	pool->events->silent(pool->owner);
}

static const ConnectionEvents connection_events = {
	.begun = warm_up,
	.out_of_reach = note_unreachable,
	.answered = take_answer,
	.lost = resend_or_end,
	.silent = pass_on_silence,
};

Pool *
pool_new(const Loop *loop, int connections, int depth, PrimaryWish *primary,
		 const PoolEvents *events, void *owner)
{
	Pool *pool = allocate(sizeof(Pool) + connections * sizeof(Connection));

	pool->loop = loop;
	pool->primary = primary;
	pool->events = events;
	pool->owner = owner;
	pool->depth = depth;
	pool->complaints = (LogLimit) LOG_LASTING_TROUBLE;
	pool->count = connections;
	for (int i = 0; i < connections; i++)
		pipeline_init(&pool->connections[i], loop, primary, &connection_events,
					  pool);
	return pool;
}

/* Whether a call is sent to a server that can be written to only. */
static bool
needs_primary(const Pool *pool, const Call *call)
{
	return !call->read_only && !call->route->repeatable &&
		   primary_is_wanted(pool->primary);
}

/* The connection with the fewest calls under way of those that take another,
 * to a primary if that is asked for; NULL when there is none. */
static Connection *
least_busy(Pool *pool, bool primary)
{
	Connection *found = NULL;

	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		if (pipeline_takes_calls(connection, pool->depth) &&
			(!primary || connection_is_primary(connection)) &&
			(found == NULL ||
			 connection->under_way.count < found->under_way.count))
			found = connection;
	}
	return found;
}

/* Sends in the order in which the calls came, but for those that no connection
 * takes now although it would take others: calls that may write, on a standby.
 */
static void
send_waiting(Pool *pool)
{
	QueueLink *link = pool->waiting.first;
	QueueLink *before = NULL;

	while (link != NULL)
	{
		QueueLink *next = link->next;
		Call *call = call_of_link(link);
		bool primary = needs_primary(pool, call);
		Connection *connection = least_busy(pool, primary);

		if (!call->wanted)
		{
			queue_remove(&pool->waiting, before, link);
			end_call(call, CALL_LOST);
		}
		else if (connection != NULL)
		{
			queue_remove(&pool->waiting, before, link);
			pipeline_send(connection, call);
		}
		else if (primary)
			before = link;
		else
			return;
		link = next;
	}
}

void
pool_flush(Pool *pool)
{
	send_waiting(pool);
	for (int i = 0; i < pool->count; i++)
		if (buffer_length(&pool->connections[i].out) > 0 &&
			!pool->connections[i].writing)
			pipeline_flush(&pool->connections[i]);
}

static void
end_first_waiting(Pool *pool)
{
	end_call(call_of_link(queue_take(&pool->waiting)), CALL_LOST);
}

void
pool_tick(Pool *pool)
{
	int64_t limit = pool->loop->config->statement_timeout;

	for (int i = 0; i < pool->count; i++)
		pipeline_tick(&pool->connections[i]);
	/* No call waits longer for a connection than it may run. */
	while (pool->waiting.first != NULL &&
		   (pool->loop->now - call_of_link(pool->waiting.first)->submitted >
				limit ||
			is_out_of_reach(pool)))
		end_first_waiting(pool);
}

void
pool_disconnect(Pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		pipeline_close(&pool->connections[i], 0);
	while (pool->waiting.first != NULL)
		end_first_waiting(pool);
}

void
pool_reconnect(Pool *pool)
{
	pool->is_unreachable = false;
	pool_tick(pool);
}

void
pool_distrust_idle(Pool *pool)
{
	int64_t heard_by = pool->loop->now - HANG_GRACE_MS;

	for (int i = 0; i < pool->count; i++)
	{
		Connection *connection = &pool->connections[i];

		if (connection->state == CONNECTION_READY &&
			connection->under_way.count == 0 &&
			connection->progress <= heard_by)
			pipeline_close(connection, pool->loop->now);
	}
}
