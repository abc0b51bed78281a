/*-------------------------------------------------------------------------
 *
 * client.h
 *		Connections of HTTP clients.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CLIENT_H
#define PG_ACU_CLIENT_H

#include "httpd/buffer.h"
#include "httpd/worker.h"

struct Client;
struct Exchange;

extern struct Listener *listener_new(Worker *worker, int listen_fd);

/* Accepts no more, and closes whoever has no request under way. */
extern void listener_drain(struct Listener *listener);

/* How many clients there are. */
extern int listener_clients(const struct Listener *listener);

/* Sends what has been written in this turn of the loop, in as few pieces as
 * possible.  False when there was nothing. */
extern bool listener_flush(struct Listener *listener);

/* Ends those whose time is over. */
extern void listener_tick(struct Listener *listener);

/* Where the reply of an exchange is to be written. */
extern Buffer *
client_reply_buffer(struct Client *client, struct Exchange *exchange);

/* One of its exchanges has been answered. */
extern void client_answered(struct Client *client);

#endif
