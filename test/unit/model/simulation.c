/* Unit tests of src/model/simulation.c. */
#include "model/simulation.h"

#include "follow.h"
#include "histories.h"
#include "near.h"

#define LOADS 100

/* Interval by interval it is the same as all at once. */
static void
intervals_add_up_to_the_whole(void **state)
{
	static History history;

	(void) state;
	for (int i = 0; i < 50; i++)
	{
		Simulation simulation;
		Scaler whole;
		Totals sum = { 0 };
		double known;

		make_history(&history, i, LOADS, 3600);
		scaler_init(&whole, &history.model, history.min_acu, history.max_acu,
					history.pause_after);
		follow(&whole, history.loads, LOADS, history.floor_acu);
		simulation_begin(
			&simulation,
			&(Range){ history.min_acu, history.max_acu, history.pause_after },
			history.loads, LOADS, &history.model, history.floor_acu);
		for (int j = 0; j < LOADS; j++)
		{
			Totals interval;

			simulation_step(&simulation, &interval);
			assert_near(interval.known_seconds, history.loads[j].seconds,
						1e-6 * whole.totals.known_seconds);
			sum.known_seconds += interval.known_seconds;
			sum.acu_seconds += interval.acu_seconds;
			sum.used_seconds += interval.used_seconds;
			sum.queue_used_seconds += interval.queue_used_seconds;
			sum.throttled_seconds += interval.throttled_seconds;
			sum.backlog_seconds += interval.backlog_seconds;
			sum.paused_seconds += interval.paused_seconds;
		}
		known = 1e-9 * (1 + whole.totals.known_seconds);
		assert_near(sum.known_seconds, whole.totals.known_seconds, known);
		assert_near(sum.acu_seconds, whole.totals.acu_seconds, known * 256);
		assert_near(sum.used_seconds, whole.totals.used_seconds, known * 256);
		assert_near(sum.queue_used_seconds, whole.totals.queue_used_seconds,
					known * 256);
		assert_near(sum.throttled_seconds, whole.totals.throttled_seconds,
					known);
		assert_near(sum.backlog_seconds, whole.totals.backlog_seconds, known);
		assert_near(sum.paused_seconds, whole.totals.paused_seconds, known);
		assert_exact(simulation.scaler.capacity, whole.capacity);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_add_up_to_the_whole),
	};

	return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
