/*-------------------------------------------------------------------------
 *
 * estimate.c
 *		AWS's own estimators, which know little but CPU percentiles.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/estimate.h"

#include "model/model.h"

#include <math.h>
#include <string.h>

#define MIB_PER_GIB 1024.0
#define MIB_PER_CONNECTION 10.0
#define AVERAGE_OF_P95 0.6
#define P95_WEIGHT 0.95
#define MAX_WEIGHT 0.05

/* The nearest capacity that Aurora offers, in ACU. */
static double
clamp_acu(double acu)
{
	return fmin(MAX_ACU, fmax(MIN_ACU, acu));
}

/* Rounds to a fraction: 100 keeps two digits. */
static double
round_to(double value, double parts)
{
	return round(value * parts) / parts;
}

double
estimate_ratio(const char *instance_class)
{
	const char *family = instance_class;

	if (strncmp(family, "db.", 3) == 0)
		family += 3;
	switch (*family)
	{
		case 'r':
		case 'x':
			return 4;
		case 'm':
		case 't':
			return 2;
		case 'c':
			return 1;
		default:
			return NAN;
	}
}

void
estimate_make(Estimate *estimate, const Observed *observed)
{
	double full = observed->vcpu * observed->acu_per_vcpu;
	double blend =
		(P95_WEIGHT * observed->cpu_p95 + MAX_WEIGHT * observed->cpu_max) / 100;
	double average = isnan(observed->cpu_avg)
						 ? AVERAGE_OF_P95 * observed->cpu_p95
						 : observed->cpu_avg;
	double connections =
		observed->connections * MIB_PER_CONNECTION / MIB_PER_GIB / GIB_PER_ACU;

	estimate->typical = clamp_acu(round_up_acu(blend * full));
	estimate->peak = round_up_acu(observed->cpu_max / 100 * full);
	/* fmax() leaves out NAN, which is not given. */
	estimate->min = fmax(fmax(MIN_ACU, round_up_acu(average / 100 * full)),
						 round_up_acu(connections));
	estimate->max = fmin(MAX_ACU, fmax(round_up_acu(1.3 * estimate->peak),
									   round_up_acu(1.5 * estimate->typical)));
	estimate->working_set_floor =
		round_up_acu(observed->working_set_gib / GIB_PER_ACU);

	estimate->actual =
		round_up_acu(round_to(observed->cpu_p95 / 100 * observed->vcpu, 100) *
					 observed->acu_per_vcpu);
	estimate->adjusted = round_up_acu(blend * full);
	estimate->growth_factor = round_to((MAX_ACU - full) / full, 100);
}

double
estimate_saving(double provisioned_usd, double serverless_usd)
{
	if (!(provisioned_usd > 0))
		return NAN;
	return round_to((provisioned_usd - serverless_usd) / provisioned_usd * 100,
					100);
}

const char *
estimate_label(double provisioned_usd, double typical_usd, double high_usd)
{
	double saving = (provisioned_usd - typical_usd) / provisioned_usd;

	if (saving > 0.10 && high_usd <= 2 * provisioned_usd)
		return "recommended";
	if (saving > -0.05)
		return "consider";
	return saving > -0.30 ? "more_expensive" : "not_recommended";
}
