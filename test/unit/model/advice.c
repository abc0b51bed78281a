/* Unit tests of src/model/advice.c. */
#include "model/advice.h"

#include "histories.h"
#include "market.h"
#include "near.h"

#include <string.h>

#define HISTORIES 100
#define LOADS 120
#define MAX_SECONDS_OF_LOAD 900.0

static Option
a_range(double min_acu, double usd, Verdict verdict, double backlog)
{
	return (Option){ .kind = KIND_SERVERLESS,
					 .min_acu = min_acu,
					 .max_acu = 8,
					 .vcpu = NAN,
					 .memory_gib = NAN,
					 .usd_per_month = usd,
					 .usd_per_month_optimized = NAN,
					 .longest_backlog_seconds = backlog,
					 .verdict = verdict };
}

static Option
a_class(const char *name, double vcpu, double usd)
{
	Option option = market_class(name, KIND_AURORA, vcpu, 8 * vcpu, NAN);

	option.usd_per_month = usd;
	option.usd_per_month_optimized = NAN;
	return option;
}

static void
the_choice_is_the_first_that_may_be_chosen(void **state)
{
	Option options[] = { a_range(1, 10, FEASIBLE, 0) };

	(void) state;
	assert_ptr_equal(advice_choice(options, 1), options);
	assert_null(advice_choice(options, 0));
	options[0].verdict = THROTTLED_TOO_LONG;
	assert_null(advice_choice(options, 1));
}

static void
the_runner_up_is_of_another_kind_or_size(void **state)
{
	const Option options[] = {
		a_class("db.r6g.large", 2, 10), a_class("db.r6g.large", 2, 11),
		a_class("db.r7g.large", 2, 12), a_class("db.r6g.xlarge", 4, 20),
		a_range(1, 30, FEASIBLE, 0),
	};
	const Option ranges[] = { a_range(1, 10, FEASIBLE, 0),
							  a_range(2, 11, FEASIBLE, 0),
							  a_class("db.r6g.large", 2, 12) };

	(void) state;
	assert_ptr_equal(advice_runner_up(options, 5), &options[3]);
	/* Another generation only if there is nothing else. */
	assert_ptr_equal(advice_runner_up(options, 3), &options[2]);
	assert_null(advice_runner_up(options, 2));
	assert_ptr_equal(advice_runner_up(ranges, 3), &ranges[2]);
	assert_null(advice_runner_up(ranges, 2));
}

static void
a_near_miss_is_cheaper_and_waits_the_least(void **state)
{
	const Option options[] = {
		a_range(4, 100, FEASIBLE, 0),
		a_range(1, 50, THROTTLED_TOO_LONG, 0),
		a_range(1, 80, BACKLOG_TOO_LONG, 500),
		a_range(2, 80.5, BACKLOG_TOO_LONG, 300),
		a_range(3, 85, BACKLOG_TOO_LONG, 100),
	};
	const Option dear[] = { a_range(4, 100, FEASIBLE, 0),
							a_range(3, 96, BACKLOG_TOO_LONG, 100) };

	(void) state;
	assert_ptr_equal(advice_near_miss(options, 5), &options[3]);
	assert_ptr_equal(advice_near_miss(options, 3), &options[2]);
	assert_null(advice_near_miss(options, 2));
	/* Less than 5 % is not worth a word. */
	assert_null(advice_near_miss(dear, 2));
}

/* The choice at a factor, as search_choice() finds it. */
static bool
choice_at(Search *search, const History *history, double factor, Option *choice)
{
	static Load scaled[MAX_LOADS];

	for (int i = 0; i < history->count; i++)
	{
		scaled[i] = history->loads[i];
		scaled[i].vcpu_used *= factor;
		scaled[i].connections *= factor;
	}
	return search_choice(search, scaled, history->count, choice);
}

/* Checks a break point: beyond it the choice is another, and just before it,
 * and at every octave up to it, the same. */
static void
assert_break_point(Search *search, const History *history, const Option *choice,
				   const BreakPoint *point, double step)
{
	double before = step > 1 ? point->factor / 1.03 : point->factor * 1.03;
	Option other;

	for (double factor = step; factor <= MAX_FACTOR && factor >= 1 / MAX_FACTOR;
		 factor *= step)
	{
		if (step > 1 ? factor >= point->factor : factor <= point->factor)
			break;
		assert_true(choice_at(search, history, factor, &other));
		assert_true(option_same_way(choice, &other));
	}
	if (isnan(point->factor))
		return;
	assert_int_equal(choice_at(search, history, point->factor, &other),
					 point->any_option);
	if (point->any_option)
	{
		assert_false(option_same_way(choice, &other));
		assert_int_equal(option_compare(&other, &point->option), 0);
	}
	if (step > 1 ? before <= 1 : before >= 1)
		return;
	assert_true(choice_at(search, history, before, &other));
	assert_true(option_same_way(choice, &other));
}

static void
break_points_are_where_the_choice_changes(void **state)
{
	static History history;
	static Load scaled[MAX_LOADS];
	int above = 0;
	int below = 0;
	int nothing = 0;
	int always = 0;

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Market *market = market_open();
		Advice advice;
		Option choice;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		if (i % 3 == 0)
			market->prices.usd_per_acu_hour *= 0.05;
		advice_make(&advice, &market->search, history.loads, scaled, LOADS);
		if (advice.choice == NULL)
			nothing++;
		else
		{
			choice = *advice.choice;
			assert_break_point(&market->search, &history, &choice,
							   &advice.above, 2);
			assert_break_point(&market->search, &history, &choice,
							   &advice.below, 0.5);
			above += !isnan(advice.above.factor);
			below += !isnan(advice.below.factor);
			always += advice.any_at_double;
			if (advice.any_at_double)
				assert_int_equal(advice.at_double.kind, KIND_SERVERLESS);
		}
		free(market);
	}
	assert_in_range(above, HISTORIES / 10, HISTORIES);
	assert_in_range(below, HISTORIES / 10, HISTORIES);
	assert_in_range(nothing, 1, HISTORIES);
	assert_in_range(always, 1, HISTORIES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_choice_is_the_first_that_may_be_chosen),
		cmocka_unit_test(the_runner_up_is_of_another_kind_or_size),
		cmocka_unit_test(a_near_miss_is_cheaper_and_waits_the_least),
		cmocka_unit_test(break_points_are_where_the_choice_changes),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
