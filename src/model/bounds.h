/*-------------------------------------------------------------------------
 *
 * bounds.h
 *		Ranges that follow a load, and are dropped once they are out of bounds.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BOUNDS_H
#define PG_ACU_BOUNDS_H

#include "model/option.h"

/* Segments that all ranges follow before the next ones are made, so that these
 * stay in the processor's cache. */
#define BOUNDS_BLOCK 1024

/* Limits beyond which a range is dropped; INFINITY is none. */
typedef struct Bounds
{
	const Question *question;
	const Prices *prices;
	double known_seconds; /* of all the loads */
	double usd;			  /* a month */
	double throttled_seconds;
	double backlog_seconds;
} Bounds;

/* Work space, and a function that is called often and may not return. */
typedef struct BoundsSpace
{
	void (*check_interrupts)(void);
	Segment segments[BOUNDS_BLOCK];
} BoundsSpace;

/* The bounds that drop no range. */
extern Bounds bounds_none(const Question *question, const Prices *prices);

/* The bounds of what is feasible for at most so many USD a month.  They are a
 * little wider than the limits: rounding must not drop what summary_judge()
 * would accept. */
extern Bounds bounds_of_feasible(const Question *question, const Prices *prices,
								 const LoadSummary *summary, double usd);

/*
 * Lets scalers follow the loads at the same time, block by block.  Those out of
 * bounds are removed on the way; returns how many remain, in their order at the
 * front.
 */
extern int
bounds_run(const Bounds *bounds, const Model *model, const Load *loads,
		   int count, Scaler *scalers, int scaler_count, BoundsSpace *space);

#endif
