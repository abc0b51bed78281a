/*-------------------------------------------------------------------------
 *
 * demand.h
 *		How much capacity a load needs, interval by interval.
 *
 * The need is what the work needs: throttling, the compute delta and the bill
 * follow it.  The target is what Aurora would scale to, with its headroom.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_DEMAND_H
#define PG_ACU_DEMAND_H

#include "model/model.h"

/* An interval of a load.  NAN is unknown; the first three are always known. */
typedef struct Load
{
	double gap_seconds;	  /* unknown time before the interval */
	double seconds;		  /* more than 0 */
	double vcpu_used;	  /* CPU-seconds a second */
	double hot_bytes;	  /* the working set, likely */
	double used_bytes;	  /* the working set, at most */
	double connections;	  /* the peak of the interval */
	bool saturated;		  /* the work wanted more CPU than it got */
	bool memory_at_least; /* the working set may be larger */
} Load;

/* The resource that makes the need. */
typedef enum Driver
{
	DRIVER_CPU,
	DRIVER_MEMORY,
	DRIVER_CONNECTIONS,
	DRIVER_FLOOR
} Driver;

#define DRIVERS (DRIVER_FLOOR + 1)

/* In ACU; NAN is unknown. */
typedef struct Demand
{
	double cpu; /* not rounded, as the next two */
	double memory;
	double connections;
	double need;   /* a multiple of 0.5, at least 0.5 */
	double target; /* the need with headroom and the caller's floor */
	Driver driver; /* of the need */
} Demand;

extern const char *driver_name(Driver driver);

extern void demand_of(Demand *demand, const Load *load, const Model *model,
					  double floor_acu);

/* The column of acu.sample that makes a load impossible; NULL when none does.
 */
extern const char *load_invalid_column(const Load *load);

#endif
