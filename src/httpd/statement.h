/*-------------------------------------------------------------------------
 *
 * statement.h
 *		Prepared statements: one for each route and set of given arguments.
 *
 * The cache is of fixed size.  A statement is a slot, which is its name on
 *every connection, and a serial number that tells it from those that were in
 *the slot before; a connection that knows the slot by another serial number
 *closes that statement and prepares this one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_STATEMENT_H
#define PG_ACU_STATEMENT_H

#include "httpd/route.h"

#define STATEMENT_SLOTS 256
#define STATEMENT_NAME_SIZE 8

/* Finds or makes the statement; returns its slot, and its serial number. */
extern int statement_find(const RouteTable *table, const Route *route,
						  uint64_t given, uint64_t *serial);

extern void statement_name(int slot, char *name);

#endif
