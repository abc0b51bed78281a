/*-------------------------------------------------------------------------
 *
 * texts.h
 *		The texts of queries in the history, with the names of their role and
 *		database: acu.query.
 *
 * Every function runs SQL in the caller's transaction, between SPI_connect and
 * SPI_finish.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TEXTS_H
#define PG_ACU_TEXTS_H

#include "workload/sources/statements.h"

/*
 * Adds the text of a query, or brings it up to date, with the names of its role
 * and database as they are now.  query: in the encoding of the database; NULL
 * keeps a text that is there.
 */
extern void
texts_add(const StatementKey *key, const char *query, TimestampTz at);

/* Deletes all texts, and leaves the names. */
extern void texts_forget(void);

/*
 * Deletes the queries that no row can be left of, and those that were seen
 * longest ago where there are too many, as where every statement is a new one.
 * recent: the table, without its schema, whose rows tell when their queries
 * were last seen.  Returns whether any query was deleted.
 */
extern bool texts_forget_unused(const char *recent);

#endif
