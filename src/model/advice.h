/*-------------------------------------------------------------------------
 *
 * advice.h
 *		The option to take for a load, the next best ones, and the factors of
 *		the load at which another option becomes the choice.
 *
 * Pure: libc only, no clock, no memory of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ADVICE_H
#define PG_ACU_ADVICE_H

#include "model/search.h"

/* The load is tried from 1/MAX_FACTOR to MAX_FACTOR times what it is. */
#define MAX_FACTOR 8.0

/* A factor of CPU and connections beyond which another option is the choice. */
typedef struct BreakPoint
{
	double factor;	 /* NAN: there is none up to MAX_FACTOR */
	bool any_option; /* something is feasible beyond it */
	Option option;	 /* the choice beyond it, if any_option */
} BreakPoint;

/* Pointers are into the options of the search; NULL is none. */
typedef struct Advice
{
	Option *choice;
	const Option *runner_up;
	const Option *near_miss; /* cheaper, but fails the backlog limit */
	BreakPoint above;
	BreakPoint below;
	bool any_at_double; /* serverless is the choice at every factor */
	Option at_double;	/* the choice at twice the load, if any_at_double */
} Advice;

/* The cheapest feasible option of a sorted list, or NULL. */
extern Option *advice_choice(Option *options, int count);

/* The next option of another kind or size; another generation of the same size
 * only if nothing else qualifies; NULL without one.  options: sorted, the first
 * one is the choice. */
extern const Option *advice_runner_up(const Option *options, int count);

/*
 * A range that fails the backlog limit alone, and would save 5 % or more: of
 * those within 1 % of the cheapest, the one with the shortest backlog.  NULL
 * without one; options as for advice_runner_up().
 */
extern const Option *advice_near_miss(const Option *options, int count);

/* Advises on a load; scaled is work space for as many loads.  The options of
 * the search are then the contenders. */
extern void advice_make(Advice *advice, Search *search, const Load *loads,
						Load *scaled, int count);

#endif
