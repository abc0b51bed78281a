/*-------------------------------------------------------------------------
 *
 * sample.c
 *		One sample: the difference between two readings of the server.
 *
 * Owns no data but the Sampler it is given, and takes no lock.
 *
 * A sample reads the server's CPU, sessions and databases, then all entries of
 * pg_stat_statements, and compares them with the last ones.  The sums go to
 * acu.sample at once.  The counters of each query are added up until the minute
 * is over, and then written, as the same queries run again and again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/sample.h"

#include "backend/settings.h"
#include "backend/subtransaction.h"
#include "workload/sampler/pending.h"
#include "workload/sources/server.h"
#include "workload/store/epochs.h"
#include "workload/store/samples.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Coverage is not known below this number of blocks. */
#define MIN_COVERAGE_BLKS 1000

/* Difference of the two readings of an entry. */
typedef struct Delta
{
	SampledEntry *entry;
	DeltaKind kind;
	StatementCounters counters;
} Delta;

/* A reading of the server, and its difference to the last one. */
typedef struct Span
{
	IntervalKind kind;
	EpochReason reason; /* unless it is good */
	ReadingMark mark;
	bool waits_for_clock;
	double seconds;
	ServerReading server;
	Statements *statements;
	bool cpu_known;
	double cpu_seconds;
	double background_seconds; /* CPU of background processes */
	double sessions_seconds;   /* CPU of all others */
	double vcpus;
	int count;
	Delta *deltas;
	StatementCounters total; /* toplevel statements only */
} Span;

/* First of several entries with the same key: its place in Statements. */
typedef struct FirstOfKind
{
	StatementKey key;
	int at;
} FirstOfKind;

static void
read_statements_body(void *arg)
{
	*(Statements **) arg = statements_read();
}

/*
 * The entries of pg_stat_statements.  There are none where it is not preloaded,
 * as the rest of a sample is known all the same: a session is warned, and for
 * the worker acu.status() says so.
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

/* Scans the buffer headers where pg_acu.memory_interval is over. */
static void
read_buffers(Sampler *sampler, TimestampTz now)
{
	if (acu_memory_interval == 0)
		sampler->buffers_at = 0;
	else if (sampler->buffers_at == 0 || now < sampler->buffers_at ||
			 now - sampler->buffers_at >= acu_memory_interval * USECS_PER_SEC)
		sampler->buffers_at = buffers_read(&sampler->buffers) ? now : 0;
}

/* Reads the server and its statements, and how much its CPU totals have grown
 * since the last reading. */
static void
read_server(Sampler *sampler, Span *span)
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

/* Judges the interval, and begins an epoch unless it is good. */
static void
judge_interval(Sampler *sampler, Span *span, int64 longest)
{
	span->kind =
		interval_judge(&span->mark, sampler->marked ? &sampler->mark : NULL,
					   longest, &span->reason);
	if (!sampler->marked)
		span->reason = sampler->forgotten;
	else
		span->seconds =
			(span->mark.at - sampler->mark.at) / (double) USECS_PER_SEC;
	if (span->kind != INTERVAL_GOOD)
	{
		sampler->epoch = epoch_begin(&span->mark, span->reason);
		sampler->stored_until = samples_end();
	}
	/* Rows never overlap: after the clock was set back nothing is stored for a
	 * time that has its rows. */
	if (sampler->marked && sampler->mark.at < sampler->stored_until)
	{
		span->kind = INTERVAL_NONE;
		span->waits_for_clock = true;
	}
}

/*
 * Adds up entries with the same key: those whose queryid the current user may
 * not see, and before 1.9 a statement that ran both by itself and in functions.
 */
