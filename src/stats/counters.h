/*-------------------------------------------------------------------------
 *
 * counters.h
 *		The counters of a statement, and the difference of two readings.
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

/* Sets *delta to now - before.  Returns false, and leaves *delta undefined,
 * when any counter went back. */
extern bool
counters_subtract(StatementCounters *delta, const StatementCounters *now,
				  const StatementCounters *before);

extern bool counters_are_zero(const StatementCounters *counters);

/* A reading of one entry. */
typedef struct EntryReading
{
	StatementCounters counters;
	int64_t since; /* its counters began at 0 then; 0: not known */
} EntryReading;

typedef enum DeltaKind
{
	DELTA_NONE,	   /* nothing happened */
	DELTA_EXACT,   /* exactly this happened */
	DELTA_ESTIMATE /* at least this: the entry had been lost in between */
} DeltaKind;

/*
 * Difference of two readings of a statement.  before: NULL for an entry that
 * was not there; evicted: whether entries were evicted in between.
 */
extern DeltaKind
counters_delta(StatementCounters *delta, const EntryReading *now,
			   const EntryReading *before, bool evicted);

/* Time of a reading, and the server and reader that two readings must have in
 * common. */
typedef struct ReadingMark
{
	int64_t at;
	uint64_t system_identifier;
	uint32_t timeline;
	int64_t started;  /* start of the server */
	int64_t reset_at; /* reset of all counters; 0: not known */
	int version;	  /* number of columns of pg_stat_statements */
	uint32_t reader;  /* role that sees its own entries only; 0: all are seen */
} ReadingMark;

/* Why an epoch begins: why the counters before and after it cannot be
 * compared. */
typedef enum EpochReason
{
	EPOCH_FIRST_SAMPLE, /* no sample before is known */
	EPOCH_OTHER_SERVER,
	EPOCH_PROMOTION,
	EPOCH_SERVER_RESTART,
	EPOCH_CRASH_RECOVERY,
	EPOCH_SAMPLER_RESTART,
	EPOCH_CLOCK_WENT_BACK,
	EPOCH_GAP, /* the interval would be too long */
	EPOCH_OTHER_VERSION,
	EPOCH_OTHER_READER,
	EPOCH_STATISTICS_RESET,
	EPOCH_OTHER_STATE,	/* saved by another version of the library */
	EPOCH_DAMAGED_STATE /* saved bytes that cannot be read */
} EpochReason;

/* The reason as acu.epoch has it. */
extern const char *epoch_reason_text(EpochReason reason);

typedef enum IntervalKind
{
	INTERVAL_GOOD,
	INTERVAL_RESET, /* the counters began at 0 within it: whole values count */
	INTERVAL_NONE	/* nothing is known of the time in between */
} IntervalKind;

/*
 * Judges the time between two readings.  before: NULL for the first; longest:
 * what an interval may last, in microseconds.  Sets *reason unless the interval
 * is good.
 */
extern IntervalKind
interval_judge(const ReadingMark *now, const ReadingMark *before,
			   int64_t longest, EpochReason *reason);

#endif
