/*-------------------------------------------------------------------------
 *
 * ranges.c
 *		The time that the scaler takes, by samples and by ranges.
 *
 * Many ranges follow a load of minutes with a day's rhythm and noise, by one
 * set of constants.  Run by dev/bench model.
 *
 *-------------------------------------------------------------------------
 */
#include "model/scaling.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define YEAR 525600
#define MAX_RANGES 200
#define BLOCK 1024
#define ROUNDS 7

/* A pseudo-random number from 0 to 1 (xorshift64). */
static double
random_share(void)
{
	static uint64_t seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) / 9007199254740992.0;
}

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* The CPU-seconds of one run. */
static double
run_ranges(const Load *loads, int count, int ranges)
{
	static Scaler scalers[MAX_RANGES];
	static Segment segments[BLOCK];
	Model model = model_make(MODEL_LIKELY);
	double began = cpu_seconds();
	TargetCurve curve;
	int made;

	for (int i = 0; i < ranges; i++)
		scaler_init(&scalers[i], &model, 0.5 + i % 20 * 0.5, 8 + i / 20, 300);
	curve_begin(&curve, loads, count, &model, 0);
	while ((made = curve_next(&curve, segments, BLOCK)) > 0)
		for (int i = 0; i < ranges; i++)
			scaler_run(&scalers[i], segments, made);
	return cpu_seconds() - began;
}

static int
compare_numbers(const void *a, const void *b)
{
	double difference = *(const double *) a - *(const double *) b;

	return (difference > 0) - (difference < 0);
}

/* Prints the median, the extremes, and nanoseconds for a sample and a range. */
static void
report_times(const Load *loads, int count, int ranges)
{
	double seconds[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		seconds[i] = run_ranges(loads, count, ranges);
	qsort(seconds, ROUNDS, sizeof(double), compare_numbers);
	printf("  %8d %8d   %6.2f (%5.2f to %5.2f)   %8.1f\n", count, ranges,
		   seconds[ROUNDS / 2], seconds[0], seconds[ROUNDS - 1],
		   seconds[ROUNDS / 2] / count / ranges * 1e9);
}

int
main(void)
{
	Load *loads = malloc(YEAR * sizeof(Load));

	if (loads == NULL)
		return 1;
	for (int i = 0; i < YEAR; i++)
		loads[i] = (Load){ .seconds = 60,
						   .vcpu_used = 1 + 0.8 * sin(i * 2 * M_PI / 1440) +
										0.5 * random_share(),
						   .hot_bytes = GIB,
						   .used_bytes = 2 * GIB,
						   .connections = 20 };
	printf("  %8s %8s   %-24s   %8s\n", "samples", "ranges",
		   "CPU-s, median of 7", "ns each");
	report_times(loads, YEAR / 4, 100);
	report_times(loads, YEAR / 2, 100);
	report_times(loads, YEAR, 100);
	report_times(loads, YEAR, 50);
	report_times(loads, YEAR, 25);
	free(loads);
	return 0;
}
