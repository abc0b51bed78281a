/*
 * The model beside a real Aurora Serverless v2: four traces of 2024, second by
 * second, with their own CPU as the load.  The constants were fitted on traces
 * that include these, so this is no validation; it shows that the fit is what
 * it is.
 */
#include "capacity/scaling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define MOST_SECONDS 4000

typedef struct Trace
{
	const char *name;
	double min;
	double max;
	const char *load_ends; /* by the clock of the trace */
	int count;
	Load loads[MOST_SECONDS];
	double measured[MOST_SECONDS]; /* ACU */
	double modelled[MOST_SECONDS]; /* ACU, at the end of the second */
	int end;					   /* the second in which the load ends */
	double measured_hours;
	double modelled_hours;
} Trace;

static Trace traces[] = {
	{ .name = "min1_max4_threads1",
	  .min = 1,
	  .max = 4,
	  .load_ends = "05:32:14" },
	{ .name = "min1_max4_threads6",
	  .min = 1,
	  .max = 4,
	  .load_ends = "05:56:35" },
	{ .name = "min1_max32_threads16",
	  .min = 1,
	  .max = 32,
	  .load_ends = "08:22:40" },
	{ .name = "min4_max32_threads32",
	  .min = 4,
	  .max = 32,
	  .load_ends = "08:10:53" },
};

/* What the graph does not show is as it was before. */
static void
add_second(Trace *trace, const char *line)
{
	double low, high, cpu;
	int i = trace->count;

	if (strncmp(line, trace->load_ends, 8) == 0)
		trace->end = i;
	trace->measured[i] = i > 0 ? trace->measured[i - 1] : trace->min;
	trace->loads[i] = i > 0 ? trace->loads[i - 1]
							: (Load){ .seconds = 1,
									  .hot_bytes = NAN,
									  .used_bytes = NAN,
									  .connections = NAN };
	if (sscanf(line, "%*[^,],%*[^,],%lf,%lf", &low, &high) == 2)
		trace->measured[i] = (low + high) / 2;
	if (sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%lf", &cpu) ==
		1)
		trace->loads[i].vcpu_used = cpu / 100 * trace->max / 4;
	trace->measured_hours += trace->measured[i] / 3600;
	trace->count++;
}

static void
read_trace(Trace *trace)
{
	char path[200];
	char line[200];
	FILE *file;

	snprintf(path, sizeof(path), "data/traces/keisuke2024_%s.csv", trace->name);
	file = fopen(path, "r");
	if (file == NULL)
		fail_msg("cannot open %s", path);
	(void) fgets(line, sizeof(line), file);
	while (fgets(line, sizeof(line), file) != NULL &&
		   trace->count < MOST_SECONDS)
		add_second(trace, line);
	fclose(file);
}

static void
follow(Trace *trace)
{
	Model model = model_make(MODEL_LIKELY);
	Stretch stretch;
	Scaler scaler;
	Aim aim;

	model.background_vcpu = 0; /* it is in the trace's CPU */
	scaler_init(&scaler, &model, trace->min, trace->max, 300);
	aim_begin(&aim, trace->loads, trace->count, &model, 0);
	while (aim_next(&aim, &stretch, 1) == 1)
	{
		scaler_run(&scaler, &stretch, 1);
		trace->modelled[stretch.interval] = scaler.capacity;
	}
	trace->modelled_hours = scaler.totals.acu_seconds / 3600;
}

static int
read_and_follow(void **state)
{
	(void) state;
	for (int i = 0; i < 4; i++)
	{
		read_trace(&traces[i]);
		follow(&traces[i]);
	}
	return 0;
}

static void
acu_hours_are_near_those_measured(void **state)
{
	double sum = 0;

	(void) state;
	for (int i = 0; i < 4; i++)
	{
		Trace *trace = &traces[i];
		double error = trace->modelled_hours / trace->measured_hours - 1;

		printf(
			"# %-21s %5.3f ACU-hours measured, %5.3f by the model: %+.1f %%\n",
			trace->name, trace->measured_hours, trace->modelled_hours,
			100 * error);
		assert_true(fabs(error) < 0.10);
		sum += fabs(error);
	}
	printf("# mean of the absolute errors: %.1f %%\n", 100 * sum / 4);
	assert_true(sum / 4 < 0.05);
}

/* Seconds until a capacity is first reached, counted from the first second in
 * which there is more than the minimum; -1: never. */
static int
up_to(const double *acu, int count, double min, double capacity)
{
	int begin = 0;
	int i;

	while (begin < count && acu[begin] <= min)
		begin++;
	for (i = begin; i < count && acu[i] < capacity; i++)
		;
	return i < count ? i - begin + 1 : -1;
}

/* Seconds from the end of the load until no more than a capacity is left. */
static int
down_to(const double *acu, int count, int end, double capacity)
{
	int i;

	for (i = end; i < count && acu[i] > capacity; i++)
		;
	return i < count ? i - end : -1;
}

static void
print_times(const Trace *trace, const char *way, double capacity, int measured,
			int modelled)
{
	char times[2][16] = { "never", "never" };

	if (measured >= 0)
		snprintf(times[0], sizeof(times[0]), "%d s", measured);
	if (modelled >= 0)
		snprintf(times[1], sizeof(times[1]), "%d s", modelled);
	printf("# %-21s %s %4.1f ACU: %6s measured, %6s by the model\n",
		   trace->name, way, capacity, times[0], times[1]);
}

/* No figure to reach, but one to be known. */
static void
times_of_scaling_are_shown(void **state)
{
	static const double up[4][3] = {
		{ 2.5 }, { 3, 4 }, { 4, 8, 10 }, { 8, 10.5, 12.5 }
	};
	static const double down[4][3] = {
		{ 1.5 }, { 1.5 }, { 5.5, 1.5, 1 }, { 11, 6.5, 4 }
	};

	(void) state;
	for (int i = 0; i < 4; i++)
	{
		Trace *trace = &traces[i];

		assert_true(trace->end > 0);
		for (int j = 0; j < 3 && up[i][j] > 0; j++)
			print_times(
				trace, "up to  ", up[i][j],
				up_to(trace->measured, trace->count, trace->min, up[i][j]),
				up_to(trace->modelled, trace->count, trace->min, up[i][j]));
		for (int j = 0; j < 3 && down[i][j] > 0; j++)
			print_times(
				trace, "down to", down[i][j],
				down_to(trace->measured, trace->count, trace->end, down[i][j]),
				down_to(trace->modelled, trace->count, trace->end, down[i][j]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acu_hours_are_near_those_measured),
		cmocka_unit_test(times_of_scaling_are_shown),
	};

	return cmocka_run_group_tests(tests, read_and_follow, NULL);
}
