/* Unit tests of src/capacity/scaling.c and aim.c, by rules and by properties.
 */
#include "capacity/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "histories.h"
#include "reference.h"

#define HISTORIES 300
#define PAUSE_AFTER 300

typedef struct AnyRange
{
	double min;
	double max;
} AnyRange;

static Scaler
follow(const Load *loads, int count, const Model *model, double min, double max)
{
	Stretch stretches[7];
	Scaler scaler;
	Aim aim;
	int made;

	scaler_init(&scaler, model, min, max, PAUSE_AFTER);
	aim_begin(&aim, loads, count, model, 0);
	while ((made = aim_next(&aim, stretches, 7)) > 0)
		scaler_run(&scaler, stretches, made);
	return scaler;
}

static AnyRange
any_range(void)
{
	static const double minima[] = { 0, 0.5, 1, 2, 4, 8 };
	double min = minima[(int) (any() * 6)];

	return (AnyRange){ min, fmax(1, min) + floor(any() * 40) / 2 };
}

/* Seconds from the beginning of the load until the capacity is reached. */
static double
seconds_until(double from, double vcpu, double capacity)
{
	Model model = model_make(MODEL_LIKELY);
	Load load = { .seconds = 0.01, .vcpu_used = vcpu };
	Scaler scaler;
	Stretch stretch;
	double seconds = 0;
	Aim aim;

	load.hot_bytes = load.used_bytes = load.connections = NAN;
	scaler_init(&scaler, &model, from, 32, PAUSE_AFTER);
	while (scaler.capacity < capacity && seconds < 1000)
	{
		aim_begin(&aim, &load, 1, &model, 0);
		aim_next(&aim, &stretch, 1);
		stretch.begins = false;
		scaler_run(&scaler, &stretch, 1);
		seconds += 0.01;
	}
	return seconds;
}

static void
capacity_grows_by_tokens_and_then_as_they_come(void **state)
{
	(void) state;
	/* 3 tokens of a burst at 1.5 a second, then 0.04 a second. */
	assert_float_equal(seconds_until(1, 3, 4), 2, 0.02);
	assert_float_equal(seconds_until(1, 3, 8), 2 + (4 - 0.08) / 0.04, 2);
	/* From 4 there are 4 tokens, at 0.25 a second. */
	assert_float_equal(seconds_until(4, 3, 8), 16, 0.1);
}

static void
capacity_is_held_and_falls_in_steps(void **state)
{
	static const double at[] = { 119, 121, 299, 301, 479, 481, 1000 };
	static const double acu[] = { 10.5, 5.5, 5.5, 3, 3, 1, 1 };
	Model model = model_make(MODEL_LIKELY);

	(void) state;
	model.background_vcpu = 0;
	for (int i = 0; i < 7; i++)
	{
		/* 10.5 ACU by memory, then nothing. */
		Load loads[] = {
			{ .seconds = 1000, .hot_bytes = 14656 * MIB, .connections = 1 },
			{ .seconds = at[i], .hot_bytes = 0, .connections = 1 },
		};

		assert_float_equal(follow(loads, 2, &model, 1, 32).capacity, acu[i], 0);
	}
}

static void
work_that_does_not_fit_waits_and_is_done(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[] = { { .seconds = 100, .vcpu_used = 1.5, .connections = 1 },
					 { .seconds = 400, .vcpu_used = 0.5, .connections = 1 } };
	Scaler scaler;

	(void) state;
	model.background_vcpu = 0;
	loads[0].hot_bytes = loads[1].hot_bytes = NAN;
	scaler = follow(loads, 2, &model, 4, 4);
	/* 50 vCPU-seconds too many, worked off at 0.5 vCPU. */
	assert_float_equal(scaler.totals.backlog_seconds, 200, 1e-3);
	assert_float_equal(scaler.longest_backlog_seconds, 200, 1e-3);
	assert_float_equal(scaler.totals.throttled_seconds, 200, 1e-3);
	assert_float_equal(scaler.totals.used_seconds, 4 * 200 + 2 * 300, 1e-2);
}

