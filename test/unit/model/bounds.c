/* Unit tests of src/model/bounds.c. */
#include "model/bounds.h"

#include "follow.h"
#include "market.h"
#include "near.h"

#define LOADS 3000
#define RANGES 4

/* Hours of 1 vCPU, which need 4 ACU. */
static void
make_loads(Load *loads)
{
	for (int i = 0; i < LOADS; i++)
		loads[i] = cpu_load(3600, 1);
}

/* Ranges of one capacity each: 2, 4, 8 and 16 ACU. */
static void
make_scalers(Market *market, Scaler *scalers)
{
	for (int i = 0; i < RANGES; i++)
		scaler_init(&scalers[i], &market->search.models[MODEL_LIKELY], 2 << i,
					2 << i, 300);
}

/* No bounds yet, for the load of make_loads(). */
static Bounds
no_bounds(const Market *market)
{
	Bounds bounds = bounds_none(&market->question, &market->prices);

	bounds.known_seconds = LOADS * 3600.0;
	return bounds;
}

static int
run_within(Market *market, const Load *loads, Scaler *scalers,
		   const Bounds *bounds)
{
	return bounds_run(bounds, &market->search.models[MODEL_LIKELY], loads,
					  LOADS, scalers, RANGES, &market->search.space);
}

static void
within_no_bounds_all_remain(void **state)
{
	static Load loads[LOADS];
	Market *market = market_open();
	Bounds bounds = no_bounds(market);
	Scaler scalers[RANGES];

	(void) state;
	make_loads(loads);
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), RANGES);
	for (int i = 0; i < RANGES; i++)
	{
		assert_exact(scalers[i].min_acu, 2 << i);
		assert_near(scalers[i].totals.known_seconds, LOADS * 3600.0, 1);
	}
	free(market);
}

static void
ranges_out_of_bounds_are_dropped(void **state)
{
	static Load loads[LOADS];
	Market *market = market_open();
	Scaler scalers[RANGES];
	Bounds bounds = no_bounds(market);

	(void) state;
	make_loads(loads);
	/* 2 ACU throttle all the time. */
	bounds.throttled_seconds = 100;
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), 3);
	assert_exact(scalers[0].min_acu, 4);
	assert_exact(scalers[2].min_acu, 16);
	bounds = no_bounds(market);
	bounds.backlog_seconds = 100;
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), 3);
	/* 8 ACU cost 700.80 USD a month, known from the beginning. */
	bounds = no_bounds(market);
	bounds.usd = 700.81;
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), 3);
	assert_exact(scalers[2].min_acu, 8);
	bounds.usd = 700;
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), 2);
	/* The rest of the load, of which half is here, costs the minimum at least.
	 */
	bounds.usd = 700;
	make_scalers(market, scalers);
	bounds.known_seconds *= 2;
	assert_int_equal(run_within(market, loads, scalers, &bounds), 2);
	bounds.known_seconds /= 2;
	/* The last of all is dropped as well. */
	bounds.usd = 0;
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), 0);
	free(market);
}

static void
the_cheaper_storage_is_the_one_that_counts(void **state)
{
	static Load loads[LOADS];
	Market *market = market_open();
	Scaler scalers[RANGES];
	Bounds bounds = no_bounds(market);

	(void) state;
	make_loads(loads);
	market->question.storage = (Storage){ .million_requests = 10000 };
	/* 16 ACU with I/O-Optimized are 1868.80, with Standard 3401.60. */
	bounds.usd = 1869;
	make_scalers(market, scalers);
	assert_int_equal(run_within(market, loads, scalers, &bounds), RANGES);
	free(market);
}

static void
feasible_bounds_are_hardly_wider_than_the_limits(void **state)
{
	Market *market = market_open();
	LoadSummary summary = { .known_seconds = 1e6 };
	Bounds bounds =
		bounds_of_feasible(&market->question, &market->prices, &summary, 5);

	(void) state;
	assert_exact(bounds.usd, 5);
	assert_true(bounds.throttled_seconds > 1000 + ROUNDING_SECONDS);
	assert_near(bounds.throttled_seconds, 1000, 1e-4);
	assert_true(bounds.backlog_seconds > 60 + ROUNDING_SECONDS);
	assert_near(bounds.backlog_seconds, 60, 1e-4);
	free(market);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_no_bounds_all_remain),
		cmocka_unit_test(ranges_out_of_bounds_are_dropped),
		cmocka_unit_test(the_cheaper_storage_is_the_one_that_counts),
		cmocka_unit_test(feasible_bounds_are_hardly_wider_than_the_limits),
	};

	return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
