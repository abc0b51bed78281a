/*-------------------------------------------------------------------------
 *
 * demand.c
 *		How much capacity a load needs, interval by interval.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/demand.h"

#include <assert.h>
#include <math.h>

/* Limits far beyond any server, and so small that sums of loads stay finite. */
#define MAX_LOAD_SECONDS (1000 * 366 * 86400.0)
#define MAX_LOAD_VCPUS 1e6
#define MAX_LOAD_BYTES 1e18
#define MAX_LOAD_CONNECTIONS 1e9

const char *
driver_name(Driver driver)
{
	static const char *const names[] = {
		[DRIVER_CPU] = "cpu",
		[DRIVER_MEMORY] = "memory",
		[DRIVER_CONNECTIONS] = "connections",
		[DRIVER_FLOOR] = "floor",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == DRIVERS,
				   "each driver has a name");
	assert(driver < DRIVERS);
	return names[driver];
}

void
demand_of(Demand *demand, const Load *load, const Model *model,
		  double floor_acu)
{
	double bytes =
		model->counts_used_buffers ? load->used_bytes : load->hot_bytes;
	double largest = MIN_ACU;

	demand->cpu =
		model->acu_per_vcpu * (load->vcpu_used + model->background_vcpu);
	demand->memory = memory_acu(bytes);
	demand->connections = load->connections * model->mib_per_connection * MIB /
						  (GIB_PER_ACU * GIB);

	/* Comparisons with NAN are false: unknown demand drives nothing. */
	demand->driver = DRIVER_FLOOR;
	if (demand->connections > largest)
	{
		largest = demand->connections;
		demand->driver = DRIVER_CONNECTIONS;
	}
	if (demand->memory > largest)
	{
		largest = demand->memory;
		demand->driver = DRIVER_MEMORY;
	}
	if (demand->cpu >= largest)
	{
		largest = demand->cpu;
		demand->driver = DRIVER_CPU;
	}
	demand->need = round_up_acu(largest);
	/* fmax() leaves out NAN. */
	largest = fmax(fmax(model->headroom * demand->cpu, demand->memory),
				   fmax(demand->connections, fmax(floor_acu, MIN_ACU)));
	demand->target = round_up_acu(largest);
	assert(demand->need >= MIN_ACU);
}

static bool
is_within(double value, double max)
{
	return value >= 0 && value <= max;
}

static bool
is_unknown_or_within(double value, double max)
{
	return isnan(value) || is_within(value, max);
}

const char *
load_invalid_column(const Load *load)
{
	if (!is_within(load->gap_seconds, MAX_LOAD_SECONDS))
		return "at";
	if (!is_within(load->seconds, MAX_LOAD_SECONDS) || load->seconds <= 0)
		return "seconds";
	if (!is_within(load->vcpu_used, MAX_LOAD_VCPUS))
		return "cpu_seconds";
	if (!is_unknown_or_within(load->hot_bytes, MAX_LOAD_BYTES))
		return "buffers_hot_bytes";
	if (!is_unknown_or_within(load->used_bytes, MAX_LOAD_BYTES))
		return "buffers_used_bytes";
	if (!is_unknown_or_within(load->connections, MAX_LOAD_CONNECTIONS))
		return "connections";
	return NULL;
}
