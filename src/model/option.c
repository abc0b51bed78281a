/*-------------------------------------------------------------------------
 *
 * option.c
 *		An option: one way to run a load, its price and its outcome.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/option.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const char *
option_kind_name(OptionKind kind)
{
	static const char *const names[] = {
		[KIND_SERVERLESS] = "serverless",
		[KIND_AURORA] = "aurora",
		[KIND_RDS] = "rds",
		[KIND_UNPRICED] = "instance",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == OPTION_KINDS,
				   "each kind has a name");
	assert(kind < OPTION_KINDS);
	return names[kind];
}

bool
option_is_choice(const Option *option)
{
	return option->verdict == FEASIBLE && !option->burstable &&
		   !isnan(option->usd_per_month);
}

bool
option_is_optimized(const Option *option)
{
	return option->usd_per_month_optimized < option->usd_per_month;
}

double
option_usd(const Option *option)
{
	return option_is_optimized(option) ? option->usd_per_month_optimized
									   : option->usd_per_month;
}

bool
option_same_way(const Option *a, const Option *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == KIND_SERVERLESS ||
		   strcmp(a->instance_class, b->instance_class) == 0;
}

/* Compares two numbers for qsort, NAN as the largest. */
static int
compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return (a > b) - (a < b);
}

int
option_compare_price(const void *a, const void *b)
{
	const Option *left = a;
	const Option *right = b;
	int order = compare_numbers(round(option_usd(left) * 100),
								round(option_usd(right) * 100));

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

int
option_compare(const void *a, const void *b)
{
	int order = (int) option_is_choice(b) - (int) option_is_choice(a);

	return order != 0 ? order : option_compare_price(a, b);
}

void
option_price_class(Option *option, const Prices *prices, const Storage *storage)
{
	const StoragePrice *standard = option->kind == KIND_AURORA
									   ? &prices->storage_standard
									   : &prices->storage_rds;
	double with_storage = storage_usd(storage, standard);

	assert(option->kind != KIND_SERVERLESS);
	option->usd_per_month =
		option->usd_per_hour * HOURS_PER_MONTH + with_storage;
	option->usd_per_month_low = option->usd_per_month_high =
		option->usd_per_month;
	option->usd_per_month_reserved =
		option->usd_per_hour_reserved * HOURS_PER_MONTH + with_storage;
	option->usd_per_month_optimized =
		option->usd_per_hour_optimized * HOURS_PER_MONTH +
		storage_usd(storage, &prices->storage_optimized);
}

double
range_usd(double acu_seconds, double known_seconds, const Prices *prices,
		  const Storage *storage)
{
	return usd_per_month(acu_usd(acu_seconds, prices->usd_per_acu_hour),
						 known_seconds) +
		   storage_usd(storage, &prices->storage_standard);
}

double
range_usd_optimized(double acu_seconds, double known_seconds,
					const Prices *prices, const Storage *storage)
{
	return usd_per_month(
			   acu_usd(acu_seconds, prices->usd_per_acu_hour_optimized),
			   known_seconds) +
		   storage_usd(storage, &prices->storage_optimized);
}

void
option_from_range(Option *option, const Scaler *scaler,
				  const LoadSummary *summary, const Prices *prices,
				  const Question *question)
{
	const Totals *totals = &scaler->totals;
	double usd = range_usd(totals->acu_seconds, totals->known_seconds, prices,
						   &question->storage);
	Verdict verdict = summary_judge(
		summary, totals, scaler->longest_backlog_seconds, scaler->max_acu,
		acu_max_connections(scaler->min_acu, scaler->max_acu),
		&question->limits);

	*option = (Option){
		.kind = KIND_SERVERLESS,
		.min_acu = scaler->min_acu,
		.max_acu = scaler->max_acu,
		.vcpu = NAN,
		.memory_gib = NAN,
		.usd_per_hour = prices->usd_per_acu_hour,
		.usd_per_hour_optimized = prices->usd_per_acu_hour_optimized,
		.usd_per_hour_reserved = NAN,
		.totals = *totals,
		.longest_backlog_seconds = scaler->longest_backlog_seconds,
		.usd_per_month = usd,
		.usd_per_month_low = verdict == FEASIBLE ? usd : NAN,
		.usd_per_month_high = verdict == FEASIBLE ? usd : NAN,
		.usd_per_month_optimized =
			range_usd_optimized(totals->acu_seconds, totals->known_seconds,
								prices, &question->storage),
		.usd_per_month_reserved = NAN,
		.verdict = verdict,
	};
}
