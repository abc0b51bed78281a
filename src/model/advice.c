/*-------------------------------------------------------------------------
 *
 * advice.c
 *		The option to take for a load, the next best ones, and the factors of
 *		the load at which another option becomes the choice.
 *
 * Owns no data; Advice and Search are the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/advice.h"

#include <assert.h>
#include <math.h>

/* Break points are searched for in octaves, then bisected to 3 %. */
#define FACTOR_STEP 2.0
#define FACTOR_PRECISION 1.03

/* Costs within 1 % count as equal; an alternative is mentioned from 5 % saving
 * on. */
#define EQUAL_COST 1.01
#define WORTHWHILE_SAVING 1.05

/* A load that is tried at several factors. */
typedef struct Trial
{
	Search *search;
	const Load *loads;
	Load *scaled; /* work space */
	int count;
} Trial;

Option *
advice_choice(Option *options, int count)
{
	if (count == 0 || !option_is_choice(&options[0]))
		return NULL;
	return &options[0];
}

const Option *
advice_runner_up(const Option *options, int count)
{
	const Option *choice = &options[0];
	const Option *other_generation = NULL;

	for (int i = 1; i < count; i++)
	{
		const Option *other = &options[i];

		if (!option_is_choice(other) || option_same_way(choice, other))
			continue;
		if (other->vcpu != choice->vcpu ||
			other->memory_gib != choice->memory_gib)
			return other;
		if (other_generation == NULL)
			other_generation = other;
	}
	return other_generation;
}

const Option *
advice_near_miss(const Option *options, int count)
{
	double max_usd = option_usd(&options[0]) / WORTHWHILE_SAVING;
	const Option *found = NULL;

	for (int i = 1; i < count; i++)
	{
		const Option *other = &options[i];

		if (other->verdict != BACKLOG_TOO_LONG ||
			other->kind != KIND_SERVERLESS || !(option_usd(other) < max_usd))
			continue;
		/* The first one is the cheapest. */
		if (found == NULL)
			max_usd = fmin(max_usd, option_usd(other) * EQUAL_COST);
		if (found == NULL ||
			other->longest_backlog_seconds < found->longest_backlog_seconds)
			found = other;
	}
	return found;
}

/* The load with its CPU and connections multiplied by a factor. */
static const Load *
scale_loads(const Trial *trial, double factor)
{
	for (int i = 0; i < trial->count; i++)
	{
		trial->scaled[i] = trial->loads[i];
		trial->scaled[i].vcpu_used *= factor;
		trial->scaled[i].connections *= factor;
	}
	return trial->scaled;
}

static bool
keeps_way(const Trial *trial, const Option *choice, double factor)
{
	return search_keeps_way(trial->search, scale_loads(trial, factor),
							trial->count, choice);
}

static bool
choice_at(const Trial *trial, double factor, Option *choice)
{
	return search_choice(trial->search, scale_loads(trial, factor),
						 trial->count, choice);
}

/* Finds the first factor at which the choice is of another way, going by
 * octaves: step is FACTOR_STEP or its reciprocal. */
static void
find_break_point(const Trial *trial, const Option *choice, double step,
				 BreakPoint *point)
{
	double same = 1;
	double other = step;

	point->factor = NAN;
	point->any_option = false;
	while (other <= MAX_FACTOR && other >= 1 / MAX_FACTOR &&
		   keeps_way(trial, choice, other))
	{
		same = other;
		other *= step;
	}
	if (other > MAX_FACTOR || other < 1 / MAX_FACTOR)
		return;
	while (fmax(same / other, other / same) > FACTOR_PRECISION)
	{
		double middle = sqrt(same * other);

		if (keeps_way(trial, choice, middle))
			same = middle;
		else
			other = middle;
	}
	point->factor = other;
	point->any_option = choice_at(trial, other, &point->option);
	assert(!point->any_option || !option_same_way(choice, &point->option));
}

void
advice_make(Advice *advice, Search *search, const Load *loads, Load *scaled,
			int count)
{
	const Trial trial = { search, loads, scaled, count };
	Option *options = search->options;

	*advice =
		(Advice){ .above = { .factor = NAN }, .below = { .factor = NAN } };
	search_contenders(search, loads, count);
	advice->choice = advice_choice(options, search->option_count);
	if (advice->choice == NULL)
		return;
	search_price_models(search, loads, count, advice->choice);
	advice->runner_up = advice_runner_up(options, search->option_count);
	advice->near_miss = advice_near_miss(options, search->option_count);
	find_break_point(&trial, advice->choice, FACTOR_STEP, &advice->above);
	find_break_point(&trial, advice->choice, 1 / FACTOR_STEP, &advice->below);
	if (isnan(advice->above.factor) && isnan(advice->below.factor) &&
		advice->choice->kind == KIND_SERVERLESS)
		advice->any_at_double = choice_at(&trial, 2, &advice->at_double);
}
