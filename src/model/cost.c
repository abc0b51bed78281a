/*-------------------------------------------------------------------------
 *
 * cost.c
 *		What a way to run a load costs, and how much of it is wasted.
 *
 * Owns no data but the Fixed of its caller.
 *
 *-------------------------------------------------------------------------
 */
#include "model/cost.h"

#include <math.h>

#define GIB_PER_ACU 2
#define SECONDS_PER_HOUR 3600.0

static void
pass(Fixed *fixed, const Load *load, double need, double background_vcpu);
static void count(Fixed *fixed, double need, double seconds, bool short_of);

double
acu_usd(double acu_seconds, double usd_per_acu_hour)
{
	return acu_seconds / SECONDS_PER_HOUR * usd_per_acu_hour;
}

double
usd_per_month(double usd, double known_seconds)
{
	if (known_seconds <= 0)
		return NAN;
	return usd / known_seconds * SECONDS_PER_HOUR * HOURS_PER_MONTH;
}

double
storage_usd(const Storage *storage, const StoragePrice *price)
{
	double usd = 0;

	if (storage->gib > 0)
		usd += storage->gib * price->per_gib_month;
	if (storage->million_requests > 0)
		usd += storage->million_requests * price->per_million_requests;
	return usd;
}

double
compute_delta(const Totals *totals)
{
	if (!(totals->acu_seconds > 0))
		return NAN;
	return fmin(1, fmax(0, 1 - totals->used_seconds / totals->acu_seconds));
}

double
break_even_acu(double usd_per_hour, double usd_per_acu_hour)
{
	return usd_per_acu_hour > 0 ? usd_per_hour / usd_per_acu_hour : NAN;
}

double
break_even_requests(double standard_compute, double optimized_compute,
					double gib, const StoragePrice *standard,
					const StoragePrice *optimized)
{
	double dearer = optimized_compute - standard_compute +
					gib * (optimized->per_gib_month - standard->per_gib_month);
	double cheaper =
		standard->per_million_requests - optimized->per_million_requests;

	return cheaper > 0 ? fmax(0, dearer / cheaper) : NAN;
}

void
fixed_init(Fixed *fixed, double vcpu, double memory_gib, const Model *model)
{
	*fixed = (Fixed){ .vcpu = vcpu,
					  .capacity = fmin(model->acu_per_vcpu * vcpu,
									   memory_gib / GIB_PER_ACU) };
}

void
fixed_run(Fixed *fixed, const Load *loads, const double *needs, int count,
		  double background_vcpu)
{
	for (int i = 0; i < count; i++)
	{
		if (loads[i].gap_seconds > 0)
			fixed->backlog = fixed->backlog_lasts = 0;
		pass(fixed, &loads[i], needs[i], background_vcpu);
	}
}

static void
pass(Fixed *fixed, const Load *load, double need, double background_vcpu)
{
	double excess = load->vcpu_used + background_vcpu - fixed->vcpu;
	double waits = 0;

	if (fixed->backlog > 0 || excess > ROUNDING_VCPU)
		waits = excess >= 0 ? load->seconds
							: fmin(load->seconds, fixed->backlog / -excess);
	if (waits > 0)
	{
		fixed->backlog = fmax(0, fixed->backlog + excess * waits);
		fixed->backlog_lasts += waits;
		fixed->totals.backlog_seconds += waits;
		fixed->longest_backlog_seconds =
			fmax(fixed->longest_backlog_seconds, fixed->backlog_lasts);
		count(fixed, need, waits, true);
	}
	if (waits >= load->seconds)
		return;
	fixed->backlog = fixed->backlog_lasts = 0;
	count(fixed, need, load->seconds - waits, false);
}

static void
count(Fixed *fixed, double need, double seconds, bool short_of)
{
	Totals *totals = &fixed->totals;
	double used = short_of || need > fixed->capacity ? fixed->capacity : need;

	totals->known_seconds += seconds;
	totals->acu_seconds += fixed->capacity * seconds;
	totals->used_seconds += used * seconds;
	if (short_of)
		totals->throttled_seconds += seconds;
}
