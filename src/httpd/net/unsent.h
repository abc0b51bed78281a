/*-------------------------------------------------------------------------
 *
 * unsent.h
 *		The bound on the bytes that a worker keeps for its clients.
 *
 * Counted are replies, from the time they are written until the kernel has
 * taken them, the exchanges behind one that is not answered yet, and bytes of
 * requests that were read but are not looked at yet.
 * Their sum stays below max-unsent-bytes, but for the one reply that is being
 * written: clients that take too little of their replies are closed for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_UNSENT_H
#define PG_ACU_UNSENT_H

#include "httpd/net/client.h"

/* Counts bytes of replies or exchanges of a client. */
extern void unsent_add(Client *client, size_t bytes);
extern void unsent_take(Client *client, size_t bytes);

/* The kernel has taken bytes of replies. */
extern void unsent_taken(Client *client, size_t bytes);

/* Keeps bytes that the client has sent too early; and gives them back: the
 * caller frees them. */
extern void unsent_hold(Client *client, const char *bytes, size_t size);
extern Buffer unsent_release(Client *client);

/* Frees what is kept for a client that is or will be closed. */
extern void unsent_forget(Client *client);

/* Whether a large reply may be written to a client.  Clients that have taken
 * nothing for a few seconds are closed for it, others not. */
extern bool unsent_admits(Client *client, size_t size);

/*
 * Makes room for a reply to a client, at the cost of the clients that take
 * least.  False when that is the client itself: it is then closed at the end of
 * this turn of the loop, and the reply must not be written.
 */
extern bool unsent_make_room(Client *client, size_t size);

#endif
