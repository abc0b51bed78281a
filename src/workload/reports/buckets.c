/*-------------------------------------------------------------------------
 *
 * buckets.c
 *		Buckets of time in SQL: acu_internal.bucket_start and
 *		acu_internal.buckets, for reports.
 *
 * A bucket holds the instants from its start on, up to the start of the next.
 * Buckets of whole days or months begin at midnight in the session's time
 * zone, so that one of them is an hour shorter or longer when the clocks
 * change; all others have one length, and are counted from 1970-01-01 in UTC.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/errors.h"
#include "backend/rows.h"

#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_bucket_start);
PG_FUNCTION_INFO_V1(acu_buckets);

#define MAX_BUCKETS 1000000
#define MAX_YEARS 100
#define UNIX_EPOCH ((UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY)
/* Weeks begin on Mondays, as those of date_trunc() do. */
#define MONDAY_JDATE (POSTGRES_EPOCH_JDATE + 2)

typedef enum BucketUnit
{
	BUCKET_MICROSECONDS,
	BUCKET_DAYS,
	BUCKET_MONTHS
} BucketUnit;

/* The length of buckets: width units. */
typedef struct Bucket
{
	BucketUnit unit;
	int64 width;
} Bucket;

/* The quotient, rounded down for negative values too; divisor > 0. */
static int64
divide_down(int64 value, int64 divisor)
{
	int64 quotient = value / divisor;

	return value % divisor < 0 ? quotient - 1 : quotient;
}

/* Raises the error for an interval that cannot be a bucket; NULL: for NULL. */
static void
refuse_bucket(const Interval *interval)
{
	char *text = interval == NULL
					 ? "NULL"
					 : DatumGetCString(DirectFunctionCall1(
						   interval_out, PointerGetDatum(interval)));

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid bucket: %s", text),
			 errhint("Use whole seconds, days or months, from 1 second to %d "
					 "years: '10 s', '1 hour', '7 days', '1 month'.",
					 MAX_YEARS),
			 hide_context()));
}

/* Reads the n-th argument; raises an error for NULL and for an interval that
 * cannot be a bucket. */
static Bucket
bucket_argument(FunctionCallInfo fcinfo, int n)
{
	const Interval *interval = PG_ARGISNULL(n) ? NULL : PG_GETARG_INTERVAL_P(n);
	Bucket bucket;
	int64 days;

	if (interval == NULL || interval->month < 0 || interval->day < 0 ||
		interval->time < 0 || interval->month > MAX_YEARS * 12 ||
		interval->day > MAX_YEARS * 366 ||
		interval->time > MAX_YEARS * 366 * USECS_PER_DAY ||
		interval->time % USECS_PER_SEC != 0)
		refuse_bucket(interval);
	days = interval->day + interval->time / USECS_PER_DAY;
	if (interval->month > 0)
		bucket = (Bucket){ BUCKET_MONTHS, interval->month };
	else if (interval->time % USECS_PER_DAY == 0)
		bucket = (Bucket){ BUCKET_DAYS, days };
	else
		bucket = (Bucket){ BUCKET_MICROSECONDS,
						   interval->day * USECS_PER_DAY + interval->time };
	if (bucket.width == 0 ||
		(interval->month > 0 && (interval->day > 0 || interval->time > 0)))
		refuse_bucket(interval);
	return bucket;
}

/* Splits an instant into date and time in the session's time zone; *zone is the
 * offset there, in seconds west of Greenwich. */
