/*-------------------------------------------------------------------------
 *
 * connect.h
 *		A new connection to the database, without waiting for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONNECT_H
#define PG_ACU_CONNECT_H

#include "httpd/base/loop.h"

#include <libpq-fe.h>

struct Attempt;

/* From the end of statement_timeout until a connection that is silent is closed
 * (milliseconds). */
#define HANG_GRACE_MS 1000

/* Called once, not before connect_begin has returned: with a connection, which
 * the callee has to finish, or with NULL and the reason. */
typedef void (*ConnectDone)(void *owner, PGconn *connection, const char *error);

/* primary: of several servers, one that can be written to is tried first. */
extern struct Attempt *
connect_begin(const Loop *loop, bool primary, ConnectDone done, void *owner);

/* Gives up; done is not called. */
extern void connect_cancel(struct Attempt *attempt);

/* Whether connect_begin is to look for a primary: the connection string has
 * several hosts, and does not say which kind of server is meant. */
extern bool connect_prefers_primary(const char *dsn);

/* Ends the worker, and with it the daemon, where the login role is a superuser
 * and that is not allowed. */
extern void connect_refuse_superuser(const Config *config, const char *role);

/* Milliseconds until the next try after a number of failures in a row. */
extern int64_t connect_backoff(int failures);

#endif
