/*-------------------------------------------------------------------------
 *
 * database.h
 *		The database, as a worker sees it: its routes, and calls of functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_DATABASE_H
#define PG_ACU_DATABASE_H

#include "httpd/base/loop.h"
#include "httpd/db/call.h"

struct Database;

/* Makes the database, and begins to connect. */
extern struct Database *database_new(const Loop *loop);

/* Makes a call, whose done function will be called, perhaps before this
 * returns. Connects again to a database that has been left. */
extern void database_submit(struct Database *database, Call *call);

/* Writes what has been submitted in this turn of the loop. */
extern void database_flush(struct Database *database);

/* Connects when that is due, gives up calls that hang, and leaves a database
 * that no call has needed for idle-disconnect. */
extern void database_tick(struct Database *database);

/* Leaves the database: ends all calls, and closes all connections. */
extern void database_disconnect(struct Database *database);

/* The routes that are in use, see catalog.h. */
extern RouteTable *database_routes(const struct Database *database);
extern bool database_routes_are_known(const struct Database *database);
extern const char *database_routes_trouble(const struct Database *database);
extern void database_reread_routes(struct Database *database);
extern void database_reread_routes_sparingly(struct Database *database);

/* Whether the first try to read the routes is over. */
extern bool database_is_tried(const struct Database *database);

/* Whether calls can be made now, or could be after connecting again. */
extern bool database_is_ready(const struct Database *database);

#endif
