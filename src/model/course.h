/*-------------------------------------------------------------------------
 *
 * course.h
 *		What happens to a scaler from now on, until the next event.
 *
 * Capacity moves between levels of half an ACU.  Within a stretch of load what
 * is asked for is a parabola of time at most: the ramp of the mean, and what a
 * backlog adds, which changes with the capacity.  So the next event, whichever
 * it is, is the root of a quadratic equation.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_COURSE_H
#define PG_ACU_COURSE_H

#include "model/scaling.h"

/* a + b * t + c * t^2, where c is 0 or less. */
typedef struct Parabola
{
	double a;
	double b;
	double c;
} Parabola;

/* What happens from now on, until the next event. */
typedef struct Course
{
	double growth;	  /* ACU a second */
	bool queues;	  /* work waits */
	bool below;		  /* less is asked for than there is */
	bool over;		  /* more is asked for than there is */
	Parabola backlog; /* vCPU-seconds */
	Parabola asked;	  /* ACU, by CPU and the backlog */
} Course;

/* From a moment so many seconds since the beginning of a stretch, which asks
 * for slope ACU more every second. */
extern void course_plan(Course *course, const Scaler *scaler,
						const Stretch *stretch, double slope, double since);

/* In how many seconds something changes. */
extern double course_lasts(const Course *course, const Scaler *scaler,
						   const Stretch *stretch);

/* As fmin() and fmax(), which cannot be inlined for what they do with NAN: here
 * it never comes. */
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
clamp(double value, double least, double most)
{
	return lesser(larger(value, least), most);
}

/* While it is not paused. */
static inline double
least_acu(const Scaler *scaler)
{
	return larger(scaler->min_acu, LEAST_ACU);
}

/* The half ACU below the capacity. */
static inline double
level_below(const Scaler *scaler)
{
	return scaler->capacity > scaler->level ? scaler->level
											: scaler->level - ACU_STEP;
}

/* With those that came while none was used. */
static inline double
tokens_of(const Scaler *scaler)
{
	const Model *model = scaler->model;

	return lesser(larger(model->burst_acu, scaler->capacity),
				  scaler->tokens +
					  scaler->rested * model->refill_acu_per_second);
}

#endif
