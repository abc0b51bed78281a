/*-------------------------------------------------------------------------
 *
 * time.c
 *		acu.time(timezone): the example API's time, as JSON.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/datetime.h"
#include "common/json.h"
#include "api/zones.h"
#include "backend/compat.h"

#include "access/xact.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_time);

/* A JsonSink over a StringInfo. */
static void
append_json(void *out, const char *bytes, size_t size)
{
	appendBinaryStringInfo(out, bytes, (int) size);
}

/* Reports an error for a name that is no zone, or NULL, with the nearest one.
 */
pg_noreturn static void
refuse_zone(const char *name)
{
	const char *nearest = name ? zones_nearest(name) : NULL;
	int length;

	if (name == NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("time zone must not be null"),
			 errhint(
				 "Leave it out for UTC, or give a name such as America/New_York.")));

	/* The message shows as much of the name as any zone has. */
	length = pg_mbcliplen(name, strlen(name), TZ_STRLEN_MAX);
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("time zone \"%.*s%s\" not recognized", length, name,
				name[length] == '\0' ? "" : "..."),
		 nearest
			 ? errhint("Perhaps you meant \"%s\".", nearest)
			 : errhint(
				   "Give a name such as America/New_York; acu.root() and pg_timezone_names list them all.")));
}

/* Sets the date and time of a moment in a zone. */
static void
wall_clock(TimestampTz at, pg_tz *zone, DateTime *when)
{
	struct pg_tm tm;
	fsec_t fraction;
	int west_seconds;

	if (timestamp2tm(at, &west_seconds, &tm, &fraction, NULL, zone) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));

	when->year = tm.tm_year;
	when->month = tm.tm_mon;
	when->day = tm.tm_mday;
	when->hour = tm.tm_hour;
	when->minute = tm.tm_min;
	when->second = tm.tm_sec;
	when->microsecond = fraction;
	when->offset_seconds = -west_seconds;
}

/*
 * The zone of a name, or an error.  pg_tzset() alone would also take POSIX
 * strings ("UTC+3", three hours west of Greenwich), which are not names and
 * mean the opposite of what they seem to.
 */
static pg_tz *
find_zone(const char *name)
{
	const char *known = zones_find(name);
	pg_tz *zone = known ? pg_tzset(known) : NULL;

	if (zone == NULL)
		refuse_zone(name);
	return zone;
}

/*
 * acu_time(timezone text) returns json
 *
 * The time at which the statement began, on the clocks of the time zone:
 * {"time": "2026-11-23 04:41:16.798676-05:00", "timezone": "America/New_York"}
 * with the name as it was given.  Error 22023 when it names no time zone.
 */
Datum
acu_time(PG_FUNCTION_ARGS)
{
	char *name;
	char clock[DATETIME_SIZE];
	DateTime when;
	StringInfoData out;
	JsonWriter json = json_writer(append_json, &out);

	if (PG_ARGISNULL(0))
		refuse_zone(NULL);
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	wall_clock(GetCurrentStatementStartTimestamp(), find_zone(name), &when);
	datetime_format(clock, sizeof(clock), &when);

	initStringInfo(&out);
	json_begin_object(&json);
	json_write_key(&json, "time");
	json_write_string(&json, clock);
	json_write_key(&json, "timezone");
	json_write_string(&json, name);
	json_end_object(&json);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
