/* Unit tests of src/model/reasons.c. */
#include "model/reasons.h"

#include "follow.h"
#include "market.h"
#include "near.h"

/* The place of a reason in a list; fails the test when it is not there. */
static const Reason *
find_reason(const Reasons *reasons, ReasonCode code)
{
	for (int i = 0; i < reasons->count; i++)
		if (reasons->list[i].code == code)
			return &reasons->list[i];
	fail_msg("reason %d is not there", code);
	return NULL;
}

static bool
has_reason(const Reasons *reasons, ReasonCode code)
{
	for (int i = 0; i < reasons->count; i++)
		if (reasons->list[i].code == code)
			return true;
	return false;
}

static Reasons
verdict_of(const Option *option)
{
	const LoadSummary summary = { .known_seconds = 1000,
								  .peak_memory = 4.5,
								  .peak_connections = 123 };
	Reasons reasons = { 0 };

	reasons_of_verdict(&reasons, option, &summary, &(Limits){ 0.01, 60 });
	return reasons;
}

static void
a_verdict_has_its_numbers(void **state)
{
	Option option = { .totals = { .known_seconds = 1000,
								  .throttled_seconds = 250 },
					  .longest_backlog_seconds = 70 };
	Reasons reasons;

	(void) state;
	option.verdict = TOO_LITTLE_MEMORY;
	reasons = verdict_of(&option);
	assert_int_equal(reasons.count, 1);
	assert_exact(find_reason(&reasons, REASON_TOO_LITTLE_MEMORY)->numbers[0],
				 4.5);
	option.verdict = TOO_FEW_CONNECTIONS;
	reasons = verdict_of(&option);
	assert_exact(find_reason(&reasons, REASON_TOO_FEW_CONNECTIONS)->numbers[0],
				 123);
	option.verdict = THROTTLED_TOO_LONG;
	reasons = verdict_of(&option);
	assert_exact(find_reason(&reasons, REASON_THROTTLED_TOO_LONG)->numbers[0],
				 0.25);
	assert_exact(find_reason(&reasons, REASON_THROTTLED_TOO_LONG)->numbers[1],
				 0.01);
	option.verdict = BACKLOG_TOO_LONG;
	reasons = verdict_of(&option);
	assert_exact(find_reason(&reasons, REASON_BACKLOG_TOO_LONG)->numbers[0],
				 70);
	assert_exact(find_reason(&reasons, REASON_BACKLOG_TOO_LONG)->numbers[1],
				 60);
	option.verdict = SIZE_UNKNOWN;
	reasons = verdict_of(&option);
	find_reason(&reasons, REASON_SIZE_UNKNOWN);
}

static void
a_feasible_option_is_throttled_or_waits_or_neither(void **state)
{
	Option option = { .totals = { .known_seconds = 1000 } };
	Reasons reasons = verdict_of(&option);

	(void) state;
	find_reason(&reasons, REASON_NEVER_THROTTLED);
	option.totals.throttled_seconds = 5;
	reasons = verdict_of(&option);
	assert_exact(find_reason(&reasons, REASON_THROTTLED)->numbers[0], 0.005);
	option.longest_backlog_seconds = 3;
	reasons = verdict_of(&option);
	assert_exact(find_reason(&reasons, REASON_THROTTLED_WAITING)->numbers[0],
				 0.005);
	assert_exact(find_reason(&reasons, REASON_THROTTLED_WAITING)->numbers[1],
				 3);
}

static void
unknown_prices_and_credits_are_said_as_well(void **state)
{
	Option option = { .burstable = true, .usd_per_month = NAN };
	Reasons reasons = verdict_of(&option);

	(void) state;
	assert_int_equal(reasons.count, 3);
	find_reason(&reasons, REASON_BURSTABLE);
	/* The hours have a price: the storage has none. */
	find_reason(&reasons, REASON_STORAGE_PRICE_UNKNOWN);
	option.usd_per_hour = NAN;
	reasons = verdict_of(&option);
	find_reason(&reasons, REASON_PRICE_UNKNOWN);
	assert_false(has_reason(&reasons, REASON_STORAGE_PRICE_UNKNOWN));
}

