/*-------------------------------------------------------------------------
 *
 * reasons.c
 *		The reasons of a verdict and of an advice, as codes and numbers.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/reasons.h"

#include <assert.h>
#include <math.h>

#define SECONDS_PER_DAY 86400.0
#define MIN_DAYS 7			 /* shorter spans may lack peaks of the week */
#define BUSY_SHARE 0.85		 /* of an instance's CPU: little is left */
#define MAX_PERCENT 1000	 /* more is no number to compare by */
#define MIN_TIMES_FACTOR 2.0 /* from here on, times instead of percent more */

/* Adds a reason; numbers that it does not have are 0. */
static void
add_reason(Reasons *reasons, ReasonCode code, const Option *option,
		   double first, double second, double third)
{
	assert(reasons->count < MAX_REASONS);
	reasons->list[reasons->count++] =
		(Reason){ code, option, { first, second, third } };
}

/* Adds a reason about a share of the known time, unless it is 0. */
static void
add_share(Reasons *reasons, ReasonCode code, double seconds,
		  const LoadSummary *summary)
{
	if (seconds > 0)
		add_reason(reasons, code, NULL, seconds / summary->known_seconds, 0, 0);
}

static void
add_lower_bound(Reasons *reasons, const LoadSummary *summary)
{
	add_share(reasons, REASON_SATURATED, summary->saturated_seconds, summary);
	add_share(reasons, REASON_MEMORY_UNKNOWN, summary->memory_unknown_seconds,
			  summary);
	add_share(reasons, REASON_MEMORY_AT_LEAST, summary->memory_at_least_seconds,
			  summary);
}

/* Throttling and a backlog differ: too little memory throttles, but nothing
 * waits. */
static void
add_throttled(Reasons *reasons, const Option *option)
{
	const Totals *totals = &option->totals;
	double share = totals->throttled_seconds / totals->known_seconds;
	double backlog = option->longest_backlog_seconds;

	if (totals->throttled_seconds == 0)
		add_reason(reasons, REASON_NEVER_THROTTLED, NULL, 0, 0, 0);
	else if (backlog > 0)
		add_reason(reasons, REASON_THROTTLED_WAITING, NULL, share, backlog, 0);
	else
		add_reason(reasons, REASON_THROTTLED, NULL, share, 0, 0);
}

void
reasons_of_verdict(Reasons *reasons, const Option *option,
				   const LoadSummary *summary, const Limits *limits)
{
	const Totals *totals = &option->totals;

	switch (option->verdict)
	{
		case TOO_LITTLE_MEMORY:
			add_reason(reasons, REASON_TOO_LITTLE_MEMORY, NULL,
					   summary->peak_memory, 0, 0);
			break;
		case TOO_FEW_CONNECTIONS:
			add_reason(reasons, REASON_TOO_FEW_CONNECTIONS, NULL,
					   summary->peak_connections, 0, 0);
			break;
		case THROTTLED_TOO_LONG:
			add_reason(reasons, REASON_THROTTLED_TOO_LONG, NULL,
					   totals->throttled_seconds / totals->known_seconds,
					   limits->throttled_share, 0);
			break;
		case BACKLOG_TOO_LONG:
			add_reason(reasons, REASON_BACKLOG_TOO_LONG, NULL,
					   option->longest_backlog_seconds, limits->backlog_seconds,
					   0);
			break;
		case SIZE_UNKNOWN:
			add_reason(reasons, REASON_SIZE_UNKNOWN, NULL, 0, 0, 0);
			break;
		case FEASIBLE:
			add_throttled(reasons, option);
	}
	if (option->burstable)
		add_reason(reasons, REASON_BURSTABLE, NULL, 0, 0, 0);
	if (!isnan(option->usd_per_month))
		return;
	add_reason(reasons,
			   isnan(option->usd_per_hour) ? REASON_PRICE_UNKNOWN
										   : REASON_STORAGE_PRICE_UNKNOWN,
			   NULL, 0, 0, 0);
}

static void
add_take(Reasons *reasons, const Option *choice)
{
	double usd = option_usd(choice);

	if (option_is_optimized(choice))
		add_reason(reasons, REASON_TAKE_OPTIMIZED, choice, usd,
				   choice->usd_per_month, 0);
	else if (choice->usd_per_month_low < choice->usd_per_month_high)
		add_reason(reasons, REASON_TAKE_BY_MODEL, choice, usd,
				   choice->usd_per_month_low, choice->usd_per_month_high);
	else
		add_reason(reasons, REASON_TAKE, choice, usd, 0, 0);
}

static void
add_choice(Reasons *reasons, const Option *choice, const Search *search)
{
	const Totals *totals = &choice->totals;
	const Model *model = &search->models[MODEL_LIKELY];
	double busy_share =
		(search->summary.peak_vcpu + model->background_vcpu) / choice->vcpu;

	add_take(reasons, choice);
	if (totals->acu_seconds > 0)
		add_reason(reasons,
				   choice->kind == KIND_SERVERLESS ? REASON_USE_OF_RANGE
												   : REASON_USE_OF_INSTANCE,
				   NULL, totals->acu_seconds / totals->known_seconds,
				   totals->used_seconds / totals->acu_seconds,
				   compute_delta(totals));
	add_throttled(reasons, choice);
	/* NAN, and so false, of a range. */
	if (busy_share > BUSY_SHARE)
		add_reason(reasons, REASON_BUSY, NULL, fmin(busy_share, 1), 0, 0);
	if (choice->min_acu == 0)
		add_reason(reasons, REASON_PAUSES, NULL, model->resume_seconds, 0, 0);
}