static void
it_pauses_without_connections_and_resumes(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[] = { { .seconds = 1000, .connections = 0 },
					 { .seconds = 100, .connections = 1 },
					 { .seconds = 100000, .connections = 0 },
					 { .seconds = 100, .connections = 1 } };
	Scaler scaler;

	(void) state;
	model.background_vcpu = 0;
	scaler = follow(loads, 1, &model, 0, 8);
	assert_float_equal(scaler.totals.paused_seconds, 700, 1e-3);
	assert_float_equal(scaler.totals.acu_seconds, 150, 1e-3);
	assert_float_equal(scaler.totals.throttled_seconds, 0, 0);
	scaler = follow(loads, 2, &model, 0, 8);
	assert_float_equal(scaler.totals.throttled_seconds, 15, 1e-3);
	scaler = follow(loads, 4, &model, 0, 8);
	assert_float_equal(scaler.totals.throttled_seconds, 15 + 30, 1e-3);
	/* Who is not known to be away keeps it awake. */
	loads[0].connections = NAN;
	assert_float_equal(follow(loads, 1, &model, 0, 8).totals.paused_seconds, 0,
					   0);
}

static void
capacity_stays_within_its_range(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Model model = model_make(i % 3);
		Load loads[MOST_LOADS];
		int count = any_history(loads, i);
		AnyRange range = any_range();
		Stretch stretch;
		Scaler scaler;
		Aim aim;

		scaler_init(&scaler, &model, range.min, range.max, PAUSE_AFTER);
		aim_begin(&aim, loads, count, &model, 0);
		while (aim_next(&aim, &stretch, 1) == 1)
		{
			scaler_run(&scaler, &stretch, 1);
			if (scaler.capacity == 0)
				assert_true(range.min == 0);
			else
				assert_true(scaler.capacity >= fmax(0.5, range.min) &&
							scaler.capacity <= range.max);
			assert_true(scaler.backlog >= 0 && scaler.tokens >= 0);
		}
	}
}

static void
totals_add_up(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Model model = model_make(i % 3);
		Load loads[MOST_LOADS];
		int count = any_history(loads, i);
		AnyRange range = any_range();
		Scaler scaler = follow(loads, count, &model, range.min, range.max);
		Totals *totals = &scaler.totals;
		double known = 0;

		for (int j = 0; j < count; j++)
			known += loads[j].seconds;
		assert_float_equal(totals->known_seconds, known, 1e-6 * known);
		assert_true(totals->throttled_seconds <= known * (1 + 1e-9));
		assert_true(totals->backlog_seconds <=
					totals->throttled_seconds * (1 + 1e-9));
		assert_true(scaler.longest_backlog_seconds <=
					totals->backlog_seconds * (1 + 1e-9));
		assert_true(totals->used_seconds <=
					totals->acu_seconds * (1 + 1e-9) + 1e-6);
		assert_true(isnan(compute_delta(totals)) ||
					(compute_delta(totals) >= 0 && compute_delta(totals) <= 1));
		assert_true(scaler.peak_acu <= range.max);
	}
}

static void
splitting_an_interval_changes_nothing(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Model model = model_make(i % 3);
		Load loads[MOST_LOADS];
		Load halves[2 * MOST_LOADS];
		int count = any_history(loads, i);
		AnyRange range = any_range();
		Scaler whole;
		Scaler split;

		for (int j = 0; j < count; j++)
		{
			halves[2 * j] = halves[2 * j + 1] = loads[j];
			halves[2 * j].seconds *= 0.37;
			halves[2 * j + 1].seconds *= 0.63;
			halves[2 * j + 1].gap_seconds = 0;
		}
		whole = follow(loads, count, &model, range.min, range.max);
		split = follow(halves, 2 * count, &model, range.min, range.max);
		assert_float_equal(split.totals.acu_seconds, whole.totals.acu_seconds,
						   1e-3 * whole.totals.acu_seconds);
		assert_float_equal(split.totals.throttled_seconds,
						   whole.totals.throttled_seconds, 2);
	}
}

