/*-------------------------------------------------------------------------
 *
 * apportion.c
 *		Estimate of the CPU that each statement used, as nothing measures it.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/apportion.h"

void
fit_add(CallCostFit *fit, double calls, double busy_seconds, double cpu_seconds)
{
	int at = fit->count % FIT_INTERVALS;

	fit->calls[at] = calls;
	fit->rest[at] = cpu_seconds - busy_seconds;
	fit->count = fit->count + 1 < 2 * FIT_INTERVALS
					 ? fit->count + 1
					 : fit->count + 1 - FIT_INTERVALS;
}

/*
 * The k that makes the sum of (rest - k * calls)^2 least is
 * sum(calls * rest) / sum(calls^2).
 */
double
fit_call_cost(const CallCostFit *fit)
{
	int count = fit->count < FIT_INTERVALS ? fit->count : FIT_INTERVALS;
	double above = 0;
	double below = 0;

	for (int i = 0; i < count; i++)
	{
		above += fit->calls[i] * fit->rest[i];
		below += fit->calls[i] * fit->calls[i];
	}
	return below > 0 && above > 0 ? above / below : 0;
}

double
statement_weight(double busy_seconds, double calls, double k)
{
	return (busy_seconds > 0 ? busy_seconds : 0) + k * calls;
}

double
apportion_scale(double weights, double cpu_seconds)
{
	if (weights <= 0 || cpu_seconds <= 0)
		return 0;
	return cpu_seconds < weights ? cpu_seconds / weights : 1;
}
