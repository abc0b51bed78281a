/*-------------------------------------------------------------------------
 *
 * texts.h
 *		The texts of statements, from pg_stat_statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TEXTS_H
#define PG_ACU_TEXTS_H

#include "workload/sources/statements.h"

/* Whether the text of an entry is wanted, and what is to be done with it.  text
 * is NULL where pg_stat_statements has lost it; it lasts until the return. */
typedef struct TextReader
{
	bool (*wants)(void *arg, const StatementKey *key);
	void (*take)(void *arg, const StatementKey *key, const char *text);
	void *arg;
} TextReader;

/*
 * Reads the texts that are wanted, each cut at most_bytes, and returns how many
 * bytes pg_stat_statements has of all texts.  It reads its whole file of texts
 * for that, so this is to be done seldom.  Texts come in the encoding of this
 * database: a byte that has no character in it is written as \xNN.  Literals
 * that may be secrets are left out.  Raises what statements_read() does.
 */
extern int64 texts_read(int most_bytes, const TextReader *reader);

#endif
