/*-------------------------------------------------------------------------
 *
 * scaling.h
 *		How Aurora Serverless v2 would follow a load within a range.
 *
 * Capacity grows as long as a bucket of tokens lasts, then as fast as it is
 * refilled; it is held, and falls in steps; without connections it pauses.
 * What work the capacity cannot do at once queues up, and is done later.
 *
 * Time goes from event to event, not from second to second: a long steady load
 * costs nothing.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SCALING_H
#define PG_ACU_SCALING_H

#include "model/aim.h"

/* Sums over time, in seconds and ACU-seconds. */
typedef struct Totals
{
	double known_seconds;
	double acu_seconds;	 /* of the capacity */
	double used_seconds; /* ACU-seconds of the capacity that the need took */
	double queue_used_seconds; /* of these, while work waited: by CPU alone */
	double throttled_seconds; /* the need was above the capacity, or work waited
							   */
	double backlog_seconds;	  /* work waited */
	double paused_seconds;
} Totals;

typedef struct Scaler
{
	const Model *model;
	double min_acu;		/* 0: it pauses */
	double max_acu;		/* at least 1 by AWS; here, at least the minimum */
	double pause_after; /* seconds */
	double vcpu_per_acu;
	double urge; /* ACU asked for, for every vCPU-second that waits */

	double capacity;
	double level; /* the half ACU at or below the capacity */
	double tokens;
	double rested;		  /* seconds since tokens were counted */
	double below;		  /* seconds in which less was asked for */
	double hold;		  /* and how many it takes */
	double backlog;		  /* vCPU-seconds */
	double backlog_lasts; /* seconds, so far */
	double idle;		  /* seconds without connections */
	double paused_for;	  /* seconds */
	double resumes_in;	  /* seconds; 0: it is not resuming */
	bool paused;

	Totals totals;
	double longest_backlog_seconds;
	double peak_acu; /* of the capacity */
} Scaler;

/*
 * A scaler at the beginning of a load.  min_acu and max_acu are multiples of
 * 0.5; with a minimum of 0 it pauses after so many seconds.
 */
extern void scaler_init(Scaler *scaler, const Model *model, double min_acu,
						double max_acu, double pause_after);

/* Lets so many stretches pass. */
extern void scaler_run(Scaler *scaler, const Stretch *stretches, int count);

#endif
