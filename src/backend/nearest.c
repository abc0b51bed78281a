/*-------------------------------------------------------------------------
 *
 * nearest.c
 *		Names that were probably meant by one that does not exist;
 *		acu_internal.did_you_mean, for functions in PL/pgSQL.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/nearest.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(acu_did_you_mean);

/* Largest number of letters that may be wrong, as where PostgreSQL suggests a
 * column name; of a short name, at most a third. */
#define MAX_DISTANCE 3

/* Longest name that is compared, in bytes: PostgreSQL's function takes no
 * longer ones. */
#define MAX_NAME_LENGTH 255

#define MAX_SUGGESTIONS 3

/* Letters to insert, delete or change; limit + 1 when more.  wanted is in lower
 * case. */
static int
edit_distance(const char *wanted, const char *name, int limit)
{
	int length = strlen(name);
	char *lowered;
	int distance;

	if (length > MAX_NAME_LENGTH)
		return limit + 1;
	lowered = asc_tolower(name, length);
	distance = varstr_levenshtein_less_equal(wanted, strlen(wanted), lowered,
											 length, 1, 1, 1, limit, true);
	pfree(lowered);
	return distance;
}

int
nearest_names(const char *wanted, const char *const *names, int count,
			  int *found, int max)
{
	int length = strlen(wanted);
	int limit = Min(MAX_DISTANCE, length / 3);
	int *distances = palloc(max * sizeof(int));
	int kept = 0;
	char *lowered;

	if (length > MAX_NAME_LENGTH)
		return 0;
	lowered = asc_tolower(wanted, length);
	for (int i = 0; i < count && limit > 0; i++)
	{
		int distance = edit_distance(lowered, names[i], limit);
		int place;

		CHECK_FOR_INTERRUPTS();
		if (distance > limit)
			continue;
		if (kept < max)
			kept++;
		for (place = kept - 1; place > 0 && distances[place - 1] > distance;
			 place--)
		{
			distances[place] = distances[place - 1];
			found[place] = found[place - 1];
		}
		distances[place] = distance;
		found[place] = i;
		/* Once the list is full, only a nearer name may replace one. */
		if (kept == max)
			limit = distances[max - 1] - 1;
	}
	pfree(lowered);
	pfree(distances);
	return kept;
}

char *
nearest_sentence(const char *const *names, const int *found, int count)
{
	StringInfoData sentence;

	if (count == 0)
		return NULL;
	initStringInfo(&sentence);
	appendStringInfoString(&sentence, "Perhaps you meant ");
	for (int i = 0; i < count; i++)
		appendStringInfo(&sentence, "%s\"%s\"",
						 i == 0 ? "" : (i < count - 1 ? ", " : " or "),
						 names[found[i]]);
	appendStringInfoChar(&sentence, '.');
	return sentence.data;
}

/*
 * acu_did_you_mean(wanted text, names text[]) returns text
 *
 * The sentence of nearest_sentence() for the nearest names; NULL when there are
 * none, or an argument is NULL.
 */
Datum
acu_did_you_mean(PG_FUNCTION_ARGS)
{
	char *wanted = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Datum *values;
	bool *nulls;
	int count;
	int known = 0;
	const char **names;
	int found[MAX_SUGGESTIONS];
	char *sentence;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, &count);
	names = palloc(Max(count, 1) * sizeof(char *));
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			names[known++] = TextDatumGetCString(values[i]);
	count = nearest_names(wanted, names, known, found, MAX_SUGGESTIONS);
	sentence = nearest_sentence(names, found, count);
	if (sentence == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(sentence));
}
