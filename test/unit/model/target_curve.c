/* Unit tests of src/model/target_curve.c. */
#include "model/target_curve.h"

#include "follow.h"
#include "near.h"

#define MAX_SEGMENTS 100
/* Targets are lowered by ROUNDING_ACU. */
#define ROUNDING 2e-6

static int
segments_of(const Load *loads, int count, const Model *model, double floor_acu,
			Segment *segments)
{
	TargetCurve curve;

	curve_begin(&curve, loads, count, model, floor_acu);
	return curve_next(&curve, segments, MAX_SEGMENTS);
}

static void
the_target_of_a_steady_load_is_constant(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[] = { cpu_load(600, 1.35), cpu_load(600, 1.35) };
	Segment segments[MAX_SEGMENTS];
	double seconds = 0;
	int count = segments_of(loads, 2, &model, 0, segments);

	(void) state;
	for (int i = 0; i < count; i++)
	{
		assert_near(segments[i].cpu_target_start, 6.6, ROUNDING);
		assert_near(segments[i].cpu_target_end, 6.6, ROUNDING);
		assert_near(segments[i].cpu_need, 6, ROUNDING);
		assert_exact(segments[i].need, 6);
		assert_int_equal(segments[i].after_gap, i == 0);
		seconds += segments[i].seconds;
	}
	assert_near(seconds, 1200, 1e-9);
}

static void
a_step_becomes_a_ramp_of_ten_seconds(void **state)
{
	Model model = model_without_background();
	Load loads[] = { cpu_load(60, 1), cpu_load(60, 3) };
	Segment segments[MAX_SEGMENTS];

	(void) state;
	assert_int_equal(segments_of(loads, 2, &model, 0, segments), 3);
	assert_near(segments[0].seconds, 60, 1e-9);
	assert_near(segments[1].seconds, 10, 1e-9);
	assert_near(segments[2].seconds, 50, 1e-9);
	assert_near(segments[0].cpu_target_end, 4.4, ROUNDING);
	assert_near(segments[1].cpu_target_start, 4.4, ROUNDING);
	assert_near(segments[1].cpu_target_end, 13.2, ROUNDING);
	assert_near(segments[2].cpu_target_start, 13.2, ROUNDING);
	/* The need has no ramp. */
	assert_exact(segments[1].need, 12);
	assert_int_equal(segments[0].interval, 0);
	assert_int_equal(segments[1].interval, 1);
	assert_int_equal(segments[2].interval, 1);
}

/* The mean of ten seconds, of seconds that differ. */
static void
single_seconds_are_smoothed(void **state)
{
	Model model = model_without_background();
	Load loads[40];
	Segment segments[MAX_SEGMENTS];
	double at = 0;
	int count;

	(void) state;
	for (int i = 0; i < 40; i++)
		loads[i] = cpu_load(1, i % 7 == 3 ? 4 : i % 3);
	count = segments_of(loads, 40, &model, 0, segments);
	for (int i = 0; i < count; i++)
	{
		int now = (int) (at + 0.5);
		double sum = 0;

		for (int j = now - 10; j < now; j++)
			sum += loads[j < 0 ? 0 : j].vcpu_used;
		assert_near(at, now, 1e-6);
		assert_near(segments[i].cpu_target_start, 4.4 * sum / 10, ROUNDING);
		at += segments[i].seconds;
	}
	assert_near(at, 40, 1e-6);
}

static void
the_curve_starts_over_after_a_gap(void **state)
{
	Model model = model_without_background();
	Load loads[] = { cpu_load(60, 1), cpu_load(60, 3) };
	Segment segments[MAX_SEGMENTS];
	int count;

	(void) state;
	loads[1].gap_seconds = 1;
	count = segments_of(loads, 2, &model, 0, segments);
	assert_int_equal(count, 2);
	assert_true(segments[0].after_gap);
	assert_true(segments[1].after_gap);
	assert_near(segments[1].cpu_target_start, 13.2, ROUNDING);
	assert_near(segments[1].cpu_target_end, 13.2, ROUNDING);
}

static void
memory_connections_and_floors_hold_without_headroom(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load load = cpu_load(60, 0.1);
	Segment segment;

	(void) state;
	segments_of(&load, 1, &model, 0, &segment);
	assert_near(segment.other_target, 0.5, ROUNDING);
	assert_near(segment.target_max, 1.1, ROUNDING);
	load.hot_bytes = 5504 * MIB;
	segments_of(&load, 1, &model, 0, &segment);
	assert_near(segment.other_target, 4, ROUNDING);
	assert_near(segment.target_max, 4, ROUNDING);
	assert_near(segment.target_min, 4, ROUNDING);
	load.connections = 1024;
	segments_of(&load, 1, &model, 0, &segment);
	assert_near(segment.other_target, 5, ROUNDING);
	segments_of(&load, 1, &model, 8, &segment);
	assert_near(segment.other_target, 8, ROUNDING);
	assert_exact(segment.need, 5);
}

static void
idle_is_without_connections_not_unknown(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load load = cpu_load(60, 0);
	Segment segment;

	(void) state;
	segments_of(&load, 1, &model, 0, &segment);
	assert_false(segment.idle);
	load.connections = 1;
	segments_of(&load, 1, &model, 0, &segment);
	assert_false(segment.idle);
	load.connections = 0;
	segments_of(&load, 1, &model, 0, &segment);
	assert_true(segment.idle);
}

static void
blocks_give_the_same_segments(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Load loads[12];
	Segment all[MAX_SEGMENTS];
	Segment one;
	TargetCurve curve;
	int count;

	(void) state;
	for (int i = 0; i < 12; i++)
		loads[i] = cpu_load(3 + i % 5, i % 4);
	count = segments_of(loads, 12, &model, 0, all);
	assert_in_range(count, 13, MAX_SEGMENTS - 1);
	curve_begin(&curve, loads, 12, &model, 0);
	for (int i = 0; i < count; i++)
	{
		assert_int_equal(curve_next(&curve, &one, 1), 1);
		assert_exact(one.seconds, all[i].seconds);
		assert_exact(one.cpu_target_start, all[i].cpu_target_start);
		assert_exact(one.cpu_target_end, all[i].cpu_target_end);
	}
	assert_int_equal(curve_next(&curve, &one, 1), 0);
}

static void
no_load_has_no_segments(void **state)
{
	Model model = model_make(MODEL_LIKELY);
	Segment segment;

	(void) state;
	assert_int_equal(segments_of(NULL, 0, &model, 0, &segment), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_target_of_a_steady_load_is_constant),
		cmocka_unit_test(a_step_becomes_a_ramp_of_ten_seconds),
		cmocka_unit_test(single_seconds_are_smoothed),
		cmocka_unit_test(the_curve_starts_over_after_a_gap),
		cmocka_unit_test(memory_connections_and_floors_hold_without_headroom),
		cmocka_unit_test(idle_is_without_connections_not_unknown),
		cmocka_unit_test(blocks_give_the_same_segments),
		cmocka_unit_test(no_load_has_no_segments),
	};

	return cmocka_run_group_tests_name("target_curve", tests, NULL, NULL);
}
