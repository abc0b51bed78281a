/*-------------------------------------------------------------------------
 *
 * route_sql.h
 *		SQL that calls a route's function, or checks whether it can be called.
 *
 * Each text ends with a NUL, which is in the buffer.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTE_SQL_H
#define PG_ACU_ROUTE_SQL_H

#include "httpd/routes/route.h"

/*
 * Calls the function with the arguments of a set of bits.  There is no row, and
 * no call, when the function's name means another function by now than when the
 * route was read.
 */
extern void route_sql_call(Buffer *sql, const Route *route, uint64_t given);

/* Reads the values of such a call, and does nothing else. */
extern void route_sql_probe(Buffer *sql, const Route *route, uint64_t given);

/* Has one row as long as the function is the same, and this role may call it.
 */
extern void route_sql_check(Buffer *sql, const Route *route);

#endif
