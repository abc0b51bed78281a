/* Unit tests of src/model/scaling.c: one rule of scaling each. */
#include "model/scaling.h"

#include "follow.h"
#include "near.h"

#define HOUR 3600.0
#define DAY (24 * HOUR)
/* An event is a millionth of an ACU, or a hundred thousandth of a segment,
 * late. */
#define SOON 0.01

static Model model;

/* The CPU whose target is so many ACU. */
static Load
asking(double seconds, double acu)
{
	return cpu_load(seconds, acu / model.headroom / model.acu_per_vcpu);
}

static Load
connected(double seconds, double vcpu_used, double connections)
{
	Load load = cpu_load(seconds, vcpu_used);

	load.connections = connections;
	return load;
}

static Scaler
scaler_of(double min_acu, double max_acu)
{
	Scaler scaler;

	model = model_without_background();
	scaler_init(&scaler, &model, min_acu, max_acu, 300);
	return scaler;
}

/* A model whose target a backlog does not raise. */
static Scaler
scaler_that_forgets(double max_acu)
{
	Scaler scaler = scaler_of(0.5, max_acu);

	scaler.backlog_gain = 0;
	return scaler;
}

/* A steady load, with no gap before it; the mean is at once that of it. */
static void
pass(Scaler *scaler, Load load)
{
	Segment segment;
	TargetCurve curve;

	curve_begin(&curve, &load, 1, scaler->model, 0);
	while (curve_next(&curve, &segment, 1))
	{
		segment.after_gap = false;
		scaler_run(scaler, &segment, 1);
	}
}

static void
it_begins_at_the_minimum(void **state)
{
	Scaler scaler = scaler_of(2, 8);

	(void) state;
	assert_exact(scaler.capacity, 2);
	assert_exact(scaler_of(0, 8).capacity, 0.5);
	assert_exact(scaler_of(0.5, 8).capacity, 0.5);
}

static void
a_steady_load_is_held_at_the_next_half(void **state)
{
	(void) state;
	for (double acu = 0.3; acu < 7; acu += 0.35)
	{
		Scaler scaler = scaler_that_forgets(8);

		pass(&scaler, asking(HOUR, acu));
		assert_exact(scaler.capacity, round_up_acu(acu));
		assert_exact(scaler.peak_acu, round_up_acu(acu));
	}
}

static void
it_stays_within_its_range(void **state)
{
	Scaler scaler = scaler_of(2, 4);

	(void) state;
	pass(&scaler, asking(HOUR, 40));
	assert_exact(scaler.capacity, 4);
	scaler.backlog = 0;
	pass(&scaler, asking(HOUR, 0.5));
	assert_exact(scaler.capacity, 2);
}

/* 3 ACU at 1.5 a second, of which 0.04 a second come back; then as fast as
 * they come. */
static void
it_grows_at_once_as_long_as_tokens_last(void **state)
{
	const double burst = 3 / (1.5 - 0.04);
	Scaler scaler = scaler_of(0.5, 64);

	(void) state;
	pass(&scaler, asking(1, 32));
	assert_near(scaler.capacity, 2, 0.01);
	pass(&scaler, asking(burst - 1, 32));
	assert_near(scaler.capacity, 0.5 + 1.5 * burst, 0.01);
	pass(&scaler, asking(100, 32));
	assert_near(scaler.capacity, 0.5 + 1.5 * burst + 4, 0.01);
}

static void
it_grows_slower_from_four_acu_on(void **state)
{
	Scaler scaler = scaler_of(6, 64);

	(void) state;
	pass(&scaler, asking(8, 32));
	assert_near(scaler.capacity, 8, 0.01);
	/* The bucket holds as many tokens as the capacity. */
	pass(&scaler, asking(6 / 0.21 - 8, 32));
	assert_near(scaler.capacity, 6 + 0.25 * 6 / 0.21, 0.01);
	pass(&scaler, asking(100, 32));
	assert_near(scaler.capacity, 6 + 0.25 * 6 / 0.21 + 4, 0.01);
}

