/*-------------------------------------------------------------------------
 *
 * sample.h
 *		One sample after the other: what the server did in between.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAMPLE_H
#define PG_ACU_SAMPLE_H

#include "stats/apportion.h"
#include "workload/sources/cpu.h"
#include "workload/sources/buffers.h"
#include "workload/sources/statements.h"

#include "utils/hsearch.h"

/* A statement: its counters at the last sample, and what it has done that is
 * not in the history yet. */
typedef struct SampledEntry
{
	StatementKey key;
	uint64 seen; /* number of the last sample that had it */
	EntryReading before;
	bool pending;
	bool estimated;
	StatementCounters done;
	double cpu_seconds;
	bool wants_text; /* has rows in the history, but no text */
	bool has_text;
} SampledEntry;

/*
 * What must be known of the last sample for the next one.  The worker keeps
 * one in its memory; without a worker it is kept in a table (state.c).
 */
typedef struct Sampler
{
	MemoryContext context; /* everything here is in it */
	HTAB *entries;
	uint64 number;
	const char *forgotten; /* why there is no last sample, when that is known */
	bool marked;		   /* there is one, with: */
	ReadingMark mark;
	int64 evictions;
	int64 blks;
	bool active_known;
	double active_seconds;	/* the highest total, so that none counts twice */
	double flushed_seconds; /* which only goes back when it began anew */
	CpuReading cpu;
	BuffersReading buffers;
	TimestampTz buffers_at; /* 0: not looked at */
	CallCostFit fit;
	int epoch;
	TimestampTz stored_until;  /* nothing is stored again for before */
	TimestampTz pending_since; /* what is not in the history yet began then */
	double pending_background; /* CPU-seconds, and so the next */
	double pending_unexplained;
	bool without_texts;	  /* pg_acu.track_query_text was off */
	int peak_connections; /* since the last sample, as the worker saw it */
} Sampler;

/* What a sample was like, for who looks on. */
typedef struct SampleReport
{
	TimestampTz at;
	bool waits_for_clock; /* which went back: this time has its rows already */
	double k;			  /* CPU-seconds a call */
	int connections;
	const char *cpu_reason; /* why CPU is not known, or NULL */
	double scan_ms;			/* of the last look at shared_buffers */
	bool queryids_shown;
} SampleReport;

extern Sampler *sampler_new(MemoryContext parent);

/* Forgets the last sample: the next begins an epoch.  why is its reason, a
 * constant, or NULL. */
extern void sampler_forget(Sampler *sampler, const char *why);

/* The same again, in a context of its own: what a failed sample has done to
 * the one leaves the other as it was. */
extern Sampler *sampler_copy(const Sampler *sampler, MemoryContext parent);

/*
 * Takes a sample.  longest: what the interval may last, in microseconds.  With
 * flush, all queries are in the history afterwards; else once a minute.
 */
extern void
sampler_take(Sampler *sampler, int64 longest, bool flush, SampleReport *report);

/* pending.c: puts into the history what is not yet; pending_write between
 * SPI_connect and SPI_finish. */
extern void sampler_flush(Sampler *sampler);
extern void pending_write(Sampler *sampler);

/* pending.c: keeps the texts of queries whose rows have none, or only their
 * names when pg_acu.track_query_text is off; then all that were kept go.
 * Returns how many bytes of texts pg_stat_statements had to read for that. */
extern int64 sampler_keep_texts(Sampler *sampler);

/* pending.c: some texts have been deleted, and are to be kept again when their
 * queries come again. */
extern void sampler_doubt_texts(Sampler *sampler);

/* state.c: a sampler as bytes, in the current memory context. */
extern bytea *sampler_save(Sampler *sampler);

/* state.c: the sampler that was saved.  When the bytes are damaged, or of
 * another version, it is a new one, whose first epoch has that as its reason.
 * The caller sets stored_until. */
extern Sampler *sampler_restore(const bytea *state, MemoryContext parent);

#endif
