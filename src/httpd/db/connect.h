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

/* Whether it is to be a server that can be written to, when there is a choice:
 * the settings name several, and none says which kind of server is meant. */
extern bool connect_prefers_primary(const char *dsn);

/* When to try again after a number of failures in a row: milliseconds. */
extern int64_t connect_backoff(int failures);

#endif
