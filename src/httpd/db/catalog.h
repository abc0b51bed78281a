/*-------------------------------------------------------------------------
 *
 * catalog.h
 *		The routes: read from acu.route_info, and read again when the database
 *		says that they have changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CATALOG_H
#define PG_ACU_CATALOG_H

#include "httpd/base/loop.h"
#include "httpd/routes/route.h"

struct Catalog;

/* Told to the owner when there are other routes, before the old ones are
 * released. */
typedef void (*RoutesChanged)(void *owner, RouteTable *routes);

/* Makes a catalog, which connects with the first catalog_tick.  primary: see
 * connect_begin. */
extern struct Catalog *
catalog_new(const Loop *loop, bool primary, RoutesChanged changed, void *owner);

/* Connects and reads the routes when that is due. */
extern void catalog_tick(struct Catalog *catalog);

/* Closes the connection; catalog_reconnect opens it again. */
extern void catalog_disconnect(struct Catalog *catalog);
extern void catalog_reconnect(struct Catalog *catalog);

/* Reads the routes again, at once or within a second: a call has shown that
 * they are out of date. */
extern void catalog_reread(struct Catalog *catalog);

/*
 * The same where arguments do not fit a route: that is the client's fault, or
 * the function has others by now.  As faults of clients must not have the
 * routes read all the time, it is done less and less often, until they have
 * changed.
 */
extern void catalog_reread_sparingly(struct Catalog *catalog);

/* The routes that are in use: never NULL, empty as long as none are known. */
extern RouteTable *catalog_routes(const struct Catalog *catalog);

/* Whether it is known if there are routes: they have been read, or it has been
 * seen that they cannot be. */
extern bool catalog_is_known(const struct Catalog *catalog);

/* Whether the first try to find that out is over. */
extern bool catalog_is_tried(const struct Catalog *catalog);

/* Whether the database can be reached, as far as is known. */
extern bool catalog_is_reachable(const struct Catalog *catalog);

/* Why there are no routes; NULL when there are. */
extern const char *catalog_trouble(const struct Catalog *catalog);

#endif