static void
tokens_come_back_while_it_rests(void **state)
{
	Scaler scaler = scaler_that_forgets(64);

	(void) state;
	pass(&scaler, asking(2, 3));
	assert_exact(scaler.capacity, 3);
	pass(&scaler, asking(10, 3));
	/* 3 - 2.5, and 0.04 a second of 12. */
	pass(&scaler, asking(1, 32));
	assert_near(scaler.capacity, 3 + 0.98 + 0.02, 0.02);
}

static void
it_is_held_for_two_minutes_and_falls_by_half_every_three(void **state)
{
	Scaler scaler = scaler_of(0.5, 16);

	(void) state;
	pass(&scaler, asking(HOUR, 12));
	assert_exact(scaler.capacity, 12);
	pass(&scaler, asking(120 - SOON, 1));
	assert_exact(scaler.capacity, 12);
	pass(&scaler, asking(2 * SOON, 1));
	assert_exact(scaler.capacity, 6);
	pass(&scaler, asking(180 - 2 * SOON, 1));
	assert_exact(scaler.capacity, 6);
	pass(&scaler, asking(2 * SOON, 1));
	assert_exact(scaler.capacity, 3);
	pass(&scaler, asking(180, 1));
	assert_exact(scaler.capacity, 1);
}

static void
it_falls_straight_from_four_acu(void **state)
{
	Scaler scaler = scaler_that_forgets(16);

	(void) state;
	pass(&scaler, asking(HOUR, 4));
	pass(&scaler, asking(120 + SOON, 0.7));
	assert_exact(scaler.capacity, 1);
}

static void
it_falls_by_no_more_than_its_most(void **state)
{
	Scaler scaler = scaler_of(20, 64);

	(void) state;
	pass(&scaler, asking(DAY, 60));
	assert_exact(scaler.capacity, 60);
	pass(&scaler, asking(120 + SOON, 1));
	assert_exact(scaler.capacity, 53); /* 52.8 */
	pass(&scaler, asking(180, 1));
	assert_exact(scaler.capacity, 46);
}

static void
a_moments_wish_begins_the_hold_again(void **state)
{
	Scaler scaler = scaler_of(0.5, 16);

	(void) state;
	pass(&scaler, asking(HOUR, 8));
	pass(&scaler, asking(119, 1));
	pass(&scaler, asking(0.1, 8));
	pass(&scaler, asking(119, 1));
	assert_exact(scaler.capacity, 8);
	pass(&scaler, asking(2, 1));
	assert_exact(scaler.capacity, 4);
	/* After a drop, too, the first cool-down applies again. */
	pass(&scaler, asking(1, 4));
	pass(&scaler, asking(121, 1));
	assert_exact(scaler.capacity, 1);
}

/* Capacity stays while it is less than half an ACU above the target. */
static void
half_an_acu_less_is_not_waited_for(void **state)
{
	Scaler scaler = scaler_of(0.5, 16);

	(void) state;
	pass(&scaler, asking(HOUR, 8));
	pass(&scaler, asking(HOUR, 7.6));
	assert_exact(scaler.capacity, 8);
	pass(&scaler, asking(HOUR, 7.4));
	assert_exact(scaler.capacity, 7.5);
}

/* Capacity grew until the target was lower. */
static void
between_halves_it_falls_too(void **state)
{
	Scaler scaler = scaler_that_forgets(16);

	(void) state;
	pass(&scaler, asking(0.2, 16));
	assert_near(scaler.capacity, 0.8, 0.01);
	pass(&scaler, asking(120 - SOON, 0.4));
	assert_near(scaler.capacity, 0.8, 0.01);
	pass(&scaler, asking(2 * SOON, 0.4));
	assert_exact(scaler.capacity, 0.5);
}

