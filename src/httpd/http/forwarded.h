/*-------------------------------------------------------------------------
 *
 * forwarded.h
 *		Who sent a request to a proxy, as X-Forwarded-For says.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_FORWARDED_H
#define PG_ACU_FORWARDED_H

#include <stdbool.h>

/* An IPv4 or IPv6 address as text, with a scope. */
#define ADDRESS_SIZE 64

/* Whether text is a list of addresses and networks, such as 10.0.0.0/8,::1. */
extern bool forwarded_is_list(const char *text);

/*
 * Replaces the address of who has connected by that of who has sent the
 * request, where the one who has connected is in the list of proxies.  Each of
 * them has put behind the list in forwarded_for the address that it saw itself:
 * so it is read from its end, up to the first address that is none of theirs.
 * What is no address ends it.
 */
extern void forwarded_client(const char *proxies, const char *forwarded_for,
							 char address[ADDRESS_SIZE]);

#endif
