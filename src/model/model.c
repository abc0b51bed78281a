/*-------------------------------------------------------------------------
 *
 * model.c
 *		The constants of the capacity model, and where each of them comes from.
 *
 * Owns the table of constants, which never changes.
 *
 *-------------------------------------------------------------------------
 */
#include "model/model.h"

#include <assert.h>
#include <math.h>

#define CONSTANT(field, unit, low, likely, high, source)                    \
	{                                                                       \
#field, unit, offsetof(Model, field), { low, likely, high }, source \
	}

/* clang-format off */
const Constant model_constants[] = {
	CONSTANT(acu_per_vcpu, "ACU/vCPU", 3, 4, 5,
		"AWS's estimators use 4 for r classes; platform versions 3 and 4 do more per ACU"),
	CONSTANT(background_vcpu, "vCPU", 0.10, 0.15, 0.25,
		"CPU of idle clusters, traces of 2024; 0 where the CPU is a managed server's own"),
	CONSTANT(headroom, "", 1.0, 1.10, 1.3,
		"steady states: 1.05 to 1.10 in traces of 2024, 1.28 to 1.34 in 2021"),
	CONSTANT(mib_per_connection, "MiB", 5, 10, 20,
		"AWS's estimator of 2026 uses 10"),
	CONSTANT(smoothing_seconds, "s", 10, 10, 10,
		"fitted to the traces of 2024: capacity does not follow CPU of single seconds"),
	CONSTANT(burst_acu, "ACU", 2.5, 3, 4,
		"first steps in traces of 2024; the current capacity, when that is more"),
	CONSTANT(refill_acu_per_second, "ACU/s", 0.02, 0.04, 0.06,
		"traces of 2024; 0.037 to 0.045 in figure 1 of the VLDB paper of 2024"),
	CONSTANT(small_growth_acu_per_second, "ACU/s", 1.5, 1.5, 1.5,
		"1 to 4 ACU in 2 s, traces of 2024"),
	CONSTANT(large_growth_acu_per_second, "ACU/s", 0.25, 0.25, 0.25,
		"4 to 8 ACU in 16 s, traces of 2024"),
	CONSTANT(direct_acu, "ACU", 4, 4, 4,
		"up to here capacity grows fast and falls in one step, traces of 2024"),
	CONSTANT(first_hold_seconds, "s", 87, 120, 298,
		"from the end of the load to the first drop, traces of 2024"),
	CONSTANT(next_hold_seconds, "s", 80, 180, 340,
		"between two drops, traces of 2024"),
	CONSTANT(most_drop_acu, "ACU", 7.2, 7.2, 7.2,
		"2.4 ACU a minute in figure 1 of the VLDB paper of 2024; not seen below 13 ACU"),
	CONSTANT(drain_seconds, "s", 60, 60, 60,
		"chosen: capacity is aimed at that works a backlog off in this time"),
	CONSTANT(resume_seconds, "s", 15, 15, 15,
		"Aurora User Guide: automatic pause and resume"),
	CONSTANT(long_resume_seconds, "s", 30, 30, 30,
		"the same, after a long pause"),
	CONSTANT(long_pause_seconds, "s", 86400, 86400, 86400,
		"the same: more than 24 hours"),
};
/* clang-format on */

const int model_constant_count =
	sizeof(model_constants) / sizeof(model_constants[0]);

/* shared_buffers of Aurora PostgreSQL by capacity: 0.5 and 4 ACU from the
 * Aurora User Guide, 1 and 2.5 from the traces of 2024.  From 4 ACU on it is a
 * line, which is exact at 4 and 8 and 1 % off at 12.5. */
static const struct
{
	double acu;
	double mib;
} shared_buffers[] = {
	{ 0, 0 }, { 0.5, 128 }, { 1, 384 }, { 2.5, 2688 }, { 4, 5504 }
};
#define MIB_PER_ACU 1408.0
#define LINE_OFFSET_MIB 128.0
#define LINE_START_ACU 4.0

Model
model_make(Likelihood likelihood)
{
	Model model = { .counts_used_buffers = likelihood == MODEL_HIGH };

	for (int i = 0; i < model_constant_count; i++)
		*(double *) ((char *) &model + model_constants[i].offset) =
			model_constants[i].values[likelihood];
	return model;
}

double
round_up_acu(double acu)
{
	/* Adding 0 makes 0 of -0. */
	return ceil((acu - ROUNDING_ACU) / ACU_STEP) * ACU_STEP + 0.0;
}

double
memory_acu(double bytes)
{
	double mib = bytes / MIB;
	int i = 1;

	assert(!(bytes < 0));
	if (mib > MIB_PER_ACU * LINE_START_ACU - LINE_OFFSET_MIB)
		return (mib + LINE_OFFSET_MIB) / MIB_PER_ACU;
	while (mib > shared_buffers[i].mib)
		i++;
	return shared_buffers[i].acu -
		   (shared_buffers[i].mib - mib) *
			   (shared_buffers[i].acu - shared_buffers[i - 1].acu) /
			   (shared_buffers[i].mib - shared_buffers[i - 1].mib);
}

double
acu_shared_buffers(double acu)
{
	int i = 1;

	assert(acu >= 0);
	if (acu >= LINE_START_ACU)
		return (MIB_PER_ACU * acu - LINE_OFFSET_MIB) * MIB;
	while (acu > shared_buffers[i].acu)
		i++;
	return (shared_buffers[i].mib -
			(shared_buffers[i].acu - acu) *
				(shared_buffers[i].mib - shared_buffers[i - 1].mib) /
				(shared_buffers[i].acu - shared_buffers[i - 1].acu)) *
		   MIB;
}

/*
 * A line through what AWS documents for 1, 4, 8, 16 and 32 ACU, exactly; by the
 * parameter group it is LEAST(DBInstanceClassMemory / 9531392, 5000).  With a
 * minimum below 1 ACU, AWS allows 2000.
 */
double
acu_max_connections(double min_acu, double max_acu)
{
	double connections = fmin(MAX_CONNECTIONS, round(211.4 * max_acu - 22.4));

	return min_acu < 1 ? fmin(connections, 2000) : connections;
}
