/*-------------------------------------------------------------------------
 *
 * load_summary.h
 *		A load in numbers, which ranges of capacity are worth trying for it, and
 *		whether an outcome is within the limits.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LOAD_SUMMARY_H
#define PG_ACU_LOAD_SUMMARY_H

#include "model/scaling.h"

/* One level for every half ACU up to 256, and one for all above. */
#define LEVELS 513

/* In seconds, but for the peaks. */
typedef struct LoadSummary
{
	double known_seconds;
	double gap_seconds;
	double saturated_seconds;
	double memory_unknown_seconds;
	double memory_at_least_seconds;
	double connections_unknown_seconds;
	double idle_seconds;		 /* without a connection */
	double need_seconds[LEVELS]; /* by need: of level i, i / 2 + 0.5 ACU */
	double peak_need;			 /* ACU */
	double peak_vcpu;			 /* used, without Aurora's own background */
	double peak_memory;			 /* ACU, not rounded; 0 when unknown */
	double peak_connections;	 /* 0 when unknown */
} LoadSummary;

/* The outcome of a way to run a load: FEASIBLE, or the first reason against it.
 */
typedef enum Verdict
{
	FEASIBLE,
	TOO_LITTLE_MEMORY,
	TOO_FEW_CONNECTIONS,
	THROTTLED_TOO_LONG,
	BACKLOG_TOO_LONG,
	SIZE_UNKNOWN /* of an instance */
} Verdict;

typedef struct Limits
{
	double throttled_share; /* of the known time, 0 to 1 */
	double backlog_seconds; /* the longest */
} Limits;

extern void summary_make(LoadSummary *summary, const Load *loads, int count,
						 const Model *model);

/* Whether the load may have wanted more than what is known. */
extern bool summary_is_lower_bound(const LoadSummary *summary);

/*
 * The smallest maximum, in ACU, that may be feasible: with less, the need alone
 * exceeds it for longer than the limit, or memory or connections are too few.
 * 256 or more when there may be none.
 */
extern double
summary_smallest_max(const LoadSummary *summary, const Limits *limits);

/* The smallest capacity, in ACU, that the need exceeds for at most a share of
 * the known time. */
extern double summary_quantile(const LoadSummary *summary, double share);

/* Room for all minima and maxima that are worth trying. */
#define MINIMA_TRIED 48
#define MAXIMA_TRIED 10

/*
 * Finds minima worth trying, in ACU, ascending; returns how many, 1 to room.
 * 0 is among them when there were times without a connection, and no floor.
 * The largest one suffices for every need: more would cost more without use.
 */
extern int summary_minima(const LoadSummary *summary, double floor_acu,
						  double *minima, int room);

/*
 * Finds maxima worth trying with a minimum, in ACU, ascending; returns how
 * many, 1 to room, which is at least 4.  They start at the smallest maximum
 * that may be feasible and end at the capacity that the scaler reached without
 * a limit, as it would never exceed that; before them come a few that throttle.
 */
extern int
summary_maxima(const LoadSummary *summary, double smallest, double min_acu,
			   double peak_acu, double *maxima, int room);

/* The verdict on an outcome; memory_acu: the memory that there is, in ACU. */
extern Verdict summary_judge(const LoadSummary *summary, const Totals *totals,
							 double longest_backlog_seconds, double memory_acu,
							 double max_connections, const Limits *limits);

#endif
