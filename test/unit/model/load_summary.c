/* Unit tests of src/model/load_summary.c. */
#include "model/load_summary.h"

#include "follow.h"
#include "near.h"

#define ROOM 64

static LoadSummary
summary(const Load *loads, int count)
{
	Model model = model_without_background();
	LoadSummary it;

	summary_make(&it, loads, count, &model);
	return it;
}

static void
a_survey_counts_the_seconds_of_everything(void **state)
{
	Load loads[] = { cpu_load(100, 0.5), cpu_load(10, 2), cpu_load(1, 1000) };
	LoadSummary it;

	(void) state;
	loads[1].gap_seconds = 7;
	loads[0].saturated = true;
	loads[1].hot_bytes = 5504 * MIB;
	loads[1].memory_at_least = true;
	loads[1].connections = 100;
	loads[2].connections = 0;
	loads[2].hot_bytes = 384 * MIB;
	it = summary(loads, 3);
	assert_exact(it.known_seconds, 111);
	assert_exact(it.gap_seconds, 7);
	assert_exact(it.saturated_seconds, 100);
	assert_exact(it.memory_unknown_seconds, 100);
	assert_exact(it.memory_at_least_seconds, 10);
	assert_exact(it.connections_unknown_seconds, 100);
	assert_exact(it.idle_seconds, 1);
	assert_exact(it.need_seconds[3], 100); /* 2 ACU */
	assert_exact(it.need_seconds[15], 10); /* 8 ACU */
	assert_exact(it.need_seconds[LEVELS - 1], 1);
	assert_exact(it.peak_need, 4000);
	assert_exact(it.peak_memory, 4);
	assert_exact(it.peak_connections, 100);
}

static void
the_smallest_maximum_throttles_no_longer_than_allowed(void **state)
{
	Load loads[] = { cpu_load(990, 0.5), cpu_load(9, 2), cpu_load(1, 3) };
	LoadSummary it = summary(loads, 3);

	(void) state;
	assert_exact(summary_smallest_max(&it, &(Limits){ 0, 60 }), 12);
	assert_exact(summary_smallest_max(&it, &(Limits){ 0.001, 60 }), 8);
	assert_exact(summary_smallest_max(&it, &(Limits){ 0.01, 60 }), 2);
	/* AWS takes no less. */
	assert_exact(summary_smallest_max(&it, &(Limits){ 1, 60 }), 1);
	/* No maximum is enough. */
	loads[2] = cpu_load(1, 1000);
	it = summary(loads, 3);
	assert_true(summary_smallest_max(&it, &(Limits){ 0, 60 }) > MAX_ACU);
}

static void
the_smallest_maximum_has_the_memory_and_the_connections(void **state)
{
	Load load = cpu_load(100, 0.1);
	LoadSummary it;

	(void) state;
	load.hot_bytes = 5505 * MIB;
	it = summary(&load, 1);
	assert_exact(summary_smallest_max(&it, &(Limits){ 1, 60 }), 4.5);
	load.connections = 1670; /* one more than with 8 ACU */
	it = summary(&load, 1);
	assert_exact(summary_smallest_max(&it, &(Limits){ 1, 60 }), 8.5);
	load.connections = 1458; /* one more than with 7 ACU */
	it = summary(&load, 1);
	assert_exact(summary_smallest_max(&it, &(Limits){ 1, 60 }), 7.5);
	load.connections = 5001;
	it = summary(&load, 1);
	assert_true(summary_smallest_max(&it, &(Limits){ 1, 60 }) >= MAX_ACU);
}

static void
minima_end_at_what_always_suffices(void **state)
{
	const double expected[] = { 0,	 0.5, 1,   1.5, 2,	 2.5, 3,
								3.5, 4,	  4.5, 5.5, 6.5, 7.5 };
	Load load = cpu_load(100, 1.8);
	double minima[ROOM];
	LoadSummary it;

	(void) state;
	it = summary(&load, 1);
	assert_int_equal(summary_minima(&it, 0, minima, ROOM), 12);
	assert_exact(minima[0], 0.5);
	load.connections = 0;
	it = summary(&load, 1);
	assert_int_equal(summary_minima(&it, 0, minima, ROOM), 13);
	for (int i = 0; i < 13; i++)
		assert_exact(minima[i], expected[i]);

	/* However much is needed. */
	load.vcpu_used = 1e5;
	it = summary(&load, 1);
	assert_in_range(summary_minima(&it, 0, minima, ROOM), 20, ROOM - 1);
	assert_int_equal(summary_minima(&it, 0, minima, 3), 3);
	assert_exact(minima[2], 256);
	assert_int_equal(summary_minima(&it, 0, minima, 2), 2);
}

static void
minima_leave_no_step_out(void **state)
{
	Load load = cpu_load(100, 1e5);
	double minima[MINIMA_TRIED];
	LoadSummary it;
	int count;

	(void) state;
	load.connections = 0;
	it = summary(&load, 1);
	count = summary_minima(&it, 0, minima, MINIMA_TRIED);
	assert_exact(minima[0], 0);
	assert_exact(minima[count - 1], 256);
	for (int i = 1; i < count; i++)
		assert_true(minima[i] - minima[i - 1] <=
					fmax(0.5, minima[i - 1] / 7 + 0.5));
}

