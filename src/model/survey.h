/*-------------------------------------------------------------------------
 *
 * survey.h
 *		A load at a glance, and which ranges of capacity are worth trying
 *		for it.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SURVEY_H
#define PG_ACU_SURVEY_H

#include "model/scaling.h"

/* One level for every half ACU up to 256, and one for all above. */
#define LEVELS 513

/* In seconds, but for the peaks. */
typedef struct Survey
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
	double peak_vcpu;			 /* used, without Aurora's own */
	double peak_memory;			 /* ACU, unrounded; 0 when not known */
	double peak_connections;	 /* 0 when not known */
} Survey;

/* Why a way to run a load does, or does not. */
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

extern void
survey_make(Survey *survey, const Load *loads, int count, const Model *model);

/* Whether the load may have wanted more than what is known. */
extern bool survey_is_lower_bound(const Survey *survey);

/*
 * The least maximum, in ACU, that may be feasible: with less, the need alone is
 * above it for longer than the limit, or memory or connections are too few.
 * 256 or more when there may be none.
 */
extern double survey_least_max(const Survey *survey, const Limits *limits);

/* The least maximum, in ACU, that the need is above for at most a share of the
 * known time. */
extern double survey_quantile(const Survey *survey, double share);

/* As many as there are up to 256 ACU. */
#define MOST_MINIMA 48

/*
 * Minima worth trying, in ACU, ascending; returns how many.  0 is among them
 * when there were times without a connection, and no floor.  The largest
 * suffices for every need: more would cost more, and give nothing.
 */
extern int
survey_minima(const Survey *survey, double floor_acu, double *minima, int most);

/*
 * Maxima worth trying with a minimum: from the least that may be feasible up to
 * what the scaler reached without a limit, as with more it would never go
 * there; and a few below, for those who would rather be throttled.
 */
extern int survey_maxima(const Survey *survey, double least, double min_acu,
						 double peak_acu, double *maxima, int most);

extern Verdict survey_judge(const Survey *survey, const Totals *totals,
							double longest_backlog_seconds, double memory_acu,
							double max_connections, const Limits *limits);

#endif
