/*-------------------------------------------------------------------------
 *
 * pipeline.h
 *		Pools of connections that call functions.
 *
 * On a shared connection many calls are under way at a time, each with a Sync
 * and so a transaction of its own: one that fails touches no other.  On a solo
 * connection there is one at a time.  Nothing is ever cancelled: a cancel could
 * hit a neighbour.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PIPELINE_H
#define PG_ACU_PIPELINE_H

#include "httpd/worker.h"

struct Exchange;
struct Pool;

/* connections with at most depth calls under way on each. */
extern struct Pool *pool_new(Worker *worker, int connections, int depth);

/*
 * Takes an exchange, which will be answered.  False when too many wait, or when
 * the database is known to be out of reach: then the exchange is the caller's.
 */
extern bool pool_submit(struct Pool *pool, struct Exchange *exchange);

/* Writes what has been submitted in this turn of the loop. */
extern void pool_flush(struct Pool *pool);

/* Connects what is due, gives up what hangs. */
extern void pool_tick(struct Pool *pool);

/* Closes the connections; pool_wake opens them again. */
extern void pool_sleep(struct Pool *pool);
extern void pool_wake(struct Pool *pool);

/* Whether any connection takes calls; whether any call is under way. */
extern bool pool_ready(const struct Pool *pool);
extern bool pool_busy(const struct Pool *pool);

#endif
