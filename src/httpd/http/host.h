/*-------------------------------------------------------------------------
 *
 * host.h
 *		Checks that a request is meant for this server, and comes from one of
 *		its pages.
 *
 * A page of another site can make a browser send requests to a server that only
 * the browser reaches: by a name of that site that resolves to this server (DNS
 * rebinding), or by a form (cross-site request forgery).
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_HOST_H
#define PG_ACU_HOST_H

#include <stdbool.h>

/*
 * Whether a Host header, a name or address with an optional port, is served.
 * allowed is a list of names; one that begins with a dot stands for all names
 * below it, and * for all.  Addresses are always served, as only names can be
 * made to resolve to another server.  An empty list stands for the names that
 * nobody can register: without a dot, or below localhost.
 */
extern bool host_is_served(const char *allowed, const char *host);

/* Whether an address to listen on, with its port, is on the loopback. */
extern bool host_is_loopback(const char *listen);

/* Whether an Origin, such as http://host:port, names the host and port of a
 * Host header. */
extern bool host_is_origin(const char *host, const char *origin);

#endif
