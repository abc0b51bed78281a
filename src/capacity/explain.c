/*-------------------------------------------------------------------------
 *
 * explain.c
 *		Why: what the model found, in words.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capacity/explain.h"

#include <math.h>

static void
add_share(StringInfo text, double part, double whole, const char *what);

char *
explain_verdict(const Candidates *candidates, const Candidate *candidate)
{
	const Survey *survey = &candidates->survey;
	const Totals *totals = &candidate->totals;
	const Limits *limits = &candidates->question->limits;
	char *throttled = percent(totals->throttled_seconds, totals->known_seconds);
	StringInfoData text;

	initStringInfo(&text);
	switch (candidate->verdict)
	{
		case TOO_LITTLE_MEMORY:
			appendStringInfo(&text, "the working set needs %.1f ACU of memory",
							 survey->peak_memory);
			break;
		case TOO_FEW_CONNECTIONS:
			appendStringInfo(&text, "too few connections for a peak of %.0f",
							 survey->peak_connections);
			break;
		case THROTTLED_TOO_LONG:
			appendStringInfo(&text, "throttled %s of the time, the limit is %s",
							 throttled, percent(limits->throttled_share, 1));
			break;
		case BACKLOG_TOO_LONG:
			appendStringInfo(
				&text,
				"work waits for %.0f s at a stretch, the limit is %.0f s",
				candidate->longest_backlog_seconds, limits->backlog_seconds);
			break;
		case SIZE_UNKNOWN:
			appendStringInfoString(
				&text,
				"its size is not known; acu.set_instance_class() sets it");
			break;
		case FEASIBLE:
			appendStringInfo(
				&text, "throttled %s of the time, at most %.0f s at a stretch",
				throttled, candidate->longest_backlog_seconds);
	}
	if (candidate->burstable)
		appendStringInfoString(
			&text, "; burstable: left out, as it has its baseline only for "
				   "good, and more is charged by credits");
	if (isnan(candidate->usd_per_month) && !isnan(candidate->usd_per_hour))
		appendStringInfo(
			&text,
			"; what its storage costs in %s is not known, acu.set_price() sets it",
			candidates->question->region);
	else if (isnan(candidate->usd_per_month))
		appendStringInfo(&text, "; no price in %s, acu.set_price() sets one",
						 candidates->question->region);
	return text.data;
}

char *
explain_assumptions(const Candidates *candidates)
{
	const Survey *survey = &candidates->survey;
	StringInfoData text;

	initStringInfo(&text);
	describe_model(&text, &candidates->models[MODEL_LIKELY]);
	appendStringInfo(&text, ", prices of %s", candidates->question->region);
	add_share(&text, survey->saturated_seconds, survey->known_seconds,
			  "saturated");
	add_share(&text, survey->memory_unknown_seconds, survey->known_seconds,
			  "memory not known");
	add_share(&text, survey->memory_at_least_seconds, survey->known_seconds,
			  "memory at least so much");
	add_share(&text, survey->connections_unknown_seconds, survey->known_seconds,
			  "connections not known, so never paused");
	return text.data;
}

static void
add_share(StringInfo text, double part, double whole, const char *what)
{
	if (part > 0)
		appendStringInfo(text, ", %s %s of the time", what,
						 percent(part, whole));
}

char *
explain_lower_bound(const Survey *survey)
{
	StringInfoData text;

	if (!survey_is_lower_bound(survey))
		return NULL;
	initStringInfo(&text);
	if (survey->saturated_seconds > 0)
		appendStringInfo(
			&text,
			"in %s of the time the server was saturated, and the work wanted more than it got",
			percent(survey->saturated_seconds, survey->known_seconds));
	if (survey->memory_unknown_seconds > 0)
		appendStringInfo(
			&text, "%sthe working set is not known for %s of the time",
			text.len > 0 ? "; " : "",
			percent(survey->memory_unknown_seconds, survey->known_seconds));
	if (survey->memory_at_least_seconds > 0)
		appendStringInfo(
			&text,
			"%sfor %s of the time shared_buffers was full and blocks were read, so that more memory may be wanted",
			text.len > 0 ? "; " : "",
			percent(survey->memory_at_least_seconds, survey->known_seconds));
	return psprintf("This is a lower bound: %s.", text.data);
}

char *
percent(double part, double whole)
{
	double value = whole > 0 ? 100 * part / whole : 0;

	if (value == 0 || value == 100)
		return psprintf("%.0f %%", value);
	if (value < 0.01)
		return pstrdup("less than 0.01 %");
	if (value > 99.99)
		return pstrdup("more than 99.99 %");
	return psprintf(value < 1 || value > 99 ? "%.2f %%" : "%.0f %%", value);
}
