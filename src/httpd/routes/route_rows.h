/*-------------------------------------------------------------------------
 *
 * routes_read.h
 *		The routes as the database sends them: rows, checked, and the table that
 *		they make.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTES_READ_H
#define PG_ACU_ROUTES_READ_H

#include "httpd/base/buffer.h"
#include "httpd/routes/route.h"
#include "httpd/wire/wire.h"

/* Asks for the routes. */
extern const char routes_query[];

/* Adds a DataRow to others; false when it cannot be one of a route: its
 * columns, a NULL, an encoding or a value is wrong. */
extern bool routes_add_row(Buffer *rows, const Message *message);

extern bool routes_are_same(const Buffer *a, const Buffer *b);

/* The routes of rows that were added. */
extern RouteTable *routes_table(const Buffer *rows);

#endif
