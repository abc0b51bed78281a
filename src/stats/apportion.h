/*-------------------------------------------------------------------------
 *
 * apportion.h
 *		Estimate of the CPU that each statement used, as nothing measures it.
 *
 * The CPU of all client sessions is measured.  A statement's part of it follows
 * from its weight: its time of execution and planning, without known waits, and
 * k seconds for every call, as parsing, planning and talking to the client are
 * outside of what pg_stat_statements times.  k is what fits the last intervals
 * best.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_APPORTION_H
#define PG_ACU_APPORTION_H

/* Number of intervals that k is fitted to: ten minutes at the default interval,
 * long enough for noise to cancel out, short enough to follow a new load. */
#define FIT_INTERVALS 60

/* The last intervals; all 0 is none. */
typedef struct CallCostFit
{
	int count; /* so far; the oldest are replaced */
	double calls[FIT_INTERVALS];
	/* CPU-seconds that execution does not explain */
	double rest[FIT_INTERVALS];
} CallCostFit;

/*
 * Adds an interval: how many calls, their seconds of execution and planning
 * without known waits, and the CPU-seconds of the client sessions.
 */
extern void fit_add(CallCostFit *fit, double calls, double busy_seconds,
					double cpu_seconds);

/* k: CPU-seconds a call, by least squares; never below 0. */
extern double fit_call_cost(const CallCostFit *fit);

/* The weight of a statement, in CPU-seconds. */
extern double statement_weight(double busy_seconds, double calls, double k);

/* Factor of the weights, so that the parts are never more than the CPU-seconds
 * measured; 0 to 1. */
extern double apportion_scale(double weights, double cpu_seconds);

#endif
