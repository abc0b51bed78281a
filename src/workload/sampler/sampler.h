/*-------------------------------------------------------------------------
 *
 * sampler.h
 *		The memory between two samples: the last reading of the server, and what
 *		queries have done that is not in the history yet.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAMPLER_H
#define PG_ACU_SAMPLER_H

#include "stats/apportion.h"
#include "workload/sources/buffers.h"
#include "workload/sources/cpu.h"
#include "workload/sources/statements.h"

#include "utils/hsearch.h"

/* An entry of pg_stat_statements: its last reading, and what the statement has
 * done that is not in the history yet. */
typedef struct SampledEntry
{
	StatementKey key;
	uint64 seen; /* number of the last sample that had it */
	EntryReading before;
	bool pending; /* the next three are to be written */
	bool estimated;
	StatementCounters done;
	double cpu_seconds;
	bool wants_text; /* has rows in the history, which need a text */
	bool has_text;
} SampledEntry;

/* The worker keeps its Sampler in its own memory; without a worker it is kept
 * in a table (sampler_state.c). */
typedef struct Sampler
{
	MemoryContext context; /* of all that it points to, and of itself */
	HTAB *entries;		   /* SampledEntry by key */
	uint64 number;		   /* of the last sample */
	bool marked;		   /* there is a last sample: mark */
	EpochReason forgotten; /* why there is none */
	ReadingMark mark;
	int64 evictions;
	int64 blks;
	bool active_known;
	double active_seconds;	/* highest total so far: no second counts twice */
	double flushed_seconds; /* goes back only when it began anew */
	CpuReading cpu;
	BuffersReading buffers;
	TimestampTz buffers_at; /* of the last scan; 0: none */
	CallCostFit fit;
	int epoch;
	TimestampTz stored_until;  /* end of the last row: none begins before it */
	TimestampTz pending_since; /* end of the rows of queries in the history */
	double pending_background; /* CPU-seconds since then */
	double pending_unexplained;
	bool without_texts;	  /* pg_acu.track_query_text was off */
	int peak_connections; /* since the last sample; 0 without the worker */
} Sampler;

extern Sampler *sampler_new(MemoryContext parent);

/* Returns a copy in a context of its own: a sample that fails has changed the
 * copy only. */
extern Sampler *sampler_copy(const Sampler *sampler, MemoryContext parent);

/* Forgets the last sample, so that the next one begins an epoch for this
 * reason. */
extern void sampler_forget(Sampler *sampler, EpochReason reason);

/* Returns the entry of a key and sets *found; a new one is all 0 but its key.
 */
extern SampledEntry *
sampler_entry(Sampler *sampler, const StatementKey *key, bool *found);

#endif
