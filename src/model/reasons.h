/*-------------------------------------------------------------------------
 *
 * reasons.h
 *		The reasons of a verdict and of an advice, as codes and numbers.
 *
 * The sentences are in capacity/explain.c.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REASONS_H
#define PG_ACU_REASONS_H

#include "model/advice.h"

/* Each with its numbers, in this order; shares are from 0 to 1, money is USD a
 * month.  Those that name an option have it in Reason. */
typedef enum ReasonCode
{
	/* The load may have wanted more */
	REASON_SATURATED,		/* share of the time */
	REASON_MEMORY_UNKNOWN,	/* share of the time */
	REASON_MEMORY_AT_LEAST, /* share of the time */

	/* A verdict on an option */
	REASON_NEVER_THROTTLED,
	REASON_THROTTLED,			/* share of the time */
	REASON_THROTTLED_WAITING,	/* share of the time, longest backlog (s) */
	REASON_TOO_LITTLE_MEMORY,	/* ACU for the working set */
	REASON_TOO_FEW_CONNECTIONS, /* peak */
	REASON_THROTTLED_TOO_LONG,	/* share of the time, limit */
	REASON_BACKLOG_TOO_LONG,	/* longest backlog (s), limit */
	REASON_SIZE_UNKNOWN,
	REASON_BURSTABLE,
	REASON_STORAGE_PRICE_UNKNOWN,
	REASON_PRICE_UNKNOWN,

	/* The choice */
	REASON_NO_CLASS_PRICED,
	REASON_NOTHING_SUFFICES,
	REASON_TAKE,			/* option; usd */
	REASON_TAKE_OPTIMIZED,	/* option; usd, usd with Standard storage */
	REASON_TAKE_BY_MODEL,	/* option; usd, usd of low and high constants */
	REASON_USE_OF_RANGE,	/* mean ACU, used share, compute delta */
	REASON_USE_OF_INSTANCE, /* the same */
	REASON_BUSY,			/* share of the CPU at the peak */
	REASON_PAUSES,			/* seconds to resume */

	/* Other options */
	REASON_NO_RUNNER_UP,
	REASON_RUNNER_UP,			  /* option; usd, percent more */
	REASON_RUNNER_UP_FAR,		  /* option; usd */
	REASON_RUNNER_UP_MAY_BE_LESS, /* by the high constants */
	REASON_NEAR_MISS,			  /* option; usd, longest backlog (s), limit */

	/* Break points */
	REASON_MORE_LOAD,		   /* option; percent */
	REASON_LESS_LOAD,		   /* option; percent */
	REASON_TIMES_LOAD,		   /* option; factor */
	REASON_MORE_LOAD_NOTHING,  /* percent; nothing suffices */
	REASON_LESS_LOAD_NOTHING,  /* percent */
	REASON_TIMES_LOAD_NOTHING, /* factor */
	REASON_ALWAYS_SERVERLESS,  /* option; at twice the load */
	REASON_ALWAYS_SAME,

	/* The span */
	REASON_FEW_DAYS,
	REASON_FEW_HOURS,
	REASON_FEW_SECONDS,

	/* Assumptions */
	REASON_MODEL,	   /* ACU per vCPU, background vCPU, headroom */
	REASON_CPU_FACTOR, /* factor */
	REASON_LIMITS,	   /* share of throttling, longest backlog (s) */
	REASON_PRICES,
	REASON_CONNECTIONS_UNKNOWN /* share of the time */
} ReasonCode;

#define REASON_CODES (REASON_CONNECTIONS_UNKNOWN + 1)

#define MAX_REASON_NUMBERS 3
#define MAX_REASONS 24

typedef struct Reason
{
	ReasonCode code;
	const Option *option; /* NULL: none */
	double numbers[MAX_REASON_NUMBERS];
} Reason;

/* A list to which reasons are added; all 0 is empty. */
typedef struct Reasons
{
	int count;
	Reason list[MAX_REASONS];
} Reasons;

/* Adds why an option is feasible or not, and what is unknown about it. */
extern void
reasons_of_verdict(Reasons *reasons, const Option *option,
				   const LoadSummary *summary, const Limits *limits);

/* Adds what to take, and why; the search is the one that made the advice. */
extern void
reasons_of_advice(Reasons *reasons, const Advice *advice, const Search *search);

/* Adds what was assumed for the user, and what is unknown of the load. */
extern void reasons_of_assumptions(Reasons *reasons, const Search *search,
								   double cpu_factor);

#endif