static void
minima_are_not_below_a_floor(void **state)
{
	Load load = cpu_load(100, 1);
	double minima[MINIMA_TRIED];
	LoadSummary it;

	(void) state;
	load.connections = 0;
	it = summary(&load, 1);
	assert_int_equal(summary_minima(&it, 1.8, minima, MINIMA_TRIED), 5);
	assert_exact(minima[0], 2);
	assert_exact(minima[4], 4);
	assert_int_equal(summary_minima(&it, 8, minima, MINIMA_TRIED), 1);
	assert_exact(minima[0], 8);
}

static void
maxima_end_at_what_was_reached(void **state)
{
	LoadSummary flat = { 0 };
	const double expected[] = { 2, 2.5, 3.5, 5.5, 9.5, 12 };
	double maxima[ROOM];

	(void) state;
	/* Below what may be feasible it is never above for longer. */
	flat.known_seconds = flat.need_seconds[0] = 1;
	assert_int_equal(summary_maxima(&flat, 2, 0.5, 11.7, maxima, ROOM), 6);
	for (int i = 0; i < 6; i++)
		assert_exact(maxima[i], expected[i]);
	/* No less than the minimum, and AWS takes no less than 1. */
	assert_int_equal(summary_maxima(&flat, 2, 4, 4, maxima, ROOM), 1);
	assert_exact(maxima[0], 4);
	assert_int_equal(summary_maxima(&flat, 0.5, 0.5, 0.5, maxima, ROOM), 1);
	assert_exact(maxima[0], 1);
	/* The largest range when none suffices. */
	assert_int_equal(summary_maxima(&flat, 256.5, 0.5, 256, maxima, ROOM), 1);
	assert_exact(maxima[0], 256);
	assert_int_equal(summary_maxima(&flat, 2, 0.5, 200, maxima, 3), 3);
	assert_exact(maxima[2], 200);
}

static void
the_first_reason_against_a_range_is_said(void **state)
{
	LoadSummary it = { .peak_memory = 4, .peak_connections = 100 };
	Totals totals = { .known_seconds = 1000, .throttled_seconds = 1 };
	Limits limits = { 0.001, 60 };

	(void) state;
	assert_int_equal(summary_judge(&it, &totals, 60, 4, 100, &limits),
					 FEASIBLE);
	assert_int_equal(summary_judge(&it, &totals, 61, 4, 100, &limits),
					 BACKLOG_TOO_LONG);
	totals.throttled_seconds = 1.1;
	assert_int_equal(summary_judge(&it, &totals, 61, 4, 100, &limits),
					 THROTTLED_TOO_LONG);
	assert_int_equal(summary_judge(&it, &totals, 61, 4, 99, &limits),
					 TOO_FEW_CONNECTIONS);
	assert_int_equal(summary_judge(&it, &totals, 61, 3.5, 99, &limits),
					 TOO_LITTLE_MEMORY);
}

/* In 251 of 1000 s more than 2 ACU are needed, in 51 more than 4, in 11 more
 * than 8. */
static void
lower_maxima_are_for_those_who_bear_throttling(void **state)
{
	Load loads[] = { cpu_load(749, 0.5), cpu_load(200, 1), cpu_load(40, 2),
					 cpu_load(8, 4), cpu_load(3, 8) };
	const double expected[] = { 4, 8, 16, 32 };
	LoadSummary it = summary(loads, 5);
	double maxima[ROOM];

	(void) state;
	assert_int_equal(summary_maxima(&it, 32, 0.5, 32, maxima, ROOM), 4);
	for (int i = 0; i < 4; i++)
		assert_exact(maxima[i], expected[i]);
	/* None below the minimum. */
	assert_int_equal(summary_maxima(&it, 32, 6, 32, maxima, ROOM), 3);
	assert_exact(maxima[0], 8);
	assert_int_equal(summary_maxima(&it, 32, 20, 32, maxima, ROOM), 1);
}

static void
whatever_may_be_more_is_a_lower_bound(void **state)
{
	(void) state;
	assert_false(summary_is_lower_bound(&(LoadSummary){
		.known_seconds = 1, .connections_unknown_seconds = 1 }));
	assert_true(
		summary_is_lower_bound(&(LoadSummary){ .saturated_seconds = 1 }));
	assert_true(
		summary_is_lower_bound(&(LoadSummary){ .memory_unknown_seconds = 1 }));
	assert_true(
		summary_is_lower_bound(&(LoadSummary){ .memory_at_least_seconds = 1 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_survey_counts_the_seconds_of_everything),
		cmocka_unit_test(the_smallest_maximum_throttles_no_longer_than_allowed),
		cmocka_unit_test(
			the_smallest_maximum_has_the_memory_and_the_connections),
		cmocka_unit_test(minima_end_at_what_always_suffices),
		cmocka_unit_test(minima_leave_no_step_out),
		cmocka_unit_test(minima_are_not_below_a_floor),
		cmocka_unit_test(maxima_end_at_what_was_reached),
		cmocka_unit_test(the_first_reason_against_a_range_is_said),
		cmocka_unit_test(lower_maxima_are_for_those_who_bear_throttling),
		cmocka_unit_test(whatever_may_be_more_is_a_lower_bound),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
