/*-------------------------------------------------------------------------
 *
 * forwarded.h
 *		The sender of a request that came through proxies, by X-Forwarded-For.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_FORWARDED_H
#define PG_ACU_FORWARDED_H

#include "httpd/base/address.h"

/*
 * Replaces the address of the peer by that of the request's sender, where the
 * peer is in the list of proxies.  Each proxy appends the address of its own
 * peer to the header, so forwarded_for (NULL: none came) is read from its end,
 * up to the first address that is not a proxy's, or up to an invalid one.
 */
extern void forwarded_client(const char *proxies, const char *forwarded_for,
							 char address[ADDRESS_SIZE]);

#endif
