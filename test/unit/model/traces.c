/*
 * The model against what was measured: four traces of an Aurora Serverless v2
 * cluster (data/traces), and how long it took to grow and to shrink.
 *
 * The constants of scaling were fitted on these traces, among others: this
 * shows that the fit still holds, and is no validation.
 */
#include "model/scaling.h"

#include "follow.h"
#include "near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 2000
#define HOUR 3600.0
/* Steps of 0.1 s show when a capacity is reached. */
#define TICK 0.1

typedef struct Trace
{
	const char *file;
	double min_acu;
	double max_acu;
} Trace;

static const Trace traces[] = {
	{ "keisuke2024_min1_max4_threads1", 1, 4 },
	{ "keisuke2024_min1_max4_threads6", 1, 4 },
	{ "keisuke2024_min1_max32_threads16", 1, 32 },
	{ "keisuke2024_min4_max32_threads32", 4, 32 },
};
#define TRACES_FOLDER "data/traces"
#define TRACES 4

/* Reads a field of a row; an empty one leaves the value as it is. */
static void
read_column(const char *row, int column, double *value)
{
	char *end;
	double read;

	for (; column > 0 && row != NULL; column--)
	{
		row = strchr(row, ',');
		row = row ? row + 1 : NULL;
	}
	assert_non_null(row);
	read = strtod(row, &end);
	if (end != row)
		*value = read;
}

/* Reads the loads of a trace, and the measured capacity in ACU-seconds. */
static int
read_trace(const Trace *trace, Load *loads, double *acu_seconds)
{
	double low = trace->min_acu;
	double high = trace->min_acu;
	double percent = 0;
	char path[200];
	char row[200];
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.csv", TRACES_FOLDER, trace->file);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(row, sizeof(row), file));
	*acu_seconds = 0;
	while (fgets(row, sizeof(row), file))
	{
		assert_true(count < MAX_ROWS);
		read_column(row, 2, &low);
		read_column(row, 3, &high);
		read_column(row, 6, &percent);
		loads[count++] = cpu_load(1, percent / 100 * trace->max_acu / 4);
		*acu_seconds += (low + high) / 2;
	}
	fclose(file);
	return count;
}

static void
acu_hours_of_the_traces_are_met(void **state)
{
	Model model = model_without_background();
	Load loads[MAX_ROWS];
	double sum = 0;

	(void) state;
	for (int i = 0; i < TRACES; i++)
	{
		double measured;
		double error;
		int count = read_trace(&traces[i], loads, &measured);
		Scaler scaler;

		scaler_init(&scaler, &model, traces[i].min_acu, traces[i].max_acu, 300);
		follow(&scaler, loads, count, 0);
		assert_near(scaler.totals.known_seconds, count, 1e-6);
		error = scaler.totals.acu_seconds / measured - 1;
		print_message("# %-33s %.3f ACU-hours, measured %.3f: %+.1f %%\n",
					  traces[i].file, scaler.totals.acu_seconds / HOUR,
					  measured / HOUR, 100 * error);
		assert_true(fabs(error) <= 0.10);
		sum += fabs(error);
	}
	print_message("# mean of the absolute errors: %.1f %%\n",
				  100 * sum / TRACES);
	assert_true(sum / TRACES <= 0.05);
}

/* Measurements read off the published graphs. */
static void
measured_acu_hours_are_the_published_ones(void **state)
{
	const double published[] = { 0.324, 0.452, 2.847, 4.842 };
	Load loads[MAX_ROWS];

	(void) state;
	for (int i = 0; i < TRACES; i++)
	{
		double measured;

		read_trace(&traces[i], loads, &measured);
		assert_near(measured / HOUR, published[i], 0.001);
	}
}

/* Seconds until a scaler has at least, or at most, so many ACU. */
static double
seconds_until(Scaler *scaler, double acu_asked, double acu, bool grows)
{
	Load load = cpu_load(TICK, acu_asked / scaler->model->headroom / 4);
	double seconds = 0;

	while (seconds < 3600 &&
		   (grows ? scaler->capacity < acu : scaler->capacity > acu))
	{
		Segment segment;
		TargetCurve curve;

		curve_begin(&curve, &load, 1, scaler->model, 0);
		curve_next(&curve, &segment, 1);
		segment.after_gap = false;
		scaler_run(scaler, &segment, 1);
		seconds += TICK;
	}
	return seconds;
}

/* From one capacity to another, in ACU, as measured and by the model, in
 * seconds. */
typedef struct Step
{
	double from;
	double to;
	double measured;
	double model;
} Step;

static void
follow_steps(double min_acu, double acu_before, double acu_asked,
			 const Step *steps, int count)
{
	Model model = model_without_background();
	bool grows = steps[0].from < steps[0].to;
	Scaler scaler;

	scaler_init(&scaler, &model, min_acu, 128, 300);
	seconds_until(&scaler, acu_before, acu_before, true);
	scaler.backlog = 0; /* the load before was long over */
	for (int i = 0; i < count; i++)
	{
		double seconds = seconds_until(&scaler, acu_asked, steps[i].to, grows);

		print_message("# min %g: %4g to %4g ACU: %5.1f s, measured %3.0f s\n",
					  min_acu, steps[i].from, steps[i].to, seconds,
					  steps[i].measured);
		assert_near(seconds, steps[i].model, 1);
	}
}

/* Up to 12.5 ACU: section 2.2 of the measurements of 2024.  From 2.5 ACU:
 * figure 1 of the VLDB paper of 2024, read off to two minutes. */
static void
growth_takes_about_as_long_as_measured(void **state)
{
	const Step from_1[] = { { 1, 4, 2, 2 },
							{ 4, 8, 73, 98 },
							{ 8, 10.5, 138, 62.5 } };
	const Step from_4[] = { { 4, 8, 16, 16 },
							{ 8, 10.5, 67, 46.5 },
							{ 10.5, 12.5, 41, 50 } };
	const Step large[] = { { 2.5, 93, 41 * 60, 2236 } };

	(void) state;
	follow_steps(1, 1, 12.5, from_1, 3);
	follow_steps(4, 4, 12.5, from_4, 3);
	follow_steps(0.5, 2.5, 128, large, 1);
}

/* The model's first hold is too short for large capacities. */
static void
shrinking_takes_about_as_long_as_measured(void **state)
{
	const Step tiny[] = { { 2.5, 1.5, 113, 120 } };
	const Step small[] = { { 4, 1.5, 87, 120 } };
	const Step middle[] = { { 10.5, 5.5, 298, 120 },
							{ 5.5, 3, 484 - 298, 180 },
							{ 3, 1, 660 - 484, 180 } };
	const Step above_4[] = { { 12.5, 6.5, 299, 120 },
							 { 6.5, 4, 479 - 299, 180 } };
	const Step large[] = { { 93, 17, 32 * 60, 120 + 10 * 180 } };

	(void) state;
	follow_steps(1, 2.5, 1.5, tiny, 1);
	follow_steps(1, 4, 1.5, small, 1);
	follow_steps(1, 10.5, 0.8, middle, 3);
	follow_steps(4, 12.5, 0.8, above_4, 2);
	follow_steps(0.5, 93, 0.8, large, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured_acu_hours_are_the_published_ones),
		cmocka_unit_test(acu_hours_of_the_traces_are_met),
		cmocka_unit_test(growth_takes_about_as_long_as_measured),
		cmocka_unit_test(shrinking_takes_about_as_long_as_measured),
	};

	return cmocka_run_group_tests_name("traces", tests, NULL, NULL);
}
