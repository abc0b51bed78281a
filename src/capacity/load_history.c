/*-------------------------------------------------------------------------
 *
 * load_history.c
 *		The history of a target, as the loads of the model.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/errors.h"
#include "backend/settings.h"
#include "backend/spi.h"
#include "backend/target.h"
#include "capacity/load_history.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include <math.h>

#define BATCH 10000
#define MAX_SAMPLES 50000000

/* Two clocks that were read one after the other differ by less than this. */
#define MIN_GAP_SECONDS 1.0

/* Share of shared_buffers in use from which more memory may be wanted. */
#define FULL_SHARE 0.95

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

/* The id of a target; acu_internal.target_id() has the error for NULL and for a
 * name that does not exist. */
static int
find_target(const char *name)
{
	static const char query[] = "SELECT acu_internal.target_id($1)";
	Parameters parameters = { 0 };

	add_text(&parameters, name);
	if (caller_read(query, &parameters, 1) != 1)
		elog(ERROR, "could not run: %s", query);
	return DatumGetInt32(row_datum(0, 1));
}

/* Makes room for so many samples in all; the arrays are not in SPI's memory,
 * and at least double. */
static void
grow_arrays(History *history, int count)
{
	if (count > MAX_SAMPLES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("more than %d samples", MAX_SAMPLES),
						errhint("Set since and until to a shorter span."),
						hide_context()));
	if (count <= history->room)
		return;
	history->room = Max(2 * history->room, count);
	history->loads =
		repalloc_huge(history->loads, history->room * sizeof(Load));
	history->at =
		repalloc_huge(history->at, history->room * sizeof(TimestampTz));
	history->background_cpu =
		repalloc_huge(history->background_cpu, history->room * sizeof(double));
}

static void
check_load(const History *history, const Load *load, TimestampTz at)
{
	const char *column = load_invalid_column(load);

	if (column != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("invalid %s in the sample at %s of target "
							   "\"%s\"",
							   column, timestamptz_to_str(at), history->target),
						errhint("Correct or delete this row of acu.sample."),
						hide_context()));
}

/* Adds a row of read_samples(); one without CPU becomes part of a gap. */
static void
add_sample(History *history, uint64 row)
{
	Load *load = &history->loads[history->count];
	TimestampTz at = DatumGetTimestampTz(row_datum(row, 1));
	double seconds = row_float(row, 2);
	double shared_buffers = row_float(row, 6);
	double gap = (at - history->last_at) / (double) USECS_PER_SEC - seconds;

	Assert(history->count < history->room);
	*load = (Load){
		.seconds = seconds,
		.vcpu_used = row_float(row, 3) / seconds * acu_cpu_factor,
		.hot_bytes = row_float(row, 4),
		.used_bytes = row_float(row, 5),
		.connections = row_float(row, 8),
		.saturated = row_boolean(row, 9),
	};
	if (history->any_sample && gap > MIN_GAP_SECONDS)
		history->pending_gap += gap;
	history->last_at = at;
	history->any_sample = true;
	if (isnan(load->vcpu_used))
	{
		history->unknown_seconds += seconds;
		history->pending_gap += seconds;
		return;
	}
	load->gap_seconds = history->pending_gap;
	history->pending_gap = 0;
	load->memory_at_least =
		load->used_bytes >= FULL_SHARE * shared_buffers && row_boolean(row, 7);
	check_load(history, load, at);
	history->at[history->count] = at;
	history->background_cpu[history->count++] =
		row_float(row, 10) / seconds * acu_cpu_factor;
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
	Parameters parameters = { 0 };
	Portal portal;

	add_integer(&parameters, true, target_id);
	add_time(&parameters, history->since);
	add_time(&parameters, history->until);
	portal = SPI_cursor_open_with_args(NULL, query, parameters.count,
									   parameters.types, parameters.values,
									   parameters.nulls, true, 0);
	/* Other targets are imported from CloudWatch, whose CPU is all there is. */
	history->managed = target_id != LOCAL_TARGET;
	do
	{
		SPI_cursor_fetch(portal, true, BATCH);
		grow_arrays(history, history->count + (int) SPI_processed);
		for (uint64 i = 0; i < SPI_processed; i++)
			add_sample(history, i);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
}

/* A hint that names the database with the samples of this server, or NULL. */
static char *
find_database_hint(const char *target)
{
	MemoryContext caller = CurrentMemoryContext;
	Parameters parameters = { 0 };
	char *hint = NULL;

	SPI_connect();
	add_text(&parameters, target);
	if (caller_read("SELECT acu_internal.where_samples_are() "
					"WHERE $1 = 'local'",
					&parameters, 1) > 0)
		hint = row_text(0, 1);
	if (hint != NULL)
		hint = MemoryContextStrdup(caller, hint);
	SPI_finish();
	return hint;
}

/* Reports an error when there are too few samples, by the reason. */
static void
check_count(const History *history, int min_count)
{
	char *database_hint;

	if (history->count >= min_count)
		return;
	if (history->count > 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("target \"%s\" has one sample only", history->target),
			 errhint(
				 "Wait for more samples, or set since and until to a longer "
				 "span."),
			 hide_context()));
	if (history->unknown_seconds > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no sample of target \"%s\" has CPU", history->target),
				 errhint("Call acu.status() for the reason on this "
						 "server; import other histories with CPU."),
				 hide_context()));
	database_hint = find_database_hint(history->target);
	if (database_hint != NULL)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("this database has no samples"),
						errhint("%s", database_hint), hide_context()));
	ereport(
		ERROR,
		(errcode(ERRCODE_NO_DATA_FOUND),
		 errmsg("target \"%s\" has no samples in this span", history->target),
		 errhint("acu.load() shows the samples; acu.status() says whether "
				 "samples are taken."),
		 hide_context()));
}

void
history_read(History *history, FunctionCallInfo fcinfo, int min_count)
{
	read_arguments(history, fcinfo);
	history->room = BATCH;
	history->loads = palloc(BATCH * sizeof(Load));
	history->at = palloc(BATCH * sizeof(TimestampTz));
	history->background_cpu = palloc(BATCH * sizeof(double));
	SPI_connect();
	read_samples(history, find_target(history->target));
	SPI_finish();
	check_count(history, min_count);
}

Model
history_model(const History *history, Likelihood likelihood, double background)
{
	Model model = model_make(likelihood);

	if (history->managed)
		model.background_vcpu = 0;
	if (!isnan(background))
		model.background_vcpu = background;
	return model;
}
