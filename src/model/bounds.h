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

#include "model/search.h"

/* Limits beyond which a range is dropped; INFINITY is none. */
typedef struct Bounds
{
	double usd; /* a month */
	double throttled_seconds;
	double backlog_seconds;
} Bounds;

extern const Bounds no_bounds;

/* The bounds of what is feasible for at most so many USD a month.  They are a
 * little wider than the limits: rounding must not drop what summary_judge()
 * would accept. */
extern Bounds bounds_of_feasible(const Search *search,
								 const LoadSummary *summary, double usd);

/*
 * Lets scalers follow the loads at the same time, block by block.  Those out of
 * bounds are removed on the way; returns how many remain, in their order at the
 * front.  known_seconds: of all the loads.
 */
extern int bounds_run(Search *search, const Load *loads, int count,
					  Likelihood likelihood, double known_seconds,
					  Scaler *scalers, int scaler_count, const Bounds *bounds);

#endif
