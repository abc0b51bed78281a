/*-------------------------------------------------------------------------
 *
 * aim.h
 *		A load as the scaler sees it: stretches over which it changes evenly.
 *
 * The scaler follows the mean CPU of the last seconds, so that between two
 * intervals what it aims at is a ramp.  The stretches are the same for every
 * range of capacity: they are made once, block by block.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_AIM_H
#define PG_ACU_AIM_H

#include "model/demand.h"

/* All but the first and the last two in ACU. */
typedef struct Stretch
{
	double seconds;
	double from; /* what CPU, with headroom, asks for at its beginning */
	double to;	 /* at its end */
	double held; /* what everything else asks for */
	double high; /* the most that anything asks for */
	double low;	 /* the least that all together ask for */
	double work; /* what the CPU that is wanted needs, unrounded */
	double need; /* as in Demand */
	int interval;
	bool begins; /* nothing is known of what was before */
	bool idle;	 /* no connection was open */
} Stretch;

/* Where the making of stretches stands. */
typedef struct Aim
{
	const Load *loads;
	int count;
	const Model *model;
	double floor_acu;
	int head;		  /* the interval of the next stretch */
	double head_left; /* seconds of it */
	int tail;		  /* the interval at the beginning of the mean's window */
	double tail_left;
	double mean; /* vCPU in the window */
	Demand demand;
	bool begins;
} Aim;

extern void aim_begin(Aim *aim, const Load *loads, int count,
					  const Model *model, double floor_acu);

/* Makes up to so many stretches; returns how many, 0 at the end. */
extern int aim_next(Aim *aim, Stretch *stretches, int most);

#endif
