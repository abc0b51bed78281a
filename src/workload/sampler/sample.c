/*-------------------------------------------------------------------------
 *
 * sample.c
 *		One sample after the other: what the server did in between.
 *
 * Owns no data but the Sampler it is given, and takes no lock.
 *
 * A sample reads the server's CPU, sessions and databases, then all entries of
 * pg_stat_statements, and compares them with the last ones.  The sums go to
 * acu.sample at once.  What each query did is added up until the minute is
 * over, and then written: the same queries run again and again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/settings.h"
#include "backend/subtransaction.h"
#include "workload/store/samples.h"
#include "workload/sampler/sample.h"
#include "workload/sources/server.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Fewer blocks than this say nothing of what share of them was seen. */
#define LEAST_BLKS 1000

/* What one entry did in the interval. */
typedef struct Delta
{
	SampledEntry *entry;
	DeltaKind kind;
	StatementCounters counters;
} Delta;

/* All that is known of the time between two samples. */
typedef struct Span
{
	IntervalKind kind;
	const char *reason;
	ReadingMark mark;
	bool waits_for_clock;
	double seconds;
	ServerReading server;
	Statements *statements;
	bool cpu_known;
	double cpu_seconds;
	double background_seconds;
	double sessions_seconds; /* CPU of sessions: without the background's */
	double vcpus;
	int count;
	Delta *deltas;
	StatementCounters total; /* toplevel statements only */
} Span;

/* Where the first of several entries that look alike is. */
typedef struct FirstOfKind
{
	StatementKey key;
	int at;
} FirstOfKind;

static Statements *read_statements(void);
static void read_all(Sampler *sampler, Span *span);
static void judge(Sampler *sampler, Span *span, int64 longest);
static void read_buffers(Sampler *sampler, TimestampTz now);
static void compare(Sampler *sampler, Span *span);
static void merge_alike(Statements *statements);
static void compare_entry(Sampler *sampler, Span *span, const Statement *entry,
						  bool evicted);
static void apportion(Sampler *sampler, Span *span, bool saturated);
static void fill_row(const Sampler *sampler, const Span *span, SampleRow *row);
static bool is_saturated(const ServerReading *server, const SampleRow *row);
static bool
active_is_known(const Sampler *sampler, const ServerReading *server);
static void remember(Sampler *sampler, const Span *span);
static int64 minute_of(TimestampTz at);

Sampler *
sampler_new(MemoryContext parent)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "pg_acu sampler", ALLOCSET_DEFAULT_SIZES);
	Sampler *sampler = MemoryContextAllocZero(context, sizeof(Sampler));
	HASHCTL control = { .keysize = sizeof(StatementKey),
						.entrysize = sizeof(SampledEntry),
						.hcxt = context };

	sampler->context = context;
	sampler->entries = hash_create("pg_acu statements", 1024, &control,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return sampler;
}

Sampler *
sampler_copy(const Sampler *sampler, MemoryContext parent)
{
	Sampler *copy = sampler_new(parent);
	HTAB *entries = copy->entries;
	MemoryContext context = copy->context;
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;
	Size processes = sampler->cpu.count * sizeof(CpuProcess);

	*copy = *sampler;
	copy->context = context;
	copy->entries = entries;
	if (sampler->cpu.processes != NULL)
	{
		copy->cpu.processes = MemoryContextAlloc(context, Max(processes, 1));
		memcpy(copy->cpu.processes, sampler->cpu.processes, processes);
	}
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		/* Padding of the key, which is hashed as well, is 0 in both. */
		memcpy(hash_search(entries, &entry->key, HASH_ENTER, NULL), entry,
			   sizeof(SampledEntry));
	return copy;
}

void
sampler_forget(Sampler *sampler, const char *why)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		hash_search(sampler->entries, &entry->key, HASH_REMOVE, NULL);
	sampler->marked = false;
	sampler->forgotten = why;
	sampler->pending_background = sampler->pending_unexplained = 0;
}

