/* Unit tests of src/model/instance.c. */
#include "model/instance.h"

#include "model/cost.h"

#include "follow.h"
#include "near.h"

#define HOUR 3600.0

static Instance
instance(double vcpu, double memory_gib, const Load *loads, int count)
{
	Model model = model_without_background();
	Instance it;

	instance_init(&it, vcpu, memory_gib, &model);
	follow_instance(&it, loads, count, &model);
	return it;
}

/* An ACU has 2 GiB, as AWS compares them. */
static void
instances_equal_the_capacity_that_aws_says(void **state)
{
	(void) state;
	assert_exact(instance(4, 32, NULL, 0).capacity, 16);
	assert_exact(instance(16, 128, NULL, 0).capacity, 64);
	/* The lesser of its CPU and its memory. */
	assert_exact(instance(4, 16, NULL, 0).capacity, 8);
	assert_exact(instance(2, 32, NULL, 0).capacity, 8);
}

static void
an_instance_that_suffices_wastes_the_rest(void **state)
{
	Load load = cpu_load(HOUR, 1);
	Instance it = instance(4, 32, &load, 1);

	(void) state;
	assert_exact(it.totals.known_seconds, HOUR);
	assert_exact(it.totals.acu_seconds, 16 * HOUR);
	assert_exact(it.totals.used_seconds, 4 * HOUR);
	assert_exact(it.totals.throttled_seconds, 0);
	assert_exact(it.totals.backlog_seconds, 0);
	assert_exact(compute_delta(&it.totals), 0.75);
}

/* 6 of 4 vCPU for 100 s: 200 vCPU-seconds, which 3 spare vCPU do in 66.7 s. */
static void
an_instance_works_off_what_waits(void **state)
{
	Load loads[] = { cpu_load(100, 6), cpu_load(20, 1), cpu_load(80, 1) };
	Instance it = instance(4, 32, loads, 3);
	const double queued = 100 + 200 / 3.0;

	(void) state;
	assert_near(it.totals.known_seconds, 200, 1e-9);
	assert_near(it.totals.backlog_seconds, queued, 1e-9);
	assert_near(it.totals.throttled_seconds, queued, 1e-9);
	assert_near(it.longest_backlog_seconds, queued, 1e-9);
	assert_near(it.totals.used_seconds, 16 * queued + 4 * (200 - queued), 1e-9);
	assert_exact(it.backlog, 0);
}

static void
what_waits_is_forgotten_in_a_gap(void **state)
{
	Load loads[] = { cpu_load(100, 6), cpu_load(100, 1) };
	Instance it;

	(void) state;
	loads[1].gap_seconds = 1;
	it = instance(4, 32, loads, 2);
	assert_near(it.totals.known_seconds, 200, 1e-9);
	assert_near(it.totals.backlog_seconds, 100, 1e-9);
}

/* DBInstanceClassMemory / 9531392, at most 5000. */
static void
connections_follow_the_memory(void **state)
{
	(void) state;
	assert_exact(instance_max_connections(8), 901);
	assert_exact(instance_max_connections(16), 1802);
	assert_exact(instance_max_connections(256), 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances_equal_the_capacity_that_aws_says),
		cmocka_unit_test(an_instance_that_suffices_wastes_the_rest),
		cmocka_unit_test(an_instance_works_off_what_waits),
		cmocka_unit_test(what_waits_is_forgotten_in_a_gap),
		cmocka_unit_test(connections_follow_the_memory),
	};

	return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}
