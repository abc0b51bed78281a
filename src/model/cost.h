/*-------------------------------------------------------------------------
 *
 * cost.h
 *		What a way to run a load costs, and how much of it is wasted.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_COST_H
#define PG_ACU_COST_H

#include "model/scaling.h"

/* Storage and I/O of a month; 0 leaves them out of the cost. */
typedef struct Storage
{
	double gib;
	double million_requests;
} Storage;

/* In USD; NAN is unknown. */
typedef struct StoragePrice
{
	double per_gib_month;
	double per_million_requests;
} StoragePrice;

/* The cost of so many ACU-seconds, in USD. */
extern double acu_usd(double acu_seconds, double usd_per_acu_hour);

/* The cost of so many known seconds, scaled to a month of 730 hours; NAN when
 * nothing is known. */
extern double usd_per_month(double usd, double known_seconds);

/* The cost of a month's storage, in USD; NAN when a price that is needed is
 * unknown. */
extern double storage_usd(const Storage *storage, const StoragePrice *price);

/* 1 - used / bought, from 0 to 1; NAN when nothing was bought, or how much is
 * unknown. */
extern double compute_delta(const Totals *totals);

/* The compute delta on the article's scale, from 0 (nothing wasted) to 10. */
extern double delta_score(const Totals *totals);

/* The mean capacity, in ACU, at which serverless costs as much as an hour at
 * the given price; NAN without a price of an ACU. */
extern double break_even_acu(double usd_per_hour, double usd_per_acu_hour);

/*
 * The requests a month, in millions, from which I/O-Optimized is cheaper, 0 or
 * more; NAN when it never is.  The compute costs are in USD a month.
 */
extern double
break_even_requests(double standard_compute, double optimized_compute,
					double gib, const StoragePrice *standard,
					const StoragePrice *optimized);

#endif
