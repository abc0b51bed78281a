/*-------------------------------------------------------------------------
 *
 * statement.h
 *		Prepared statements: one for each route and set of given arguments.
 *
 * A statement's name is made from its text, so that it means the same text in
 * every process and behind every pooler.  The cache of statements is of fixed
 * size: a connection remembers by slot what it has prepared, and closes the
 * statement of a slot that is used for another one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_STATEMENT_H
#define PG_ACU_STATEMENT_H

#include "httpd/routes/arguments.h"
#include "httpd/routes/route.h"

#define STATEMENT_SLOTS 256
#define STATEMENT_NAME_SIZE 40

/* Stands for the statement that checks whether the route's function may still
 * be called, in place of a set of given arguments. */
#define STATEMENT_CHECK UINT64_MAX

/* The slot of a statement, which is made if there is none; and its name, valid
 * until the next call. */
extern int statement_find(const RouteTable *table, const Route *route,
						  uint64_t given, const char **name);

/* Appends the text of a statement, and a NUL. */
extern void statement_text(Buffer *sql, const Route *route, uint64_t given);

/* Appends the message that binds the arguments that are given, with one result
 * column as text or binary. */
extern void statement_bind(Buffer *out, const char *name,
						   const Arguments *arguments, bool binary);

/* Writes the name of the statement with a text. */
extern void statement_name(const char *sql, char name[STATEMENT_NAME_SIZE]);

#endif
