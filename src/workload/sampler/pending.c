/*-------------------------------------------------------------------------
 *
 * pending.c
 *		What queries have done since it was last written to the history, and
 *		their texts.
 *
 * Owns no data but the Sampler it is given, and takes no lock.  What queries
 * did is added up there by sample.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/settings.h"
#include "workload/store/samples.h"
#include "workload/sampler/sample.h"
#include "workload/store/texts.h"

#include "executor/spi.h"
#include "utils/timestamp.h"

static int collect(Sampler *sampler, SampledEntry **entries);
static int busiest_first(const void *a, const void *b);
static void write_queries(Sampler *sampler, SampledEntry **entries, int count);
static int part_row(Sampler *sampler, QueryRow *row, Part part, double cpu);
static void forget_vanished(Sampler *sampler);

void
sampler_flush(Sampler *sampler)
{
	SPI_connect();
	pending_write(sampler);
	SPI_finish();
}

static bool
wants_text(void *arg, const StatementKey *key)
{
	Sampler *sampler = arg;
	SampledEntry *entry = hash_search(sampler->entries, key, HASH_FIND, NULL);

	return entry != NULL && entry->wants_text && !entry->has_text;
}

static void
keep_text(void *arg, const StatementKey *key, const char *text)
{
	Sampler *sampler = arg;

	history_add_text(key, text, sampler->mark.at);
}

/* Adds the names that go with the queries, without their texts. */
static void
keep_names(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	SPI_connect();
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (wants_text(sampler, &entry->key))
			history_add_text(&entry->key, NULL, sampler->mark.at);
	SPI_finish();
}

/* Whether the setting has changed: then all texts are to be kept, or none. */
static void
follow_setting(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	if (sampler->without_texts == !acu_track_query_text)
		return;
	if (!acu_track_query_text)
	{
		SPI_connect();
		history_forget_texts();
		SPI_finish();
	}
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->has_text = false;
	sampler->without_texts = !acu_track_query_text;
}

int64
sampler_keep_texts(Sampler *sampler)
{
	TextReader reader = { .wants = wants_text,
						  .take = keep_text,
						  .arg = sampler };
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;
	int64 bytes = 0;
	bool wanted = false;

	follow_setting(sampler);
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		wanted |= entry->wants_text && !entry->has_text;
	if (!wanted)
		return 0;

	if (acu_track_query_text)
		bytes = texts_read(acu_query_text_length, &reader);
	else
		keep_names(sampler);
	/* Not before: after an error all of them are to be tried again. */
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->has_text |= entry->wants_text;
	return bytes;
}

void
sampler_doubt_texts(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->wants_text = entry->has_text = false;
}

void
pending_write(Sampler *sampler)
{
	SampledEntry **entries =
		palloc(Max(hash_get_num_entries(sampler->entries), 1) *
			   sizeof(SampledEntry *));
	int count = collect(sampler, entries);

	if (sampler->marked && sampler->mark.at > sampler->pending_since)
		write_queries(sampler, entries, count);
	sampler->pending_background = sampler->pending_unexplained = 0;
	sampler->pending_since = sampler->mark.at;
	forget_vanished(sampler);
}

static int
collect(Sampler *sampler, SampledEntry **entries)
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

/* The busiest by themselves, the toplevel ones of the rest together. */
static void
write_queries(Sampler *sampler, SampledEntry **entries, int count)
{
	int kept = Min(count, acu_queries_per_minute);
	QueryRow *rows = palloc0((kept + 3) * sizeof(QueryRow));
	QueryRow *others = &rows[kept];
	int written = kept;

	for (int i = 0; i < count; i++)
	{
		SampledEntry *entry = entries[i];
		QueryRow *row = i < kept ? &rows[i] : others;

		if (i < kept)
		{
			*row = (QueryRow){ .at = sampler->mark.at, .key = entry->key };
			row->seconds = (sampler->mark.at - sampler->pending_since) /
						   (double) USECS_PER_SEC;
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
		written +=
			part_row(sampler, &rows[written], PART_OTHERS, others->cpu_seconds);
	written += part_row(sampler, &rows[written], PART_BACKGROUND,
						sampler->pending_background);
	written += part_row(sampler, &rows[written], PART_UNEXPLAINED,
						sampler->pending_unexplained);
	history_add_queries(rows, written);
}

/* Makes it the row of a part; its counters stay.  Returns 1, or 0 when there
 * is nothing to say. */
static int
part_row(Sampler *sampler, QueryRow *row, Part part, double cpu)
{
	if (part != PART_OTHERS && cpu <= 0)
		return 0;
	row->at = sampler->mark.at;
	row->seconds =
		(sampler->mark.at - sampler->pending_since) / (double) USECS_PER_SEC;
	statement_key(&row->key, InvalidOid, InvalidOid, part, true);
	row->cpu_seconds = cpu;
	return 1;
}

/* pg_stat_statements has them no more. */
static void
forget_vanished(Sampler *sampler)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (entry->seen != sampler->number)
			hash_search(sampler->entries, &entry->key, HASH_REMOVE, NULL);
}
