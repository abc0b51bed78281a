/*-------------------------------------------------------------------------
 *
 * demand.h
 *		How much capacity a load needs, interval by interval.
 *
 * need is what the work needs: throttling, the compute delta and the bill go by
 * it.  target is what Aurora would aim at, with its headroom.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_DEMAND_H
#define PG_ACU_DEMAND_H

#include "model/model.h"

/* An interval of a load.  NAN is unknown, but for the first three. */
typedef struct Load
{
	double gap_seconds;	  /* before it, of which nothing is known */
	double seconds;		  /* more than 0 */
	double vcpu_used;	  /* CPU-seconds a second */
	double hot_bytes;	  /* the working set, likely */
	double used_bytes;	  /* the working set, at most */
	double connections;	  /* at most, at a time */
	bool saturated;		  /* the work wanted more CPU than it got */
	bool memory_at_least; /* the working set may be larger */
} Load;

typedef enum Driver
{
	DRIVER_CPU,
	DRIVER_MEMORY,
	DRIVER_CONNECTIONS,
	DRIVER_FLOOR
} Driver;

/* In ACU; NAN is unknown. */
typedef struct Demand
{
	double cpu; /* unrounded, as the next two */
	double memory;
	double connections;
	double need;   /* rounded up to a half, at least 0.5 */
	double target; /* the same with headroom and the floor asked for */
	Driver driver; /* of the need */
} Demand;

/* What one may ask for beside what the load needs. */
typedef struct Floors
{
	bool performance_insights; /* AWS recommends at least 2 ACU */
	bool global_database;	   /* and 8 ACU */
} Floors;

extern const char *driver_name(Driver driver);

/* In ACU; 0 without any. */
extern double floors_acu(const Floors *floors);

extern void demand_of(Demand *demand, const Load *load, const Model *model,
					  double floor_acu);

/* Why an interval cannot be right; NULL when it can. */
extern const char *load_fault(const Load *load);

#endif
