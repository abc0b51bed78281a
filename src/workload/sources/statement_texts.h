/*-------------------------------------------------------------------------
 *
 * statement_texts.h
 *		The texts of statements, from pg_stat_statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_STATEMENT_TEXTS_H
#define PG_ACU_STATEMENT_TEXTS_H

#include "workload/sources/statements.h"

/* Callbacks for each entry. */
typedef struct TextReader
{
	/* Whether the text of the entry is wanted. */
	bool (*wants)(void *arg, const StatementKey *key);
	/* Takes a text, which lasts until the return; NULL where
	 * pg_stat_statements has lost it. */
	void (*take)(void *arg, const StatementKey *key, const char *text);
	void *arg;
} TextReader;

/*
 * Reads the texts that are wanted, each cut at max_bytes, and returns the
 * number of bytes of all texts: pg_stat_statements reads its whole file, so
 * that this is to be done seldom.  Texts come in the encoding of this database;
 * a byte that has no character in it is written as \xNN.  Literals that may be
 * secrets are left out.  Raises the errors of statements_read().
 */
extern int64 statement_texts_read(int max_bytes, const TextReader *reader);

#endif
