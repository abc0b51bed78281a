/* Laws that hold for every history: of scalers, instances and bills. */
#include "model/bill.h"
#include "model/cost.h"
#include "model/load_summary.h"

#include "follow.h"
#include "histories.h"
#include "near.h"

#include <string.h>

#define HISTORIES 500
#define LOADS 200
#define MAX_SECONDS_OF_LOAD 3600.0
#define HOUR 3600.0
#define PARTS 40
/* Rounding, in shares of the known seconds. */
#define ROUNDING 1e-9
/* How late an event may be found, also in shares. */
#define LATE 1e-4

static History history;

static Scaler
followed(const History *history)
{
	Scaler scaler;

	scaler_init(&scaler, &history->model, history->min_acu, history->max_acu,
				history->pause_after);
	follow(&scaler, history->loads, history->count, history->floor_acu);
	return scaler;
}

static void
assert_totals(const Totals *totals, double most_acu)
{
	double known = totals->known_seconds;
	double rounding = ROUNDING * known;
	double delta = compute_delta(totals);

	assert_true(isfinite(known) && isfinite(totals->acu_seconds) &&
				isfinite(totals->used_seconds));
	assert_true(totals->used_seconds >= 0);
	assert_true(totals->used_seconds <=
				totals->acu_seconds * (1 + ROUNDING) + rounding);
	assert_true(totals->acu_seconds <= most_acu * (known + LATE * known));
	assert_true(totals->backlog_seconds >= 0);
	assert_true(totals->backlog_seconds <=
				totals->throttled_seconds + rounding);
	assert_true(totals->throttled_seconds + totals->paused_seconds <=
				known + rounding);
	assert_true(totals->paused_seconds >= 0);
	assert_true(totals->acu_seconds == 0 || (delta >= 0 && delta <= 1));
}

static double
seconds_of(const History *history)
{
	double seconds = 0;

	for (int i = 0; i < history->count; i++)
		seconds += history->loads[i].seconds;
	return seconds;
}

static void
histories_are_what_imports_take(void **state)
{
	int paused = 0;
	int waiting = 0;

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Scaler scaler;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		for (int j = 0; j < history.count; j++)
			assert_null(load_invalid_column(&history.loads[j]));
		scaler = followed(&history);
		paused += scaler.totals.paused_seconds > 0;
		waiting += scaler.totals.backlog_seconds > 0;
	}
	/* And they show what there is to show. */
	assert_in_range(paused, HISTORIES / 10, HISTORIES);
	assert_in_range(waiting, HISTORIES / 2, HISTORIES);
}

static void
totals_are_of_the_time_that_is_known(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Scaler scaler;
		Instance instance;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		scaler = followed(&history);
		assert_totals(&scaler.totals, history.max_acu);
		assert_near(scaler.totals.known_seconds, seconds_of(&history),
					ROUNDING * seconds_of(&history));
		assert_true(scaler.longest_backlog_seconds <=
					scaler.totals.backlog_seconds * (1 + ROUNDING));

		instance_init(&instance, history.max_acu / 4, history.max_acu * 2,
					  &history.model);
		follow_instance(&instance, history.loads, history.count,
						&history.model);
		assert_totals(&instance.totals, instance.capacity);
		assert_near(instance.totals.known_seconds, seconds_of(&history),
					ROUNDING * seconds_of(&history));
	}
}

static void
capacity_is_within_its_range_or_paused(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		double least;
		Segment segment;
		Scaler scaler;
		TargetCurve curve;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		least = fmax(0.5, history.min_acu);
		scaler_init(&scaler, &history.model, history.min_acu, history.max_acu,
					history.pause_after);
		curve_begin(&curve, history.loads, history.count, &history.model,
					history.floor_acu);
		while (curve_next(&curve, &segment, 1))
		{
			scaler_run(&scaler, &segment, 1);
			assert_true(scaler.capacity <= history.max_acu);
			if (scaler.paused || scaler.resumes_in > 0)
			{
				assert_exact(scaler.capacity, 0);
				assert_exact(history.min_acu, 0);
			}
			else
				assert_true(scaler.capacity >= least);
			assert_true(scaler.backlog >= 0);
			assert_true(scaler.tokens >= 0);
		}
		assert_true(scaler.peak_acu <= history.max_acu);
	}
}

