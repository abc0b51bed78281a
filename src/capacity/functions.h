/*-------------------------------------------------------------------------
 *
 * functions.h
 *		What the SQL functions of the model share: arguments, models, prices.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_FUNCTIONS_H
#define PG_ACU_CAPACITY_FUNCTIONS_H

#include "capacity/load_history.h"
#include "model/scaling.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "lib/stringinfo.h"

/* A range of capacity, and when it pauses. */
typedef struct Range
{
	double min_acu;
	double max_acu;
	double pause_after; /* seconds */
} Range;

/* A float8 that SPI returned; NAN when it is NULL. */
extern double spi_number(HeapTuple tuple, TupleDesc desc, int column);

/* NAN when it is NULL. */
extern double float_argument(FunctionCallInfo fcinfo, int n);

/* An error when it is not from least to most; NULL is the fallback. */
extern double
float_argument_within(FunctionCallInfo fcinfo, int n, const char *name,
					  double least, double most, double fallback);

/* Three arguments: min_acu, max_acu, pause_after. */
extern void range_arguments(FunctionCallInfo fcinfo, int n, Range *range);

/* Seconds; NULL is what Aurora has by default. */
extern double pause_argument(FunctionCallInfo fcinfo, int n);

/* The region of an argument, or of pg_acu.region; an error when it has no
 * prices at all. */
extern char *region_argument(FunctionCallInfo fcinfo, int n);

/* A model for a history; background: vCPU, NAN for what fits the history. */
extern Model
history_model(const History *history, Likelihood likelihood, double background);

/*
 * Lets all scalers follow the loads at the same time, block by block, so that
 * what they see is made once, and stays in the processor's cache.
 */
extern void scale_loads(const Load *loads, int count, const Model *model,
						double floor_acu, Scaler *scalers, int scaler_count);

/* The need of each, in ACU. */
extern double *
make_needs(const Load *loads, int count, const Model *model, double floor_acu);

/* usd an ACU-hour, Standard and I/O-Optimized; NAN when there is no price. */
extern void acu_prices(const char *region, double *standard, double *optimized);

/* What the model chose for the user, in words. */
extern void describe_model(StringInfo text, const Model *model);

#endif
