/*-------------------------------------------------------------------------
 *
 * arguments.h
 *		The arguments that the SQL functions of the model share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_ARGUMENTS_H
#define PG_ACU_CAPACITY_ARGUMENTS_H

#include "model/simulation.h"

#include "fmgr.h"

/* A float8; NAN for NULL. */
extern double float_argument(FunctionCallInfo fcinfo, int n);

/* The same; an error when it is not from min to max, the fallback for NULL. */
extern double
float_argument_within(FunctionCallInfo fcinfo, int n, const char *name,
					  double min, double max, double fallback);

/* The same; an error for NULL too. */
extern double
required_argument_within(FunctionCallInfo fcinfo, int n, const char *name,
						 double min, double max);

/* Argument n as background_vcpu; NAN, for what fits the history, when NULL. */
extern double background_argument(FunctionCallInfo fcinfo, int n);

/* Argument n as floor_acu; an error for NULL. */
extern double floor_argument(FunctionCallInfo fcinfo, int n);

/* Seconds; an error for NULL. */
extern double pause_argument(FunctionCallInfo fcinfo, int n);

/* Three arguments: min_acu, max_acu, pause_after. */
extern void range_arguments(FunctionCallInfo fcinfo, int n, Range *range);

/* A region, pg_acu.region for NULL; an error when it has no prices at all. */
extern char *region_argument(FunctionCallInfo fcinfo, int n);

#endif
