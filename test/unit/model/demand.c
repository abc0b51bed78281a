/* Unit tests of src/model/demand.c. */
#include "model/demand.h"

#include "follow.h"
#include "near.h"

static Demand
demand(Load load, double floor_acu)
{
	Model model = model_make(MODEL_LIKELY);
	Demand demand;

	demand_of(&demand, &load, &model, floor_acu);
	return demand;
}

static void
cpu_needs_four_acu_a_vcpu_with_its_background(void **state)
{
	Demand it = demand(cpu_load(60, 1.35), 0);

	(void) state;
	assert_near(it.cpu, 6, 1e-12);
	assert_exact(it.need, 6);
	assert_exact(it.target, 7); /* 6.6 with headroom */
	assert_int_equal(it.driver, DRIVER_CPU);
	assert_unknown(it.memory);
	assert_unknown(it.connections);
}

static void
the_largest_part_drives_the_need(void **state)
{
	Load load = cpu_load(60, 0.35);
	Demand it;

	(void) state;
	load.hot_bytes = 5504 * MIB;
	load.connections = 100;
	it = demand(load, 0);
	assert_near(it.cpu, 2, 1e-12);
	assert_exact(it.memory, 4);
	assert_near(it.connections, 1000.0 / 2048, 1e-12);
	assert_exact(it.need, 4);
	assert_exact(it.target, 4); /* headroom is for CPU */
	assert_int_equal(it.driver, DRIVER_MEMORY);

	load.connections = 1000;
	it = demand(load, 0);
	assert_exact(it.need, 5);
	assert_int_equal(it.driver, DRIVER_CONNECTIONS);

	load.vcpu_used = 2;
	it = demand(load, 0);
	assert_exact(it.need, 9);
	assert_int_equal(it.driver, DRIVER_CPU);
}

static void
nothing_needs_less_than_half_an_acu(void **state)
{
	Model model = model_without_background();
	Load load = cpu_load(60, 0.01);
	Demand it;

	(void) state;
	demand_of(&it, &load, &model, 0);
	assert_exact(it.need, 0.5);
	assert_exact(it.target, 0.5);
	assert_int_equal(it.driver, DRIVER_FLOOR);
}

static void
a_floor_raises_the_target_and_not_the_need(void **state)
{
	Demand it;

	(void) state;
	it = demand(cpu_load(60, 0.1), 8);
	assert_exact(it.need, 1);
	assert_exact(it.target, 8);
}

static void
the_high_model_counts_all_buffers_in_use(void **state)
{
	Load load = cpu_load(60, 0);
	Demand it;

	(void) state;
	load.hot_bytes = 384 * MIB;
	load.used_bytes = 5504 * MIB;
	for (int likelihood = MODEL_LOW; likelihood <= MODEL_HIGH; likelihood++)
	{
		Model model = model_make(likelihood);

		demand_of(&it, &load, &model, 0);
		assert_exact(it.memory, likelihood == MODEL_HIGH ? 4 : 1);
	}
}

static void
drivers_have_names(void **state)
{
	(void) state;
	assert_string_equal(driver_name(DRIVER_CPU), "cpu");
	assert_string_equal(driver_name(DRIVER_MEMORY), "memory");
	assert_string_equal(driver_name(DRIVER_CONNECTIONS), "connections");
	assert_string_equal(driver_name(DRIVER_FLOOR), "floor");
}

static void
what_cannot_be_is_refused(void **state)
{
	const double odd[] = { -1, INFINITY, -INFINITY, 1e300, NAN };
	Load good = cpu_load(60, 1);

	(void) state;
	assert_null(load_invalid_column(&good));
	for (int i = 0; i < 5; i++)
	{
		Load load = good;

		load.gap_seconds = odd[i];
		assert_string_equal(load_invalid_column(&load), "at");
		load = good;
		load.seconds = odd[i];
		assert_string_equal(load_invalid_column(&load), "seconds");
		load = good;
		load.vcpu_used = odd[i];
		assert_string_equal(load_invalid_column(&load), "cpu_seconds");
		if (isnan(odd[i]))
			break; /* the others may be unknown */
		load = good;
		load.hot_bytes = odd[i];
		assert_string_equal(load_invalid_column(&load), "buffers_hot_bytes");
		load = good;
		load.used_bytes = odd[i];
		assert_string_equal(load_invalid_column(&load), "buffers_used_bytes");
		load = good;
		load.connections = odd[i];
		assert_string_equal(load_invalid_column(&load), "connections");
	}
	good.seconds = 0;
	assert_string_equal(load_invalid_column(&good), "seconds");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_needs_four_acu_a_vcpu_with_its_background),
		cmocka_unit_test(the_largest_part_drives_the_need),
		cmocka_unit_test(nothing_needs_less_than_half_an_acu),
		cmocka_unit_test(a_floor_raises_the_target_and_not_the_need),
		cmocka_unit_test(the_high_model_counts_all_buffers_in_use),
		cmocka_unit_test(drivers_have_names),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests_name("demand", tests, NULL, NULL);
}
