/* Unit tests of src/model/aim.c. */
#include "model/aim.h"

#include "follow.h"
#include "near.h"

#define MOST 100
/* What is left away, lest rounding be taken for a wish. */
#define ROUNDING 2e-6

static int
stretches_of(const Load *loads, int count, const Model *model, double floor_acu,
			 Stretch *stretches)
{
	Aim aim;

	aim_begin(&aim, loads, count, model, floor_acu);
	return aim_next(&aim, stretches, MOST);
}

static void
a_steady_load_is_aimed_at_evenly(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[] = { cpu_load(600, 1.35), cpu_load(600, 1.35) };
	Stretch stretches[MOST];
	double seconds = 0;
	int count = stretches_of(loads, 2, &model, 0, stretches);

	(void) state;
	for (int i = 0; i < count; i++)
	{
		assert_near(stretches[i].from, 6.6, ROUNDING);
		assert_near(stretches[i].to, 6.6, ROUNDING);
		assert_near(stretches[i].work, 6, ROUNDING);
		assert_exact(stretches[i].need, 6);
		assert_int_equal(stretches[i].begins, i == 0);
		seconds += stretches[i].seconds;
	}
	assert_near(seconds, 1200, 1e-9);
}

static void
a_step_becomes_a_ramp_of_ten_seconds(void **state)
{
	Model model = model_without_background();
	Load loads[] = { cpu_load(60, 1), cpu_load(60, 3) };
	Stretch stretches[MOST];

	(void) state;
	assert_int_equal(stretches_of(loads, 2, &model, 0, stretches), 3);
	assert_near(stretches[0].seconds, 60, 1e-9);
	assert_near(stretches[1].seconds, 10, 1e-9);
	assert_near(stretches[2].seconds, 50, 1e-9);
	assert_near(stretches[0].to, 4.4, ROUNDING);
	assert_near(stretches[1].from, 4.4, ROUNDING);
	assert_near(stretches[1].to, 13.2, ROUNDING);
	assert_near(stretches[2].from, 13.2, ROUNDING);
	/* But it needs what it needs at once. */
	assert_exact(stretches[1].need, 12);
	assert_int_equal(stretches[0].interval, 0);
	assert_int_equal(stretches[1].interval, 1);
	assert_int_equal(stretches[2].interval, 1);
}

/* The mean of ten seconds, of seconds that differ. */
static void
single_seconds_are_smoothed(void **state)
{
	Model model = model_without_background();
	Load loads[40];
	Stretch stretches[MOST];
	double at = 0;
	int count;

	(void) state;
	for (int i = 0; i < 40; i++)
		loads[i] = cpu_load(1, i % 7 == 3 ? 4 : i % 3);
	count = stretches_of(loads, 40, &model, 0, stretches);
	for (int i = 0; i < count; i++)
	{
		int now = (int) (at + 0.5);
		double sum = 0;

		for (int j = now - 10; j < now; j++)
			sum += loads[j < 0 ? 0 : j].vcpu_used;
		assert_near(at, now, 1e-6);
		assert_near(stretches[i].from, 4.4 * sum / 10, ROUNDING);
		at += stretches[i].seconds;
	}
	assert_near(at, 40, 1e-6);
}

static void
after_a_gap_it_begins_anew(void **state)
{
	Model model = model_without_background();
	Load loads[] = { cpu_load(60, 1), cpu_load(60, 3) };
	Stretch stretches[MOST];
	int count;

	(void) state;
	loads[1].gap_seconds = 1;
	count = stretches_of(loads, 2, &model, 0, stretches);
	assert_int_equal(count, 2);
	assert_true(stretches[0].begins);
	assert_true(stretches[1].begins);
	assert_near(stretches[1].from, 13.2, ROUNDING);
	assert_near(stretches[1].to, 13.2, ROUNDING);
}

static void
memory_connections_and_floors_hold_without_headroom(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load load = cpu_load(60, 0.1);
	Stretch stretch;

	(void) state;
	stretches_of(&load, 1, &model, 0, &stretch);
	assert_near(stretch.held, 0.5, ROUNDING);
	assert_near(stretch.high, 1.1, ROUNDING);
	load.hot_bytes = 5504 * MIB;
	stretches_of(&load, 1, &model, 0, &stretch);
	assert_near(stretch.held, 4, ROUNDING);
	assert_near(stretch.high, 4, ROUNDING);
	assert_near(stretch.low, 4, ROUNDING);
	load.connections = 1024;
	stretches_of(&load, 1, &model, 0, &stretch);
	assert_near(stretch.held, 5, ROUNDING);
	stretches_of(&load, 1, &model, 8, &stretch);
	assert_near(stretch.held, 8, ROUNDING);
	assert_exact(stretch.need, 5);
}

static void
idle_is_without_connections_and_not_without_knowing(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load load = cpu_load(60, 0);
	Stretch stretch;

	(void) state;
	stretches_of(&load, 1, &model, 0, &stretch);
	assert_false(stretch.idle);
	load.connections = 1;
	stretches_of(&load, 1, &model, 0, &stretch);
	assert_false(stretch.idle);
	load.connections = 0;
	stretches_of(&load, 1, &model, 0, &stretch);
	assert_true(stretch.idle);
}

static void
blocks_give_the_same_stretches(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[12];
	Stretch all[MOST];
	Stretch one;
	Aim aim;
	int count;

	(void) state;
	for (int i = 0; i < 12; i++)
		loads[i] = cpu_load(3 + i % 5, i % 4);
	count = stretches_of(loads, 12, &model, 0, all);
	assert_in_range(count, 13, MOST - 1);
	aim_begin(&aim, loads, 12, &model, 0);
	for (int i = 0; i < count; i++)
	{
		assert_int_equal(aim_next(&aim, &one, 1), 1);
		assert_exact(one.seconds, all[i].seconds);
		assert_exact(one.from, all[i].from);
		assert_exact(one.to, all[i].to);
	}
	assert_int_equal(aim_next(&aim, &one, 1), 0);
}

static void
no_load_has_no_stretches(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Stretch stretch;

	(void) state;
	assert_int_equal(stretches_of(NULL, 0, &model, 0, &stretch), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_load_is_aimed_at_evenly),
		cmocka_unit_test(a_step_becomes_a_ramp_of_ten_seconds),
		cmocka_unit_test(single_seconds_are_smoothed),
		cmocka_unit_test(after_a_gap_it_begins_anew),
		cmocka_unit_test(memory_connections_and_floors_hold_without_headroom),
		cmocka_unit_test(idle_is_without_connections_and_not_without_knowing),
		cmocka_unit_test(blocks_give_the_same_stretches),
		cmocka_unit_test(no_load_has_no_stretches),
	};

	return cmocka_run_group_tests_name("aim", tests, NULL, NULL);
}
