/*-------------------------------------------------------------------------
 *
 * search.c
 *		The search for the options of a load that are worth trying.
 *
 * Owns no data; the Search is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/search.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void
search_begin(Search *search)
{
	for (int i = 0; i < search->class_count; i++)
		option_price_class(&search->classes[i], search->prices,
						   &search->question->storage);
	qsort(search->classes, search->class_count, sizeof(Option),
		  option_compare_price);
}

/*
 * Fills search->scalers with all ranges worth trying, by the likely model;
 * returns how many.  Every minimum runs without a limit first: the capacity
 * that it reaches is the largest maximum worth trying, and with that it would
 * have done the same.  The others are subject to the bounds.
 */
static int
try_ranges(Search *search, const Load *loads, int count, const Bounds *bounds)
{
	const LoadSummary *summary = &search->summary;
	const Question *question = search->question;
	const Model *model = &search->models[MODEL_LIKELY];
	const Bounds all = bounds_none(question, search->prices);
	Scaler *scalers = search->scalers;
	double smallest = fmax(summary_smallest_max(summary, &question->limits),
						   round_up_acu(question->floor_acu));
	double minima[MINIMA_TRIED];
	int minimum_count =
		summary_minima(summary, question->floor_acu, minima, MINIMA_TRIED);
	int range_count = minimum_count;

	for (int i = 0; i < minimum_count; i++)
		scaler_init(&scalers[i], model, minima[i], MAX_ACU,
					question->pause_after);
	bounds_run(&all, model, loads, count, scalers, minimum_count,
			   &search->space);
	for (int i = 0; i < minimum_count; i++)
	{
		double maxima[MAXIMA_TRIED];
		int maximum_count =
			summary_maxima(summary, smallest, minima[i], scalers[i].peak_acu,
						   maxima, MAXIMA_TRIED);

		scalers[i].max_acu = maxima[maximum_count - 1];
		for (int j = 0; j < maximum_count - 1; j++)
			scaler_init(&scalers[range_count++], model, minima[i], maxima[j],
						question->pause_after);
	}
	assert(range_count <= RANGES_TRIED);
	return minimum_count +
		   bounds_run(bounds, model, loads, count, scalers + minimum_count,
					  range_count - minimum_count, &search->space);
}

static bool
has_same_size(const Option *a, const Option *b)
{
	return a->vcpu == b->vcpu && a->memory_gib == b->memory_gib;
}

/* Judges a class by the outcome of an instance of its size. */
static void
judge_class(const Search *search, const LoadSummary *summary, Option *option,
			const Totals *totals, double longest_backlog_seconds)
{
	option->totals = *totals;
	option->longest_backlog_seconds = longest_backlog_seconds;
	option->verdict =
		summary_judge(summary, totals, longest_backlog_seconds,
					  option->memory_gib / GIB_PER_ACU,
					  instance_max_connections(option->memory_gib),
					  &search->question->limits);
}

static void
judge_unknown_size(const LoadSummary *summary, Option *option)
{
	option->totals = (Totals){ .known_seconds = summary->known_seconds,
							   .acu_seconds = NAN,
							   .throttled_seconds = NAN };
	option->longest_backlog_seconds = NAN;
	option->verdict = SIZE_UNKNOWN;
}

/* Lets instances follow the loads at the same time, block by block; those with
 * 0 vCPU are left out. */
static void
run_instances(Search *search, const Load *loads, int count)
{
	const Model *model = &search->models[MODEL_LIKELY];

	for (int start = 0; start < count; start += SEARCH_BLOCK)
	{
		int made = count - start < SEARCH_BLOCK ? count - start : SEARCH_BLOCK;

		search->space.check_interrupts();
		for (int i = 0; i < made; i++)
		{
			Demand demand;

			demand_of(&demand, &loads[start + i], model, 0);
			search->needs[i] = demand.need;
		}
		for (int i = 0; i < search->class_count; i++)
			if (search->instances[i].vcpu > 0)
				instance_run(&search->instances[i], loads + start,
							 search->needs, made, model->background_vcpu);
	}
}

/* Makes the first options: all classes, in the order of search->classes.  One
 * instance runs for all classes of the same size. */
static void
try_classes(Search *search, const Load *loads, int count)
{
	Option *options = search->options;

	memcpy(options, search->classes, search->class_count * sizeof(Option));
	search->option_count = search->class_count;
	for (int i = 0; i < search->class_count; i++)
	{
		int first = 0;

		while (first < i && !has_same_size(&options[first], &options[i]))
			first++;
		search->instances[i] = (Instance){ 0 };
		if (first == i && !isnan(options[i].vcpu))
			instance_init(&search->instances[i], options[i].vcpu,
						  options[i].memory_gib, &search->models[MODEL_LIKELY]);
	}
	run_instances(search, loads, count);
	for (int i = 0; i < search->class_count; i++)
	{
		const Instance *instance;
		int first = 0;

		if (isnan(options[i].vcpu))
		{
			judge_unknown_size(&search->summary, &options[i]);
			continue;
		}
		while (!has_same_size(&options[first], &options[i]))
			first++;
		instance = &search->instances[first];
		judge_class(search, &search->summary, &options[i], &instance->totals,
					instance->longest_backlog_seconds);
	}
}

