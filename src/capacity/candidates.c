/*-------------------------------------------------------------------------
 *
 * candidates.c
 *		Every way to run a load that is worth a look: ranges and classes.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capacity/candidates.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include <math.h>

static void
try_serverless(Candidates *candidates, const Load *loads, Effort effort);
static void try_model(Candidates *candidates, const Load *loads,
					  Likelihood likelihood, Scaler *scalers, int first);
static int make_scalers(Candidates *candidates, const Load *loads,
						Effort effort, Scaler *scalers);
static int
cheap_minima(const Candidates *candidates, const double *minima, int count);
static Candidate *add(Candidates *candidates);
static void take_outcome(const Candidates *candidates, Candidate *candidate,
						 const Scaler *scaler);
static double
serverless_month(const Candidates *candidates, const Totals *totals);
static void try_instances(Candidates *candidates, const Load *loads);
static void
take_unknown_size(const Candidates *candidates, Candidate *candidate);
static void price_instance(const Candidates *candidates, Candidate *candidate);
static int cheapest_first(const void *a, const void *b);
static int compare_numbers(double a, double b);

void
candidates_try(Candidates *candidates, const Load *loads, Effort effort)
{
	int kept = 0;

	/* Instances stay; ranges depend on the load. */
	for (int i = 0; i < candidates->count; i++)
		if (candidates->list[i].kind != KIND_SERVERLESS)
			candidates->list[kept++] = candidates->list[i];
	candidates->count = kept;
	summary_make(&candidates->summary, loads, candidates->history->count,
				 &candidates->models[MODEL_LIKELY]);
	try_instances(candidates, loads);
	try_serverless(candidates, loads, effort);
	qsort(candidates->list, candidates->count, sizeof(Candidate),
		  cheapest_first);
}

static void
try_serverless(Candidates *candidates, const Load *loads, Effort effort)
{
	Scaler *scalers =
		palloc(MINIMA_TRIED * (MAXIMA_TRIED + 1) * sizeof(Scaler));
	int first = candidates->count;
	int count = make_scalers(candidates, loads, effort, scalers);

	for (int i = 0; i < count; i++)
		take_outcome(candidates, add(candidates), &scalers[i]);
	if (effort == EFFORT_ALL)
	{
		try_model(candidates, loads, MODEL_LOW, scalers, first);
		try_model(candidates, loads, MODEL_HIGH, scalers, first);
	}
	pfree(scalers);
}

/* What the other models make of those that the likely one has feasible. */
static void
try_model(Candidates *candidates, const Load *loads, Likelihood likelihood,
		  Scaler *scalers, int first)
{
	const Question *question = candidates->question;
	const Model *model = &candidates->models[likelihood];
	int count = 0;

	for (int i = first; i < candidates->count; i++)
		if (candidates->list[i].verdict == FEASIBLE)
			scaler_init(&scalers[count++], model, candidates->list[i].min_acu,
						candidates->list[i].max_acu, question->pause_after);
	scale_loads(loads, candidates->history->count, model, question->floor_acu,
				scalers, count);
	count = 0;
	for (int i = first; i < candidates->count; i++)
	{
		Candidate *candidate = &candidates->list[i];
		double usd;

		if (candidate->verdict != FEASIBLE)
			continue;
		usd = serverless_month(candidates, &scalers[count++].totals);
		candidate->usd_per_month_low = fmin(candidate->usd_per_month_low, usd);
		candidate->usd_per_month_high =
			fmax(candidate->usd_per_month_high, usd);
	}
}

/*
 * Every minimum runs without a maximum first.  What it reaches is the largest
 * maximum that is worth a try, and with that it would have done the same.
 */