/* An advice to take a class for 100 USD a month, with a runner-up. */
static Advice
advice_to_take(Option *choice, Option *second)
{
	*choice = market_class("db.r6g.large", KIND_AURORA, 2, 16, 1);
	choice->usd_per_month = choice->usd_per_month_low =
		choice->usd_per_month_high = 100;
	choice->usd_per_month_optimized = NAN;
	choice->totals = (Totals){ .known_seconds = 1000,
							   .acu_seconds = 8000,
							   .used_seconds = 2000 };
	*second = *choice;
	second->usd_per_month = 150;
	return (Advice){ .choice = choice,
					 .runner_up = second,
					 .above = { .factor = NAN },
					 .below = { .factor = NAN } };
}

static Reasons
reasons_for(const Advice *advice, double known_seconds, double peak_vcpu)
{
	Market *market = market_open();
	Reasons reasons = { 0 };

	market->search.summary =
		(LoadSummary){ .known_seconds = known_seconds, .peak_vcpu = peak_vcpu };
	reasons_of_advice(&reasons, advice, &market->search);
	free(market);
	return reasons;
}

static void
an_advice_says_price_use_and_runner_up(void **state)
{
	Option choice;
	Option second;
	Advice advice = advice_to_take(&choice, &second);
	Reasons reasons = reasons_for(&advice, 1e6, 1);
	const Reason *use;

	(void) state;
	assert_exact(find_reason(&reasons, REASON_TAKE)->numbers[0], 100);
	use = find_reason(&reasons, REASON_USE_OF_INSTANCE);
	assert_exact(use->numbers[0], 8);
	assert_exact(use->numbers[1], 0.25);
	assert_exact(use->numbers[2], 0.75);
	find_reason(&reasons, REASON_NEVER_THROTTLED);
	assert_exact(find_reason(&reasons, REASON_RUNNER_UP)->numbers[0], 150);
	assert_near(find_reason(&reasons, REASON_RUNNER_UP)->numbers[1], 50, 1e-9);
	find_reason(&reasons, REASON_ALWAYS_SAME);
	assert_int_equal(reasons.count, 5);

	/* Too far away to compare, unless its price is uncertain. */
	second.usd_per_month = 1200;
	reasons = reasons_for(&advice, 1e6, 1);
	find_reason(&reasons, REASON_RUNNER_UP_FAR);
	second.usd_per_month = 110;
	choice.usd_per_month_high = 120;
	reasons = reasons_for(&advice, 1e6, 1);
	find_reason(&reasons, REASON_RUNNER_UP_MAY_BE_LESS);
	assert_exact(find_reason(&reasons, REASON_TAKE_BY_MODEL)->numbers[2], 120);
	choice.usd_per_month_optimized = 90;
	advice.runner_up = NULL;
	reasons = reasons_for(&advice, 1e6, 1);
	assert_exact(find_reason(&reasons, REASON_TAKE_OPTIMIZED)->numbers[0], 90);
	assert_exact(find_reason(&reasons, REASON_TAKE_OPTIMIZED)->numbers[1], 100);
	find_reason(&reasons, REASON_NO_RUNNER_UP);
}

static void
cautions_are_for_busy_instances_and_for_pauses(void **state)
{
	Option choice;
	Option second;
	Advice advice = advice_to_take(&choice, &second);
	Reasons reasons = reasons_for(&advice, 1e6, 1.8);

	(void) state;
	assert_near(find_reason(&reasons, REASON_BUSY)->numbers[0], 0.9, 1e-9);
	reasons = reasons_for(&advice, 1e6, 1.6);
	assert_false(has_reason(&reasons, REASON_BUSY));
	assert_false(has_reason(&reasons, REASON_PAUSES));
	choice.kind = KIND_SERVERLESS;
	choice.min_acu = 0;
	choice.vcpu = NAN;
	reasons = reasons_for(&advice, 1e6, 1.8);
	find_reason(&reasons, REASON_PAUSES);
	find_reason(&reasons, REASON_USE_OF_RANGE);
	assert_false(has_reason(&reasons, REASON_BUSY));
}