static void
a_constant_demand_converges(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Scaler scaler;
		Load load;
		Demand demand;
		double target;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		scaler = followed(&history);
		load = cpu_load(24 * HOUR, random_magnitude(&history, 0.01, 20));
		demand_of(&demand, &load, &history.model, 0);
		target = fmin(history.max_acu,
					  fmax(fmax(0.5, history.min_acu), demand.target));
		scaler.backlog = fmin(scaler.backlog, 100);
		for (int day = 0; day < 2; day++)
		{
			Segment segment;
			TargetCurve curve;

			curve_begin(&curve, &load, 1, &history.model, 0);
			assert_int_equal(curve_next(&curve, &segment, 1), 1);
			segment.after_gap = false;
			scaler_run(&scaler, &segment, 1);
			assert_exact(scaler.capacity, target);
		}
	}
}

/* The ACU-seconds of a load that rises linearly from one demand to another. */
static double
ramp_acu_seconds(const Model *model, double from, double to, double min_acu,
				 double max_acu)
{
	static Load loads[24];
	Scaler scaler;

	for (int i = 0; i < 24; i++)
		loads[i] = cpu_load(600, from + (to - from) * i / 23);
	scaler_init(&scaler, model, min_acu, max_acu, 300);
	follow(&scaler, loads, 24, 0);
	return scaler.totals.acu_seconds;
}

/* Each step of demand by itself; i: constant demands, or ramps, with small or
 * large steps between them. */
static double
worst_saving(int i)
{
	double worst = 0;
	double from;
	double to;
	double before;

	make_history(&history, i, 1, MAX_SECONDS_OF_LOAD);
	from = random_magnitude(&history, 0.01, 20);
	to = i % 2 ? from : from * random_between(&history, 1, 5);
	before = ramp_acu_seconds(&history.model, from, to, history.min_acu,
							  history.max_acu);
	for (int j = 0; j < 40; j++)
	{
		double more = random_between(&history, 1, i % 4 < 2 ? 1.02 : 1.3);
		double bought;

		from *= more;
		to *= more;
		bought = ramp_acu_seconds(&history.model, from, to, history.min_acu,
								  history.max_acu);
		worst = fmax(worst, 1 - bought / before);
		before = bought;
	}
	return worst;
}

/* Up to 0.1 %: after a backlog, capacity may grow a step further and stay there
 * for a cool-down. */
static void
more_work_never_costs_less(void **state)
{
	double worst = 0;

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
		worst = fmax(worst, worst_saving(i));
	print_message("# more work costs less by at most %.3f %%\n", 100 * worst);
	assert_true(worst <= 1e-3);
}

/* Every interval in two, at a random point. */
static void
split(const History *whole, History *parts, double *splits)
{
	static Load loads[MAX_LOADS];

	for (int i = 0; i < whole->count; i++)
	{
		Load *first = &loads[2 * i];

		first[0] = first[1] = whole->loads[i];
		first[0].seconds *= splits[i];
		first[1].seconds -= first[0].seconds;
		first[1].gap_seconds = 0;
	}
	*parts = *whole;
	parts->count = 2 * whole->count;
	memcpy(parts->loads, loads, sizeof(loads));
}

static void
splitting_intervals_changes_nothing(void **state)
{
	static History parts;
	double splits[LOADS];
	double worst = 0;

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Scaler whole;
		Scaler halves;
		const Totals *a = &whole.totals;
		const Totals *b = &halves.totals;
		double known;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		for (int j = 0; j < LOADS; j++)
			splits[j] = random_between(&history, 0.01, 0.99);
		split(&history, &parts, splits);
		whole = followed(&history);
		halves = followed(&parts);
		known = a->known_seconds;
		worst = fmax(worst, fabs(b->acu_seconds - a->acu_seconds) /
								(known + a->acu_seconds));
		worst = fmax(worst, fabs(b->used_seconds - a->used_seconds) /
								(known + a->used_seconds));
		worst = fmax(worst,
					 fabs(b->throttled_seconds - a->throttled_seconds) / known);
		worst =
			fmax(worst, fabs(b->backlog_seconds - a->backlog_seconds) / known);
		worst =
			fmax(worst, fabs(b->paused_seconds - a->paused_seconds) / known);
		worst = fmax(worst, fabs(halves.longest_backlog_seconds -
								 whole.longest_backlog_seconds) /
								known);
	}
	print_message("# splitting changes at most %.6f %%\n", 100 * worst);
	assert_true(worst <= LATE);
}

