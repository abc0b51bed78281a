/*-------------------------------------------------------------------------
 *
 * pool.h
 *		Pools of connections that call functions.
 *
 * On a shared connection many calls are under way at a time, each with a Sync
 * and so a transaction of its own: one that fails touches no other.  On a solo
 * connection there is one at a time.  Nothing is ever cancelled: a cancel could
 * hit a neighbour.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_POOL_H
#define PG_ACU_POOL_H

#include "httpd/db/pipeline.h"
#include "httpd/worker.h"

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

/* connections with at most depth calls under way on each. */
extern Pool *pool_new(Worker *worker, int connections, int depth);

/* Takes an exchange, which will be answered: with 503 at once when too many
 * wait, or when the database is known to be out of reach. */
extern void pool_submit(Pool *pool, Exchange *exchange);

/* Writes what has been submitted in this turn of the loop. */
extern void pool_flush(Pool *pool);

/* Connects what is due, gives up what hangs. */
extern void pool_tick(Pool *pool);

/* Closes the connections; pool_wake opens them again. */
extern void pool_sleep(Pool *pool);
extern void pool_wake(Pool *pool);

/* Closes connections that are idle and have not been heard for HANG_GRACE_MS.
 */
extern void pool_suspect(Pool *pool);

/* Whether any connection takes calls, and, where that is wanted, those that may
 * write; whether any call is under way. */
extern bool pool_ready(const Pool *pool);
extern bool pool_takes_writes(const Pool *pool);
extern bool pool_busy(const Pool *pool);

/* For pipeline.c and its parts: */

/* Sees to an exchange whose connection did not answer it.  began: its function
 * may have been run; then it is sent again only when that does no harm. */
extern void pool_resend_or_refuse(Pool *pool, Exchange *exchange, bool began);

/* Sends an exchange that failed as a probe of its values. */
extern void pool_probe(Pool *pool, Exchange *exchange);

/* An exchange has its result, or is nobody's any more. */
extern void pool_answer(Pool *pool, Exchange *exchange);

/* A connection could not be made. */
extern void pool_complain(Pool *pool, const char *error);

#endif
