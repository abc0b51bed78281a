/*-------------------------------------------------------------------------
 *
 * route_sql.h
 *		SQL that calls a route's function, or checks whether it may be called.
 *
 * Each function appends one statement and a NUL.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTE_SQL_H
#define PG_ACU_ROUTE_SQL_H

#include "httpd/routes/route.h"

/*
 * The call with a set of given arguments.  It has no row, and calls nothing,
 * when the function's name means another function than when the route was read.
 */
extern void route_sql_call(Buffer *sql, const Route *route, uint64_t given);

/* Reads the values of such a call, and does nothing else. */
extern void route_sql_probe(Buffer *sql, const Route *route, uint64_t given);

/* Has one row while the name means the same function, and this role may call
 * it; else none, or an error. */
extern void route_sql_check(Buffer *sql, const Route *route);

#endif
