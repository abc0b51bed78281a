/*-------------------------------------------------------------------------
 *
 * counters.h
 *		The counters of a statement, and what two readings of them tell.
 *
 * Pure: libc only, no clock.  Times are in microseconds since any fixed moment.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_COUNTERS_H
#define PG_ACU_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Totals since the statement's entry was made, or what an interval added. */
typedef struct StatementCounters
{
	int64_t calls;
	double exec_seconds;
	double plan_seconds;
	double io_seconds; /* reading and writing blocks; inside exec_seconds */
	int64_t rows;
	int64_t blks_hit; /* shared blocks of 8 kB, here and below */
	int64_t blks_read;
	int64_t blks_dirtied;
	int64_t blks_written;
	int64_t temp_blks; /* temporary blocks, read and written */
	int64_t wal_bytes;
} StatementCounters;

extern void counters_add(StatementCounters *sum, const StatementCounters *more);

/* now - before; false when any counter went back, and then *delta is void. */
extern bool
counters_subtract(StatementCounters *delta, const StatementCounters *now,
				  const StatementCounters *before);

extern bool counters_are_zero(const StatementCounters *counters);

/* What is known of one entry at one moment. */
typedef struct EntryReading
{
	StatementCounters counters;
	int64_t since; /* its counters began at 0 then; 0: not known */
} EntryReading;

typedef enum DeltaKind
{
	DELTA_NONE,	   /* nothing happened */
	DELTA_EXACT,   /* this is what happened */
	DELTA_ESTIMATE /* at least this: the entry had been lost in between */
} DeltaKind;

/*
 * What a statement did between two readings.  before is NULL for an entry that
 * was not there; evicted tells whether entries were thrown out meanwhile.
 */
extern DeltaKind
counters_delta(StatementCounters *delta, const EntryReading *now,
			   const EntryReading *before, bool evicted);

/* Which server was read, and when; what must stay the same between readings. */
typedef struct ReadingMark
{
	int64_t at;
	uint64_t system_identifier;
	uint32_t timeline;
	int64_t started;  /* when the server did */
	int64_t reset_at; /* of the counters; 0: not known */
	int version;	  /* of what pg_stat_statements shows: its columns */
	uint32_t reader;  /* who is not shown all of them; 0: who is */
} ReadingMark;

typedef enum IntervalKind
{
	INTERVAL_GOOD,
	INTERVAL_RESET, /* the counters began at 0 within it: whole values count */
	INTERVAL_NONE	/* nothing is known of the time in between */
} IntervalKind;

/*
 * Judges the time between two readings.  longest: what an interval may last, in
 * microseconds.  Unless it is good, *reason says why a new epoch begins.
 */
extern IntervalKind
interval_judge(const ReadingMark *now, const ReadingMark *before,
			   int64_t longest, const char **reason);

#endif