static void
a_gap_begins_anew(void **state)
{
	Scaler scaler = scaler_of(0.5, 16);
	Load loads[] = { asking(HOUR, 8), asking(1, 8) };

	(void) state;
	loads[1].gap_seconds = 5;
	follow(&scaler, loads, 2, 0);
	assert_near(scaler.capacity, 2, 0.01);
	assert_near(scaler.totals.known_seconds, HOUR + 1, 1e-9);
}

/* 1.5 vCPU of 1 for 100 s: 50 vCPU-seconds wait, and 0.5 vCPU are spare. */
static void
work_that_waits_is_done_later(void **state)
{
	Scaler scaler = scaler_of(4, 4);

	(void) state;
	pass(&scaler, cpu_load(100, 1.5));
	assert_near(scaler.backlog, 50, 1e-4);
	assert_near(scaler.totals.throttled_seconds, 100, 1e-9);
	pass(&scaler, cpu_load(300, 0.5));
	assert_exact(scaler.backlog, 0);
	assert_near(scaler.totals.backlog_seconds, 200, SOON);
	assert_near(scaler.totals.throttled_seconds, 200, SOON);
	assert_near(scaler.longest_backlog_seconds, 200, SOON);
	assert_near(scaler.totals.used_seconds, 4 * 200 + 2 * 200, 0.1);
	assert_near(scaler.totals.queue_used_seconds, 4 * 200, 0.1);
}

static void
what_waits_is_asked_for_too(void **state)
{
	Scaler scaler = scaler_of(4, 64);

	(void) state;
	/* 6 vCPU-seconds in 60 s: 0.1 vCPU more than 0.95. */
	scaler.backlog = 6;
	pass(&scaler, cpu_load(0.5, 0.95));
	assert_near(scaler.capacity, 4.125, 0.01);
	/* Without the backlog the target is 4.2 ACU. */
	scaler = scaler_of(4, 64);
	scaler.backlog = 60;
	pass(&scaler, cpu_load(20, 0));
	assert_exact(scaler.capacity, 4.5);
}

static void
memory_that_is_short_is_no_work_that_waits(void **state)
{
	Scaler scaler = scaler_of(0.5, 2);
	Load load = cpu_load(HOUR, 0.1);

	(void) state;
	load.hot_bytes = 5504 * MIB;
	pass(&scaler, load);
	assert_exact(scaler.capacity, 2);
	assert_near(scaler.totals.throttled_seconds, HOUR, 1e-6);
	assert_exact(scaler.totals.backlog_seconds, 0);
	assert_exact(scaler.totals.queue_used_seconds, 0);
}

static void
it_pauses_when_nobody_is_connected(void **state)
{
	Scaler scaler = scaler_of(0, 16);

	(void) state;
	pass(&scaler, connected(HOUR, 0.1, 1));
	assert_exact(scaler.capacity, 0.5);
	pass(&scaler, connected(300 - SOON, 0.01, 0));
	assert_exact(scaler.capacity, 0.5);
	pass(&scaler, connected(2 * SOON, 0.01, 0));
	assert_exact(scaler.capacity, 0);
	pass(&scaler, connected(HOUR, 0.01, 0));
	assert_exact(scaler.capacity, 0);
	assert_near(scaler.totals.paused_seconds, HOUR, 0.1);
	/* A pause costs nothing. */
	assert_near(scaler.totals.acu_seconds, 0.5 * (HOUR + 300), 0.1);
	assert_near(scaler.totals.throttled_seconds, 0, 1e-9);
}

static void
who_comes_waits_until_it_resumed(void **state)
{
	Scaler scaler = scaler_of(0, 16);

	(void) state;
	pass(&scaler, connected(DAY, 0, 0));
	pass(&scaler, connected(15 - SOON, 0.1, 1));
	assert_exact(scaler.capacity, 0);
	assert_near(scaler.backlog, 1.5, 0.01);
	assert_near(scaler.totals.throttled_seconds, 15, 0.1);
	pass(&scaler, connected(2 * SOON, 0.1, 1));
	assert_near(scaler.capacity, 0.5, 0.1);
	pass(&scaler, connected(HOUR, 0.1, 1));
	assert_exact(scaler.backlog, 0);
}

