/*-------------------------------------------------------------------------
 *
 * query_text.c
 *		acu.query_text: the text of one statement.
 *
 * Owns, for as long as one SQL query runs that calls it, a hash of the texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/statement_texts.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(acu_query_text);

typedef struct StatementText
{
	StatementKey key;
	const char *query;
} StatementText;

typedef struct Texts
{
	MemoryContext keep;
	HTAB *hash;
} Texts;

static bool
wants_any(void *arg pg_attribute_unused(),
		  const StatementKey *key pg_attribute_unused())
{
	return true;
}

static void
take_text(void *arg, const StatementKey *key, const char *query)
{
	Texts *texts = arg;
	StatementText *text = hash_search(texts->hash, key, HASH_ENTER, NULL);

	text->query = query ? MemoryContextStrdup(texts->keep, query) : NULL;
}

/* A hash table of StatementText, allocated in keep. */
static HTAB *
read_texts(MemoryContext keep)
{
	HASHCTL control = { .keysize = sizeof(StatementKey),
						.entrysize = sizeof(StatementText),
						.hcxt = keep };
	Texts texts = { .keep = keep,
					.hash =
						hash_create("pg_acu statement texts", 1024, &control,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT) };
	TextReader reader = { .wants = wants_any,
						  .take = take_text,
						  .arg = &texts };

	statement_texts_read(MaxAllocSize / 8, &reader);
	return texts.hash;
}

/*
 * acu_query_text(userid oid, dbid oid, queryid bigint, toplevel boolean)
 * returns text
 *
 * The text of one entry, or NULL when there is none.  The texts are read at the
 * first call of a query and cached until it ends, so that a query that selects
 * no text reads none, and one that selects many reads them once.
 */
Datum
acu_query_text(PG_FUNCTION_ARGS)
{
	HTAB *texts = fcinfo->flinfo->fn_extra;
	StatementKey key;
	StatementText *found;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	statement_key(&key, PG_GETARG_OID(0), PG_GETARG_OID(1), PG_GETARG_INT64(2),
				  PG_ARGISNULL(3) || PG_GETARG_BOOL(3));

	if (texts == NULL)
		texts = fcinfo->flinfo->fn_extra = read_texts(fcinfo->flinfo->fn_mcxt);
	found = hash_search(texts, &key, HASH_FIND, NULL);
	if (found == NULL || found->query == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(found->query));
}
