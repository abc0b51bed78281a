/*-------------------------------------------------------------------------
 *
 * client_events.h
 *		The events of a client: its socket is ready, a turn of the loop or its
 *		time is over.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CLIENT_EVENTS_H
#define PG_ACU_CLIENT_EVENTS_H

#include "httpd/net/client.h"

/* Begins to serve a client of a group; the descriptor becomes its own. */
extern void client_events_begin(ClientGroup *group, int fd,
								const struct sockaddr_storage *address);

/* Sends what can be sent at the end of a turn; then the next request is begun,
 * or waited for. */
extern void client_events_flush(Client *client);

/* Ends what was waited for, as its time is over. */
extern void client_events_time_over(Client *client);

#endif
