/*-------------------------------------------------------------------------
 *
 * route_rows.h
 *		The rows of acu.route_info, checked, and the routes that they make.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTE_ROWS_H
#define PG_ACU_ROUTE_ROWS_H

#include "httpd/base/buffer.h"
#include "httpd/routes/route.h"
#include "httpd/wire/wire.h"

/* The query for the rows. */
extern const char route_rows_query[];

/* Appends a DataRow to others.  False when it is not a valid row of a route:
 * when the number of its columns, a NULL, the encoding or a value is wrong. */
extern bool route_rows_add(Buffer *rows, const Message *message);

extern bool route_rows_are_same(const Buffer *a, const Buffer *b);

/* The routes of all the rows, to be released by the caller. */
extern RouteTable *route_rows_table(const Buffer *rows);

#endif