void
sampler_take(Sampler *sampler, int64 longest, bool flush, SampleReport *report)
{
	Span span = { 0 };
	SampleRow row = { 0 };

	read_all(sampler, &span);
	SPI_connect();
	judge(sampler, &span, longest);
	/* The rows of a minute are those of its own samples. */
	if (sampler->marked &&
		(span.kind != INTERVAL_GOOD ||
		 minute_of(span.mark.at) != minute_of(sampler->mark.at)))
		pending_write(sampler);
	compare(sampler, &span);
	if (span.kind != INTERVAL_NONE)
	{
		fill_row(sampler, &span, &row);
		history_add_sample(&row);
		if (span.statements->info.queryids_shown)
			apportion(sampler, &span, row.saturated);
	}
	remember(sampler, &span);
	if (flush)
		pending_write(sampler);
	SPI_finish();

	*report = (SampleReport){
		.at = span.mark.at,
		.waits_for_clock = span.waits_for_clock,
		.k = fit_call_cost(&sampler->fit),
		.connections = span.server.connections,
		.cpu_reason = sampler->cpu.reason,
		.scan_ms = sampler->buffers.scan_ms,
		.queryids_shown = span.statements->info.queryids_shown,
	};
}

static void
read_statements_body(void *arg)
{
	*(Statements **) arg = statements_read();
}

/*
 * Where pg_stat_statements is not preloaded, none: the rest of a sample is
 * known all the same.  A session is warned; acu.status() tells of the worker.
 */
static Statements *
read_statements(void)
{
	Statements *statements = NULL;
	ErrorData *error = attempt_inside("the sample has no statements",
									  read_statements_body, &statements);

	if (error == NULL)
		return statements;
	if (error->sqlerrcode != ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE)
		ReThrowError(error);
	if (MyBgworkerEntry == NULL)
		ThrowErrorData(error);
	statements = palloc0(sizeof(Statements));
	statements->entries = palloc0(sizeof(Statement));
	statements->info.queryids_shown = true;
	statements->info.toplevel_known = true;
	return statements;
}

static void
read_all(Sampler *sampler, Span *span)
{
	int64 total = sampler->cpu.total_ticks;
	int64 background = sampler->cpu.background_ticks;
	ReadingMark *mark = &span->mark;
	const StatementsInfo *info;

	server_read(&span->server);
	span->cpu_known = cpu_read(&sampler->cpu, span->server.processes,
							   span->server.count, sampler->context);
	span->statements = read_statements();
	info = &span->statements->info;
	read_buffers(sampler, span->server.at);

	span->vcpus = cpu_count();
	span->cpu_seconds = cpu_seconds(sampler->cpu.total_ticks - total);
	span->background_seconds =
		Min(cpu_seconds(sampler->cpu.background_ticks - background),
			span->cpu_seconds);
	span->sessions_seconds = span->cpu_seconds - span->background_seconds;

	mark->at = span->server.at;
	mark->system_identifier = span->server.system_identifier;
	mark->timeline = span->server.timeline;
	mark->started = span->server.started;
	mark->reset_at = info->reset_known ? info->reset_at : 0;
	mark->version = info->columns;
	mark->reader = info->queryids_shown ? 0 : GetUserId();
}

static void
read_buffers(Sampler *sampler, TimestampTz now)
{
	if (acu_memory_interval == 0)
		sampler->buffers_at = 0;
	else if (sampler->buffers_at == 0 || now < sampler->buffers_at ||
			 now - sampler->buffers_at >= acu_memory_interval * USECS_PER_SEC)
	{
		buffers_read(&sampler->buffers);
		sampler->buffers_at = now;
	}
}

static void
judge(Sampler *sampler, Span *span, int64 longest)
{
	span->kind =
		interval_judge(&span->mark, sampler->marked ? &sampler->mark : NULL,
					   longest, &span->reason);
	if (sampler->forgotten != NULL)
		span->reason = sampler->forgotten;
	if (sampler->marked)
		span->seconds =
			(span->mark.at - sampler->mark.at) / (double) USECS_PER_SEC;
	if (span->kind != INTERVAL_GOOD)
	{
		sampler->epoch = history_begin_epoch(&span->mark, &span->reason);
		sampler->stored_until = history_end();
	}
	/* Rows never overlap: what the clock tells twice is stored once. */
	if (sampler->marked && sampler->mark.at < sampler->stored_until)
	{
		span->kind = INTERVAL_NONE;
		span->waits_for_clock = true;
	}
}