static int
make_scalers(Candidates *candidates, const Load *loads, Effort effort,
			 Scaler *scalers)
{
	const LoadSummary *summary = &candidates->summary;
	const Model *model = &candidates->models[MODEL_LIKELY];
	double pause_after = candidates->question->pause_after;
	double floor = candidates->question->floor_acu;
	double least =
		fmax(summary_smallest_max(summary, &candidates->question->limits),
			 round_up_acu(floor));
	double minima[MINIMA_TRIED];
	int lowest = summary_minima(summary, floor, minima, MINIMA_TRIED);
	int count;

	if (effort == EFFORT_CHOICE)
		lowest = cheap_minima(candidates, minima, lowest);
	count = lowest;
	for (int i = 0; i < lowest; i++)
		scaler_init(&scalers[i], model, minima[i], MAX_ACU, pause_after);
	scale_loads(loads, candidates->history->count, model, floor, scalers,
				lowest);
	for (int i = 0; i < lowest; i++)
	{
		double maxima[MAXIMA_TRIED];
		int most = summary_maxima(summary, least, minima[i],
								  scalers[i].peak_acu, maxima, MAXIMA_TRIED);

		scalers[i].max_acu = maxima[most - 1];
		/* Below the least nothing is feasible; above, the price hardly
		 * changes. */
		for (int j = 0; j < most - 1; j++)
			if (effort == EFFORT_ALL || maxima[j] == least)
				scaler_init(&scalers[count++], model, minima[i], maxima[j],
							pause_after);
	}
	scale_loads(loads, candidates->history->count, model, floor,
				scalers + lowest, count - lowest);
	return count;
}

/* How many minima do not cost more by themselves than an instance that does. */
static int
cheap_minima(const Candidates *candidates, const double *minima, int count)
{
	double price = fmin(candidates->acu_price, candidates->acu_price_optimized);
	double cheapest = INFINITY;

	for (int i = 0; i < candidates->count; i++)
		if (candidate_is_choice(&candidates->list[i]))
			cheapest = fmin(cheapest, candidate_usd(&candidates->list[i]));
	while (count > 1 && minima[count - 1] * price * HOURS_PER_MONTH > cheapest)
		count--;
	return count;
}

static Candidate *
add(Candidates *candidates)
{
	if (candidates->count == candidates->room)
	{
		candidates->room *= 2;
		candidates->list =
			repalloc(candidates->list, candidates->room * sizeof(Candidate));
	}
	memset(&candidates->list[candidates->count], 0, sizeof(Candidate));
	return &candidates->list[candidates->count++];
}

static void
take_outcome(const Candidates *candidates, Candidate *candidate,
			 const Scaler *scaler)
{
	double known = scaler->totals.known_seconds;
	const Storage *storage = &candidates->question->storage;

	candidate->kind = KIND_SERVERLESS;
	candidate->min_acu = scaler->min_acu;
	candidate->max_acu = scaler->max_acu;
	candidate->vcpu = candidate->memory_gib = NAN;
	candidate->usd_per_hour = candidates->acu_price;
	candidate->usd_per_hour_optimized = candidates->acu_price_optimized;
	candidate->usd_per_hour_reserved = NAN;
	candidate->totals = scaler->totals;
	candidate->longest_backlog_seconds = scaler->longest_backlog_seconds;
	candidate->usd_per_month = serverless_month(candidates, &scaler->totals);
	candidate->usd_per_month_optimized =
		usd_per_month(acu_usd(scaler->totals.acu_seconds,
							  candidates->acu_price_optimized),
					  known) +
		storage_usd(storage, &candidates->storage_optimized);
	candidate->usd_per_month_reserved = NAN;
	candidate->verdict = summary_judge(
		&candidates->summary, &scaler->totals, scaler->longest_backlog_seconds,
		scaler->max_acu, acu_max_connections(scaler->min_acu, scaler->max_acu),
		&candidates->question->limits);
	candidate->usd_per_month_low = candidate->usd_per_month_high =
		candidate->verdict == FEASIBLE ? candidate->usd_per_month : NAN;
}

static double
serverless_month(const Candidates *candidates, const Totals *totals)
{
	return usd_per_month(acu_usd(totals->acu_seconds, candidates->acu_price),
						 totals->known_seconds) +
		   storage_usd(&candidates->question->storage,
					   &candidates->storage_standard);
}