static void
after_a_long_pause_it_takes_longer(void **state)
{
	Scaler scaler = scaler_of(0, 16);

	(void) state;
	pass(&scaler, connected(DAY + 400, 0, 0));
	pass(&scaler, connected(29, 0.1, 1));
	assert_exact(scaler.capacity, 0);
	pass(&scaler, connected(2, 0.1, 1));
	assert_true(scaler.capacity >= 0.5);
	/* Two short pauses do not make a long one. */
	scaler = scaler_of(0, 16);
	for (int i = 0; i < 2; i++)
	{
		pass(&scaler, connected(DAY * 0.75, 0, 0));
		pass(&scaler, connected(16, 0.1, 1));
		assert_true(scaler.capacity >= 0.5);
	}
}

static void
a_minimum_or_an_unknown_connection_keeps_it_awake(void **state)
{
	Scaler scaler = scaler_of(0.5, 16);

	(void) state;
	pass(&scaler, connected(DAY, 0, 0));
	assert_exact(scaler.capacity, 0.5);
	scaler = scaler_of(0, 16);
	pass(&scaler, connected(DAY, 0, NAN));
	assert_exact(scaler.capacity, 0.5);
	assert_exact(scaler.totals.paused_seconds, 0);
	/* Twice 200 s without connections are not 400 s. */
	pass(&scaler, connected(200, 0, 0));
	pass(&scaler, connected(1, 0, 1));
	pass(&scaler, connected(200, 0, 0));
	assert_exact(scaler.capacity, 0.5);
}

static void
what_is_bought_and_needed_is_counted(void **state)
{
	Scaler scaler = scaler_of(4, 4);

	(void) state;
	pass(&scaler, cpu_load(100, 0.5));
	assert_near(scaler.totals.acu_seconds, 400, 1e-9);
	assert_near(scaler.totals.used_seconds, 200, 1e-9);
	assert_exact(scaler.totals.throttled_seconds, 0);
	assert_exact(scaler.totals.backlog_seconds, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_at_the_minimum),
		cmocka_unit_test(a_steady_load_is_held_at_the_next_half),
		cmocka_unit_test(it_stays_within_its_range),
		cmocka_unit_test(it_grows_at_once_as_long_as_tokens_last),
		cmocka_unit_test(it_grows_slower_from_four_acu_on),
		cmocka_unit_test(tokens_come_back_while_it_rests),
		cmocka_unit_test(
			it_is_held_for_two_minutes_and_falls_by_half_every_three),
		cmocka_unit_test(it_falls_straight_from_four_acu),
		cmocka_unit_test(it_falls_by_no_more_than_its_most),
		cmocka_unit_test(a_moments_wish_begins_the_hold_again),
		cmocka_unit_test(half_an_acu_less_is_not_waited_for),
		cmocka_unit_test(between_halves_it_falls_too),
		cmocka_unit_test(a_gap_begins_anew),
		cmocka_unit_test(work_that_waits_is_done_later),
		cmocka_unit_test(what_waits_is_asked_for_too),
		cmocka_unit_test(memory_that_is_short_is_no_work_that_waits),
		cmocka_unit_test(it_pauses_when_nobody_is_connected),
		cmocka_unit_test(who_comes_waits_until_it_resumed),
		cmocka_unit_test(after_a_long_pause_it_takes_longer),
		cmocka_unit_test(a_minimum_or_an_unknown_connection_keeps_it_awake),
		cmocka_unit_test(what_is_bought_and_needed_is_counted),
	};

	return cmocka_run_group_tests_name("scaling", tests, NULL, NULL);
}
