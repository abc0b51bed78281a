/*-------------------------------------------------------------------------
 *
 * connect.h
 *		A new connection to the database, without waiting for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONNECT_H
#define PG_ACU_CONNECT_H

#include "httpd/worker.h"

#include <libpq-fe.h>

struct Attempt;

/* What the server's own time limit does not end is given up that much later. */
#define HANG_GRACE_MS 1000

/* Called once: with a connection that is the callee's, or with NULL and why. */
typedef void (*ConnectDone)(void *owner, PGconn *connection, const char *error);

extern struct Attempt *
connect_begin(Worker *worker, ConnectDone done, void *owner);

/* Gives up; done is not called. */
extern void connect_cancel(struct Attempt *attempt);

/* When to try again after a number of failures in a row: milliseconds. */
extern int64_t connect_backoff(int failures);

#endif