static void
add_other_options(Reasons *reasons, const Advice *advice, const Search *search)
{
	const Option *choice = advice->choice;
	const Option *second = advice->runner_up;
	const Option *miss = advice->near_miss;

	if (second == NULL)
		add_reason(reasons, REASON_NO_RUNNER_UP, NULL, 0, 0, 0);
	else
	{
		double usd = option_usd(second);
		double percent = 100 * (usd / option_usd(choice) - 1);

		add_reason(reasons,
				   percent < MAX_PERCENT ? REASON_RUNNER_UP
										 : REASON_RUNNER_UP_FAR,
				   second, usd, percent, 0);
		if (choice->usd_per_month_high > usd)
			add_reason(reasons, REASON_RUNNER_UP_MAY_BE_LESS, NULL, 0, 0, 0);
	}
	if (miss != NULL)
		add_reason(reasons, REASON_NEAR_MISS, miss, option_usd(miss),
				   miss->longest_backlog_seconds,
				   search->question->limits.backlog_seconds);
}

static void
add_break_point(Reasons *reasons, const BreakPoint *point)
{
	const Option *option = point->any_option ? &point->option : NULL;
	double factor = point->factor;
	double percent = 100 * fabs(factor - 1);

	if (isnan(factor))
		return;
	if (factor <= 1 / MIN_TIMES_FACTOR || factor >= MIN_TIMES_FACTOR)
		add_reason(reasons,
				   option ? REASON_TIMES_LOAD : REASON_TIMES_LOAD_NOTHING,
				   option, factor, 0, 0);
	else if (factor > 1)
		add_reason(reasons,
				   option ? REASON_MORE_LOAD : REASON_MORE_LOAD_NOTHING, option,
				   percent, 0, 0);
	else
		add_reason(reasons,
				   option ? REASON_LESS_LOAD : REASON_LESS_LOAD_NOTHING, option,
				   percent, 0, 0);
}

static void
add_break_points(Reasons *reasons, const Advice *advice)
{
	add_break_point(reasons, &advice->above);
	add_break_point(reasons, &advice->below);
	if (!isnan(advice->above.factor) || !isnan(advice->below.factor))
		return;
	if (advice->any_at_double)
		add_reason(reasons, REASON_ALWAYS_SERVERLESS, &advice->at_double, 0, 0,
				   0);
	else
		add_reason(reasons, REASON_ALWAYS_SAME, NULL, 0, 0, 0);
}

/* Adds the length of a span that is too short to know the peaks of a week. */
static void
add_short_span(Reasons *reasons, double seconds)
{
	if (seconds >= MIN_DAYS * SECONDS_PER_DAY)
		return;
	if (seconds >= SECONDS_PER_DAY)
		add_reason(reasons, REASON_FEW_DAYS, NULL, seconds / SECONDS_PER_DAY, 0,
				   0);
	else if (seconds >= SECONDS_PER_HOUR)
		add_reason(reasons, REASON_FEW_HOURS, NULL, seconds / SECONDS_PER_HOUR,
				   0, 0);
	else
		add_reason(reasons, REASON_FEW_SECONDS, NULL, seconds, 0, 0);
}

static bool
any_class_priced(const Search *search)
{
	for (int i = 0; i < search->class_count; i++)
		if (search->classes[i].kind != KIND_UNPRICED)
			return true;
	return false;
}

void
reasons_of_advice(Reasons *reasons, const Advice *advice, const Search *search)
{
	/* A lower bound comes first, as it makes all else uncertain. */
	add_lower_bound(reasons, &search->summary);
	if (!any_class_priced(search))
		add_reason(reasons, REASON_NO_CLASS_PRICED, NULL, 0, 0, 0);
	if (advice->choice == NULL)
		add_reason(reasons, REASON_NOTHING_SUFFICES, NULL, 0, 0, 0);
	else
	{
		add_choice(reasons, advice->choice, search);
		add_other_options(reasons, advice, search);
		add_break_points(reasons, advice);
	}
	add_short_span(reasons, search->summary.known_seconds);
}

void
reasons_of_assumptions(Reasons *reasons, const Search *search,
					   double cpu_factor)
{
	const Model *model = &search->models[MODEL_LIKELY];
	const Limits *limits = &search->question->limits;
	const LoadSummary *summary = &search->summary;

	add_reason(reasons, REASON_MODEL, NULL, model->acu_per_vcpu,
			   model->background_vcpu, model->headroom);
	if (cpu_factor != 1)
		add_reason(reasons, REASON_CPU_FACTOR, NULL, cpu_factor, 0, 0);
	add_reason(reasons, REASON_LIMITS, NULL, limits->throttled_share,
			   limits->backlog_seconds, 0);
	add_reason(reasons, REASON_PRICES, NULL, 0, 0, 0);
	add_lower_bound(reasons, summary);
	add_share(reasons, REASON_CONNECTIONS_UNKNOWN,
			  summary->connections_unknown_seconds, summary);
}
