/* Unit tests of src/model/cost.c. */
#include "model/cost.h"

#include "follow.h"
#include "near.h"

#define HOUR 3600.0
#define MONTH (HOURS_PER_MONTH * HOUR)
#define CENT 0.005

/* us-east-1 */
static const StoragePrice standard = { 0.10, 0.20 };
static const StoragePrice optimized = { 0.225, 0 };

/* usd of a range that has one capacity only, for so many hours. */
static double
fixed_acu_usd(double acu, double hours, double usd_per_acu_hour)
{
	Model model = model_without_background();
	Load load = cpu_load(hours * HOUR, 0);
	Scaler scaler;

	scaler_init(&scaler, &model, acu, acu, 300);
	follow(&scaler, &load, 1, 0);
	return acu_usd(scaler.totals.acu_seconds, usd_per_acu_hour);
}

static void
idle_half_an_acu_costs_what_people_pay(void **state)
{
	(void) state;
	assert_near(fixed_acu_usd(0.5, 720, 0.12), 43.20, 1e-9);
	assert_near(fixed_acu_usd(0.5, 730, 0.12), 43.80, 1e-9);
}

static void
a_minimum_of_eight_idles_dearly(void **state)
{
	(void) state;
	assert_near(fixed_acu_usd(8, 730, 0.12) - fixed_acu_usd(0.5, 730, 0.12),
				657, 1e-9);
}

static void
writer_and_reader_cost_twice(void **state)
{
	(void) state;
	assert_near(2 * fixed_acu_usd(8, 730, 0.12), 1401.60, 1e-9);
	assert_near(2 * fixed_acu_usd(8, 730, 0.16), 1868.80, 1e-9);
	assert_near(2 * fixed_acu_usd(16, 730, 0.12), 2803.20, 1e-9);
	assert_near(2 * fixed_acu_usd(16, 730, 0.16), 3737.60, 1e-9);
	/* A pair of db.r6g.xlarge. */
	assert_near(2 * usd_per_month(0.519, HOUR), 757.74, 1e-9);
}

static void
a_month_has_730_hours(void **state)
{
	(void) state;
	assert_near(usd_per_month(1, 2 * HOUR), 365, 1e-9);
	assert_near(usd_per_month(438, MONTH), 438, 1e-9);
	assert_unknown(usd_per_month(0, 0));
}

static void
storage_is_priced_when_it_is_given(void **state)
{
	Storage none = { 0 };
	Storage some = { .gib = 500, .million_requests = 100 };
	StoragePrice unknown = { NAN, NAN };

	(void) state;
	assert_near(storage_usd(&some, &standard), 70, 1e-9);
	assert_near(storage_usd(&some, &optimized), 112.50, 1e-9);
	assert_unknown(storage_usd(&some, &unknown));
	assert_exact(storage_usd(&none, &unknown), 0);
}

static void
serverless_breaks_even_at_a_mean_capacity(void **state)
{
	(void) state;
	assert_near(break_even_acu(0.519, 0.12), 4.33, CENT);
	assert_near(break_even_acu(0.34, 0.12), 2.83, CENT);
	assert_near(break_even_acu(0.519, 0.12 * 0.65), 6.65, CENT);
	assert_near(break_even_acu(0.580, 0.12), 4.83, CENT);
	assert_unknown(break_even_acu(0.519, 0));
}

/* Two db.r6g.2xlarge and 150 GB: 2.364 billion requests a month. */
static void
io_optimized_pays_from_so_many_requests(void **state)
{
	double plain = 2 * usd_per_month(1.038, HOUR);
	double dearer = 2 * usd_per_month(1.349, HOUR);

	(void) state;
	assert_near(break_even_requests(plain, dearer, 150, &standard, &optimized),
				2364, 0.5);
	assert_exact(break_even_requests(dearer, plain, 0, &standard, &optimized),
				 0);
	assert_unknown(
		break_even_requests(plain, dearer, 150, &optimized, &optimized));
}

static void
the_delta_is_what_was_bought_and_not_used(void **state)
{
	Totals totals = { .acu_seconds = 100, .used_seconds = 25 };

	(void) state;
	assert_exact(compute_delta(&totals), 0.75);
	totals.used_seconds = 100 + 1e-9;
	assert_exact(compute_delta(&totals), 0);
	totals.used_seconds = 0;
	assert_exact(compute_delta(&totals), 1);
	totals.acu_seconds = 0;
	assert_unknown(compute_delta(&totals));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_half_an_acu_costs_what_people_pay),
		cmocka_unit_test(a_minimum_of_eight_idles_dearly),
		cmocka_unit_test(writer_and_reader_cost_twice),
		cmocka_unit_test(a_month_has_730_hours),
		cmocka_unit_test(storage_is_priced_when_it_is_given),
		cmocka_unit_test(serverless_breaks_even_at_a_mean_capacity),
		cmocka_unit_test(io_optimized_pays_from_so_many_requests),
		cmocka_unit_test(the_delta_is_what_was_bought_and_not_used),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
