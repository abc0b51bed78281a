/*-------------------------------------------------------------------------
 *
 * catalog.h
 *		The worker's own connection: it reads acu.route_info, and reads it again
 *		when the database says that the routes have changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CATALOG_H
#define PG_ACU_CATALOG_H

#include "httpd/worker.h"

extern struct Catalog *catalog_new(Worker *worker);
extern void catalog_tick(struct Catalog *catalog);
extern void catalog_sleep(struct Catalog *catalog);
extern void catalog_wake(struct Catalog *catalog);

/* Reads the routes again, soon: a call has shown that they are out of date. */
extern void catalog_doubt(struct Catalog *catalog);

/* Whether it is known if there are routes: they have been read, or it has been
 * seen that they cannot be. */
extern bool catalog_known(const Worker *worker);

/* Whether the first try to find that out is over. */
extern bool catalog_tried(const Worker *worker);

/* Whether the database can be reached. */
extern bool catalog_ready(const Worker *worker);

/* Why there are no routes; NULL when there are. */
extern const char *catalog_trouble(const Worker *worker);

#endif
