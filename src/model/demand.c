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

#include <math.h>

/* Far beyond any server, and so small that sums of them stay finite. */
#define MOST_SECONDS (1000 * 366 * 86400.0)
#define MOST_VCPUS 1e6
#define MOST_BYTES 1e18
#define MOST_CONNECTIONS 1e9

/* AWS's recommended least capacities; advice, no limits of its own. */
#define PERFORMANCE_INSIGHTS_ACU 2
#define GLOBAL_DATABASE_ACU 8

static bool within(double value, double most);
static bool unknown_or_within(double value, double most);

const char *
driver_name(Driver driver)
{
	static const char *const names[] = { "cpu", "memory", "connections",
										 "floor" };

	return names[driver];
}

double
floors_acu(const Floors *floors)
{
	if (floors->global_database)
		return GLOBAL_DATABASE_ACU;
	return floors->performance_insights ? PERFORMANCE_INSIGHTS_ACU : 0;
}

void
demand_of(Demand *demand, const Load *load, const Model *model,
		  double floor_acu)
{
	double bytes =
		model->counts_used_buffers ? load->used_bytes : load->hot_bytes;
	double most = LEAST_ACU;

	demand->cpu =
		model->acu_per_vcpu * (load->vcpu_used + model->background_vcpu);
	demand->memory = memory_acu(bytes);
	demand->connections =
		load->connections * model->mib_per_connection * MIB / (2 * GIB);

	demand->driver = DRIVER_FLOOR;
	if (demand->connections > most)
	{
		most = demand->connections;
		demand->driver = DRIVER_CONNECTIONS;
	}
	if (demand->memory > most)
	{
		most = demand->memory;
		demand->driver = DRIVER_MEMORY;
	}
	if (demand->cpu >= most)
	{
		most = demand->cpu;
		demand->driver = DRIVER_CPU;
	}
	demand->need = round_up_acu(most);
	/* fmax() leaves out what is not known. */
	most = fmax(fmax(model->headroom * demand->cpu, demand->memory),
				fmax(demand->connections, fmax(floor_acu, LEAST_ACU)));
	demand->target = round_up_acu(most);
}

const char *
load_fault(const Load *load)
{
	if (!within(load->gap_seconds, MOST_SECONDS))
		return "its gap is out of range";
	if (!within(load->seconds, MOST_SECONDS) || load->seconds <= 0)
		return "its length is out of range";
	if (!within(load->vcpu_used, MOST_VCPUS))
		return "its CPU is out of range";
	if (!unknown_or_within(load->hot_bytes, MOST_BYTES) ||
		!unknown_or_within(load->used_bytes, MOST_BYTES))
		return "its memory is out of range";
	if (!unknown_or_within(load->connections, MOST_CONNECTIONS))
		return "its connections are out of range";
	return NULL;
}

static bool
within(double value, double most)
{
	return value >= 0 && value <= most;
}

static bool
unknown_or_within(double value, double most)
{
	return isnan(value) || within(value, most);
}
