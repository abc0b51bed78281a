/*-------------------------------------------------------------------------
 *
 * load_history.c
 *		The history of a target, as the model takes it.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capacity/functions.h"
#include "backend/errors.h"
#include "backend/settings.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include <math.h>

#define BATCH 10000
#define MOST_SAMPLES 50000000
/* Two clocks that were read one after the other differ, by less than this. */
#define LEAST_GAP_SECONDS 1.0
/* When so much of shared_buffers is in use, it may want to be larger. */
#define FULL_SHARE 0.95
#define LOCAL_TARGET 1

static void read_arguments(History *history, FunctionCallInfo fcinfo);
static int find_target(const char *name);
static void read_samples(History *history, int target_id);
static void add_batch(History *history);
static void add_sample(History *history, HeapTuple tuple, TupleDesc desc);
static char *elsewhere(const char *target);
static void check_count(const History *history, int least);

void
history_read(History *history, FunctionCallInfo fcinfo, int least)
{
	read_arguments(history, fcinfo);
	history->room = BATCH;
	history->loads = palloc(BATCH * sizeof(Load));
	history->at = palloc(BATCH * sizeof(TimestampTz));
	history->background_cpu = palloc(BATCH * sizeof(double));
	SPI_connect();
	read_samples(history, find_target(history->target));
	SPI_finish();
	check_count(history, least);
}

static void
read_arguments(History *history, FunctionCallInfo fcinfo)
{
	memset(history, 0, sizeof(*history));
	history->target =
		PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	history->since = PG_ARGISNULL(1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(1);
	history->until = PG_ARGISNULL(2) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(2);
	if (history->since > history->until)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("since (%s) is after until (%s)",
						pstrdup(timestamptz_to_str(history->since)),
						pstrdup(timestamptz_to_str(history->until))),
				 errhint("Make since earlier than until."), hide_context()));
}

/* acu_internal.target_id() has the error for a name that there is not, or none.
 */
static int
find_target(const char *name)
{
	Oid type = TEXTOID;
	Datum value = name ? CStringGetTextDatum(name) : (Datum) 0;
	bool isnull;

	if (SPI_execute_with_args("SELECT acu_internal.target_id($1)", 1, &type,
							  &value, name ? NULL : "n", true,
							  1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for the target");
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &isnull));
}

static void
read_samples(History *history, int target_id)
{
	static const char query[] =
		"SELECT s.at, s.seconds, s.cpu_seconds,"
		" s.buffers_hot_bytes::float8, s.buffers_used_bytes::float8,"
		" s.shared_buffers_bytes::float8, s.blks_read > 0,"
		" s.connections::float8, s.saturated, s.background_cpu_seconds "
		"FROM acu.sample AS s "
		"WHERE s.target_id = $1 AND s.at > $2 AND s.at <= $3 ORDER BY s.at";
	Oid types[] = { INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID };
	Datum values[] = { Int32GetDatum(target_id),
					   TimestampTzGetDatum(history->since),
					   TimestampTzGetDatum(history->until) };
	Portal portal =
		SPI_cursor_open_with_args(NULL, query, 3, types, values, NULL, true, 0);

	/* Other targets are imported: from CloudWatch, which shows all there is. */
	history->managed = target_id != LOCAL_TARGET;
	do
	{
		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed > 0)
			add_batch(history);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
}

/* The arrays, which are not in SPI's memory, grow by doubling. */
static void
add_batch(History *history)
{
	int count = history->count + (int) SPI_processed;

	if (count > MOST_SAMPLES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("more than %d samples", MOST_SAMPLES),
						errhint("Ask for a shorter span."), hide_context()));
	if (count > history->room)
	{
		history->room = Max(2 * history->room, BATCH);
		history->loads =
			repalloc_huge(history->loads, history->room * sizeof(Load));
		history->at =
			repalloc_huge(history->at, history->room * sizeof(TimestampTz));
		history->background_cpu = repalloc_huge(history->background_cpu,
												history->room * sizeof(double));
	}
	for (uint64 i = 0; i < SPI_processed; i++)
		add_sample(history, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
}

static void
add_sample(History *history, HeapTuple tuple, TupleDesc desc)
{
	Load *load = &history->loads[history->count];
	bool isnull;
	TimestampTz at =
		DatumGetTimestampTz(SPI_getbinval(tuple, desc, 1, &isnull));
	double seconds = spi_number(tuple, desc, 2);
	double shared_buffers = spi_number(tuple, desc, 6);
	double gap = (at - history->last_at) / (double) USECS_PER_SEC - seconds;
	const char *column;

	*load = (Load){
		.seconds = seconds,
		.vcpu_used = spi_number(tuple, desc, 3) / seconds * acu_cpu_factor,
		.hot_bytes = spi_number(tuple, desc, 4),
		.used_bytes = spi_number(tuple, desc, 5),
		.connections = spi_number(tuple, desc, 8),
	};
	history->last_at = at;
	history->unseen += history->any && gap > LEAST_GAP_SECONDS ? gap : 0;
	history->any = true;
	if (isnan(load->vcpu_used))
	{
		history->unknown_seconds += seconds;
		history->unseen += seconds;
		return;
	}
	load->gap_seconds = history->unseen;
	history->unseen = 0;
	load->saturated =
		DatumGetBool(SPI_getbinval(tuple, desc, 9, &isnull)) && !isnull;
	load->memory_at_least =
		load->used_bytes >= FULL_SHARE * shared_buffers &&
		DatumGetBool(SPI_getbinval(tuple, desc, 7, &isnull)) && !isnull;
	column = load_invalid_column(load);
	if (column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("invalid %s in the sample at %s of target \"%s\"",
						column, timestamptz_to_str(at), history->target),
				 errhint("Correct or delete it in acu.sample."),
				 hide_context()));
	history->at[history->count] = at;
	history->background_cpu[history->count++] =
		spi_number(tuple, desc, 10) / seconds * acu_cpu_factor;
}

/* A hint that names the database with the samples of this server, or NULL. */
static char *
elsewhere(const char *target)
{
	static const char query[] =
		"SELECT acu_internal.where_samples_are() WHERE $1 = 'local'";
	Oid type = TEXTOID;
	Datum argument = CStringGetTextDatum(target);
	MemoryContext caller = CurrentMemoryContext;
	char *hint = NULL;

	SPI_connect();
	if (SPI_execute_with_args(query, 1, &type, &argument, NULL, true, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", query);
	if (SPI_processed > 0)
		hint = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (hint != NULL)
		hint = MemoryContextStrdup(caller, hint);
	SPI_finish();
	return hint;
}

static void
check_count(const History *history, int least)
{
	char *where;

	if (history->count >= least)
		return;
	if (history->count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("target \"%s\" has one sample only", history->target),
				 errhint("Wait for more, or ask for a longer span."),
				 hide_context()));
	if (history->unknown_seconds > 0)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("no sample of target \"%s\" knows the CPU",
							   history->target),
						errhint("Of this server acu.status() says why; other "
								"histories were imported without it."),
						hide_context()));
	where = elsewhere(history->target);
	if (where != NULL)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("this database has no samples"),
						errhint("%s", where), hide_context()));
	ereport(
		ERROR,
		(errcode(ERRCODE_NO_DATA_FOUND),
		 errmsg("target \"%s\" has no samples in this span", history->target),
		 errhint("acu.load() shows what there is; acu.status() says whether "
				 "samples are taken."),
		 hide_context()));
}