static void
the_bill_is_the_sum_of_its_parts(void **state)
{
	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		double parts[PARTS] = { 0 };
		int64_t nano[PARTS];
		int64_t sum = 0;
		double usd = 0;
		double total = 0;
		BillRemainder remainders[PARTS];
		double scale;

		make_history(&history, i, 1, MAX_SECONDS_OF_LOAD);
		scale = random_magnitude(&history, 1e-9, 1e6);
		for (int window = 0; window < 20; window++)
		{
			BillWindow it = { .idle_usd = random_between(&history, 0, scale) };
			BillEntry entries[30];

			for (int j = 0; j <= DRIVER_FLOOR; j++)
				usd += it.usd[j] = random_between(&history, 0, scale);
			usd += it.idle_usd;
			it.cpu_seconds = random_between(&history, 0, 100);
			it.background_cpu_seconds = random_between(&history, 0, 5);
			for (int j = 0; j < 30; j++)
				entries[j] =
					(BillEntry){ BILL_QUERIES + random_bits(&history) %
													(PARTS - BILL_QUERIES),
								 random_between(&history, 0, 8),
								 floor(random_between(&history, 0, 1e6)) };
			bill_window(&it, entries, random_bits(&history) % 31, parts);
		}
		for (int j = 0; j < PARTS; j++)
			total += parts[j];
		assert_near(total, usd, 1e-12 * usd);
		assert_true(bill_round(parts, PARTS, nano, remainders));
		for (int j = 0; j < PARTS; j++)
		{
			sum += nano[j];
			assert_true(nano[j] >= 0);
			/* A double of so much money has no more digits. */
			assert_near(nano[j], parts[j] * 1e9, 1 + total * 1e9 * 1e-15);
		}
		assert_int_equal(sum, llround(total * 1e9));
	}
}

/* The summary's seconds are the scaler's, and its ranges are ranges. */
static void
surveys_are_of_the_same_load(void **state)
{
	const Limits limits = { 0.001, 60 };

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		double numbers[64];
		double seconds = 0;
		LoadSummary summary;
		double least;
		int count;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		summary_make(&summary, history.loads, history.count, &history.model);
		for (int j = 0; j < LEVELS; j++)
			seconds += summary.need_seconds[j];
		assert_near(seconds, seconds_of(&history), ROUNDING * seconds);
		assert_near(summary.known_seconds, seconds, ROUNDING * seconds);
		least = summary_smallest_max(&summary, &limits);
		assert_true(least >= 1);
		count = summary_minima(&summary, 0, numbers, 64);
		for (int j = 0; j < count; j++)
		{
			assert_exact(numbers[j], round_up_acu(numbers[j]));
			assert_true(j == 0 || numbers[j] > numbers[j - 1]);
		}
		count = summary_maxima(&summary, least, numbers[count / 2], 256,
							   numbers, 64);
		for (int j = 0; j < count; j++)
		{
			assert_exact(numbers[j], round_up_acu(numbers[j]));
			assert_true(numbers[j] >= 1 && numbers[j] <= 256);
			assert_true(j == 0 || numbers[j] > numbers[j - 1]);
		}
		assert_true(numbers[count - 1] >= fmin(least, 256));
	}
}

/* Every maximum below the smallest one throttles for too long. */
static void
no_feasible_range_is_left_out(void **state)
{
	const Limits limits = { 0.001, 60 };
	int feasible = 0;

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		LoadSummary summary;
		Scaler scaler;
		Verdict verdict;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		summary_make(&summary, history.loads, history.count, &history.model);
		scaler = followed(&history);
		verdict = summary_judge(
			&summary, &scaler.totals, scaler.longest_backlog_seconds,
			history.max_acu,
			acu_max_connections(history.min_acu, history.max_acu), &limits);
		if (verdict != FEASIBLE)
			continue;
		feasible++;
		assert_true(history.max_acu >= 1 || history.max_acu == history.min_acu);
		assert_true(fmax(1, history.max_acu) >=
					summary_smallest_max(&summary, &limits));
	}
	assert_true(feasible > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(histories_are_what_imports_take),
		cmocka_unit_test(totals_are_of_the_time_that_is_known),
		cmocka_unit_test(capacity_is_within_its_range_or_paused),
		cmocka_unit_test(a_constant_demand_converges),
		cmocka_unit_test(more_work_never_costs_less),
		cmocka_unit_test(splitting_intervals_changes_nothing),
		cmocka_unit_test(the_bill_is_the_sum_of_its_parts),
		cmocka_unit_test(surveys_are_of_the_same_load),
		cmocka_unit_test(no_feasible_range_is_left_out),
	};

	return cmocka_run_group_tests_name("properties", tests, NULL, NULL);
}
