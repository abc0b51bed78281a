/*-------------------------------------------------------------------------
 *
 * room.h
 *		Clients make room for others when a limit of memory is reached.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROOM_H
#define PG_ACU_ROOM_H

#include "httpd/net/client.h"

/* The client whose body is to be refused, so that a body of this client can be
 * held; perhaps itself.  NULL: there is room. */
extern Client *room_victim_for_body(Client *client);

/* ExchangeClient.admits: clients that have read nothing for a few seconds are
 * dropped for a large reply, others not. */
extern bool room_admits(void *client, size_t size);

/*
 * Makes room for a reply to a client, at the cost of the clients that read
 * least.  False when that is the client itself: it is then closed at the end of
 * this turn of the loop, and the reply must not be written.
 */
extern bool room_make_for_reply(Client *client, size_t size);

#endif
