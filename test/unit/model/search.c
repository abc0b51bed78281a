/* Unit tests of src/model/search.c: the quick searches find what a search of
 * everything finds, whatever the history. */
#include "model/search.h"

#include "histories.h"
#include "market.h"
#include "near.h"

#include <string.h>

#define HISTORIES 300
#define LOADS 120
#define MAX_SECONDS_OF_LOAD 900.0

static History history;

/* A market with limits, prices and storage of any kind. */
static Market *
random_market(History *history)
{
	Market *market = market_open();
	Question *question = &market->question;

	question->limits.throttled_share =
		random_chance(history, 0.5) ? 0.001 : random_between(history, 0, 0.3);
	question->limits.backlog_seconds =
		random_chance(history, 0.5) ? 60 : random_between(history, 0, 2000);
	question->pause_after = history->pause_after;
	question->floor_acu = history->floor_acu;
	if (random_chance(history, 0.3))
		question->storage = (Storage){ random_between(history, 0, 500),
									   random_between(history, 0, 3000) };
	market->prices.usd_per_acu_hour *= random_between(history, 0.1, 2);
	if (random_chance(history, 0.2))
		market->prices.usd_per_acu_hour = NAN;
	for (int i = 0; i < MARKET_CLASSES; i++)
		if (!isnan(market->classes[i].vcpu) && random_chance(history, 0.2))
			market->classes[i].vcpu = 64;
	search_begin(&market->search);
	return market;
}

/* The range as option, with an unlimited maximum when max_acu is 256. */
static Option
try_range(const Search *search, const LoadSummary *summary, const Load *loads,
		  int count, double min_acu, double max_acu, double *peak_acu)
{
	const Question *question = search->question;
	const Model *model = &search->models[MODEL_LIKELY];
	Segment segments[16];
	TargetCurve curve;
	Scaler scaler;
	Option option;
	int made;

	scaler_init(&scaler, model, min_acu, max_acu, question->pause_after);
	curve_begin(&curve, loads, count, model, question->floor_acu);
	while ((made = curve_next(&curve, segments, 16)) > 0)
		scaler_run(&scaler, segments, made);
	if (peak_acu != NULL)
		*peak_acu = scaler.peak_acu;
	option_from_range(&option, &scaler, summary, search->prices, question);
	return option;
}

/* The choice by brute force: every class as a search of everything judges it,
 * and of every minimum the smallest and the largest maximum. */
static bool
brute_force(Search *search, const Load *loads, int count, Option *choice)
{
	double smallest;
	double minima[MINIMA_TRIED];
	int minimum_count;
	bool found = false;

	search_all(search, loads, count);
	for (int i = 0; i < search->option_count; i++)
		if (search->options[i].kind != KIND_SERVERLESS &&
			option_is_choice(&search->options[i]) && !found)
		{
			*choice = search->options[i];
			found = true;
		}
	smallest =
		fmax(summary_smallest_max(&search->summary, &search->question->limits),
			 round_up_acu(search->question->floor_acu));
	minimum_count = summary_minima(
		&search->summary, search->question->floor_acu, minima, MINIMA_TRIED);
	for (int i = 0; i < minimum_count; i++)
	{
		double maxima[MAXIMA_TRIED];
		double peak_acu;
		int maximum_count;

		try_range(search, &search->summary, loads, count, minima[i], MAX_ACU,
				  &peak_acu);
		maximum_count = summary_maxima(&search->summary, smallest, minima[i],
									   peak_acu, maxima, MAXIMA_TRIED);
		for (int j = 0; j < maximum_count; j++)
		{
			Option range;

			if (j < maximum_count - 1 && maxima[j] != smallest)
				continue;
			range = try_range(search, &search->summary, loads, count, minima[i],
							  maxima[j], NULL);
			if (!option_is_choice(&range) ||
				(found && option_compare_price(&range, choice) >= 0))
				continue;
			*choice = range;
			found = true;
		}
	}
	return found;
}

