/*-------------------------------------------------------------------------
 *
 * target_curve.h
 *		The target of a load over time, as segments over which it is linear.
 *
 * The scaler follows the mean CPU of the last seconds, so that between two
 * intervals its target is a ramp.  The segments are the same for every range of
 * capacity: they are made once, block by block.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TARGET_CURVE_H
#define PG_ACU_TARGET_CURVE_H

#include "model/demand.h"

/* Part of an interval.  Targets, lowered by ROUNDING_ACU so that rounding asks
 * for no further half ACU, and needs are in ACU. */
typedef struct Segment
{
	double seconds;
	double cpu_target_start;
	double cpu_target_end;
	double other_target; /* of memory, connections and the floor */
	double target_max;	 /* of all, over the segment */
	double target_min;
	double cpu_need; /* not rounded */
	double need;	 /* as in Demand */
	int interval;	 /* index of the load */
	bool after_gap;	 /* the scaler starts over: what came before is unknown */
	bool idle;		 /* no connection was open */
} Segment;

/* Where the making of segments stands. */
typedef struct TargetCurve
{
	const Load *loads;
	int count;
	const Model *model;
	double floor_acu;
	int head;		  /* the interval of the next segment */
	double head_left; /* seconds of it */
	int tail;		  /* the interval where the mean's window begins */
	double tail_left; /* seconds of it */
	double mean;	  /* vCPU in the window */
	Demand demand;	  /* of the head */
	bool after_gap;
} TargetCurve;

/* Starts at the first of the loads, which must outlive the curve. */
extern void curve_begin(TargetCurve *curve, const Load *loads, int count,
						const Model *model, double floor_acu);

/* Makes at most max_count segments; returns how many, 0 at the end. */
extern int curve_next(TargetCurve *curve, Segment *segments, int max_count);

#endif
