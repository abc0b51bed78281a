/*-------------------------------------------------------------------------
 *
 * bounds.c
 *		Ranges that follow a load, and are dropped once they are out of bounds.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/bounds.h"

#include <math.h>

#define CENT 0.01

const Bounds no_bounds = { INFINITY, INFINITY, INFINITY };

Bounds
bounds_of_feasible(const Search *search, const LoadSummary *summary, double usd)
{
	const Limits *limits = &search->question->limits;

	return (Bounds){
		.usd = usd,
		.throttled_seconds =
			limits->throttled_share * summary->known_seconds * (1 + 1e-9) +
			2 * ROUNDING_SECONDS,
		.backlog_seconds = limits->backlog_seconds + 2 * ROUNDING_SECONDS,
	};
}

/* The least that a range costs a month, in USD, however the rest of the load
 * goes; NAN without a price. */
static double
lowest_range_usd(const Search *search, const Scaler *scaler,
				 double known_seconds)
{
	const Storage *storage = &search->question->storage;
	double left = fmax(0, known_seconds - scaler->totals.known_seconds);
	double acu_seconds = scaler->totals.acu_seconds + left * scaler->min_acu;
	double usd = range_usd(acu_seconds, known_seconds, search->prices, storage);
	double optimized = range_usd_optimized(acu_seconds, known_seconds,
										   search->prices, storage);

	return optimized < usd ? optimized : usd;
}

/* Whether a range is out of bounds, however the rest of the load goes. */
static bool
is_beyond(const Search *search, const Scaler *scaler, double known_seconds,
		  const Bounds *bounds)
{
	return scaler->totals.throttled_seconds > bounds->throttled_seconds ||
		   scaler->longest_backlog_seconds > bounds->backlog_seconds ||
		   lowest_range_usd(search, scaler, known_seconds) > bounds->usd + CENT;
}

int
bounds_run(Search *search, const Load *loads, int count, Likelihood likelihood,
		   double known_seconds, Scaler *scalers, int scaler_count,
		   const Bounds *bounds)
{
	TargetCurve curve;
	int made;

	curve_begin(&curve, loads, count, &search->models[likelihood],
				search->question->floor_acu);
	while (scaler_count > 0 &&
		   (made = curve_next(&curve, search->segments, SEARCH_BLOCK)) > 0)
	{
		int kept = 0;

		search->check_interrupts();
		for (int i = 0; i < scaler_count; i++)
		{
			scaler_run(&scalers[i], search->segments, made);
			if (is_beyond(search, &scalers[i], known_seconds, bounds))
				continue;
			if (kept < i)
				scalers[kept] = scalers[i];
			kept++;
		}
		scaler_count = kept;
	}
	return scaler_count;
}
