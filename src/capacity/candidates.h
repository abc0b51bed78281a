/*-------------------------------------------------------------------------
 *
 * candidates.h
 *		Every way to run a load that is worth a look: ranges and classes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CANDIDATES_H
#define PG_ACU_CANDIDATES_H

#include "model/cost.h"
#include "model/instance.h"
#include "capacity/functions.h"
#include "model/load_summary.h"

typedef enum Kind
{
	KIND_SERVERLESS,
	KIND_AURORA,
	KIND_RDS,
	KIND_UNPRICED /* an instance class whose price is not known */
} Kind;

/* What the user wants to know, beside the span. */
typedef struct Question
{
	char *region;
	Limits limits;
	Storage storage;
	double background_vcpu; /* NAN: what fits the history */
	double floor_acu;
	double pause_after; /* seconds */
} Question;

/* A way to run the load.  In USD; NAN is unknown. */
typedef struct Candidate
{
	Kind kind;
	char *instance_class; /* NULL: serverless */
	char *deployment;
	double min_acu; /* NAN: an instance */
	double max_acu;
	double vcpu; /* NAN: not known, as of serverless */
	double memory_gib;
	double usd_per_hour; /* of an instance; else of an ACU */
	double usd_per_hour_optimized;
	double usd_per_hour_reserved;

	Totals totals; /* by the likely model */
	double longest_backlog_seconds;
	double usd_per_month;	  /* storage included, as in all of these */
	double usd_per_month_low; /* of what is not feasible NAN, as is the next */
	double usd_per_month_high;
	double usd_per_month_optimized;
	double usd_per_month_reserved;
	Verdict verdict;
	bool burstable;
} Candidate;

typedef struct Candidates
{
	const History *history;
	const Question *question;
	LoadSummary summary;
	Model models[3];
	double acu_price; /* usd an ACU-hour */
	double acu_price_optimized;
	StoragePrice storage_standard;
	StoragePrice storage_optimized;
	StoragePrice storage_rds; /* whose requests cost nothing */
	int count;
	int room;
	Candidate *list;
} Candidates;

/* Reads the arguments from region on: region, max_throttled_share,
 * max_backlog_seconds, storage_gib, million_requests, background_vcpu,
 * floor_acu, pause_after. */
extern void
question_arguments(Question *question, FunctionCallInfo fcinfo, int n);

/* Prices and classes of the region. */
extern void candidates_init(Candidates *candidates, const History *history,
							const Question *question);

typedef enum Effort
{
	EFFORT_ALL,	   /* all ranges, by all three models */
	EFFORT_CHOICE, /* what can be the cheapest, by the likely model */
} Effort;

/*
 * What each does with the load.  Cheapest first, those that are feasible before
 * those that are not.
 */
extern void
candidates_try(Candidates *candidates, const Load *loads, Effort effort);

extern bool candidate_is_choice(const Candidate *candidate);

/* usd a month with the storage that is cheaper, Standard or I/O-Optimized; NAN
 * when Standard is not known. */
extern double candidate_usd(const Candidate *candidate);
extern bool candidate_is_optimized(const Candidate *candidate);
extern const char *kind_name(Kind kind);

/* As "serverless 0.5 to 8 ACU" or "rds db.m6g.large multi_az". */
extern char *candidate_name(const Candidate *candidate);

#endif
