/*-------------------------------------------------------------------------
 *
 * samples.c
 *		Rows of the history: samples of this server, and what its queries did.
 *
 * Owns no data in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/store/samples.h"

#include "backend/owned.h"
#include "backend/spi.h"
#include "workload/store/rings.h"

#include "executor/spi.h"
#include "utils/timestamp.h"

static const char sample_columns[] =
	"target_id, at, seconds, epoch, cpu_seconds, background_cpu_seconds,"
	" cpu_source, vcpus, connections, active_sessions,"
	" calls, exec_seconds, plan_seconds, io_seconds, rows,"
	" blks_hit, blks_read, blks_written, temp_blks, wal_bytes,"
	" shared_buffers_bytes, buffers_used_bytes, buffers_hot_bytes,"
	" coverage, evictions, saturated";

static const char query_columns[] =
	"target_id, at, seconds, userid, dbid, queryid, toplevel, estimated,"
	" cpu_seconds, calls, exec_seconds, plan_seconds, io_seconds, rows,"
	" blks_hit, blks_read, blks_dirtied, blks_written, temp_blks, wal_bytes";

/* INSERT of a row whose values are $1 to $count, in the order of the columns.
 */
static char *
insert_into(const char *table, const char *columns, int count)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO acu_internal.%s (%s) VALUES (", table,
					 columns);
	for (int i = 1; i <= count; i++)
		appendStringInfo(&sql, i == 1 ? "$%d" : ", $%d", i);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

void
samples_add(const SampleRow *row)
{
	const StatementCounters *counters = &row->counters;
	const char *table = ring_table(RING_SAMPLE);
	bool known = row->counters_known;
	Parameters p = { 0 };

	add_integer(&p, true, LOCAL_TARGET);
	add_time(&p, row->at);
	add_float(&p, true, row->seconds);
	add_integer(&p, true, row->epoch);
	add_float(&p, row->cpu_known, row->cpu_seconds);
	add_float(&p, row->cpu_known, row->background_cpu_seconds);
	add_text(&p, row->cpu_known ? "proc" : NULL);
	add_float(&p, true, row->vcpus);
	add_integer(&p, row->connections_known, row->connections);
	add_float(&p, row->active_known, row->active_sessions);
	add_bigint(&p, known, counters->calls);
	add_float(&p, known, counters->exec_seconds);
	add_float(&p, row->plan_known, counters->plan_seconds);
	add_float(&p, row->io_known, counters->io_seconds);
	add_bigint(&p, known, counters->rows);
	add_bigint(&p, known, counters->blks_hit);
	add_bigint(&p, known, counters->blks_read);
	add_bigint(&p, known, counters->blks_written);
	add_bigint(&p, known, counters->temp_blks);
	add_bigint(&p, known, counters->wal_bytes);
	add_bigint(&p, true, row->shared_buffers_bytes);
	add_bigint(&p, row->buffers_known, row->buffers_used_bytes);
	add_bigint(&p, row->buffers_known, row->buffers_hot_bytes);
	add_float(&p, row->coverage_known, row->coverage);
	add_bigint(&p, row->evictions_known, row->evictions);
	add_boolean(&p, row->saturated);
	owned_write(table, insert_into(table, sample_columns, p.count), &p);
}

/* Adds the values of query_columns. */
static void
add_query(Parameters *p, const QueryRow *row)
{
	const StatementCounters *counters = &row->counters;

	add_integer(p, true, LOCAL_TARGET);
	add_time(p, row->at);
	add_float(p, true, row->seconds);
	add_oid(p, row->key.userid);
	add_oid(p, row->key.dbid);
	add_bigint(p, true, row->key.queryid);
	add_boolean(p, row->key.toplevel);
	add_boolean(p, row->estimated);
	add_float(p, true, row->cpu_seconds);
	add_bigint(p, true, counters->calls);
	add_float(p, true, counters->exec_seconds);
	add_float(p, true, counters->plan_seconds);
	add_float(p, true, counters->io_seconds);
	add_bigint(p, true, counters->rows);
	add_bigint(p, true, counters->blks_hit);
	add_bigint(p, true, counters->blks_read);
	add_bigint(p, true, counters->blks_dirtied);
	add_bigint(p, true, counters->blks_written);
	add_bigint(p, true, counters->temp_blks);
	add_bigint(p, true, counters->wal_bytes);
}

void
samples_add_queries(const QueryRow *rows, int count)
{
	const char *table = ring_table(RING_QUERY_RECENT);
	SPIPlanPtr plan = NULL;
	Rights before;

	owned_begin(table, &before);
	for (int i = 0; i < count; i++)
	{
		Parameters p = { 0 };

		add_query(&p, &rows[i]);
		if (plan == NULL)
			plan = SPI_prepare(insert_into(table, query_columns, p.count),
							   p.count, p.types);
		if (plan == NULL ||
			SPI_execute_plan(plan, p.values, p.nulls, false, 0) < 0)
			elog(ERROR, "could not add to acu.query_recent");
	}
	if (plan != NULL)
		SPI_freeplan(plan);
	owned_end(&before);
}

TimestampTz
samples_end(void)
{
	Parameters p = { 0 };
	bool isnull;
	Datum at;

	add_integer(&p, true, LOCAL_TARGET);
	(void) owned_read(
		"sample", "SELECT max(at) FROM acu.sample WHERE target_id = $1", &p, 1);
	at = row_value(0, 1, &isnull);
	return isnull ? DT_NOBEGIN : DatumGetTimestampTz(at);
}
