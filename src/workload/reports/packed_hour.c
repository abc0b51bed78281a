/*-------------------------------------------------------------------------
 *
 * packed_hour.c
 *		Packed hours in SQL: acu_internal.pack_hour, roll_up_hour, unpack_hour
 *		and unpack_counters.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/rows.h"
#include "stats/pack.h"

#include "fmgr.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_pack_step);
PG_FUNCTION_INFO_V1(acu_pack_end);
PG_FUNCTION_INFO_V1(acu_roll_up_hour);
PG_FUNCTION_INFO_V1(acu_unpack_hour);
PG_FUNCTION_INFO_V1(acu_unpack_counters);

/* Adds a row to its minute, whose field minute counts its rows until
 * acu_pack_end(). */
static void
add_minute(PackedHour *hour, TimestampTz at, const StatementCounters *counters,
		   double cpu_seconds)
{
	/* Minutes are (start, end]. */
	int64 number = (at - 1) / USECS_PER_MINUTE % MINUTES;
	PackedMinute *minute =
		&hour->minutes[number < 0 ? number + MINUTES : number];

	minute->minute++;
	minute->calls += counters->calls;
	minute->exec_seconds += counters->exec_seconds;
	minute->cpu_seconds += cpu_seconds;
	minute->blks += counters->blks_hit + counters->blks_read;
}

/* The packed hour, palloc'd. */
static bytea *
packed_bytea(const PackedHour *hour)
{
	bytea *packed = palloc(VARHDRSZ + PACKED_SIZE_MAX);
	size_t size = pack_hour((unsigned char *) VARDATA(packed), hour);

	SET_VARSIZE(packed, VARHDRSZ + size);
	return packed;
}

/* Unpacks an hour; an error where the bytes are damaged. */
static void
unpack_bytea(PackedHour *hour, bytea *packed)
{
	if (!unpack_hour(hour, (unsigned char *) VARDATA_ANY(packed),
					 VARSIZE_ANY_EXHDR(packed)))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("invalid packed hour")));
}

/*
 * acu_pack_step(internal, at, estimated, cpu_seconds, calls, ...) returns
 * internal
 *
 * Adds one row to the hour.  The minutes stand at their own place until the
 * end: rows may come in any order, and several of one minute.
 */
Datum
acu_pack_step(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	PackedHour *hour;
	StatementCounters row;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "acu_pack_step called in non-aggregate context");
	hour = PG_ARGISNULL(0) ? MemoryContextAllocZero(context, sizeof(PackedHour))
						   : (PackedHour *) PG_GETARG_POINTER(0);
	for (int i = 1; i <= 14; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("a query's counters must not be null")));

	row = (StatementCounters){
		.calls = PG_GETARG_INT64(4),
		.exec_seconds = PG_GETARG_FLOAT8(5),
		.plan_seconds = PG_GETARG_FLOAT8(6),
		.io_seconds = PG_GETARG_FLOAT8(7),
		.rows = PG_GETARG_INT64(8),
		.blks_hit = PG_GETARG_INT64(9),
		.blks_read = PG_GETARG_INT64(10),
		.blks_dirtied = PG_GETARG_INT64(11),
		.blks_written = PG_GETARG_INT64(12),
		.temp_blks = PG_GETARG_INT64(13),
		.wal_bytes = PG_GETARG_INT64(14),
	};
	hour->estimated |= PG_GETARG_BOOL(2);
	counters_add(&hour->counters, &row);
	hour->cpu_seconds += PG_GETARG_FLOAT8(3);
	add_minute(hour, PG_GETARG_TIMESTAMPTZ(1), &row, PG_GETARG_FLOAT8(3));
	PG_RETURN_POINTER(hour);
}

/*
 * acu_pack_end(internal) returns bytea
 *
 * The packed hour; NULL where no row was added.
 */
Datum
acu_pack_end(PG_FUNCTION_ARGS)
{
	PackedHour hour;
	int count = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	hour = *(PackedHour *) PG_GETARG_POINTER(0);
	/* The field minute has counted the rows of each minute until now. */
	for (int i = 0; i < MINUTES; i++)
		if (hour.minutes[i].minute > 0)
		{
			hour.minutes[count] = hour.minutes[i];
			hour.minutes[count++].minute = i;
		}
	hour.count = count;
	PG_RETURN_BYTEA_P(packed_bytea(&hour));
}

/*
 * acu_roll_up_hour(packed bytea) returns bytea
 *
 * The same hour without its minutes.
 */
Datum
acu_roll_up_hour(PG_FUNCTION_ARGS)
{
	PackedHour hour;

	unpack_bytea(&hour, PG_GETARG_BYTEA_PP(0));
	hour.count = 0;
	PG_RETURN_BYTEA_P(packed_bytea(&hour));
}

/*
 * acu_unpack_hour(hour timestamptz, packed bytea) returns setof record
 *
 * A row for each minute, or one for the hour when it has none.
 */
Datum
acu_unpack_hour(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	PackedHour hour;

	unpack_bytea(&hour, PG_GETARG_BYTEA_PP(1));
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < Max(hour.count, 1); i++)
	{
		const PackedMinute *minute = &hour.minutes[i];
		const StatementCounters *sums = &hour.counters;
		bool whole = hour.count == 0;
		int64 ends =
			whole ? USECS_PER_HOUR : (minute->minute + 1) * USECS_PER_MINUTE;
		RowBuilder row = { 0 };

		put(&row, true, TimestampTzGetDatum(start + ends));
		put(&row, true,
			Float8GetDatum(whole ? SECS_PER_HOUR : SECS_PER_MINUTE));
		put(&row, true, BoolGetDatum(hour.estimated));
		put(&row, true, Int64GetDatum(whole ? sums->calls : minute->calls));
		put(&row, true,
			Float8GetDatum(whole ? sums->exec_seconds : minute->exec_seconds));
		put(&row, true,
			Float8GetDatum(whole ? hour.cpu_seconds : minute->cpu_seconds));
		put(&row, true,
			Int64GetDatum(whole ? sums->blks_hit + sums->blks_read
								: minute->blks));
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

/*
 * acu_unpack_counters(packed bytea) returns record
 *
 * One row: the sums of the hour.
 */
Datum
acu_unpack_counters(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const StatementCounters *sums;
	PackedHour hour;
	RowBuilder row = { 0 };

	unpack_bytea(&hour, PG_GETARG_BYTEA_PP(0));
	sums = &hour.counters;
	InitMaterializedSRF(fcinfo, 0);
	put(&row, true, BoolGetDatum(hour.estimated));
	put(&row, true, Float8GetDatum(hour.cpu_seconds));
	put(&row, true, Int64GetDatum(sums->calls));
	put(&row, true, Float8GetDatum(sums->exec_seconds));
	put(&row, true, Float8GetDatum(sums->plan_seconds));
	put(&row, true, Float8GetDatum(sums->io_seconds));
	put(&row, true, Int64GetDatum(sums->rows));
	put(&row, true, Int64GetDatum(sums->blks_hit));
	put(&row, true, Int64GetDatum(sums->blks_read));
	put(&row, true, Int64GetDatum(sums->blks_dirtied));
	put(&row, true, Int64GetDatum(sums->blks_written));
	put(&row, true, Int64GetDatum(sums->temp_blks));
	put(&row, true, Int64GetDatum(sums->wal_bytes));
	put_row(rsinfo, &row);
	return (Datum) 0;
}
