/*-------------------------------------------------------------------------
 *
 * counters.c
 *		The counters of a statement, and the difference of two readings.
 *
 * Owns no data.
 *
 * pg_stat_statements loses entries: it evicts them when there are too many, a
 * reset removes one or all, a crash loses all.  From PostgreSQL 17 on each
 * entry has the time of its beginning (stats_since); before, only a counter
 * that went back shows that an entry began anew.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/counters.h"

#include <stddef.h>
#include <string.h>

static const char *const reason_texts[] = {
	[EPOCH_FIRST_SAMPLE] = "first sample",
	[EPOCH_OTHER_SERVER] = "another server",
	[EPOCH_PROMOTION] = "promotion",
	[EPOCH_SERVER_RESTART] = "server restart",
	[EPOCH_CRASH_RECOVERY] = "crash recovery",
	[EPOCH_SAMPLER_RESTART] = "sampler restart",
	[EPOCH_CLOCK_WENT_BACK] = "clock went back",
	[EPOCH_GAP] = "gap",
	[EPOCH_OTHER_VERSION] = "other version of pg_stat_statements",
	[EPOCH_OTHER_READER] = "read with other privileges",
	[EPOCH_STATISTICS_RESET] = "statistics reset",
	[EPOCH_OTHER_STATE] = "state of another version",
	[EPOCH_DAMAGED_STATE] = "damaged state",
};

_Static_assert(sizeof(reason_texts) / sizeof(reason_texts[0]) ==
				   EPOCH_DAMAGED_STATE + 1,
			   "each EpochReason needs a text");

/* A new counter needs a line in counters_add() and counters_subtract(), in
 * pack.c and in saved_state.c. */
_Static_assert(sizeof(StatementCounters) == 11 * sizeof(int64_t),
			   "StatementCounters must have 11 counters and no padding");

void
counters_add(StatementCounters *sum, const StatementCounters *more)
{
	sum->calls += more->calls;
	sum->exec_seconds += more->exec_seconds;
	sum->plan_seconds += more->plan_seconds;
	sum->io_seconds += more->io_seconds;
	sum->rows += more->rows;
	sum->blks_hit += more->blks_hit;
	sum->blks_read += more->blks_read;
	sum->blks_dirtied += more->blks_dirtied;
	sum->blks_written += more->blks_written;
	sum->temp_blks += more->temp_blks;
	sum->wal_bytes += more->wal_bytes;
}

bool
counters_subtract(StatementCounters *delta, const StatementCounters *now,
				  const StatementCounters *before)
{
	delta->calls = now->calls - before->calls;
	delta->exec_seconds = now->exec_seconds - before->exec_seconds;
	delta->plan_seconds = now->plan_seconds - before->plan_seconds;
	delta->io_seconds = now->io_seconds - before->io_seconds;
	delta->rows = now->rows - before->rows;
	delta->blks_hit = now->blks_hit - before->blks_hit;
	delta->blks_read = now->blks_read - before->blks_read;
	delta->blks_dirtied = now->blks_dirtied - before->blks_dirtied;
	delta->blks_written = now->blks_written - before->blks_written;
	delta->temp_blks = now->temp_blks - before->temp_blks;
	delta->wal_bytes = now->wal_bytes - before->wal_bytes;
	return delta->calls >= 0 && delta->exec_seconds >= 0 &&
		   delta->plan_seconds >= 0 && delta->io_seconds >= 0 &&
		   delta->rows >= 0 && delta->blks_hit >= 0 && delta->blks_read >= 0 &&
		   delta->blks_dirtied >= 0 && delta->blks_written >= 0 &&
		   delta->temp_blks >= 0 && delta->wal_bytes >= 0;
}

bool
counters_are_zero(const StatementCounters *counters)
{
	StatementCounters zero;

	memset(&zero, 0, sizeof(zero));
	return memcmp(counters, &zero, sizeof(zero)) == 0;
}

DeltaKind
counters_delta(StatementCounters *delta, const EntryReading *now,
			   const EntryReading *before, bool evicted)
{
	if (before != NULL && now->since == before->since &&
		counters_subtract(delta, &now->counters, &before->counters))
		return counters_are_zero(delta) ? DELTA_NONE : DELTA_EXACT;

	*delta = now->counters;
	if (counters_are_zero(delta))
		return DELTA_NONE;
	/*
	 * An entry that began anew had been lost, with what it did between the last
	 * reading and the loss.  After evictions a new entry may be an old one that
	 * came back.
	 */
	return before == NULL && !evicted ? DELTA_EXACT : DELTA_ESTIMATE;
}

const char *
epoch_reason_text(EpochReason reason)
{
	return reason_texts[reason];
}

IntervalKind
interval_judge(const ReadingMark *now, const ReadingMark *before,
			   int64_t longest, EpochReason *reason)
{
	if (before == NULL)
		*reason = EPOCH_FIRST_SAMPLE;
	else if (now->system_identifier != before->system_identifier)
		*reason = EPOCH_OTHER_SERVER;
	else if (now->timeline != before->timeline)
		*reason = EPOCH_PROMOTION;
	else if (now->started != before->started)
		*reason = EPOCH_SERVER_RESTART;
	else if (now->at <= before->at)
		*reason = EPOCH_CLOCK_WENT_BACK;
	else if (now->at - before->at > longest)
		*reason = EPOCH_GAP;
	else if (now->version != before->version)
		*reason = EPOCH_OTHER_VERSION;
	else if (now->reader != before->reader)
		*reason = EPOCH_OTHER_READER;
	else if (now->reset_at != before->reset_at)
	{
		*reason = EPOCH_STATISTICS_RESET;
		return INTERVAL_RESET;
	}
	else
		return INTERVAL_GOOD;
	return INTERVAL_NONE;
}
