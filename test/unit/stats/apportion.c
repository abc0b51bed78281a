/* Unit tests of src/stats/apportion.c. */
#include "stats/apportion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
calls_cost_what_execution_does_not_explain(void **state)
{
	CallCostFit fit = { 0 };

	(void) state;
	assert_float_equal(fit_call_cost(&fit), 0, 0);
	fit_add(&fit, 1000, 0.5, 0.55);
	assert_float_equal(fit_call_cost(&fit), 50e-6, 1e-12);
	fit_add(&fit, 3000, 0.1, 0.25);
	assert_float_equal(fit_call_cost(&fit), 50e-6, 1e-12);
	/* Least squares: the interval with more calls weighs more. */
	fit_add(&fit, 2000, 1, 1.2);
	assert_float_equal(fit_call_cost(&fit), 900.0 / 14000000, 1e-12);
}

static void
calls_never_give_cpu_back(void **state)
{
	CallCostFit fit = { 0 };

	(void) state;
	fit_add(&fit, 1000, 5, 0.1);
	assert_float_equal(fit_call_cost(&fit), 0, 0);
	fit_add(&fit, 0, 0, 0.1);
	assert_float_equal(fit_call_cost(&fit), 0, 0);
}

static void
old_intervals_are_forgotten(void **state)
{
	CallCostFit fit = { 0 };

	(void) state;
	for (int i = 0; i < 1000; i++)
		fit_add(&fit, 1000, 0, 0.1);
	assert_float_equal(fit_call_cost(&fit), 100e-6, 1e-12);
	for (int i = 0; i < FIT_INTERVALS; i++)
		fit_add(&fit, 1000, 0, 0.02);
	assert_float_equal(fit_call_cost(&fit), 20e-6, 1e-12);
}

static void
parts_are_never_more_than_the_whole(void **state)
{
	(void) state;
	assert_float_equal(statement_weight(0.5, 100, 1e-3), 0.6, 1e-12);
	assert_float_equal(statement_weight(-0.5, 100, 1e-3), 0.1, 1e-12);
	assert_float_equal(apportion_scale(2, 1), 0.5, 0);
	assert_float_equal(apportion_scale(0.5, 1), 1, 0);
	assert_float_equal(apportion_scale(0, 1), 0, 0);
	assert_float_equal(apportion_scale(1, 0), 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_cost_what_execution_does_not_explain),
		cmocka_unit_test(calls_never_give_cpu_back),
		cmocka_unit_test(old_intervals_are_forgotten),
		cmocka_unit_test(parts_are_never_more_than_the_whole),
	};

	return cmocka_run_group_tests_name("apportion", tests, NULL, NULL);
}
