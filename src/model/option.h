/*-------------------------------------------------------------------------
 *
 * option.h
 *		An option: one way to run a load, its price and its outcome.
 *
 * An option is a range of Aurora Serverless v2 or an instance class.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_OPTION_H
#define PG_ACU_OPTION_H

#include "model/cost.h"
#include "model/load_summary.h"

typedef enum OptionKind
{
	KIND_SERVERLESS,
	KIND_AURORA,
	KIND_RDS,
	KIND_UNPRICED /* an instance class without a price in the region */
} OptionKind;

#define OPTION_KINDS (KIND_UNPRICED + 1)

/* Requirements of the user, beside the load. */
typedef struct Question
{
	Limits limits;
	Storage storage;
	double floor_acu;	/* smallest capacity asked for; 0: none */
	double pause_after; /* seconds */
} Question;

/* Prices of a region; NAN is unknown. */
typedef struct Prices
{
	double usd_per_acu_hour;
	double usd_per_acu_hour_optimized; /* with I/O-Optimized storage */
	StoragePrice storage_standard;
	StoragePrice storage_optimized;
	StoragePrice storage_rds; /* its requests cost nothing */
} Prices;

/* Prices and costs are in USD; NAN is unknown. */
typedef struct Option
{
	OptionKind kind;
	const char *instance_class; /* NULL: serverless */
	const char *deployment;		/* NULL: serverless, or without a price */
	double min_acu;				/* NAN: an instance */
	double max_acu;
	double vcpu; /* NAN: unknown, or serverless */
	double memory_gib;
	double usd_per_hour; /* of an instance; of serverless, of an ACU */
	double usd_per_hour_optimized;
	double usd_per_hour_reserved;
	bool burstable; /* runs on CPU credits: listed, but never chosen */

	Totals totals; /* by the likely model */
	double longest_backlog_seconds;
	double usd_per_month;	  /* with storage, as all of these */
	double usd_per_month_low; /* NAN: not feasible, as the next */
	double usd_per_month_high;
	double usd_per_month_optimized;
	double usd_per_month_reserved;
	Verdict verdict;
} Option;

extern const char *option_kind_name(OptionKind kind);

/* Whether an option may be chosen: feasible, not burstable, and with a price.
 */
extern bool option_is_choice(const Option *option);

/* Whether I/O-Optimized storage makes it cheaper. */
extern bool option_is_optimized(const Option *option);

/* USD a month with the cheaper storage, Standard or I/O-Optimized; NAN when the
 * price with Standard is unknown. */
extern double option_usd(const Option *option);

/* Whether two options are ranges, whichever, or the same instance class of the
 * same platform, in whichever deployment. */
extern bool option_same_way(const Option *a, const Option *b);

/* qsort comparator: the cheapest to the cent first, unknown prices last; for
 * the same money the larger maximum, then the smaller minimum. */
extern int option_compare_price(const void *a, const void *b);

/* qsort comparator: those that may be chosen first, then by price. */
extern int option_compare(const void *a, const void *b);

/* Sets the costs of an instance class, which no load changes. */
extern void option_price_class(Option *option, const Prices *prices,
							   const Storage *storage);

/* USD a month of so many ACU-seconds in so many known seconds, with Standard
 * storage. */
extern double range_usd(double acu_seconds, double known_seconds,
						const Prices *prices, const Storage *storage);

/* The same with I/O-Optimized storage. */
extern double range_usd_optimized(double acu_seconds, double known_seconds,
								  const Prices *prices, const Storage *storage);

/* Makes the option of a range that a scaler has followed. */
extern void option_from_range(Option *option, const Scaler *scaler,
							  const LoadSummary *summary, const Prices *prices,
							  const Question *question);

#endif
