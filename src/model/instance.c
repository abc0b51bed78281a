/*-------------------------------------------------------------------------
 *
 * instance.c
 *		An instance of a fixed size under a load.
 *
 * Work beyond its vCPUs waits and is done later.  Too little memory is no
 * matter of time: load_summary.c judges it.
 *
 * Owns no data; the Instance is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/instance.h"

#include <assert.h>
#include <math.h>

#define BYTES_PER_CONNECTION 9531392.0 /* DBInstanceClassMemory / this */

void
instance_init(Instance *instance, double vcpu, double memory_gib,
			  const Model *model)
{
	assert(vcpu > 0 && memory_gib > 0);
	*instance = (Instance){ .vcpu = vcpu,
							.capacity = fmin(model->acu_per_vcpu * vcpu,
											 memory_gib / GIB_PER_ACU) };
}

/* Adds seconds, in which work waited or not, to the totals. */
static void
add_to_totals(Instance *instance, double need, double seconds, bool queues)
{
	Totals *totals = &instance->totals;
	double used =
		queues || need > instance->capacity ? instance->capacity : need;

	totals->known_seconds += seconds;
	totals->acu_seconds += instance->capacity * seconds;
	totals->used_seconds += used * seconds;
	if (queues)
		totals->throttled_seconds += seconds;
}

static void
follow_load(Instance *instance, const Load *load, double need,
			double background_vcpu)
{
	double excess = load->vcpu_used + background_vcpu - instance->vcpu;
	double waiting = 0; /* seconds until the backlog is done */

	if (instance->backlog > 0 || excess > ROUNDING_VCPU)
		waiting = excess >= 0
					  ? load->seconds
					  : fmin(load->seconds, instance->backlog / -excess);
	if (waiting > 0)
	{
		instance->backlog = fmax(0, instance->backlog + excess * waiting);
		instance->backlog_duration += waiting;
		instance->totals.backlog_seconds += waiting;
		instance->longest_backlog_seconds =
			fmax(instance->longest_backlog_seconds, instance->backlog_duration);
		add_to_totals(instance, need, waiting, true);
	}
	if (waiting >= load->seconds)
		return;
	instance->backlog = instance->backlog_duration = 0;
	add_to_totals(instance, need, load->seconds - waiting, false);
}

void
instance_run(Instance *instance, const Load *loads, const double *needs,
			 int count, double background_vcpu)
{
	for (int i = 0; i < count; i++)
	{
		if (loads[i].gap_seconds > 0)
			instance->backlog = instance->backlog_duration = 0;
		follow_load(instance, &loads[i], needs[i], background_vcpu);
	}
}

double
instance_max_connections(double memory_gib)
{
	return fmin(MAX_CONNECTIONS,
				floor(memory_gib * GIB / BYTES_PER_CONNECTION));
}
