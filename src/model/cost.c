/*-------------------------------------------------------------------------
 *
 * cost.c
 *		What a way to run a load costs, and how much of it is wasted.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/cost.h"

#include <math.h>

#define MAX_SCORE 10

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
delta_score(const Totals *totals)
{
	return MAX_SCORE * compute_delta(totals);
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
	double surcharge =
		optimized_compute - standard_compute +
		gib * (optimized->per_gib_month - standard->per_gib_month);
	double saving =
		standard->per_million_requests - optimized->per_million_requests;

	return saving > 0 ? fmax(0, surcharge / saving) : NAN;
}
