/*-------------------------------------------------------------------------
 *
 * simulation.c
 *		A range of capacity that follows a load, interval by interval.
 *
 * Owns no data; the Simulation is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/simulation.h"

#include <assert.h>

void
simulation_begin(Simulation *simulation, const Range *range, const Load *loads,
				 int count, const Model *model, double floor_acu)
{
	*simulation = (Simulation){ 0 };
	scaler_init(&simulation->scaler, model, range->min_acu, range->max_acu,
				range->pause_after);
	curve_begin(&simulation->curve, loads, count, model, floor_acu);
	simulation->has_next = curve_next(&simulation->curve, &simulation->next, 1);
}

/* The sums over the time between two readings. */
static Totals
totals_between(const Totals *now, const Totals *before)
{
	return (Totals){
		.known_seconds = now->known_seconds - before->known_seconds,
		.acu_seconds = now->acu_seconds - before->acu_seconds,
		.used_seconds = now->used_seconds - before->used_seconds,
		.queue_used_seconds =
			now->queue_used_seconds - before->queue_used_seconds,
		.throttled_seconds = now->throttled_seconds - before->throttled_seconds,
		.backlog_seconds = now->backlog_seconds - before->backlog_seconds,
		.paused_seconds = now->paused_seconds - before->paused_seconds,
	};
}

void
simulation_step(Simulation *simulation, Totals *interval)
{
	Totals before = simulation->scaler.totals;

	assert(simulation->has_next &&
		   simulation->next.interval == simulation->interval);
	while (simulation->has_next &&
		   simulation->next.interval == simulation->interval)
	{
		scaler_run(&simulation->scaler, &simulation->next, 1);
		simulation->has_next =
			curve_next(&simulation->curve, &simulation->next, 1);
	}
	simulation->interval++;
	*interval = totals_between(&simulation->scaler.totals, &before);
}