static void
break_points_are_percentages_or_multiples(void **state)
{
	Option choice;
	Option second;
	Advice advice = advice_to_take(&choice, &second);
	Reasons reasons;

	(void) state;
	advice.above = (BreakPoint){ .factor = 1.5, .any_option = true };
	advice.below = (BreakPoint){ .factor = 0.8 };
	reasons = reasons_for(&advice, 1e6, 1);
	assert_near(find_reason(&reasons, REASON_MORE_LOAD)->numbers[0], 50, 1e-9);
	assert_ptr_equal(find_reason(&reasons, REASON_MORE_LOAD)->option,
					 &advice.above.option);
	assert_near(find_reason(&reasons, REASON_LESS_LOAD_NOTHING)->numbers[0], 20,
				1e-9);
	assert_false(has_reason(&reasons, REASON_ALWAYS_SAME));
	advice.above = (BreakPoint){ .factor = 4 };
	advice.below = (BreakPoint){ .factor = 0.25, .any_option = true };
	reasons = reasons_for(&advice, 1e6, 1);
	assert_exact(find_reason(&reasons, REASON_TIMES_LOAD_NOTHING)->numbers[0],
				 4);
	assert_exact(find_reason(&reasons, REASON_TIMES_LOAD)->numbers[0], 0.25);
	advice.above.factor = advice.below.factor = NAN;
	advice.any_at_double = true;
	reasons = reasons_for(&advice, 1e6, 1);
	find_reason(&reasons, REASON_ALWAYS_SERVERLESS);
}

static void
a_short_span_is_said_and_a_week_is_not(void **state)
{
	Advice advice = { .choice = NULL };
	Reasons reasons = reasons_for(&advice, 600, 1);

	(void) state;
	find_reason(&reasons, REASON_NOTHING_SUFFICES);
	assert_exact(find_reason(&reasons, REASON_FEW_SECONDS)->numbers[0], 600);
	reasons = reasons_for(&advice, 7200, 1);
	assert_exact(find_reason(&reasons, REASON_FEW_HOURS)->numbers[0], 2);
	reasons = reasons_for(&advice, 2 * 86400, 1);
	assert_exact(find_reason(&reasons, REASON_FEW_DAYS)->numbers[0], 2);
	reasons = reasons_for(&advice, 7 * 86400, 1);
	assert_int_equal(reasons.count, 1);
}

static void
a_lower_bound_comes_first(void **state)
{
	Market *market = market_open();
	Advice advice = { .choice = NULL };
	Reasons reasons = { 0 };

	(void) state;
	market->search.summary =
		(LoadSummary){ .known_seconds = 1e6,
					   .saturated_seconds = 1e5,
					   .memory_unknown_seconds = 2e5,
					   .memory_at_least_seconds = 3e5,
					   .connections_unknown_seconds = 4e5 };
	for (int i = 0; i < MARKET_CLASSES; i++)
		market->classes[i].kind = KIND_UNPRICED;
	reasons_of_advice(&reasons, &advice, &market->search);
	assert_int_equal(reasons.list[0].code, REASON_SATURATED);
	assert_near(reasons.list[0].numbers[0], 0.1, 1e-9);
	assert_int_equal(reasons.list[1].code, REASON_MEMORY_UNKNOWN);
	assert_int_equal(reasons.list[2].code, REASON_MEMORY_AT_LEAST);
	assert_int_equal(reasons.list[3].code, REASON_NO_CLASS_PRICED);

	reasons = (Reasons){ 0 };
	reasons_of_assumptions(&reasons, &market->search, 0.5);
	assert_exact(find_reason(&reasons, REASON_CPU_FACTOR)->numbers[0], 0.5);
	assert_exact(find_reason(&reasons, REASON_MODEL)->numbers[0], 4);
	assert_exact(find_reason(&reasons, REASON_LIMITS)->numbers[1], 60);
	assert_near(find_reason(&reasons, REASON_CONNECTIONS_UNKNOWN)->numbers[0],
				0.4, 1e-9);
	reasons = (Reasons){ 0 };
	reasons_of_assumptions(&reasons, &market->search, 1);
	assert_false(has_reason(&reasons, REASON_CPU_FACTOR));
	free(market);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_has_its_numbers),
		cmocka_unit_test(a_feasible_option_is_throttled_or_waits_or_neither),
		cmocka_unit_test(unknown_prices_and_credits_are_said_as_well),
		cmocka_unit_test(an_advice_says_price_use_and_runner_up),
		cmocka_unit_test(cautions_are_for_busy_instances_and_for_pauses),
		cmocka_unit_test(break_points_are_percentages_or_multiples),
		cmocka_unit_test(a_short_span_is_said_and_a_week_is_not),
		cmocka_unit_test(a_lower_bound_comes_first),
	};

	return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