static void
the_choice_is_what_brute_force_finds(void **state)
{
	int none = 0;
	int serverless = 0;

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Market *market;
		Option expected;
		Option choice;
		bool any;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		market = random_market(&history);
		any = brute_force(&market->search, history.loads, LOADS, &expected);
		assert_int_equal(
			search_choice(&market->search, history.loads, LOADS, &choice), any);
		none += !any;
		if (any)
		{
			serverless += expected.kind == KIND_SERVERLESS;
			assert_int_equal(choice.kind, expected.kind);
			assert_true(option_same_way(&choice, &expected));
			assert_int_equal(option_compare_price(&choice, &expected), 0);
			assert_near(option_usd(&choice), option_usd(&expected), 0.005);
		}
		/* Some of the options, of any way. */
		for (int j = 0; j < market->search.option_count; j += 37)
		{
			Option *option = &market->search.options[j];

			assert_int_equal(
				search_keeps_way(&market->search, history.loads, LOADS, option),
				any && option_same_way(option, &expected));
		}
		free(market);
	}
	/* Histories of every kind were among them. */
	assert_in_range(none, 1, HISTORIES / 2);
	assert_in_range(serverless, HISTORIES / 10, HISTORIES * 9 / 10);
}

/* The place of an option among others, or -1. */
static int
find_option(const Option *options, int count, const Option *option)
{
	for (int i = 0; i < count; i++)
		if (option_same_way(&options[i], option) &&
			option_compare_price(&options[i], option) == 0)
			return i;
	return -1;
}

/* A range that search_contenders() leaves out is not feasible for more reasons
 * than its backlog, or dearer than two instances that are. */
static void
the_contenders_lack_nothing_that_counts(void **state)
{
	static Option all[MARKET_CLASSES + RANGES_TRIED];

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Market *market;
		Search *search;
		int count;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		market = random_market(&history);
		search = &market->search;
		search_all(search, history.loads, LOADS);
		count = search->option_count;
		memcpy(all, search->options, count * sizeof(Option));
		search_contenders(search, history.loads, LOADS);
		assert_true(search->option_count <= count);
		for (int j = 0; j < count; j++)
		{
			int cheaper = 0;

			if (find_option(search->options, search->option_count, &all[j]) >=
				0)
				continue;
			for (int k = 0; k < j; k++)
				cheaper += all[k].kind != KIND_SERVERLESS &&
						   option_is_choice(&all[k]) &&
						   option_usd(&all[k]) < option_usd(&all[j]);
			assert_int_equal(all[j].kind, KIND_SERVERLESS);
			assert_true((all[j].verdict != FEASIBLE &&
						 all[j].verdict != BACKLOG_TOO_LONG) ||
						cheaper >= 2);
		}
		for (int j = 1; j < search->option_count; j++)
			assert_true(option_compare(&search->options[j - 1],
									   &search->options[j]) <= 0);
		free(market);
	}
}

static void
classes_of_one_size_have_one_outcome(void **state)
{
	Market *market = market_open();
	Search *search = &market->search;
	const Totals *first = NULL;
	int of_that_size = 0;

	(void) state;
	make_history(&history, 1, LOADS, MAX_SECONDS_OF_LOAD);
	search_all(search, history.loads, LOADS);
	for (int i = 0; i < search->option_count; i++)
	{
		const Option *option = &search->options[i];

		if (option->kind == KIND_SERVERLESS)
			continue;
		if (isnan(option->vcpu))
			assert_int_equal(option->verdict, SIZE_UNKNOWN);
		if (option->vcpu != 4 || option->memory_gib != 32)
			continue;
		of_that_size++;
		if (first == NULL)
			first = &option->totals;
		assert_memory_equal(first, &option->totals, sizeof(Totals));
	}
	assert_int_equal(of_that_size, 2);
	free(market);
}

static void
the_three_models_bound_the_costs(void **state)
{
	Market *market = market_open();
	Search *search = &market->search;
	int wider = 0;

	(void) state;
	make_history(&history, 3, LOADS, MAX_SECONDS_OF_LOAD);
	market->question.limits = (Limits){ 1, 1e9 };
	search_all(search, history.loads, LOADS);
	for (int i = 0; i < search->option_count; i++)
	{
		Option option = search->options[i];

		if (option.kind != KIND_SERVERLESS || option.verdict != FEASIBLE)
			continue;
		assert_true(option.usd_per_month_low <= option.usd_per_month);
		assert_true(option.usd_per_month_high >= option.usd_per_month);
		wider += option.usd_per_month_low < option.usd_per_month_high;
	}
	assert_in_range(wider, 1, search->option_count);
	free(market);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_choice_is_what_brute_force_finds),
		cmocka_unit_test(the_contenders_lack_nothing_that_counts),
		cmocka_unit_test(classes_of_one_size_have_one_outcome),
		cmocka_unit_test(the_three_models_bound_the_costs),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
