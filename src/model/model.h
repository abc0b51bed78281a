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

#define LEAST_ACU 0.5
#define MOST_ACU 256.0
#define ACU_STEP 0.5
#define MIB (1024.0 * 1024.0)
#define GIB (1024.0 * MIB)
#define HOURS_PER_MONTH 730.0 /* as AWS's calculators have it */

/* What is less is what rounding leaves: no wish for the next half ACU, no queue
 * and no time above a limit. */
#define ROUNDING_ACU 1e-6
#define ROUNDING_VCPU 1e-6
#define ROUNDING_SECONDS 1e-6

/* The unit of each is in its name; the table in model.c explains them. */
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

typedef struct Constant
{
	const char *name;
	const char *unit;
	size_t offset; /* in Model */
	double values[3];
	const char *source;
} Constant;

extern const Constant model_constants[];
extern const int model_constant_count;

extern Model model_make(Likelihood likelihood);

/* The next half ACU at or above it, or up to ROUNDING_ACU below. */
extern double round_up_acu(double acu);

/* The smallest capacity, in ACU, whose shared_buffers hold so many bytes;
 * unrounded. */
extern double memory_acu(double bytes);

/* What shared_buffers has at a capacity, in bytes. */
extern double acu_shared_buffers(double acu);

/* max_connections of a range in ACU. */
extern double acu_max_connections(double min_acu, double max_acu);

#endif