static void
local_time(TimestampTz at, struct pg_tm *tm, int *zone)
{
	fsec_t fraction;

	if (timestamp2tm(at, zone, tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range"), hide_context()));
}

/* The number of the bucket that holds an instant: 0 begins at 1970-01-01 in
 * UTC, or for days at a Monday, or for months in year 0. */
static int64
bucket_number(const Bucket *bucket, TimestampTz at)
{
	struct pg_tm tm;
	int zone;

	if (bucket->unit == BUCKET_MICROSECONDS)
		return divide_down(at - UNIX_EPOCH, bucket->width);
	local_time(at, &tm, &zone);
	if (bucket->unit == BUCKET_DAYS)
		return divide_down(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) -
							   MONDAY_JDATE,
						   bucket->width);
	return divide_down(tm.tm_year * 12 + tm.tm_mon - 1, bucket->width);
}

/* The instant of a date and time at an offset, in seconds west of Greenwich. */
static TimestampTz
at_zone(struct pg_tm *midnight, int zone)
{
	TimestampTz at;

	if (tm2timestamp(midnight, 0, &zone, &at) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range"), hide_context()));
	return at;
}

/*
 * The first instant of a day.  Where clocks go forward at midnight that is
 * 01:00; where they go back at midnight or soon after it, midnight comes
 * twice and PostgreSQL takes the second.
 */
static TimestampTz
first_instant(struct pg_tm *midnight)
{
	TimestampTz at =
		at_zone(midnight, DetermineTimeZoneOffset(midnight, session_timezone));
	struct pg_tm tm;
	int zone;
	TimestampTz earlier;

	local_time(at - USECS_PER_DAY, &tm, &zone);
	earlier = at_zone(midnight, zone);
	if (earlier >= at)
		return at;
	local_time(earlier, &tm, &zone);
	return tm.tm_mday == midnight->tm_mday ? earlier : at;
}

/* The first instant of the bucket with this number. */
static TimestampTz
bucket_begin(const Bucket *bucket, int64 number)
{
	struct pg_tm tm = { .tm_isdst = -1 };
	int64 first = number * bucket->width;

	if (bucket->unit == BUCKET_MICROSECONDS)
		return first + UNIX_EPOCH;
	if (bucket->unit == BUCKET_DAYS)
		j2date((int) (first + MONDAY_JDATE), &tm.tm_year, &tm.tm_mon,
			   &tm.tm_mday);
	else
	{
		tm.tm_year = (int) divide_down(first, 12);
		tm.tm_mon = (int) (first - tm.tm_year * INT64CONST(12)) + 1;
		tm.tm_mday = 1;
	}
	return first_instant(&tm);
}

/*
 * acu_bucket_start(at timestamptz, bucket interval) returns timestamptz
 *
 * The start of the bucket that holds at; NULL for NULL and for infinity.
 */
Datum
acu_bucket_start(PG_FUNCTION_ARGS)
{
	Bucket bucket = bucket_argument(fcinfo, 1);
	TimestampTz at = PG_ARGISNULL(0) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(0);

	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(bucket_begin(&bucket, bucket_number(&bucket, at)));
}

/*
 * acu_buckets(since timestamptz, until timestamptz, bucket interval)
 * returns setof (at timestamptz, until timestamptz)
 *
 * The start and the end of all buckets that have a part of (since, until];
 * none for NULL and for infinity.
 */
Datum
acu_buckets(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Bucket bucket = bucket_argument(fcinfo, 2);
	TimestampTz since = PG_ARGISNULL(0) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz until = PG_ARGISNULL(1) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(1);
	int64 first;
	int64 count;
	TimestampTz begin;

	InitMaterializedSRF(fcinfo, 0);
	if (TIMESTAMP_NOT_FINITE(since) || TIMESTAMP_NOT_FINITE(until) ||
		since >= until)
		return (Datum) 0;
	first = bucket_number(&bucket, since);
	count = bucket_number(&bucket, until - 1) - first + 1;
	if (count > MAX_BUCKETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many buckets: " INT64_FORMAT, count),
				 errhint("Use a wider bucket or a shorter span, so that there "
						 "are up to %d.",
						 MAX_BUCKETS),
				 hide_context()));
	begin = bucket_begin(&bucket, first);
	for (int64 i = 1; i <= count; i++)
	{
		TimestampTz end = bucket_begin(&bucket, first + i);
		RowBuilder row = { 0 };

		CHECK_FOR_INTERRUPTS();
		put(&row, true, TimestampTzGetDatum(begin));
		put(&row, true, TimestampTzGetDatum(end));
		/* A zone that crosses the date line skips a day: Samoa did in 2011. */
		if (end > begin)
			put_row(rsinfo, &row);
		begin = end;
	}
	return (Datum) 0;
}
