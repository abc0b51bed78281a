/*-------------------------------------------------------------------------
 *
 * pool.h
 *		Pools of connections that call functions.
 *
 * On a shared connection many calls are under way at a time, each with a Sync
 * and so a transaction of its own: one that fails touches no other.  On a
 * dedicated connection there is one at a time.  Nothing is ever cancelled: a
 * cancel could hit a neighbour.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_POOL_H
#define PG_ACU_POOL_H

#include "httpd/db/connection.h"

struct Pool;

/* Told to the owner of a pool. */
typedef struct PoolEvents
{
	/* A call has shown that the routes are out of date. */
	void (*stale)(void *owner);

	/* See ConnectionEvents. */
	void (*silent)(void *owner);
} PoolEvents;

/* A pool of connections with at most depth calls under way on each. */
extern struct Pool *
pool_new(const Loop *loop, int connections, int depth, PrimaryWish *primary,
		 const PoolEvents *events, void *owner);

/* The routes whose built-in functions warm up new connections.  They must stay
 * until others are given. */
extern void pool_use_routes(struct Pool *pool, RouteTable *routes);

/* Takes a call, whose done function will be called: before this returns when
 * too many wait, or when the database is known to be out of reach. */
extern void pool_submit(struct Pool *pool, Call *call);

/* Writes what has been submitted in this turn of the loop. */
extern void pool_flush(struct Pool *pool);

/* Connects when that is due, gives up calls that hang. */
extern void pool_tick(struct Pool *pool);

/* Closes all connections and ends all calls; pool_tick connects again. */
extern void pool_disconnect(struct Pool *pool);

/* Connects at once, as if nothing had failed before. */
extern void pool_reconnect(struct Pool *pool);

/* Closes idle connections that have not been heard of for HANG_GRACE_MS: they
 * may be dead. */
extern void pool_distrust_idle(struct Pool *pool);

/* Whether any connection takes calls; and calls that write, where a route has
 * them and the database is expected to let them. */
extern bool pool_is_ready(const struct Pool *pool);
extern bool pool_takes_writes(const struct Pool *pool);

/* Whether any call waits or is under way. */
extern bool pool_is_busy(const struct Pool *pool);

#endif