static void
a_constant_load_converges(void **state)
{
	Model model = model_make(MODEL_LIKELY);

	(void) state;
	for (double vcpu = 0; vcpu < 5; vcpu += 0.13)
	{
		Load load = { .seconds = 86400, .vcpu_used = vcpu, .connections = 1 };
		Demand demand;

		load.hot_bytes = load.used_bytes = NAN;
		demand_of(&demand, &load, &model, 0);
		assert_float_equal(follow(&load, 1, &model, 0.5, 256).capacity,
						   demand.target, 0);
	}
}

static void
more_load_never_costs_less(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	double before[2] = { 0 };

	(void) state;
	for (double vcpu = 0; vcpu < 5; vcpu += 0.07)
	{
		Load loads[100];
		double now[2];

		for (int i = 0; i < 100; i++)
			loads[i] = (Load){ .seconds = 60,
							   .vcpu_used = vcpu,
							   .hot_bytes = NAN,
							   .connections = 1 };
		now[0] = follow(loads, 100, &model, 1, 12).totals.acu_seconds;
		for (int i = 0; i < 100; i++)
			loads[i].vcpu_used = vcpu * i / 100;
		now[1] = follow(loads, 100, &model, 1, 12).totals.acu_seconds;
		for (int i = 0; i < 2; i++)
		{
			assert_true(now[i] >= before[i] * (1 - 1e-9));
			before[i] = now[i];
		}
	}
}

/* How far the two are apart, in parts of what there is. */
static double
distance(int number, int steps_per_second)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[MOST_LOADS];
	int count = any_history(loads, number);
	AnyRange range = any_range();
	Scaler scaler = follow(loads, count, &model, range.min, range.max);
	Totals *a = &scaler.totals;
	Reference reference;
	Totals *b = &reference.totals;

	reference_run(&reference, &model, loads, count, range.min, range.max,
				  PAUSE_AFTER, steps_per_second);
	return fmax(fmax(fabs(a->acu_seconds - b->acu_seconds) / a->acu_seconds,
					 fabs(a->used_seconds - b->used_seconds) / a->acu_seconds),
				fmax(fabs(a->throttled_seconds - b->throttled_seconds),
					 fmax(fabs(a->backlog_seconds - b->backlog_seconds),
						  fabs(a->paused_seconds - b->paused_seconds))) /
					a->known_seconds);
}

/*
 * The loop comes closer with its steps.  Where a moment decides between two
 * levels, as at a drop in the middle of a ramp, it may decide otherwise: such
 * histories are rare.
 */
static void
events_are_what_a_plain_loop_comes_to(void **state)
{
	static const int steps[] = { 1, 4, 20 };
	double mean[3] = { 0 };
	int apart[3] = { 0 };

	(void) state;
	for (int j = 0; j < 3; j++)
	{
		for (int i = 0; i < HISTORIES; i++)
		{
			double far = distance(i, steps[j]);

			mean[j] += far / HISTORIES;
			apart[j] += far > 0.01;
		}
		printf(
			"# steps of %g s: %.3f %% apart on average, %d of %d by more than 1 %%\n",
			1.0 / steps[j], 100 * mean[j], apart[j], HISTORIES);
	}
	assert_true(mean[1] < mean[0] / 2 && mean[2] < mean[1] / 2);
	assert_true(mean[2] < 0.001);
	assert_true(apart[2] <= HISTORIES / 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capacity_grows_by_tokens_and_then_as_they_come),
		cmocka_unit_test(capacity_is_held_and_falls_in_steps),
		cmocka_unit_test(work_that_does_not_fit_waits_and_is_done),
		cmocka_unit_test(it_pauses_without_connections_and_resumes),
		cmocka_unit_test(capacity_stays_within_its_range),
		cmocka_unit_test(totals_add_up),
		cmocka_unit_test(splitting_an_interval_changes_nothing),
		cmocka_unit_test(a_constant_load_converges),
		cmocka_unit_test(more_load_never_costs_less),
		cmocka_unit_test(events_are_what_a_plain_loop_comes_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
