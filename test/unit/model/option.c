/* Unit tests of src/model/option.c. */
#include "model/option.h"

#include "follow.h"
#include "market.h"
#include "near.h"

#define MONTH (HOURS_PER_MONTH * SECONDS_PER_HOUR)

/* A range that may be chosen. */
static Option
range(double min_acu, double max_acu, double usd)
{
	return (Option){ .kind = KIND_SERVERLESS,
					 .min_acu = min_acu,
					 .max_acu = max_acu,
					 .vcpu = NAN,
					 .memory_gib = NAN,
					 .usd_per_month = usd,
					 .usd_per_month_optimized = NAN };
}

static Option
priced_class(const char *name, OptionKind kind, double usd)
{
	Option option = market_class(name, kind, 2, 16, usd / HOURS_PER_MONTH);

	option.usd_per_month = usd;
	option.usd_per_month_optimized = NAN;
	return option;
}

static void
assert_before(Option first, Option second)
{
	assert_true(option_compare(&first, &second) < 0);
	assert_true(option_compare(&second, &first) > 0);
}

static void
every_kind_has_its_name(void **state)
{
	(void) state;
	assert_string_equal(option_kind_name(KIND_SERVERLESS), "serverless");
	assert_string_equal(option_kind_name(KIND_AURORA), "aurora");
	assert_string_equal(option_kind_name(KIND_RDS), "rds");
	assert_string_equal(option_kind_name(KIND_UNPRICED), "instance");
}

static void
only_what_is_feasible_lasting_and_priced_is_chosen(void **state)
{
	Option option = range(1, 2, 10);

	(void) state;
	assert_true(option_is_choice(&option));
	option.verdict = BACKLOG_TOO_LONG;
	assert_false(option_is_choice(&option));
	option = range(1, 2, NAN);
	assert_false(option_is_choice(&option));
	option = priced_class("db.t4g.medium", KIND_AURORA, 10);
	option.burstable = true;
	assert_false(option_is_choice(&option));
}

static void
the_cheaper_storage_counts(void **state)
{
	Option option = range(1, 2, 10);

	(void) state;
	assert_exact(option_usd(&option), 10);
	option.usd_per_month_optimized = 9;
	assert_true(option_is_optimized(&option));
	assert_exact(option_usd(&option), 9);
	option.usd_per_month_optimized = 11;
	assert_false(option_is_optimized(&option));
	assert_exact(option_usd(&option), 10);
	/* Without the price of Standard storage there is none. */
	option.usd_per_month = NAN;
	assert_unknown(option_usd(&option));
}

static void
the_way_is_the_class_and_not_the_range_or_the_deployment(void **state)
{
	Option a = range(1, 2, 10);
	Option b = range(8, 9, 20);
	Option aurora = priced_class("db.r6g.large", KIND_AURORA, 10);
	Option rds = priced_class("db.r6g.large", KIND_RDS, 10);
	Option other = priced_class("db.r7g.large", KIND_RDS, 10);
	Option multi = rds;

	(void) state;
	multi.deployment = "multi_az";
	assert_true(option_same_way(&a, &b));
	assert_true(option_same_way(&rds, &multi));
	assert_false(option_same_way(&a, &aurora));
	assert_false(option_same_way(&aurora, &a));
	assert_false(option_same_way(&aurora, &rds));
	assert_false(option_same_way(&rds, &other));
}

static void
the_cheapest_to_the_cent_comes_first(void **state)
{
	Option bad = range(1, 2, 1);

	(void) state;
	bad.verdict = THROTTLED_TOO_LONG;
	assert_before(range(1, 2, 10), range(1, 2, 11));
	assert_before(range(1, 2, 10), range(1, 2, NAN));
	assert_before(range(1, 2, 10), bad);
	/* For the same money: what grows further, then what starts lower. */
	assert_before(range(1, 4, 10.001), range(1, 3, 10));
	assert_before(range(0.5, 4, 10.001), range(1, 4, 10));
	/* An instance before a range, then by name. */
	assert_before(priced_class("db.r6g.large", KIND_AURORA, 10),
				  range(1, 4, 10));
	assert_before(priced_class("db.r6g.large", KIND_AURORA, 10),
				  priced_class("db.r7g.large", KIND_AURORA, 10));
}

static void
a_class_costs_its_hours_and_its_storage(void **state)
{
	Market *market = market_open();
	Storage storage = { .gib = 100, .million_requests = 10 };
	Option aurora = market_class("db.r6g.large", KIND_AURORA, 2, 16, 1);
	Option rds = market_class("db.r6g.large", KIND_RDS, 2, 16, 1);

	(void) state;
	aurora.usd_per_hour_optimized = 2;
	option_price_class(&aurora, &market->prices, &storage);
	assert_near(aurora.usd_per_month, 730 + 10 + 2, 1e-9);
	assert_near(aurora.usd_per_month_optimized, 1460 + 22.5, 1e-9);
	assert_exact(aurora.usd_per_month_low, aurora.usd_per_month);
	assert_exact(aurora.usd_per_month_high, aurora.usd_per_month);
	assert_unknown(aurora.usd_per_month_reserved);
	option_price_class(&rds, &market->prices, &storage);
	assert_near(rds.usd_per_month, 730 + 11.5, 1e-9);
	free(market);
}

static void
a_range_costs_its_capacity_and_its_storage(void **state)
{
	Market *market = market_open();
	const Model *model = &market->search.models[MODEL_LIKELY];
	Load load = cpu_load(MONTH, 0.1);
	LoadSummary summary;
	Scaler scaler;
	Option option;

	(void) state;
	market->question.storage = (Storage){ .gib = 100, .million_requests = 10 };
	summary_make(&summary, &load, 1, model);
	scaler_init(&scaler, model, 8, 8, 300);
	follow(&scaler, &load, 1, 0);
	option_from_range(&option, &scaler, &summary, &market->prices,
					  &market->question);
	assert_int_equal(option.kind, KIND_SERVERLESS);
	assert_int_equal(option.verdict, FEASIBLE);
	assert_near(option.usd_per_month, 8 * 0.12 * 730 + 12, 1e-6);
	assert_near(option.usd_per_month_optimized, 8 * 0.16 * 730 + 22.5, 1e-6);
	assert_exact(option.usd_per_month_low, option.usd_per_month);
	assert_unknown(option.vcpu);

	/* The other models price feasible ranges only. */
	scaler_init(&scaler, model, 0.5, 0.5, 300);
	load.vcpu_used = 1;
	follow(&scaler, &load, 1, 0);
	option_from_range(&option, &scaler, &summary, &market->prices,
					  &market->question);
	assert_int_equal(option.verdict, THROTTLED_TOO_LONG);
	assert_unknown(option.usd_per_month_low);
	assert_unknown(option.usd_per_month_high);
	free(market);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_name),
		cmocka_unit_test(only_what_is_feasible_lasting_and_priced_is_chosen),
		cmocka_unit_test(the_cheaper_storage_counts),
		cmocka_unit_test(
			the_way_is_the_class_and_not_the_range_or_the_deployment),
		cmocka_unit_test(the_cheapest_to_the_cent_comes_first),
		cmocka_unit_test(a_class_costs_its_hours_and_its_storage),
		cmocka_unit_test(a_range_costs_its_capacity_and_its_storage),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