/* Appends the ranges that so many scalers followed to the options. */
static void
add_ranges(Search *search, int scaler_count)
{
	for (int i = 0; i < scaler_count; i++)
		option_from_range(&search->options[search->option_count++],
						  &search->scalers[i], &search->summary, search->prices,
						  search->question);
}

/* Extends the costs of the feasible ranges by those of another model. */
static void
price_ranges(Search *search, const Load *loads, int count,
			 Likelihood likelihood, Option *options, int option_count)
{
	const Question *question = search->question;
	const Bounds all = bounds_none(question, search->prices);
	int scaler_count = 0;

	for (int i = 0; i < option_count; i++)
		if (options[i].kind == KIND_SERVERLESS &&
			options[i].verdict == FEASIBLE)
			scaler_init(&search->scalers[scaler_count++],
						&search->models[likelihood], options[i].min_acu,
						options[i].max_acu, question->pause_after);
	bounds_run(&all, &search->models[likelihood], loads, count, search->scalers,
			   scaler_count, &search->space);
	scaler_count = 0;
	for (int i = 0; i < option_count; i++)
	{
		Option *option = &options[i];
		const Totals *totals;
		double usd;

		if (option->kind != KIND_SERVERLESS || option->verdict != FEASIBLE)
			continue;
		totals = &search->scalers[scaler_count++].totals;
		usd = range_usd(totals->acu_seconds, totals->known_seconds,
						search->prices, &question->storage);
		option->usd_per_month_low = fmin(option->usd_per_month_low, usd);
		option->usd_per_month_high = fmax(option->usd_per_month_high, usd);
	}
}

void
search_all(Search *search, const Load *loads, int count)
{
	const Bounds all = bounds_none(search->question, search->prices);

	summary_make(&search->summary, loads, count, &search->models[MODEL_LIKELY]);
	try_classes(search, loads, count);
	add_ranges(search, try_ranges(search, loads, count, &all));
	price_ranges(search, loads, count, MODEL_LOW, search->options,
				 search->option_count);
	price_ranges(search, loads, count, MODEL_HIGH, search->options,
				 search->option_count);
	qsort(search->options, search->option_count, sizeof(Option),
		  option_compare);
}

/* USD a month of the second size that would do, by price; INFINITY when there
 * is none. */
static double
second_size_usd(const Option *options, int count)
{
	const Option *first = NULL;

	for (int i = 0; i < count; i++)
	{
		if (!option_is_choice(&options[i]))
			continue;
		if (first == NULL)
			first = &options[i];
		else if (!has_same_size(first, &options[i]))
			return option_usd(&options[i]);
	}
	return INFINITY;
}

void
search_contenders(Search *search, const Load *loads, int count)
{
	Bounds bounds;

	summary_make(&search->summary, loads, count, &search->models[MODEL_LIKELY]);
	try_classes(search, loads, count);
	bounds = bounds_of_feasible(
		search->question, search->prices, &search->summary,
		second_size_usd(search->options, search->option_count));
	bounds.backlog_seconds = INFINITY;
	add_ranges(search, try_ranges(search, loads, count, &bounds));
	qsort(search->options, search->option_count, sizeof(Option),
		  option_compare);
}

void
search_price_models(Search *search, const Load *loads, int count,
					Option *option)
{
	price_ranges(search, loads, count, MODEL_LOW, option, 1);
	price_ranges(search, loads, count, MODEL_HIGH, option, 1);
}

/* Judges a class by itself, up to where it turns out not to be feasible. */
static bool
class_is_feasible(Search *search, const Load *loads, int count,
				  const LoadSummary *summary, Option *option)
{
	const Model *model = &search->models[MODEL_LIKELY];
	Bounds bounds =
		bounds_of_feasible(search->question, search->prices, summary, INFINITY);
	Instance instance;

	/* Nothing but the need changes with time. */
	judge_class(search, summary, option, &(Totals){ 0 }, 0);
	if (option->verdict != FEASIBLE)
		return false;
	/* The used capacity is of no interest here. */
	memset(search->needs, 0, sizeof(search->needs));
	instance_init(&instance, option->vcpu, option->memory_gib, model);
	for (int start = 0; start < count; start += SEARCH_BLOCK)
	{
		int made = count - start < SEARCH_BLOCK ? count - start : SEARCH_BLOCK;

		search->space.check_interrupts();
		instance_run(&instance, loads + start, search->needs, made,
					 model->background_vcpu);
		if (instance.totals.throttled_seconds > bounds.throttled_seconds ||
			instance.longest_backlog_seconds > bounds.backlog_seconds)
			return false;
	}
	judge_class(search, summary, option, &instance.totals,
				instance.longest_backlog_seconds);
	return option->verdict == FEASIBLE;
}

