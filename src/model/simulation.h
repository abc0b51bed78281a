/*-------------------------------------------------------------------------
 *
 * simulation.h
 *		A range of capacity that follows a load, interval by interval.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SIMULATION_H
#define PG_ACU_SIMULATION_H

#include "model/scaling.h"

/* A range of capacity, in ACU. */
typedef struct Range
{
	double min_acu;
	double max_acu;
	double pause_after; /* seconds; with a minimum of 0 */
} Range;

typedef struct Simulation
{
	Scaler scaler;
	TargetCurve curve;
	Segment next; /* not followed yet, when there is one */
	bool has_next;
	int interval; /* the next one */
} Simulation;

/* Starts before the first interval; loads and model must outlive it. */
extern void
simulation_begin(Simulation *simulation, const Range *range, const Load *loads,
				 int count, const Model *model, double floor_acu);

/* Follows the next interval, and sets the sums over it. */
extern void simulation_step(Simulation *simulation, Totals *interval);

#endif
