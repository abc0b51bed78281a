/*-------------------------------------------------------------------------
 *
 * arguments.c
 *		The arguments that the SQL functions of the model share.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/errors.h"
#include "backend/settings.h"
#include "backend/spi.h"
#include "capacity/arguments.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include <math.h>

#define MAX_BACKGROUND_VCPU 1000

/* Seconds, as Aurora takes them. */
#define MIN_PAUSE_AFTER 1
#define MAX_PAUSE_AFTER 86400

double
float_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NAN : PG_GETARG_FLOAT8(n);
}

double
float_argument_within(FunctionCallInfo fcinfo, int n, const char *name,
					  double min, double max, double fallback)
{
	double value = float_argument(fcinfo, n);

	if (PG_ARGISNULL(n))
		return fallback;
	if (!(value >= min && value <= max))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be from %g to %g, not %g", name, min,
							   max, value),
						errhint("Set %s to a number within this range.", name),
						hide_context()));
	return value;
}

/* Reports an error for NULL: the SQL script alone has the default. */
static void
refuse_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be NULL", name),
						errhint("Leave out %s to get its default.", name),
						hide_context()));
}

double
required_argument_within(FunctionCallInfo fcinfo, int n, const char *name,
						 double min, double max)
{
	refuse_null(fcinfo, n, name);
	return float_argument_within(fcinfo, n, name, min, max, NAN);
}

double
background_argument(FunctionCallInfo fcinfo, int n)
{
	return float_argument_within(fcinfo, n, "background_vcpu", 0,
								 MAX_BACKGROUND_VCPU, NAN);
}

double
floor_argument(FunctionCallInfo fcinfo, int n)
{
	return required_argument_within(fcinfo, n, "floor_acu", 0, MAX_ACU);
}

/* The length of an interval, with months of 30 days. */
static double
interval_seconds(const Interval *interval)
{
	return (interval->time + interval->day * (double) USECS_PER_DAY +
			interval->month * 30 * (double) USECS_PER_DAY) /
		   USECS_PER_SEC;
}

double
pause_argument(FunctionCallInfo fcinfo, int n)
{
	double seconds;

	refuse_null(fcinfo, n, "pause_after");
	seconds = interval_seconds(PG_GETARG_INTERVAL_P(n));
	if (!(seconds >= MIN_PAUSE_AFTER && seconds <= MAX_PAUSE_AFTER))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "pause_after must be from 1 second to 1 day, not %g seconds",
				 seconds),
			 errhint("Set pause_after to what Aurora accepts, 300 to 86400 "
					 "seconds."),
			 hide_context()));
	return seconds;
}

/* Reports an error for a range that Aurora would refuse. */
static void
check_range(const Range *range)
{
	double min_acu = range->min_acu;
	double max_acu = range->max_acu;

	if (!(min_acu >= 0 && min_acu <= MAX_ACU && max_acu >= 0 &&
		  max_acu <= MAX_ACU) ||
		min_acu != round_up_acu(min_acu) || max_acu != round_up_acu(max_acu))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid capacity range: %g to %g ACU", min_acu, max_acu),
			 errhint("Set min_acu and max_acu to multiples of 0.5, from 0 "
					 "to %g.",
					 MAX_ACU),
			 hide_context()));
	if (max_acu < MIN_MAX_ACU)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_acu must be at least %g, not %g", MIN_MAX_ACU,
						max_acu),
				 errhint("Set max_acu to %g or more, as Aurora requires.",
						 MIN_MAX_ACU),
				 hide_context()));
	if (min_acu > max_acu)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_acu (%g) is above max_acu (%g)", min_acu, max_acu),
				 errhint("Swap min_acu and max_acu."), hide_context()));
}

void
range_arguments(FunctionCallInfo fcinfo, int n, Range *range)
{
	if (PG_ARGISNULL(n) || PG_ARGISNULL(n + 1))
		ereport(
			ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("min_acu and max_acu must not be NULL"),
			 errhint("Leave out min_acu and max_acu to get their defaults."),
			 hide_context()));
	range->min_acu = PG_GETARG_FLOAT8(n);
	range->max_acu = PG_GETARG_FLOAT8(n + 1);
	range->pause_after = pause_argument(fcinfo, n + 2);
	check_range(range);
}

char *
region_argument(FunctionCallInfo fcinfo, int n)
{
	char *region =
		PG_ARGISNULL(n) ? acu_region : text_to_cstring(PG_GETARG_TEXT_PP(n));
	Parameters parameters = { 0 };

	SPI_connect();
	add_text(&parameters, region);
	caller_read("SELECT acu_internal.check_region($1)", &parameters, 1);
	SPI_finish();
	return region;
}
