/*-------------------------------------------------------------------------
 *
 * model.h
 *		The constants of the capacity model, and where each of them comes from.
 *
 * AWS publishes little of how Aurora Serverless v2 scales.  Every number that
 * had to be measured or guessed is a constant here, with a low, a likely and a
 * high value: three models, of which the low one tends to the lower bill.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_MODEL_H
#define PG_ACU_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define MIN_ACU 0.5
#define MAX_ACU 256.0
#define ACU_STEP 0.5
#define MIN_MAX_ACU 1.0 /* the smallest maximum that AWS accepts */
#define GIB_PER_ACU 2.0
#define MAX_CONNECTIONS 5000.0 /* max_connections of any server */

#define MIB (1024.0 * 1024.0)
#define GIB (1024.0 * MIB)
#define SECONDS_PER_HOUR 3600.0
#define HOURS_PER_MONTH 730.0 /* as in AWS's calculators */

/* Differences below these are rounding noise and count as zero. */
#define ROUNDING_ACU 1e-6
#define ROUNDING_VCPU 1e-6
#define ROUNDING_SECONDS 1e-6

/* Each name ends with its unit; the table in model.c explains the fields. */
typedef struct Model
{
	double acu_per_vcpu;
	double background_vcpu;
	double headroom;
	double mib_per_connection;
	bool counts_used_buffers; /* all buffers in use, not just the hot ones */
	double smoothing_seconds;
	double burst_acu;
	double refill_acu_per_second;
	double small_growth_acu_per_second; /* below direct_acu */
	double large_growth_acu_per_second;
	double direct_acu;
	double first_hold_seconds;
	double next_hold_seconds;
	double most_drop_acu;
	double drain_seconds;
	double resume_seconds;
	double long_resume_seconds;
	double long_pause_seconds;
} Model;

typedef enum Likelihood
{
	MODEL_LOW,
	MODEL_LIKELY,
	MODEL_HIGH
} Likelihood;

#define MODELS (MODEL_HIGH + 1)

typedef struct Constant
{
	const char *name;
	const char *unit;
	size_t offset; /* in Model */
	double values[MODELS];
	const char *source;
} Constant;

extern const Constant model_constants[];
extern const int model_constant_count;

extern Model model_make(Likelihood likelihood);

/* Rounds up to a multiple of half an ACU; up to ROUNDING_ACU above one counts
 * as that one. */
extern double round_up_acu(double acu);

/* The smallest capacity, in ACU and not rounded, whose shared_buffers hold so
 * many bytes; NAN for NAN. */
extern double memory_acu(double bytes);

/* shared_buffers, in bytes, at a capacity from 0. */
extern double acu_shared_buffers(double acu);

/* max_connections of a range in ACU. */
extern double acu_max_connections(double min_acu, double max_acu);

#endif