static void
merge_same_keys(Statements *statements)
{
	HASHCTL control = { .keysize = sizeof(StatementKey),
						.entrysize = sizeof(FirstOfKind),
						.hcxt = CurrentMemoryContext };
	HTAB *firsts = hash_create("pg_acu same keys", statements->count, &control,
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

/* Compares an entry with its last reading; adds a Delta where it has done
 * something. */
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
	sampled = sampler_entry(sampler, &key, &known);
	/* An entry that the last sample had not has begun at 0 since. */
	was_there = known && sampled->seen == sampler->number - 1;
	delta->entry = sampled;
	delta->kind = counters_delta(
		&delta->counters, &now,
		was_there && span->kind == INTERVAL_GOOD ? &sampled->before : NULL,
		evicted);
	sampled->before = now;
	sampled->seen = sampler->number;
	/* The sum over hidden entries goes back when one of them is evicted. */
	if (!entry->queryid_known && delta->kind == DELTA_ESTIMATE)
		return;
	if (delta->kind == DELTA_NONE || span->kind == INTERVAL_NONE)
		return;
	if (entry->toplevel)
		counters_add(&span->total, &delta->counters);
	span->count++;
}

/* Compares each entry with its last reading, and sums up the toplevel ones. */
static void
compare_entries(Sampler *sampler, Span *span)
{
	Statements *statements = span->statements;
	bool evicted = statements->info.reset_known &&
				   statements->info.evictions != sampler->evictions;

	if (!statements->info.queryids_shown || !statements->info.toplevel_known)
		merge_same_keys(statements);
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

/* Adds the interval to what each query has done, and splits the CPU of the
 * sessions among them. */
static void
apportion_cpu(Sampler *sampler, Span *span, bool saturated)
{
	double busy = span->total.exec_seconds + span->total.plan_seconds;
	double used = 0;
	double scale;
	double call_cost;

	/* Time in which sessions waited for a CPU would make calls look cheap. */
	if (span->cpu_known && !saturated)
		fit_add(&sampler->fit, span->total.calls, busy, span->sessions_seconds);
	call_cost = fit_call_cost(&sampler->fit);
	scale = span->cpu_known
				? apportion_scale(
					  statement_weight(busy, span->total.calls, call_cost),
					  span->sessions_seconds)
				: 0;

	for (int i = 0; i < span->count; i++)
	{
		Delta *delta = &span->deltas[i];
		SampledEntry *entry = delta->entry;
		/* Calls cost where a client makes them: not those of nested ones. */
		double cpu =
			scale *
			statement_weight(
				delta->counters.exec_seconds + delta->counters.plan_seconds,
				entry->key.toplevel ? delta->counters.calls : 0, call_cost);

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

/* Whether the total of active time goes on from the last one.  PostgreSQL adds
 * up short sessions late, so that it may be up to a second less; a total that
 * is much less began anew. */
static bool
active_is_known(const Sampler *sampler, const ServerReading *server)
{
	return server->active_known && sampler->active_known &&
		   server->flushed_seconds > sampler->flushed_seconds - 1;
}

/* Whether more sessions were active than there are CPUs. */
static bool
is_saturated(const ServerReading *server, const SampleRow *row)
{
	int front = server->clients - server->connections;
	double active = row->active_sessions;

	/*
	 * PostgreSQL adds up the statements of a transaction at its end, all at
	 * once.  There were not more active sessions than clients; those that are
	 * gone only the worker has counted.
	 */
	if (MyBgworkerEntry != NULL)
		active = Min(active, row->connections + front);
	return row->active_known && active > row->vcpus;
}

/* Fills in the row of acu.sample. */
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
	/* A role or a database may track what the server does not. */
	row->counters_known = info->tracked || span->total.calls > 0;
	row->plan_known = row->counters_known &&
					  (info->plan_tracked || span->total.plan_seconds > 0);
	row->io_known =
		row->counters_known && (info->io_tracked || span->total.io_seconds > 0);
	row->shared_buffers_bytes = (int64) NBuffers * BLCKSZ;
	row->buffers_known = sampler->buffers_at != 0;
	row->buffers_used_bytes = sampler->buffers.used_bytes;
	row->buffers_hot_bytes = sampler->buffers.hot_bytes;
	row->coverage_known = row->counters_known && blks >= MIN_COVERAGE_BLKS;
	row->coverage = row->coverage_known ? Min(1, seen / (double) blks) : 0;
	row->evictions_known = info->reset_known;
	row->evictions = span->kind == INTERVAL_GOOD
						 ? info->evictions - sampler->evictions
						 : info->evictions;
	row->saturated = is_saturated(server, row);
}

/* Makes the reading the last one. */
static void
remember_reading(Sampler *sampler, const Span *span)
{
	const ServerReading *server = &span->server;

	if (!sampler->marked || span->kind == INTERVAL_NONE)
		sampler->pending_since = span->mark.at;
	sampler->marked = true;
	sampler->mark = span->mark;
	sampler->evictions = span->statements->info.evictions;
	sampler->blks = server->blks;
	/* The time of a statement that has ended inside a transaction is in no
	 * total until the transaction ends, and must not count again then. */
	sampler->active_seconds =
		active_is_known(sampler, server) && span->kind == INTERVAL_GOOD
			? Max(sampler->active_seconds, server->active_seconds)
			: server->active_seconds;
	sampler->flushed_seconds = server->flushed_seconds;
	sampler->active_known = server->active_known;
	sampler->peak_connections = 0;
}

/* Minutes are (start, end]: a sample taken on the full minute belongs to the
 * minute that ends there. */
static int64
minute_of(TimestampTz at)
{
	return (at - 1) / USECS_PER_MINUTE;
}

void
sample_take(Sampler *sampler, int64 longest, bool flush, SampleReport *report)
{
	Span span = { 0 };
	SampleRow row = { 0 };

	read_server(sampler, &span);
	SPI_connect();
	judge_interval(sampler, &span, longest);
	/* Rows of queries are about the samples of one minute. */
	if (sampler->marked &&
		(span.kind != INTERVAL_GOOD ||
		 minute_of(span.mark.at) != minute_of(sampler->mark.at)))
		pending_write(sampler);
	compare_entries(sampler, &span);
	if (span.kind != INTERVAL_NONE)
	{
		fill_row(sampler, &span, &row);
		samples_add(&row);
		if (span.statements->info.queryids_shown)
			apportion_cpu(sampler, &span, row.saturated);
	}
	remember_reading(sampler, &span);
	if (flush)
		pending_write(sampler);
	SPI_finish();

	*report = (SampleReport){
		.at = span.mark.at,
		.waits_for_clock = span.waits_for_clock,
		.call_cost = fit_call_cost(&sampler->fit),
		.connections = span.server.connections,
		.cpu = sampler->cpu.state,
		.scan_ms = sampler->buffers.scan_ms,
		.queryids_shown = span.statements->info.queryids_shown,
	};
}
