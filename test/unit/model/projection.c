/* Unit tests of src/model/projection.c: the next event, and when it is. */
#include "model/projection.h"

#include "follow.h"
#include "near.h"

/* A scaler within 1 to 16 ACU that runs at a capacity. */
static Scaler
scaler_at(const Model *model, double capacity)
{
	Scaler scaler;

	scaler_init(&scaler, model, 1, 16, 300);
	scaler.capacity = capacity;
	scaler.level = floor(capacity / ACU_STEP) * ACU_STEP;
	scaler.tokens = 3;
	return scaler;
}

/* A segment of 1000 s whose CPU target goes from one to another; the work of
 * its end needs no more than the target. */
static Segment
segment_of(double start, double end)
{
	return (Segment){ .seconds = 1000,
					  .cpu_target_start = start,
					  .cpu_target_end = end,
					  .other_target = MIN_ACU,
					  .need = MIN_ACU };
}

static Projection
project(const Scaler *scaler, const Segment *segment)
{
	double slope = (segment->cpu_target_end - segment->cpu_target_start) /
				   segment->seconds;
	Projection projection;

	projection_make(&projection, scaler, segment, slope, 0);
	return projection;
}

static double
seconds_of(const Scaler *scaler, const Segment *segment)
{
	Projection projection = project(scaler, segment);

	return projection_seconds(&projection, scaler, segment);
}

static void
a_target_that_is_met_changes_nothing(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 4);
	Segment segment = segment_of(3.8, 3.8);
	Projection projection = project(&scaler, &segment);

	(void) state;
	assert_false(projection.above || projection.below || projection.queues);
	assert_exact(projection.growth, 0);
	assert_true(isinf(seconds_of(&scaler, &segment)));
}

static void
a_rising_target_is_met_up_to_the_level(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 4);
	Segment segment = segment_of(3.8, 4.8);

	(void) state;
	/* 0.2 ACU at 0.001 ACU a second */
	assert_near(seconds_of(&scaler, &segment), 200, 1e-6);
	/* Memory holds the target up. */
	segment.other_target = 5;
	assert_true(project(&scaler, &segment).above);
}

static void
a_low_target_waits_for_the_cool_down(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 4);
	Segment segment = segment_of(3, 3);

	(void) state;
	scaler.seconds_below = 20;
	assert_true(project(&scaler, &segment).below);
	assert_near(seconds_of(&scaler, &segment), model.first_hold_seconds - 20,
				1e-9);
	/* A target that rises by half an ACU before starts the cool-down anew. */
	segment = segment_of(3, 13);
	assert_near(seconds_of(&scaler, &segment), 50, 1e-6);
	/* At the minimum there is nothing to wait for. */
	scaler = scaler_at(&model, 1);
	segment = segment_of(0.5, 0.5);
	assert_false(project(&scaler, &segment).below);
	assert_true(isinf(seconds_of(&scaler, &segment)));
}

static void
growth_lasts_as_long_as_its_tokens(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 4);
	Segment segment = segment_of(15, 15);
	Projection projection = project(&scaler, &segment);
	double growth = model.large_growth_acu_per_second;

	(void) state;
	assert_exact(projection.growth, growth);
	assert_near(seconds_of(&scaler, &segment),
				3 / (growth - model.refill_acu_per_second), 1e-9);
	/* Without tokens it grows as they come, up to the target. */
	scaler.tokens = 0;
	projection = project(&scaler, &segment);
	assert_exact(projection.growth, model.refill_acu_per_second);
	assert_near(seconds_of(&scaler, &segment), 11 / model.refill_acu_per_second,
				1e-6);
	/* Below 4 ACU it is faster, and ends there. */
	scaler = scaler_at(&model, 1);
	assert_exact(project(&scaler, &segment).growth,
				 model.small_growth_acu_per_second);
	/* At the maximum it does not grow. */
	scaler = scaler_at(&model, 16);
	segment = segment_of(30, 30);
	assert_exact(project(&scaler, &segment).growth, 0);
}

static void
growth_ends_where_throttling_ends(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 4);
	Segment segment = segment_of(15, 15);

	(void) state;
	segment.need = 4.5;
	assert_near(seconds_of(&scaler, &segment),
				0.5 / model.large_growth_acu_per_second, 1e-9);
}

/* 2 ACU too few are 0.5 vCPU; what waits at first is done 2 ACU above. */
static void
a_backlog_grows_and_ends(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 16);
	Segment segment = segment_of(17, 17);
	Projection projection;

	(void) state;
	segment.cpu_need = 18;
	projection = project(&scaler, &segment);
	assert_true(projection.queues);
	assert_near(parabola_at(&projection.backlog, 100), 50, 1e-9);
	segment = segment_of(15, 15);
	segment.cpu_need = 14;
	segment.other_target = 16; /* by memory: nothing else changes */
	scaler.backlog = 100;
	projection = project(&scaler, &segment);
	assert_near(parabola_at(&projection.backlog, 200), 0, 1e-9);
	assert_near(projection_seconds(&projection, &scaler, &segment), 200, 1e-6);
	/* The backlog raises the target. */
	assert_near(projection.cpu_target.a, 15 + scaler.backlog_gain * 100, 1e-9);
}

static void
without_connections_it_pauses(void **state)
{
	Model model = model_without_background();
	Scaler scaler = scaler_at(&model, 1);
	Segment segment = segment_of(0.5, 0.5);

	(void) state;
	segment.idle = true;
	assert_true(isinf(seconds_of(&scaler, &segment)));
	scaler.min_acu = 0;
	scaler.capacity = scaler.level = 0.5;
	scaler.idle = 100;
	assert_near(seconds_of(&scaler, &segment), 200, 1e-9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_that_is_met_changes_nothing),
		cmocka_unit_test(a_rising_target_is_met_up_to_the_level),
		cmocka_unit_test(a_low_target_waits_for_the_cool_down),
		cmocka_unit_test(growth_lasts_as_long_as_its_tokens),
		cmocka_unit_test(growth_ends_where_throttling_ends),
		cmocka_unit_test(a_backlog_grows_and_ends),
		cmocka_unit_test(without_connections_it_pauses),
	};

	return cmocka_run_group_tests_name("projection", tests, NULL, NULL);
}
