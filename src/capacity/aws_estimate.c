/*-------------------------------------------------------------------------
 *
 * aws_estimate.c
 *		acu_internal.estimate, behind acu.aws_estimate: AWS's own arithmetic, in
 *		SQL.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/errors.h"
#include "backend/rows.h"
#include "capacity/arguments.h"
#include "model/estimate.h"

#include "utils/builtins.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_estimate);
PG_FUNCTION_INFO_V1(acu_estimate_label);
PG_FUNCTION_INFO_V1(acu_estimate_saving);

#define MIN_VCPU 0.1
#define MAX_VCPU 1024.0 /* as in acu.instance_class */

/* Reports an error for a percentile or a mean above the maximum. */
static void
check_order(const Observed *observed)
{
	if (observed->cpu_p95 > observed->cpu_max)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cpu_p95 (%g) is above cpu_max (%g)", observed->cpu_p95,
					observed->cpu_max),
			 errhint(
				 "Set cpu_p95, cpu_avg and cpu_max to percentages of all CPUs, from 0 to 100."),
			 hide_context()));
	if (observed->cpu_avg > observed->cpu_max)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cpu_avg (%g) is above cpu_max (%g)", observed->cpu_avg,
					observed->cpu_max),
			 errhint(
				 "Set cpu_p95, cpu_avg and cpu_max to percentages of all CPUs, from 0 to 100."),
			 hide_context()));
}

/* Reads and checks the arguments of acu_estimate(). */
static void
read_observed(Observed *observed, FunctionCallInfo fcinfo)
{
	char *instance_class;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(
			ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("instance_class, cpu_p95 and cpu_max must not be NULL"),
			 errhint(
				 "Set instance_class, cpu_p95 and cpu_max, which AWS's tools need as well."),
			 hide_context()));
	instance_class = text_to_cstring(PG_GETARG_TEXT_PP(0));
	observed->vcpu = float_argument(fcinfo, 1);
	observed->acu_per_vcpu = estimate_ratio(instance_class);
	observed->cpu_p95 =
		float_argument_within(fcinfo, 2, "cpu_p95", 0, 100, NAN);
	observed->cpu_max =
		float_argument_within(fcinfo, 3, "cpu_max", 0, 100, NAN);
	observed->cpu_avg =
		float_argument_within(fcinfo, 4, "cpu_avg", 0, 100, NAN);
	observed->connections =
		float_argument_within(fcinfo, 5, "connections", 0, 1e6, NAN);
	observed->working_set_gib =
		float_argument_within(fcinfo, 6, "working_set_gib", 0, 1e6, NAN);
	if (isnan(observed->acu_per_vcpu))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid instance class for AWS's estimators: \"%s\"",
						instance_class),
				 errhint("Set instance_class to one of the families r, x, m, t "
						 "and c, which the estimators know."),
				 hide_context()));
	if (!(observed->vcpu >= MIN_VCPU && observed->vcpu <= MAX_VCPU))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("vcpu must be from %g to %g, not %g", MIN_VCPU,
							   MAX_VCPU, observed->vcpu),
						errhint("Set vcpu to that of the class in "
								"acu.current_instance_class."),
						hide_context()));

	check_order(observed);
}

/*
 * acu_estimate(instance_class, vcpu, cpu_p95, cpu_max, cpu_avg, connections,
 *				working_set_gib)
 */
Datum
acu_estimate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Observed observed;
	Estimate estimate;
	RowBuilder row = { 0 };

	read_observed(&observed, fcinfo);
	estimate_make(&estimate, &observed);
	InitMaterializedSRF(fcinfo, 0);
	put_number(&row, estimate.min);
	put_number(&row, estimate.typical);
	put_number(&row, estimate.peak);
	put_number(&row, estimate.max);
	put_number(&row, estimate.working_set_floor);
	put_number(&row, estimate.actual);
	put_number(&row, estimate.adjusted);
	put_number(&row, estimate.growth_factor);
	put_row(rsinfo, &row);
	return (Datum) 0;
}

/* A numeric argument as a double. */
static double
numeric_argument(FunctionCallInfo fcinfo, int n)
{
	return DatumGetFloat8(
		DirectFunctionCall1(numeric_float8, PG_GETARG_DATUM(n)));
}

/* acu_estimate_label(provisioned_usd, typical_usd, high_usd): strict. */
Datum
acu_estimate_label(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(
		estimate_label(numeric_argument(fcinfo, 0), numeric_argument(fcinfo, 1),
					   numeric_argument(fcinfo, 2))));
}

/* acu_estimate_saving(provisioned_usd, serverless_usd): strict. */
Datum
acu_estimate_saving(PG_FUNCTION_ARGS)
{
	double saving = estimate_saving(numeric_argument(fcinfo, 0),
									numeric_argument(fcinfo, 1));

	if (isnan(saving))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(saving);
}
