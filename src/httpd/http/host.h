/*-------------------------------------------------------------------------
 *
 * host.h
 *		Whether a request is meant for this server, and from one of its pages.
 *
 * A page of a stranger can make a browser send requests to a server that only
 * the browser reaches: under a name of the stranger's that leads here (DNS
 * rebinding), or as a form (cross-site request forgery).
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_HOST_H
#define PG_ACU_HOST_H

#include <stdbool.h>

/*
 * Whether a Host header, a name or address with an optional port, is one that
 * is served.  allowed is a list of names, separated by commas; a name that
 * begins with a dot stands for all below it, and * for all.  Addresses are
 * always served: only names can be made to lead elsewhere.  An empty list
 * stands for the names that no stranger can own: without a dot, or below
 * localhost.
 */
extern bool host_is_served(const char *allowed, const char *host);

/* Whether an address to listen on, with its port, is of the loopback. */
extern bool host_is_loopback(const char *listen);

/* Whether an Origin, such as http://host:port, names the host and port of a
 * Host header. */
extern bool host_is_origin(const char *host, const char *origin);

#endif
