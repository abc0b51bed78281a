/*-------------------------------------------------------------------------
 *
 * search.h
 *		The search for the options of a load that are worth trying.
 *
 * All instance classes are options, and ranges of capacity that the load
 * suggests.  A search for the choice alone drops a range as soon as it is known
 * that it cannot be the cheapest feasible one.
 *
 * Pure: libc only, no clock, no memory of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SEARCH_H
#define PG_ACU_SEARCH_H

#include "model/bounds.h"
#include "model/instance.h"

/* Ranges tried at most: maxima for each minimum, and one without a limit. */
#define RANGES_TRIED (MINIMA_TRIED * (MAXIMA_TRIED + 1))

/* Loads that all instances follow before the next ones are read. */
#define SEARCH_BLOCK 1024

/* The caller fills the fields up to options, and owns the memory.  It is some
 * 200 kB: no variable of a function. */
typedef struct Search
{
	const Question *question;
	const Prices *prices;
	Model models[MODELS];
	BoundsSpace space; /* its check_interrupts */
	Option *classes;   /* all instance classes: kind, size, prices an hour */
	int class_count;
	Instance *instances; /* room for class_count */
	Option *options;	 /* room for class_count + RANGES_TRIED */

	/* Results of search_all() and search_contenders() */
	int option_count;
	LoadSummary summary;

	/* Work space */
	Scaler scalers[RANGES_TRIED];
	double needs[SEARCH_BLOCK];
} Search;

/* Prices and sorts the classes; comes before all others. */
extern void search_begin(Search *search);

/*
 * Lists all options of a load, sorted by option_compare(), with the costs of
 * the feasible ones by all three models.
 */
extern void search_all(Search *search, const Load *loads, int count);

/*
 * The same by the likely model only, without ranges that are throttled for too
 * long or cost more than two feasible instances of different size.  The choice,
 * the runner-up and the ranges that fail the backlog limit alone for less money
 * are all there.
 */
extern void search_contenders(Search *search, const Load *loads, int count);

/* Adds the costs by the low and high models to a feasible range; of an instance
 * they are the same. */
extern void search_price_models(Search *search, const Load *loads, int count,
								Option *option);

/*
 * Finds the cheapest feasible option of a load, as search_all() would; false
 * when there is none.  Leaves the results of the other searches alone.
 */
extern bool
search_choice(Search *search, const Load *loads, int count, Option *choice);

/* Whether the cheapest feasible option of a load is of the same way as a given
 * one.  Needs less time than search_choice(), and leaves as much alone. */
extern bool search_keeps_way(Search *search, const Load *loads, int count,
							 const Option *option);

#endif
