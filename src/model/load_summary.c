/*-------------------------------------------------------------------------
 *
 * load_summary.c
 *		A load in numbers, which ranges of capacity are worth trying for it, and
 *		whether an outcome is within the limits.
 *
 * Owns no data; the LoadSummary is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/load_summary.h"

#include <assert.h>
#include <math.h>

static void
add_load(LoadSummary *summary, const Load *load, const Model *model)
{
	Demand demand;
	int level;

	demand_of(&demand, load, model, 0);
	level = fmin(LEVELS - 1, demand.need / ACU_STEP - 1);
	summary->need_seconds[level] += load->seconds;
	summary->known_seconds += load->seconds;
	summary->gap_seconds += load->gap_seconds;
	summary->peak_need = fmax(summary->peak_need, demand.need);
	summary->peak_vcpu = fmax(summary->peak_vcpu, load->vcpu_used);
	/* fmax() leaves out NAN. */
	summary->peak_memory = fmax(summary->peak_memory, demand.memory);
	summary->peak_connections =
		fmax(summary->peak_connections, load->connections);
	if (load->saturated)
		summary->saturated_seconds += load->seconds;
	if (isnan(demand.memory))
		summary->memory_unknown_seconds += load->seconds;
	else if (load->memory_at_least)
		summary->memory_at_least_seconds += load->seconds;
	if (isnan(load->connections))
		summary->connections_unknown_seconds += load->seconds;
	else if (load->connections == 0)
		summary->idle_seconds += load->seconds;
}

void
summary_make(LoadSummary *summary, const Load *loads, int count,
			 const Model *model)
{
	*summary = (LoadSummary){ 0 };
	for (int i = 0; i < count; i++)
		add_load(summary, &loads[i], model);
}

bool
summary_is_lower_bound(const LoadSummary *summary)
{
	return summary->saturated_seconds > 0 ||
		   summary->memory_unknown_seconds > 0 ||
		   summary->memory_at_least_seconds > 0;
}

double
summary_quantile(const LoadSummary *summary, double share)
{
	double allowed = share * summary->known_seconds + ROUNDING_SECONDS;
	double above = 0;
	int level = LEVELS - 1;

	while (level >= 0 && above + summary->need_seconds[level] <= allowed)
		above += summary->need_seconds[level--];
	return (level + 1) * ACU_STEP;
}

double
summary_smallest_max(const LoadSummary *summary, const Limits *limits)
{
	double acu = fmax(fmax(MIN_MAX_ACU, round_up_acu(summary->peak_memory)),
					  summary_quantile(summary, limits->throttled_share));

	while (acu < MAX_ACU &&
		   acu_max_connections(MIN_MAX_ACU, acu) < summary->peak_connections)
		acu += ACU_STEP;
	return acu;
}

/* The next minimum worth trying: by halves, above 4 ACU in steps of about an
 * eighth. */
static double
next_minimum(double acu)
{
	return acu < 4 ? acu + ACU_STEP : acu + round_up_acu(acu / 8);
}

int
summary_minima(const LoadSummary *summary, double floor_acu, double *minima,
			   int room)
{
	double acu = fmin(MAX_ACU, fmax(MIN_ACU, round_up_acu(floor_acu)));
	double top = fmin(MAX_ACU, fmax(acu, summary->peak_need));
	int count = 0;

	if (summary->idle_seconds > 0 && floor_acu <= 0)
		minima[count++] = 0;
	while (count < room - 1 && acu < top)
	{
		minima[count++] = acu;
		acu = next_minimum(acu);
	}
	assert(count < room);
	minima[count++] = top;
	return count;
}

int
summary_maxima(const LoadSummary *summary, double smallest, double min_acu,
			   double peak_acu, double *maxima, int room)
{
	static const double shares[] = { 0.25, 0.05, 0.01 };
	double bottom = fmax(min_acu, MIN_MAX_ACU);
	double acu = fmin(MAX_ACU, fmax(smallest, bottom));
	double top = fmin(MAX_ACU, fmax(acu, round_up_acu(peak_acu)));
	double step = ACU_STEP;
	int count = 0;

	for (int i = 0; i < 3; i++)
	{
		double throttling = summary_quantile(summary, shares[i]);

		if (throttling >= bottom && throttling < acu &&
			(count == 0 || throttling > maxima[count - 1]))
			maxima[count++] = throttling;
	}
	while (count < room - 1 && acu < top)
	{
		maxima[count++] = acu;
		acu += step;
		step *= 2;
	}
	assert(count < room);
	maxima[count++] = top;
	return count;
}

Verdict
summary_judge(const LoadSummary *summary, const Totals *totals,
			  double longest_backlog_seconds, double memory_acu,
			  double max_connections, const Limits *limits)
{
	if (summary->peak_memory > memory_acu + ROUNDING_ACU)
		return TOO_LITTLE_MEMORY;
	if (summary->peak_connections > max_connections)
		return TOO_FEW_CONNECTIONS;
	if (totals->throttled_seconds >
		limits->throttled_share * totals->known_seconds + ROUNDING_SECONDS)
		return THROTTLED_TOO_LONG;
	if (longest_backlog_seconds > limits->backlog_seconds + ROUNDING_SECONDS)
		return BACKLOG_TOO_LONG;
	return FEASIBLE;
}
