/*-------------------------------------------------------------------------
 *
 * instance.h
 *		An instance of a fixed size under a load.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_INSTANCE_H
#define PG_ACU_INSTANCE_H

#include "model/scaling.h"

typedef struct Instance
{
	double vcpu;
	double capacity; /* ACU that both its CPU and its memory could serve */
	double backlog;	 /* vCPU-seconds */
	double backlog_duration; /* seconds, so far */
	Totals totals;
	double longest_backlog_seconds;
} Instance;

extern void instance_init(Instance *instance, double vcpu, double memory_gib,
						  const Model *model);

/* Follows loads, from the state that the instance has.  needs: of each load, in
 * ACU; background_vcpu: of the server itself, beside the loads. */
extern void
instance_run(Instance *instance, const Load *loads, const double *needs,
			 int count, double background_vcpu);

/* max_connections by the parameter group's default. */
extern double instance_max_connections(double memory_gib);

#endif
