/*-------------------------------------------------------------------------
 *
 * database.c
 *		The database, as a worker sees it: its routes, and calls of functions.
 *
 * Owns the catalog of the routes and the two pools of connections, and decides
 * when to leave the database: an open session would keep an Aurora from
 * pausing.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/database.h"

#include "httpd/base/log.h"
#include "httpd/db/catalog.h"
#include "httpd/db/connect.h"
#include "httpd/db/pool.h"

#include <string.h>

/* Calls under way on a shared connection: enough to keep the server busy.  More
 * wait here, where the connection that is free first takes them. */
#define DEPTH 32

typedef struct Database
{
	const Loop *loop;
	PrimaryWish primary;
	struct Catalog *catalog;
	struct Pool *shared;	/* connections that many calls share */
	struct Pool *dedicated; /* connections for one call at a time */
	int64_t last_call;		/* when a call last needed the database */
	bool disconnected;
} Database;

/* RoutesChanged */
static void
use_routes(void *owner, RouteTable *routes)
{
	Database *database = owner;

	database->primary.needed = false;
	for (int i = 0; i < routes->count; i++)
		if (strcmp(routes->routes[i]->method, "GET") != 0 &&
			!routes->routes[i]->repeatable)
			database->primary.needed = true;
	pool_use_routes(database->shared, routes);
	pool_use_routes(database->dedicated, routes);
}

/* PoolEvents.silent: other connections may be dead as well. */
static void
distrust_connections(void *owner)
{
	Database *database = owner;

	pool_distrust_idle(database->shared);
	pool_distrust_idle(database->dedicated);
	catalog_reread(database->catalog);
}

/* PoolEvents.stale */
static void
reread_routes(void *owner)
{
	database_reread_routes(owner);
}

Database *
database_new(const Loop *loop)
{
	static const PoolEvents events = { .stale = reread_routes,
									   .silent = distrust_connections };
	const Config *config = loop->config;
	Database *database = allocate(sizeof(Database));
	PrimaryWish *primary = &database->primary;

	database->loop = loop;
	database->last_call = loop->now;
	primary->preferred = connect_prefers_primary(config->dsn);
	database->shared = pool_new(loop, (int) config->connections, DEPTH, primary,
								&events, database);
	database->dedicated = pool_new(loop, (int) config->dedicated_connections, 1,
								   primary, &events, database);
	database->catalog =
		catalog_new(loop, primary->preferred, use_routes, database);
	catalog_tick(database->catalog);
	return database;
}

void
database_submit(Database *database, Call *call)
{
	database->last_call = database->loop->now;
	if (database->disconnected)
	{
		database->disconnected = false;
		pool_reconnect(database->shared);
		pool_reconnect(database->dedicated);
		catalog_reconnect(database->catalog);
	}
	pool_submit(call->route->pipelined ? database->shared : database->dedicated,
				call);
}

void
database_flush(Database *database)
{
	pool_flush(database->shared);
	pool_flush(database->dedicated);
}

void
database_tick(Database *database)
{
	const Loop *loop = database->loop;
	int64_t limit = loop->config->idle_disconnect;

	if (database->disconnected)
		return;
	catalog_tick(database->catalog);
	/* The first calls of a connection are those of the routes. */
	if (catalog_routes(database->catalog)->count > 0)
	{
		pool_tick(database->shared);
		pool_tick(database->dedicated);
	}
	if (limit > 0 && loop->now - database->last_call >= limit &&
		!pool_is_busy(database->shared) && !pool_is_busy(database->dedicated))
	{
		database_disconnect(database);
		log_info("disconnected from the database, as no request came");
	}
}

void
database_disconnect(Database *database)
{
	database->disconnected = true;
	pool_disconnect(database->shared);
	pool_disconnect(database->dedicated);
	catalog_disconnect(database->catalog);
}

RouteTable *
database_routes(const Database *database)
{
	return catalog_routes(database->catalog);
}

bool
database_routes_are_known(const Database *database)
{
	return catalog_is_known(database->catalog);
}

const char *
database_routes_trouble(const Database *database)
{
	return catalog_trouble(database->catalog);
}

void
database_reread_routes(Database *database)
{
	catalog_reread(database->catalog);
}

void
database_reread_routes_sparingly(Database *database)
{
	catalog_reread_sparingly(database->catalog);
}

bool
database_is_tried(const Database *database)
{
	return catalog_is_tried(database->catalog);
}

/* Without routes there is nothing to connect for; a database that was left is
 * connected to when it is needed. */
bool
database_is_ready(const Database *database)
{
	return catalog_is_reachable(database->catalog) &&
		   (database->disconnected ||
			catalog_routes(database->catalog)->count == 0 ||
			(pool_is_ready(database->shared) &&
			 pool_takes_writes(database->shared)));
}
