/*-------------------------------------------------------------------------
 *
 * statement_load.c
 *		The query load, as SQL: acu_internal.read_statements, which is behind
 *		the view acu.statement_load, and acu.load_now.
 *
 * Owns no data.
 *
 * Time, blocks and WAL of a nested statement (one that a function ran, which
 * pg_stat_statements.track = all shows) are inside its caller's row too.
 * Totals are therefore sums over toplevel statements only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/rows.h"
#include "workload/sources/statements.h"

#include "fmgr.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_read_statements);
PG_FUNCTION_INFO_V1(acu_load_now);

static void
put_counters(RowBuilder *row, const StatementCounters *counters,
			 const StatementsInfo *info)
{
	put(row, true, Int64GetDatum(counters->calls));
	put(row, true, Float8GetDatum(counters->exec_seconds));
	/* Where it is not tracked, 0 means that it is not known. */
	put(row, info->plan_tracked || counters->plan_seconds > 0,
		Float8GetDatum(counters->plan_seconds));
	put(row, info->io_tracked || counters->io_seconds > 0,
		Float8GetDatum(counters->io_seconds));
	put(row, true, Int64GetDatum(counters->rows));
	put(row, true, Int64GetDatum(counters->blks_hit));
	put(row, true, Int64GetDatum(counters->blks_read));
	put(row, true, Int64GetDatum(counters->blks_dirtied));
	put(row, true, Int64GetDatum(counters->blks_written));
	put(row, true, Int64GetDatum(counters->temp_blks));
	put(row, true, Int64GetDatum(counters->wal_bytes));
}

/* Sums the toplevel entries, and returns how many there are. */
static int
sum_toplevel(const Statements *statements, StatementCounters *sum)
{
	int toplevel = 0;

	memset(sum, 0, sizeof(*sum));
	for (int i = 0; i < statements->count; i++)
	{
		if (!statements->entries[i].toplevel)
			continue;
		counters_add(sum, &statements->entries[i].counters);
		toplevel++;
	}
	return toplevel;
}

/* Seconds of execution and planning. */
static double
busy_seconds(const StatementCounters *counters)
{
	return counters->exec_seconds + counters->plan_seconds;
}

/* Seconds since all counters were reset; 0 where that is not known. */
static double
seconds_since_reset(const StatementsInfo *info)
{
	if (!info->reset_known || info->read_at <= info->reset_at)
		return 0;
	return (info->read_at - info->reset_at) / (double) USECS_PER_SEC;
}

/*
 * acu_read_statements() returns setof record
 *
 * One row per entry of pg_stat_statements, without the texts.
 */
Datum
acu_read_statements(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Statements *statements = statements_read();
	const StatementsInfo *info = &statements->info;
	double seconds = seconds_since_reset(info);
	StatementCounters total;
	double total_busy;

	sum_toplevel(statements, &total);
	total_busy = busy_seconds(&total);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < statements->count; i++)
	{
		const Statement *entry = &statements->entries[i];
		double busy = busy_seconds(&entry->counters);
		RowBuilder row = { 0 };

		put(&row, true, ObjectIdGetDatum(entry->userid));
		put(&row, true, ObjectIdGetDatum(entry->dbid));
		put(&row, entry->queryid_known, Int64GetDatum(entry->queryid));
		put(&row, info->toplevel_known, BoolGetDatum(entry->toplevel));
		put(&row, seconds > 0, Float8GetDatum(entry->counters.calls / seconds));
		put(&row, total_busy > 0, Float8GetDatum(busy / total_busy));
		put_counters(&row, &entry->counters, info);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

/*
 * acu_load_now() returns record
 *
 * One row: what the server has run since the counters began at 0.
 */
Datum
acu_load_now(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Statements *statements = statements_read();
	const StatementsInfo *info = &statements->info;
	double seconds = seconds_since_reset(info);
	StatementCounters total;
	RowBuilder row = { 0 };
	int toplevel = sum_toplevel(statements, &total);

	put(&row, true, TimestampTzGetDatum(info->read_at));
	put(&row, info->reset_known, TimestampTzGetDatum(info->reset_at));
	put(&row, seconds > 0, Float8GetDatum(seconds));
	put(&row, true, Int64GetDatum(toplevel));
	put(&row, seconds > 0, Float8GetDatum(total.calls / seconds));
	put(&row, seconds > 0, Float8GetDatum(busy_seconds(&total) / seconds));
	put_counters(&row, &total, info);
	put(&row, info->reset_known, Int64GetDatum(info->evictions));
	put(&row, true, BoolGetDatum(!info->toplevel_known));

	InitMaterializedSRF(fcinfo, 0);
	put_row(rsinfo, &row);
	return (Datum) 0;
}
