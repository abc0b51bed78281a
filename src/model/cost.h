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

/* Storage and I/O of a month, where they are given; else 0. */
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

/* An instance of a fixed size, and what a load does to it. */
typedef struct Fixed
{
	double vcpu;
	double capacity; /* ACU: what both its CPU and its memory could serve */
	double backlog;	 /* vCPU-seconds */
	double backlog_lasts;
	Totals totals;
	double longest_backlog_seconds;
} Fixed;

/* usd for so many ACU-seconds. */
extern double acu_usd(double acu_seconds, double usd_per_acu_hour);

/* What a cost of so many known seconds is in a month of 730 hours; NAN when
 * nothing is known. */
extern double usd_per_month(double usd, double known_seconds);

/* usd a month; NAN when a price that is needed is not known. */
extern double storage_usd(const Storage *storage, const StoragePrice *price);

/* 1 - used / bought, from 0 to 1; NAN when nothing was bought, or it is not
 * known. */
extern double compute_delta(const Totals *totals);

/* The mean capacity, in ACU, at which serverless costs as much an hour. */
extern double break_even_acu(double usd_per_hour, double usd_per_acu_hour);

/*
 * Requests a month, in millions, from which I/O-Optimized is the cheaper one.
 * compute: usd a month of each, storage prices of each.
 */
extern double
break_even_requests(double standard_compute, double optimized_compute,
					double gib, const StoragePrice *standard,
					const StoragePrice *optimized);

extern void
fixed_init(Fixed *fixed, double vcpu, double memory_gib, const Model *model);

/* Lets loads pass; needs: that of each, in ACU. */
extern void fixed_run(Fixed *fixed, const Load *loads, const double *needs,
					  int count, double background_vcpu);

#endif
