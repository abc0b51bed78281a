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

Bounds
bounds_none(const Question *question, const Prices *prices)
{
	return (Bounds){ .question = question,
					 .prices = prices,
					 .usd = INFINITY,
					 .throttled_seconds = INFINITY,
					 .backlog_seconds = INFINITY };
}

Bounds
bounds_of_feasible(const Question *question, const Prices *prices,
				   const LoadSummary *summary, double usd)
{
	const Limits *limits = &question->limits;

	return (Bounds){
		.question = question,
		.prices = prices,
		.known_seconds = summary->known_seconds,
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
lowest_range_usd(const Bounds *bounds, const Scaler *scaler)
{
	const Storage *storage = &bounds->question->storage;
	double known = bounds->known_seconds;
	double left = fmax(0, known - scaler->totals.known_seconds);
	double acu_seconds = scaler->totals.acu_seconds + left * scaler->min_acu;
	double usd = range_usd(acu_seconds, known, bounds->prices, storage);
	double optimized =
		range_usd_optimized(acu_seconds, known, bounds->prices, storage);

	return optimized < usd ? optimized : usd;
}

/* Whether a range is out of bounds, however the rest of the load goes. */
static bool
is_beyond(const Bounds *bounds, const Scaler *scaler)
{
	return scaler->totals.throttled_seconds > bounds->throttled_seconds ||
		   scaler->longest_backlog_seconds > bounds->backlog_seconds ||
		   lowest_range_usd(bounds, scaler) > bounds->usd + CENT;
}

int
bounds_run(const Bounds *bounds, const Model *model, const Load *loads,
		   int count, Scaler *scalers, int scaler_count, BoundsSpace *space)
{
	TargetCurve curve;
	int made;

	curve_begin(&curve, loads, count, model, bounds->question->floor_acu);
	while (scaler_count > 0 &&
		   (made = curve_next(&curve, space->segments, BOUNDS_BLOCK)) > 0)
	{
		int kept = 0;

		space->check_interrupts();
		for (int i = 0; i < scaler_count; i++)
		{
			scaler_run(&scalers[i], space->segments, made);
			if (is_beyond(bounds, &scalers[i]))
				continue;
			if (kept < i)
				scalers[kept] = scalers[i];
			kept++;
		}
		scaler_count = kept;
	}
	return scaler_count;
}
