/*-------------------------------------------------------------------------
 *
 * body.h
 *		The bodies of requests that are coming: their common limit, and how
 *		long each is waited for.
 *
 * Counted are the bytes of all bodies that a worker holds, from the time they
 * are read until the request is answered.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BODY_H
#define PG_ACU_BODY_H

#include "httpd/net/client.h"

/*
 * Counts what has come of a client's body.  Above the limit the bodies that are
 * waited for longest are refused; false when that is the client's own.
 */
extern bool body_count(Client *client);

/* The client's body is not held any more. */
extern void body_forget(Client *client);

/* When a client whose body is waited for from now on must have sent some of it.
 */
extern int64_t body_deadline(Client *client);

/* When it must have sent more: each byte that has come moves its deadline by
 * what it may take at body-rate, but never beyond body-timeout from now. */
extern int64_t body_later_deadline(Client *client);

#endif
