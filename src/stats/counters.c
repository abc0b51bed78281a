/*-------------------------------------------------------------------------
 *
 * counters.c
 *		The counters of a statement, and what two readings of them tell.
 *
 * Owns no data.
 *
 * pg_stat_statements forgets: entries are evicted when there are too many,
 * single ones and all can be reset, a crash loses them.  PostgreSQL 17 and
 * later tell when each entry began (stats_since); before that, a counter that
 * went back is what gives it away.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/counters.h"

#include <stddef.h>
#include <string.h>

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
	/* An entry that began anew had been lost: what it did between the last
	 * reading and then is not known.  A new one may be an old one that comes
	 * back. */
	return before == NULL && !evicted ? DELTA_EXACT : DELTA_ESTIMATE;
}

IntervalKind
interval_judge(const ReadingMark *now, const ReadingMark *before,
			   int64_t longest, const char **reason)
{
	*reason = NULL;
	if (before == NULL)
		*reason = "first sample";
	else if (now->system_identifier != before->system_identifier)
		*reason = "another server";
	else if (now->timeline != before->timeline)
		*reason = "promotion";
	else if (now->started != before->started)
		*reason = "server restart";
	else if (now->at <= before->at)
		*reason = "clock went back";
	else if (now->at - before->at > longest)
		*reason = "gap";
	else if (now->version != before->version)
		*reason = "other version of pg_stat_statements";
	else if (now->reader != before->reader)
		*reason = "read with other privileges";
	else if (now->reset_at != before->reset_at)
	{
		*reason = "statistics reset";
		return INTERVAL_RESET;
	}
	return *reason == NULL ? INTERVAL_GOOD : INTERVAL_NONE;
}
