/*-------------------------------------------------------------------------
 *
 * client_requests.h
 *		The bytes that a client sends become requests, and these become
 *		exchanges.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CLIENT_REQUESTS_H
#define PG_ACU_CLIENT_REQUESTS_H

#include "httpd/net/client.h"

/* Takes bytes as far as requests may be begun, and holds the rest. */
extern void
client_requests_feed(Client *client, const char *bytes, size_t size);

/* Answers bytes that are no request, or have not become one in time, with an
 * error, and reads no more. */
extern void
client_requests_refuse(Client *client, int status, const char *message);

#endif