/* Classes of the same size do the same. */
static void
try_instances(Candidates *candidates, const Load *loads)
{
	const Model *model = &candidates->models[MODEL_LIKELY];
	int count = candidates->history->count;
	double *needs = make_needs(loads, count, model, 0);
	const Candidate *before = NULL;

	for (int i = 0; i < candidates->count; i++)
	{
		Candidate *candidate = &candidates->list[i];
		Instance instance;

		CHECK_FOR_INTERRUPTS();
		price_instance(candidates, candidate);
		if (isnan(candidate->vcpu))
		{
			take_unknown_size(candidates, candidate);
			continue;
		}
		for (int j = 0; j < i && before == NULL; j++)
			if (candidates->list[j].vcpu == candidate->vcpu &&
				candidates->list[j].memory_gib == candidate->memory_gib)
				before = &candidates->list[j];
		if (before != NULL)
		{
			candidate->totals = before->totals;
			candidate->longest_backlog_seconds =
				before->longest_backlog_seconds;
		}
		else
		{
			instance_init(&instance, candidate->vcpu, candidate->memory_gib,
						  model);
			instance_run(&instance, loads, needs, count,
						 model->background_vcpu);
			candidate->totals = instance.totals;
			candidate->longest_backlog_seconds =
				instance.longest_backlog_seconds;
		}
		before = NULL;
		candidate->verdict =
			summary_judge(&candidates->summary, &candidate->totals,
						  candidate->longest_backlog_seconds,
						  candidate->memory_gib / GIB_PER_ACU,
						  instance_max_connections(candidate->memory_gib),
						  &candidates->question->limits);
	}
	pfree(needs);
}

static void
take_unknown_size(const Candidates *candidates, Candidate *candidate)
{
	candidate->totals =
		(Totals){ .known_seconds = candidates->summary.known_seconds,
				  .acu_seconds = NAN,
				  .throttled_seconds = NAN };
	candidate->longest_backlog_seconds = NAN;
	candidate->verdict = SIZE_UNKNOWN;
}

/* Its price is the same whatever the load. */
static void
price_instance(const Candidates *candidates, Candidate *candidate)
{
	const Storage *storage = &candidates->question->storage;
	StoragePrice standard = candidates->storage_standard;

	if (candidate->kind != KIND_AURORA)
		standard = candidates->storage_rds;
	candidate->usd_per_month = candidate->usd_per_hour * HOURS_PER_MONTH +
							   storage_usd(storage, &standard);
	candidate->usd_per_month_low = candidate->usd_per_month_high =
		candidate->usd_per_month;
	candidate->usd_per_month_reserved =
		candidate->usd_per_hour_reserved * HOURS_PER_MONTH +
		storage_usd(storage, &standard);
	candidate->usd_per_month_optimized =
		candidate->usd_per_hour_optimized * HOURS_PER_MONTH +
		storage_usd(storage, &candidates->storage_optimized);
}

bool
candidate_is_choice(const Candidate *candidate)
{
	return candidate->verdict == FEASIBLE && !candidate->burstable &&
		   !isnan(candidate->usd_per_month);
}

double
candidate_usd(const Candidate *candidate)
{
	return candidate_is_optimized(candidate)
			   ? candidate->usd_per_month_optimized
			   : candidate->usd_per_month;
}

bool
candidate_is_optimized(const Candidate *candidate)
{
	return candidate->usd_per_month_optimized < candidate->usd_per_month;
}

static int
cheapest_first(const void *a, const void *b)
{
	const Candidate *left = a;
	const Candidate *right = b;
	int order = candidate_is_choice(right) - (int) candidate_is_choice(left);

	if (order == 0)
		order = compare_numbers(round(candidate_usd(left) * 100),
								round(candidate_usd(right) * 100));
	/* For the same money: what grows further, then what starts lower. */
	if (order == 0)
		order = compare_numbers(right->max_acu, left->max_acu);
	if (order == 0)
		order = compare_numbers(left->min_acu, right->min_acu);
	if (order == 0 && left->instance_class && right->instance_class)
		order = strcmp(left->instance_class, right->instance_class);
	if (order == 0 && left->deployment && right->deployment)
		order = strcmp(left->deployment, right->deployment);
	return order;
}

/* NAN after all numbers. */
static int
compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}
