/*-------------------------------------------------------------------------
 *
 * listener.h
 *		The clients of a listening socket: accepting, serving and ending them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LISTENER_H
#define PG_ACU_LISTENER_H

#include "httpd/protocols/router.h"

struct Listener;

/* health: it answers /healthz and /readyz alone. */
extern struct Listener *
listener_new(Loop *loop, const Router *router, int fd, bool health);

/* Begins to accept clients, if it has not. */
extern void listener_open(struct Listener *listener);

/* Accepts no more, and ends the clients that have no request under way. */
extern void listener_drain(struct Listener *listener);

/* How many clients there are. */
extern int listener_clients(const struct Listener *listener);

/* Sends what has been written in this turn of the loop, in as few pieces as
 * possible.  False when there was nothing. */
extern bool listener_flush(struct Listener *listener);

/* Ends the clients whose time is over. */
extern void listener_tick(struct Listener *listener);

#endif
