/*-------------------------------------------------------------------------
 *
 * survey.c
 *		A load at a glance, and which ranges of capacity are worth trying
 *		for it.
 *
 * Owns no data but the Survey of its caller.
 *
 *-------------------------------------------------------------------------
 */
#include "model/survey.h"

#include <math.h>

#define LEAST_MAX_ACU 1.0 /* AWS takes no less as a maximum */

static void look_at(Survey *survey, const Load *load, const Model *model);
static double next_worth(double acu);

void
survey_make(Survey *survey, const Load *loads, int count, const Model *model)
{
	*survey = (Survey){ 0 };
	for (int i = 0; i < count; i++)
		look_at(survey, &loads[i], model);
}

static void
look_at(Survey *survey, const Load *load, const Model *model)
{
	Demand demand;
	int level;

	demand_of(&demand, load, model, 0);
	level = fmin(LEVELS - 1, demand.need / ACU_STEP - 1);
	survey->need_seconds[level] += load->seconds;
	survey->known_seconds += load->seconds;
	survey->gap_seconds += load->gap_seconds;
	survey->peak_need = fmax(survey->peak_need, demand.need);
	survey->peak_vcpu = fmax(survey->peak_vcpu, load->vcpu_used);
	survey->peak_memory = fmax(survey->peak_memory, demand.memory);
	survey->peak_connections =
		fmax(survey->peak_connections, load->connections);
	if (load->saturated)
		survey->saturated_seconds += load->seconds;
	if (isnan(demand.memory))
		survey->memory_unknown_seconds += load->seconds;
	else if (load->memory_at_least)
		survey->memory_at_least_seconds += load->seconds;
	if (isnan(load->connections))
		survey->connections_unknown_seconds += load->seconds;
	else if (load->connections == 0)
		survey->idle_seconds += load->seconds;
}

bool
survey_is_lower_bound(const Survey *survey)
{
	return survey->saturated_seconds > 0 ||
		   survey->memory_unknown_seconds > 0 ||
		   survey->memory_at_least_seconds > 0;
}

double
survey_least_max(const Survey *survey, const Limits *limits)
{
	double acu = fmax(fmax(LEAST_MAX_ACU, round_up_acu(survey->peak_memory)),
					  survey_quantile(survey, limits->throttled_share));

	while (acu < MOST_ACU &&
		   acu_max_connections(LEAST_MAX_ACU, acu) < survey->peak_connections)
		acu += ACU_STEP;
	return acu;
}

double
survey_quantile(const Survey *survey, double share)
{
	double allowed = share * survey->known_seconds + ROUNDING_SECONDS;
	double above = 0;
	int level = LEVELS - 1;

	while (level >= 0 && above + survey->need_seconds[level] <= allowed)
		above += survey->need_seconds[level--];
	return (level + 1) * ACU_STEP;
}

int
survey_minima(const Survey *survey, double floor_acu, double *minima, int most)
{
	double acu = fmin(MOST_ACU, fmax(LEAST_ACU, round_up_acu(floor_acu)));
	double top = fmin(MOST_ACU, fmax(acu, survey->peak_need));
	int count = 0;

	if (survey->idle_seconds > 0 && floor_acu <= 0)
		minima[count++] = 0;
	while (count < most - 1 && acu < top)
	{
		minima[count++] = acu;
		acu = next_worth(acu);
	}
	minima[count++] = top;
	return count;
}

int
survey_maxima(const Survey *survey, double least, double min_acu,
			  double peak_acu, double *maxima, int most)
{
	static const double shares[] = { 0.25, 0.05, 0.01 };
	double bottom = fmax(min_acu, LEAST_MAX_ACU);
	double acu = fmin(MOST_ACU, fmax(least, bottom));
	double top = fmin(MOST_ACU, fmax(acu, round_up_acu(peak_acu)));
	double step = ACU_STEP;
	int count = 0;

	for (int i = 0; i < 3; i++)
	{
		double lower = survey_quantile(survey, shares[i]);

		if (lower >= bottom && lower < acu &&
			(count == 0 || lower > maxima[count - 1]))
			maxima[count++] = lower;
	}
	while (count < most - 1 && acu < top)
	{
		maxima[count++] = acu;
		acu += step;
		step *= 2;
	}
	maxima[count++] = top;
	return count;
}

/* By halves, then in steps of about an eighth. */
static double
next_worth(double acu)
{
	return acu < 4 ? acu + ACU_STEP : acu + round_up_acu(acu / 8);
}

Verdict
survey_judge(const Survey *survey, const Totals *totals,
			 double longest_backlog_seconds, double memory_acu,
			 double max_connections, const Limits *limits)
{
	if (survey->peak_memory > memory_acu + ROUNDING_ACU)
		return TOO_LITTLE_MEMORY;
	if (survey->peak_connections > max_connections)
		return TOO_FEW_CONNECTIONS;
	if (totals->throttled_seconds >
		limits->throttled_share * totals->known_seconds + ROUNDING_SECONDS)
		return THROTTLED_TOO_LONG;
	if (longest_backlog_seconds > limits->backlog_seconds + ROUNDING_SECONDS)
		return BACKLOG_TOO_LONG;
	return FEASIBLE;
}
