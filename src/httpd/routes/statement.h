/*-------------------------------------------------------------------------
 *
 * statement.h
 *		Prepared statements: one for each route and set of given arguments.
 *
 * A statement's name on a connection is made from its text, so that a name can
 * only ever mean one text, whichever process has prepared it and whatever lies
 * between it and the session.  The cache of statements is of fixed size: a
 * connection knows by slot what it has prepared, and closes a statement whose
 * slot another one takes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_STATEMENT_H
#define PG_ACU_STATEMENT_H

#include "httpd/routes/arguments.h"
#include "httpd/routes/route.h"

#define STATEMENT_SLOTS 256
#define STATEMENT_NAME_SIZE 40

/* In place of a set of given arguments: the statement that checks whether the
 * route's function may still be called. */
#define STATEMENT_CHECK UINT64_MAX

/* Finds or makes the statement; returns its slot, and its name, which stays
 * valid until the next call. */
extern int statement_find(const RouteTable *table, const Route *route,
						  uint64_t given, const char **name);

/* The text of that statement, with its NUL. */
extern void statement_text(Buffer *sql, const Route *route, uint64_t given);

/* Appends the message that binds the arguments that are given, with one result
 * column as text or binary. */
extern void statement_bind(Buffer *out, const char *name,
						   const Arguments *arguments, bool binary);

/* The name of a statement with a text. */
extern void statement_name(const char *sql, char *name);

#endif