/* The cheapest class that may be chosen; false when there is none. */
static bool
cheapest_class(Search *search, const Load *loads, int count,
			   const LoadSummary *summary, Option *cheapest)
{
	const Option *classes = search->classes;

	for (int i = 0; i < search->class_count; i++)
	{
		int same = 0;

		if (classes[i].burstable || isnan(classes[i].usd_per_month) ||
			isnan(classes[i].vcpu))
			continue;
		/* A cheaper one of the same size was not feasible. */
		while (same < i && (classes[same].burstable ||
							!has_same_size(&classes[same], &classes[i])))
			same++;
		if (same < i)
			continue;
		*cheapest = classes[i];
		if (class_is_feasible(search, loads, count, summary, cheapest))
			return true;
	}
	return false;
}

/* The number of minima, of count ascending ones and at least 1, that do not
 * cost more by themselves than an option of so many USD a month. */
static int
affordable_minima(const Search *search, const double *minima, int count,
				  double usd)
{
	double price = fmin(search->prices->usd_per_acu_hour,
						search->prices->usd_per_acu_hour_optimized);

	while (count > 1 && minima[count - 1] * price * HOURS_PER_MONTH > usd)
		count--;
	return count;
}

/*
 * Fills search->scalers with the feasible ranges that cost no more than so many
 * USD a month, of each minimum those with the smallest and the largest maximum;
 * returns how many.  Between the two the price hardly changes.
 */
static int
try_cheap_ranges(Search *search, const Load *loads, int count,
				 const LoadSummary *summary, double usd)
{
	const Question *question = search->question;
	const Model *model = &search->models[MODEL_LIKELY];
	Scaler *scalers = search->scalers;
	Bounds bounds =
		bounds_of_feasible(search->question, search->prices, summary, usd);
	double smallest = fmax(summary_smallest_max(summary, &question->limits),
						   round_up_acu(question->floor_acu));
	double minima[MINIMA_TRIED];
	int minimum_count = affordable_minima(
		search, minima,
		summary_minima(summary, question->floor_acu, minima, MINIMA_TRIED),
		usd);
	int scaler_count = 0;
	int kept = 0;

	for (int i = 0; i < minimum_count; i++)
	{
		scaler_init(&scalers[scaler_count++], model, minima[i], MAX_ACU,
					question->pause_after);
		if (smallest >= fmax(minima[i], MIN_MAX_ACU) && smallest < MAX_ACU)
			scaler_init(&scalers[scaler_count++], model, minima[i], smallest,
						question->pause_after);
	}
	scaler_count = bounds_run(&bounds, model, loads, count, scalers,
							  scaler_count, &search->space);
	for (int i = 0; i < scaler_count; i++)
	{
		Scaler *scaler = &scalers[i];

		/* Without a limit, the maximum is what it reached. */
		if (scaler->max_acu == MAX_ACU)
			scaler->max_acu =
				fmin(MAX_ACU,
					 fmax(fmax(smallest, fmax(scaler->min_acu, MIN_MAX_ACU)),
						  round_up_acu(scaler->peak_acu)));
		else if (kept > 0 && scalers[kept - 1].min_acu == scaler->min_acu &&
				 scalers[kept - 1].max_acu == scaler->max_acu)
			continue; /* the same range again */
		scalers[kept++] = *scaler;
	}
	return kept;
}

/* The cheapest range that may be chosen and costs less than an option (NULL:
 * whatever it costs); false when there is none. */
static bool
cheaper_range(Search *search, const Load *loads, int count,
			  const LoadSummary *summary, const Option *than, Option *cheapest)
{
	int range_count = try_cheap_ranges(search, loads, count, summary,
									   than ? option_usd(than) : INFINITY);
	bool found = false;

	for (int i = 0; i < range_count; i++)
	{
		Option range;

		option_from_range(&range, &search->scalers[i], summary, search->prices,
						  search->question);
		if (!option_is_choice(&range) ||
			(than != NULL && option_compare_price(&range, than) >= 0))
			continue;
		*cheapest = range;
		than = cheapest;
		found = true;
	}
	return found;
}

bool
search_choice(Search *search, const Load *loads, int count, Option *choice)
{
	LoadSummary summary;
	Option range;
	bool found;

	summary_make(&summary, loads, count, &search->models[MODEL_LIKELY]);
	found = cheapest_class(search, loads, count, &summary, choice);
	if (cheaper_range(search, loads, count, &summary, found ? choice : NULL,
					  &range))
	{
		*choice = range;
		found = true;
	}
	return found;
}

bool
search_keeps_way(Search *search, const Load *loads, int count,
				 const Option *option)
{
	bool is_range = option->kind == KIND_SERVERLESS;
	LoadSummary summary;
	Option class;
	Option range;
	bool has_class;

	summary_make(&summary, loads, count, &search->models[MODEL_LIKELY]);
	has_class = cheapest_class(search, loads, count, &summary, &class);
	if (!is_range && !(has_class && option_same_way(option, &class)))
		return false;
	return cheaper_range(search, loads, count, &summary,
						 has_class ? &class : NULL, &range) == is_range;
}
