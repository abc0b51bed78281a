/* Unit tests of src/model/estimate.c: worked examples of AWS's tools. */
#include "model/estimate.h"

#include "model/cost.h"
#include "near.h"

#define HOUR 3600.0
#define MONTH (730 * HOUR)

static Estimate
estimate(double cpu_p95, double cpu_max)
{
	Observed observed = { .vcpu = 4,
						  .acu_per_vcpu = estimate_ratio("db.r5.xlarge"),
						  .cpu_p95 = cpu_p95,
						  .cpu_max = cpu_max,
						  .cpu_avg = NAN,
						  .connections = NAN,
						  .working_set_gib = NAN };
	Estimate it;

	estimate_make(&it, &observed);
	return it;
}

/* db.r6g.xlarge at 35 % and 72 %, with 500 GiB at 0.10: $50. */
static void
the_toolkits_example_comes_out(void **state)
{
	Estimate it = estimate(35, 72);
	const double storage = 50;
	double provisioned = 0.519 * 730;
	double typical = acu_usd(it.typical * MONTH, 0.12);

	(void) state;
	assert_exact(it.min, 3.5);
	assert_exact(it.typical, 6);
	assert_exact(it.peak, 12);
	assert_exact(it.max, 16);
	assert_unknown(it.working_set_floor);
	assert_near(provisioned, 378.87, 1e-9);
	assert_near(typical, 525.60, 1e-9);
	assert_near(acu_usd(it.min * MONTH, 0.12) + storage, 356.60, 1e-9);
	assert_near(acu_usd(it.max * MONTH, 0.12) + storage, 1451.60, 1e-9);
	assert_string_equal(
		estimate_label(provisioned + storage, typical + storage, 1451.60),
		"not_recommended");
}

/* Their sample report: db.r5.xlarge. */
static void
the_migration_tools_examples_come_out(void **state)
{
	Estimate it = estimate(5.03, 5.8);

	(void) state;
	assert_exact(it.actual, 1);
	assert_exact(it.adjusted, 1);
	assert_near(acu_usd(it.adjusted * HOUR, 0.12), 0.12, 1e-12);
	assert_exact(it.growth_factor, 15);

	it = estimate(6, 22.7);
	assert_exact(it.actual, 1);
	assert_exact(it.adjusted, 1.5);
	assert_near(acu_usd(it.adjusted * HOUR, 0.12), 0.18, 1e-12);

	/* Rounded to 0.13 vCPU before it is multiplied. */
	assert_exact(estimate(3.14, 5).actual, 1);
	assert_exact(estimate(6.26, 7).actual, 1);
	assert_exact(estimate(3.10, 5).actual, 0.5);
}

static void
the_migration_tools_savings_come_out(void **state)
{
	(void) state;
	assert_near(estimate_saving(16.20, 4.00), 75.31, 1e-9);
	assert_near(estimate_saving(275.928, 3.92), 98.58, 1e-9);
	assert_near(estimate_saving(6.96, 4.32), 37.93, 1e-9);
	assert_near(estimate_saving(4, 5), -25, 1e-9);
	assert_unknown(estimate_saving(0, 1));
}

static void
what_is_given_moves_the_minimum(void **state)
{
	Observed observed = { .vcpu = 4,
						  .acu_per_vcpu = 4,
						  .cpu_p95 = 35,
						  .cpu_max = 72,
						  .cpu_avg = 50,
						  .connections = 100,
						  .working_set_gib = 11 };
	Estimate it;

	(void) state;
	estimate_make(&it, &observed);
	assert_exact(it.min, 8);
	assert_exact(it.working_set_floor, 5.5);
	observed.connections = 2000; /* 20000 MiB, of 2048 each */
	estimate_make(&it, &observed);
	assert_exact(it.min, 10);
}

/* The maximum has room above what is typical, also when nothing peaks. */
static void
a_steady_load_has_half_as_much_again(void **state)
{
	Estimate it = estimate(50, 50);

	(void) state;
	assert_exact(it.typical, 8);
	assert_exact(it.peak, 8);
	assert_exact(it.max, 12);
}

static void
estimates_stay_within_what_there_is(void **state)
{
	Estimate it = estimate(0, 0);
	Observed large = { .vcpu = 128,
					   .acu_per_vcpu = 4,
					   .cpu_p95 = 100,
					   .cpu_max = 100,
					   .cpu_avg = NAN,
					   .connections = NAN,
					   .working_set_gib = NAN };

	(void) state;
	assert_exact(it.min, 0.5);
	assert_exact(it.typical, 0.5);
	estimate_make(&it, &large);
	assert_exact(it.typical, 256);
	assert_exact(it.max, 256);
}

static void
families_have_their_ratios(void **state)
{
	(void) state;
	assert_exact(estimate_ratio("db.r6g.large"), 4);
	assert_exact(estimate_ratio("r6g.large"), 4);
	assert_exact(estimate_ratio("db.x2g.large"), 4);
	assert_exact(estimate_ratio("db.m5.large"), 2);
	assert_exact(estimate_ratio("db.t4g.medium"), 2);
	assert_exact(estimate_ratio("db.c6gd.large"), 1);
	assert_unknown(estimate_ratio("db.serverless"));
	assert_unknown(estimate_ratio(""));
}

static void
labels_go_by_the_saving(void **state)
{
	(void) state;
	assert_string_equal(estimate_label(100, 89, 200), "recommended");
	assert_string_equal(estimate_label(100, 89, 201), "consider");
	assert_string_equal(estimate_label(100, 104, 110), "consider");
	assert_string_equal(estimate_label(100, 106, 110), "more_expensive");
	assert_string_equal(estimate_label(100, 129, 130), "more_expensive");
	assert_string_equal(estimate_label(100, 131, 131), "not_recommended");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_toolkits_example_comes_out),
		cmocka_unit_test(the_migration_tools_examples_come_out),
		cmocka_unit_test(the_migration_tools_savings_come_out),
		cmocka_unit_test(what_is_given_moves_the_minimum),
		cmocka_unit_test(a_steady_load_has_half_as_much_again),
		cmocka_unit_test(estimates_stay_within_what_there_is),
		cmocka_unit_test(families_have_their_ratios),
		cmocka_unit_test(labels_go_by_the_saving),
	};

	return cmocka_run_group_tests_name("estimate", tests, NULL, NULL);
}
