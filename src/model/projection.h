/*-------------------------------------------------------------------------
 *
 * projection.h
 *		How capacity and backlog develop from now until the next event.
 *
 * Capacity moves between levels of half an ACU.  Within a segment the target is
 * a parabola of time at most: the ramp of the mean, and what the backlog adds,
 * which changes with the capacity.  So the next event, whichever it is, is a
 * root of a quadratic equation.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PROJECTION_H
#define PG_ACU_PROJECTION_H

#include "model/scaler.h"

/* a + b * t + c * t^2, where c is 0 or less. */
typedef struct Parabola
{
	double a;
	double b;
	double c;
} Parabola;

/* The development from a moment on, at t seconds after it. */
typedef struct Projection
{
	double growth;		 /* of the capacity, ACU a second */
	bool queues;		 /* work waits */
	bool below;			 /* the target is a level below the capacity */
	bool above;			 /* the target is above the capacity's level */
	Parabola backlog;	 /* vCPU-seconds */
	Parabola cpu_target; /* ACU, of CPU and the backlog */
} Projection;

/* Projects from the moment `since` seconds after the start of a segment, whose
 * CPU target rises by slope ACU a second. */
extern void projection_make(Projection *projection, const Scaler *scaler,
							const Segment *segment, double slope, double since);

/* Seconds until the next event; INFINITY when there is none. */
extern double projection_seconds(const Projection *projection,
								 const Scaler *scaler, const Segment *segment);

/* The value after so many seconds. */
static inline double
parabola_at(const Parabola *parabola, double seconds)
{
	return parabola->a + seconds * (parabola->b + seconds * parabola->c);
}

/* lesser() and larger() are fmin() and fmax() without their care for NAN, which
 * keeps those from being inlined and never occurs here. */
static inline double
lesser(double a, double b)
{
	return a < b ? a : b;
}

static inline double
larger(double a, double b)
{
	return a > b ? a : b;
}

static inline double
clamp_between(double value, double min, double max)
{
	return lesser(larger(value, min), max);
}

/* The smallest capacity while it is not paused. */
static inline double
lowest_acu(const Scaler *scaler)
{
	return larger(scaler->min_acu, MIN_ACU);
}

/* The largest multiple of half an ACU below the capacity. */
static inline double
level_below(const Scaler *scaler)
{
	return scaler->capacity > scaler->level ? scaler->level
											: scaler->level - ACU_STEP;
}

/* Tokens now: stored ones plus the refill since the last update. */
static inline double
tokens_of(const Scaler *scaler)
{
	const Model *model = scaler->model;

	return lesser(larger(model->burst_acu, scaler->capacity),
				  scaler->tokens +
					  scaler->since_refill * model->refill_acu_per_second);
}

#endif
