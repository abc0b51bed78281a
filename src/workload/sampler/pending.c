/*-------------------------------------------------------------------------
 *
 * pending.c
 *		What queries have done that is not in the history yet, and their texts.
 *
 * Owns no data but the Sampler it is given, and takes no lock.  sample.c adds
 * what queries do to that Sampler.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/pending.h"

#include "backend/settings.h"
#include "workload/sources/statement_texts.h"
#include "workload/store/samples.h"
#include "workload/store/texts.h"

#include "executor/spi.h"
#include "utils/timestamp.h"

static int
busiest_first(const void *a, const void *b)
{
	const SampledEntry *left = *(SampledEntry *const *) a;
	const SampledEntry *right = *(SampledEntry *const *) b;

	if (left->cpu_seconds != right->cpu_seconds)
		return left->cpu_seconds > right->cpu_seconds ? -1 : 1;
	if (left->done.exec_seconds != right->done.exec_seconds)
		return left->done.exec_seconds > right->done.exec_seconds ? -1 : 1;
	return 0;
}

/* Fills in the entries that are to be written, busiest first, and returns their
 * number. */
static int
pending_entries(Sampler *sampler, SampledEntry **entries)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;
	int count = 0;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (entry->pending)
			entries[count++] = entry;
	qsort(entries, count, sizeof(SampledEntry *), busiest_first);
	return count;
}

/* Length of the time that the rows to be written are about. */
static double
pending_seconds(const Sampler *sampler)
{
	return (sampler->mark.at - sampler->pending_since) / (double) USECS_PER_SEC;
}

/* Makes *row that of a part, with the counters it has.  Returns 1, or 0 where
 * there was no CPU time. */
static int
fill_part_row(Sampler *sampler, QueryRow *row, Part part, double cpu)
{
	if (part != PART_OTHERS && cpu <= 0)
		return 0;
	row->at = sampler->mark.at;
	row->seconds = pending_seconds(sampler);
	statement_key(&row->key, InvalidOid, InvalidOid, part, true);
	row->cpu_seconds = cpu;
	return 1;
}

/* Writes a row for each of the busiest entries, and one for the toplevel ones
 * of the rest, so that nothing counts twice. */
static void
write_queries(Sampler *sampler, SampledEntry **entries, int count)
{
	int kept = Min(count, acu_queries_per_minute);
	QueryRow *rows = palloc0((kept + PARTS) * sizeof(QueryRow));
	QueryRow *others = &rows[kept];
	int written = kept;

	for (int i = 0; i < count; i++)
	{
		SampledEntry *entry = entries[i];
		QueryRow *row = i < kept ? &rows[i] : others;

		if (i < kept)
		{
			*row = (QueryRow){ .at = sampler->mark.at,
							   .seconds = pending_seconds(sampler),
							   .key = entry->key };
			entry->wants_text = true;
		}
		if (i < kept || entry->key.toplevel)
		{
			row->estimated |= entry->estimated;
			counters_add(&row->counters, &entry->done);
			row->cpu_seconds += entry->cpu_seconds;
		}
		entry->pending = entry->estimated = false;
		memset(&entry->done, 0, sizeof(entry->done));
		entry->cpu_seconds = 0;
	}
	if (count > kept)
		written += fill_part_row(sampler, &rows[written], PART_OTHERS,
								 others->cpu_seconds);
	written += fill_part_row(sampler, &rows[written], PART_BACKGROUND,
							 sampler->pending_background);
	written += fill_part_row(sampler, &rows[written], PART_UNEXPLAINED,
							 sampler->pending_unexplained);
	samples_add_queries(rows, written);
}

/* Removes the entries that the last sample had not. */
static void
forget_evicted(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (entry->seen != sampler->number)
			hash_search(sampler->entries, &entry->key, HASH_REMOVE, NULL);
}

void
pending_write(Sampler *sampler)
{
	SampledEntry **entries =
		palloc(Max(hash_get_num_entries(sampler->entries), 1) *
			   sizeof(SampledEntry *));
	int count = pending_entries(sampler, entries);

	if (sampler->marked && sampler->mark.at > sampler->pending_since)
		write_queries(sampler, entries, count);
	sampler->pending_background = sampler->pending_unexplained = 0;
	sampler->pending_since = sampler->mark.at;
	forget_evicted(sampler);
}

/* Callback of TextReader: whether a query has rows but no text. */
static bool
wants_text(void *arg, const StatementKey *key)
{
	Sampler *sampler = arg;
	SampledEntry *entry = hash_search(sampler->entries, key, HASH_FIND, NULL);

	return entry != NULL && entry->wants_text && !entry->has_text;
}

static void
write_text(void *arg, const StatementKey *key, const char *text)
{
	Sampler *sampler = arg;

	texts_add(key, text, sampler->mark.at);
}

/* Writes the names of roles and databases, without texts. */
static void
write_names(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	SPI_connect();
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (wants_text(sampler, &entry->key))
			texts_add(&entry->key, NULL, sampler->mark.at);
	SPI_finish();
}

/* After a change of pg_acu.track_query_text: from now on all texts are to be
 * kept, or none.  The caller sets without_texts once that is done. */
static void
follow_track_query_text(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	if (sampler->without_texts == !acu_track_query_text)
		return;
	if (!acu_track_query_text)
	{
		SPI_connect();
		texts_forget();
		SPI_finish();
	}
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->has_text = false;
}

int64
pending_write_texts(Sampler *sampler)
{
	TextReader reader = { .wants = wants_text,
						  .take = write_text,
						  .arg = sampler };
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;
	int64 bytes = 0;
	bool wanted = false;

	follow_track_query_text(sampler);
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		wanted |= entry->wants_text && !entry->has_text;
	if (wanted && acu_track_query_text)
		bytes = statement_texts_read(acu_query_text_length, &reader);
	else if (wanted)
		write_names(sampler);
	/* Set last: after an error, which undoes all changes of the tables, all is
	 * to be tried again. */
	sampler->without_texts = !acu_track_query_text;
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->has_text |= entry->wants_text;
	return bytes;
}

void
pending_doubt_texts(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->wants_text = entry->has_text = false;
}
