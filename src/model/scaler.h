/*-------------------------------------------------------------------------
 *
 * scaler.h
 *		The struct of a scaler: its range, its state, and sums since its start.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SCALER_H
#define PG_ACU_SCALER_H

#include "model/target_curve.h"

/* Sums over time, in seconds and ACU-seconds. */
typedef struct Totals
{
	double known_seconds;
	double acu_seconds;	 /* of the capacity */
	double used_seconds; /* ACU-seconds of the capacity that the need took */
	double queue_used_seconds; /* part of used_seconds while work waited */
	double
		throttled_seconds;	/* the need exceeded the capacity, or work waited */
	double backlog_seconds; /* work waited */
	double paused_seconds;
} Totals;

typedef struct Scaler
{
	const Model *model;
	double min_acu; /* 0: it pauses */
	double max_acu;
	double pause_after; /* seconds */
	double vcpu_per_acu;
	double backlog_gain; /* ACU of target for every vCPU-second that waits */

	double capacity;
	double level; /* the half ACU at or below the capacity */
	double tokens;
	double since_refill;	 /* seconds whose refill is not in tokens yet */
	double seconds_below;	 /* for which the target has been lower */
	double cool_down;		 /* seconds of it before the next drop */
	double backlog;			 /* vCPU-seconds */
	double backlog_duration; /* seconds, so far */
	double idle;			 /* seconds without connections */
	double paused_for;		 /* seconds */
	double resumes_in;		 /* seconds; 0: it is not resuming */
	bool paused;

	Totals totals;
	double longest_backlog_seconds;
	double peak_acu; /* of the capacity */
} Scaler;

#endif