/* Compares each entry with its last reading, and sums up the toplevel ones. */
static void
compare(Sampler *sampler, Span *span)
{
	Statements *statements = span->statements;
	bool evicted = statements->info.reset_known &&
				   statements->info.evictions != sampler->evictions;

	if (!statements->info.queryids_shown || !statements->info.toplevel_known)
		merge_alike(statements);
	sampler->number++;
	span->deltas = MemoryContextAllocHuge(
		CurrentMemoryContext, Max(statements->count, 1) * sizeof(Delta));
	for (int i = 0; i < statements->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		compare_entry(sampler, span, &statements->entries[i],
					  span->kind == INTERVAL_GOOD && evicted);
	}
}

/*
 * Entries that look alike become one: those whose queryid the current user may
 * not see, and before 1.9 a statement that ran both by itself and in functions.
 */
static void
merge_alike(Statements *statements)
{
	HASHCTL control = { .keysize = sizeof(StatementKey),
						.entrysize = sizeof(FirstOfKind),
						.hcxt = CurrentMemoryContext };
	HTAB *firsts = hash_create("pg_acu alike", statements->count, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	int kept = 0;

	for (int i = 0; i < statements->count; i++)
	{
		const Statement *entry = &statements->entries[i];
		StatementKey key;
		FirstOfKind *first;
		bool known;

		statement_key(&key, entry->userid, entry->dbid, entry->queryid,
					  entry->toplevel);
		first = hash_search(firsts, &key, HASH_ENTER, &known);
		if (known)
			counters_add(&statements->entries[first->at].counters,
						 &entry->counters);
		else
		{
			first->at = kept;
			statements->entries[kept++] = *entry;
		}
	}
	statements->count = kept;
	hash_destroy(firsts);
}

static void
compare_entry(Sampler *sampler, Span *span, const Statement *entry,
			  bool evicted)
{
	EntryReading now = { .counters = entry->counters, .since = entry->since };
	Delta *delta = &span->deltas[span->count];
	StatementKey key;
	SampledEntry *sampled;
	bool known;
	bool was_there;

	statement_key(&key, entry->userid, entry->dbid, entry->queryid,
				  entry->toplevel);
	sampled = hash_search(sampler->entries, &key, HASH_ENTER, &known);
	if (!known)
		memset((char *) sampled + sizeof(StatementKey), 0,
			   sizeof(SampledEntry) - sizeof(StatementKey));
	/* What was gone at the last sample has begun at 0 since. */
	was_there = known && sampled->seen == sampler->number - 1;
	delta->entry = sampled;
	delta->kind = counters_delta(
		&delta->counters, &now,
		was_there && span->kind == INTERVAL_GOOD ? &sampled->before : NULL,
		evicted);
	sampled->before = now;
	sampled->seen = sampler->number;
	/* A sum over hidden entries goes back when one of them goes. */
	if (!entry->queryid_known && delta->kind == DELTA_ESTIMATE)
		return;
	if (delta->kind == DELTA_NONE || span->kind == INTERVAL_NONE)
		return;
	if (entry->toplevel)
		counters_add(&span->total, &delta->counters);
	span->count++;
}

/* Adds the interval to what each query has done. */
static void
apportion(Sampler *sampler, Span *span, bool saturated)
{
	double busy = span->total.exec_seconds + span->total.plan_seconds;
	double used = 0;
	double scale;
	double k;

	/* When sessions wait for a CPU, their time says nothing of what calls
	 * cost. */
	if (span->cpu_known && !saturated)
		fit_add(&sampler->fit, span->total.calls, busy, span->sessions_seconds);
	k = fit_call_cost(&sampler->fit);
	scale = span->cpu_known
				? apportion_scale(statement_weight(busy, span->total.calls, k),
								  span->sessions_seconds)
				: 0;

	for (int i = 0; i < span->count; i++)
	{
		Delta *delta = &span->deltas[i];
		SampledEntry *entry = delta->entry;
		/* A nested statement's client is its caller: no call of it costs. */
		double cpu =
			scale *
			statement_weight(
				delta->counters.exec_seconds + delta->counters.plan_seconds,
				entry->key.toplevel ? delta->counters.calls : 0, k);

		entry->pending = true;
		entry->estimated |= delta->kind == DELTA_ESTIMATE;
		counters_add(&entry->done, &delta->counters);
		entry->cpu_seconds += cpu;
		if (entry->key.toplevel)
			used += cpu;
	}
	if (!span->cpu_known)
		return;
	sampler->pending_background += span->background_seconds;
	sampler->pending_unexplained += Max(0, span->sessions_seconds - used);
}

static void
fill_row(const Sampler *sampler, const Span *span, SampleRow *row)
{
	const StatementsInfo *info = &span->statements->info;
	const ServerReading *server = &span->server;
	int64 blks = server->blks - sampler->blks;
	int64 seen = span->total.blks_hit + span->total.blks_read;

	row->at = span->mark.at;
	row->seconds = span->seconds;
	row->epoch = sampler->epoch;
	row->cpu_known = span->cpu_known;
	row->cpu_seconds = span->cpu_seconds;
	row->background_cpu_seconds = span->background_seconds;
	row->vcpus = span->vcpus;
	row->connections_known = server->sessions_known;
	row->connections = Max(server->connections, sampler->peak_connections);
	row->active_known = active_is_known(sampler, server);
	row->active_sessions =
		Max(0, server->active_seconds - sampler->active_seconds) /
		span->seconds;
	row->counters = span->total;
	/* A role or a database may have other settings than the server. */
	row->counters_known = info->tracked || span->total.calls > 0;
	row->plan_known = row->counters_known &&
					  (info->plan_tracked || span->total.plan_seconds > 0);
	row->io_known =
		row->counters_known && (info->io_tracked || span->total.io_seconds > 0);
	row->shared_buffers_bytes = (int64) NBuffers * BLCKSZ;
	row->buffers_known = sampler->buffers_at != 0;
	row->buffers_used_bytes = sampler->buffers.used_bytes;
	row->buffers_hot_bytes = sampler->buffers.hot_bytes;
	row->coverage_known = row->counters_known && blks >= LEAST_BLKS;
	row->coverage = row->coverage_known ? Min(1, seen / (double) blks) : 0;
	row->evictions_known = info->reset_known;
	row->evictions = span->kind == INTERVAL_GOOD
						 ? info->evictions - sampler->evictions
						 : info->evictions;
	row->saturated = is_saturated(server, row);
}

static bool
is_saturated(const ServerReading *server, const SampleRow *row)
{
	int front = server->clients - server->connections;
	double active = row->active_sessions;

	/* A long transaction tells of its statements all at once: more than there
	 * were clients were not active.  The worker alone has counted those that
	 * are gone. */
	if (MyBgworkerEntry != NULL)
		active = Min(active, row->connections + front);
	return row->active_known && active > row->vcpus;
}

/* PostgreSQL adds up late what short sessions did: a little less is nothing,
 * much less is a total that began anew. */
static bool
active_is_known(const Sampler *sampler, const ServerReading *server)
{
	return server->active_known && sampler->active_known &&
		   server->flushed_seconds > sampler->flushed_seconds - 1;
}

static void
remember(Sampler *sampler, const Span *span)
{
	const ServerReading *server = &span->server;

	if (!sampler->marked || span->kind == INTERVAL_NONE)
		sampler->pending_since = span->mark.at;
	sampler->forgotten = NULL;
	sampler->marked = true;
	sampler->mark = span->mark;
	sampler->evictions = span->statements->info.evictions;
	sampler->blks = server->blks;
	/* When a statement has ended inside a transaction, its time is in no total
	 * for a while, and must not be counted again when it is. */
	sampler->active_seconds =
		active_is_known(sampler, server) && span->kind == INTERVAL_GOOD
			? Max(sampler->active_seconds, server->active_seconds)
			: server->active_seconds;
	sampler->flushed_seconds = server->flushed_seconds;
	sampler->active_known = server->active_known;
	sampler->peak_connections = 0;
}

/* The last microsecond of a minute is its own, the first is not: an interval
 * belongs to where it ends. */
static int64
minute_of(TimestampTz at)
{
	return (at - 1) / USECS_PER_MINUTE;
}
