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

#define DAY 86400.0
#define LEAST_DAYS 7	  /* below, peaks of the week may be missing */
#define BUSY 0.85		  /* of an instance's CPU: little is left for more */
#define MOST_PERCENT 1000 /* more is no number to compare by */

static void append_throttled(StringInfo text, const Candidate *candidate);
static void
add_share(StringInfo text, double part, double whole, const char *what);
static void append_lower_bound(StringInfo all, const LoadSummary *summary);
static void append_unpriced(StringInfo text, const Candidates *candidates);
static void append_choice(StringInfo text, const Candidates *candidates,
						  const Candidate *choice);
static void append_price(StringInfo text, const Candidate *choice);
static void append_cautions(StringInfo text, const Candidates *candidates,
							const Candidate *choice);
static void append_others(StringInfo text, const Candidates *candidates,
						  const Advice *advice);
static void append_flips(StringInfo text, const Advice *advice);
static void append_flip(StringInfo text, const Flip *flip);
static void append_span(StringInfo text, const LoadSummary *summary);
static char *usd_text(double usd);
static char *percent(double part, double whole);

char *
explain_verdict(const Candidates *candidates, const Candidate *candidate)
{
	const LoadSummary *summary = &candidates->summary;
	const Totals *totals = &candidate->totals;
	const Limits *limits = &candidates->question->limits;
	char *throttled = percent(totals->throttled_seconds, totals->known_seconds);
	StringInfoData text;

	initStringInfo(&text);
	switch (candidate->verdict)
	{
		case TOO_LITTLE_MEMORY:
			appendStringInfo(&text, "the working set needs %.1f ACU of memory",
							 summary->peak_memory);
			break;
		case TOO_FEW_CONNECTIONS:
			appendStringInfo(&text, "too few connections for a peak of %.0f",
							 summary->peak_connections);
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
			append_throttled(&text, candidate);
	}
	if (candidate->burstable)
		appendStringInfoString(
			&text,
			"; burstable: left out, as only its baseline is there all "
			"the time; more costs credits, whose price is not in the list");
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

/* The two are not the same: too little memory throttles, but nothing queues. */
static void
append_throttled(StringInfo text, const Candidate *candidate)
{
	const Totals *totals = &candidate->totals;

	if (totals->throttled_seconds == 0)
	{
		appendStringInfoString(text, "never throttled");
		return;
	}
	appendStringInfo(text, "throttled %s of the time",
					 percent(totals->throttled_seconds, totals->known_seconds));
	if (candidate->longest_backlog_seconds > 0)
		appendStringInfo(text, ", and work waits for at most %.0f s",
						 candidate->longest_backlog_seconds);
}

char *
explain_assumptions(const Candidates *candidates)
{
	const LoadSummary *summary = &candidates->summary;
	const Limits *limits = &candidates->question->limits;
	StringInfoData text;

	initStringInfo(&text);
	describe_model(&text, &candidates->models[MODEL_LIKELY]);
	appendStringInfo(&text,
					 ", throttled at most %s, work waiting at most %.0f s,"
					 " prices of %s",
					 percent(limits->throttled_share, 1),
					 limits->backlog_seconds, candidates->question->region);
	add_share(&text, summary->saturated_seconds, summary->known_seconds,
			  "saturated");
	add_share(&text, summary->memory_unknown_seconds, summary->known_seconds,
			  "memory not known");
	add_share(&text, summary->memory_at_least_seconds, summary->known_seconds,
			  "memory at least so much");
	add_share(&text, summary->connections_unknown_seconds,
			  summary->known_seconds, "connections not known, so never paused");
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
explain_advice(const Candidates *candidates, const Advice *advice)
{
	StringInfoData text;

	initStringInfo(&text);
	append_lower_bound(&text, &candidates->summary);
	append_unpriced(&text, candidates);
	if (advice->choice == NULL)
		appendStringInfo(
			&text,
			"Nothing that has a price in %s suffices within the limits; acu.options() has the reason of each.",
			candidates->question->region);
	else
	{
		append_choice(&text, candidates, advice->choice);
		append_others(&text, candidates, advice);
		append_flips(&text, advice);
	}
	append_span(&text, &candidates->summary);
	return text.data;
}

/* Who has no prices to compare with is to know it. */
static void
append_unpriced(StringInfo text, const Candidates *candidates)
{
	for (int i = 0; i < candidates->count; i++)
		if (candidates->list[i].kind == KIND_AURORA ||
			candidates->list[i].kind == KIND_RDS)
			return;
	appendStringInfo(
		text,
		"No instance class has a price in %s: only serverless was compared; acu.set_price() adds prices. ",
		candidates->question->region);
}

static void
append_choice(StringInfo text, const Candidates *candidates,
			  const Candidate *choice)
{
	const Totals *totals = &choice->totals;
	double mean = totals->acu_seconds / totals->known_seconds;

	appendStringInfo(text, "Take %s: ", explain_name(choice));
	append_price(text, choice);
	if (mean > 0)
		appendStringInfo(
			text,
			" The work needs %s of %s %.2f ACU (compute delta %.1f of 10, where 0 is best); it is ",
			percent(totals->used_seconds, totals->acu_seconds),
			choice->kind == KIND_SERVERLESS ? "a mean capacity of"
											: "what would be",
			mean, 10 * compute_delta(totals));
	else
		appendStringInfoString(text, " It is ");
	append_throttled(text, choice);
	appendStringInfoChar(text, '.');
	append_cautions(text, candidates, choice);
}

static void
append_price(StringInfo text, const Candidate *choice)
{
	appendStringInfo(text, "%s a month", usd_text(candidate_usd(choice)));
	if (candidate_is_optimized(choice))
		appendStringInfo(text, " with I/O-Optimized storage, %s with Standard",
						 usd_text(choice->usd_per_month));
	else if (choice->usd_per_month_low < choice->usd_per_month_high)
		appendStringInfo(
			text, ", %s to %s by the low and high constants of the model",
			usd_text(choice->usd_per_month_low),
			usd_text(choice->usd_per_month_high));
	appendStringInfoChar(text, '.');
}

static void
append_cautions(StringInfo text, const Candidates *candidates,
				const Candidate *choice)
{
	double busy = (candidates->summary.peak_vcpu +
				   candidates->models[MODEL_LIKELY].background_vcpu) /
				  choice->vcpu;

	if (busy > BUSY) /* of an instance: else it is not a number */
		appendStringInfo(
			text, " At its peak the load takes %s of its CPU: little is left.",
			percent(fmin(busy, 1), 1));
	if (choice->min_acu == 0)
		appendStringInfoString(
			text,
			" It pauses while nobody is connected: the first connection then waits some 15 seconds, and storage is billed all the same.");
}

static void
append_others(StringInfo text, const Candidates *candidates,
			  const Advice *advice)
{
	const Candidate *second = advice->second;
	const Candidate *miss = advice->near_miss;
	double usd = candidate_usd(advice->choice);

	if (second == NULL)
		appendStringInfo(text, " Nothing else that has a price in %s suffices.",
						 candidates->question->region);
	else
	{
		double more = 100 * (candidate_usd(second) / usd - 1);

		appendStringInfo(text, " The runner-up is %s: %s a month",
						 explain_name(second), usd_text(candidate_usd(second)));
		if (more < MOST_PERCENT)
			appendStringInfo(text, ", %.0f %% more", more);
		appendStringInfoString(text, advice->choice->usd_per_month_high >
											 candidate_usd(second)
										 ? ", but less by the high constants."
										 : ".");
	}
	if (miss != NULL)
		appendStringInfo(text, " %s would cost %s, but %s.", explain_name(miss),
						 usd_text(candidate_usd(miss)),
						 explain_verdict(candidates, miss));
}

static void
append_flips(StringInfo text, const Advice *advice)
{
	append_flip(text, &advice->up);
	append_flip(text, &advice->down);
	if (!isnan(advice->up.factor) || !isnan(advice->down.factor))
		return;
	if (advice->up.twice != NULL && advice->choice->kind == KIND_SERVERLESS)
		appendStringInfo(
			text,
			" From an eighth to 8 times this load serverless stays the cheapest way, with other ranges: at twice the load %s.",
			advice->up.twice);
	else
		appendStringInfoString(
			text,
			" From an eighth to 8 times this load the answer stays the same.");
}

static void
append_flip(StringInfo text, const Flip *flip)
{
	if (isnan(flip->factor))
		return;
	if (flip->factor > 0.5 && flip->factor < 2)
		appendStringInfo(text, " With %.0f %% %s load",
						 100 * fabs(flip->factor - 1),
						 flip->factor > 1 ? "more" : "less");
	else
		appendStringInfo(text, " With %.2g times the load", flip->factor);
	if (flip->name == NULL)
		appendStringInfoString(text, " nothing suffices.");
	else
		appendStringInfo(text, ", take %s.", flip->name);
}

static void
append_span(StringInfo text, const LoadSummary *summary)
{
	double seconds = summary->known_seconds;

	if (seconds >= LEAST_DAYS * DAY)
		return;
	if (seconds >= DAY)
		appendStringInfo(text, " All this rests on %.1f days", seconds / DAY);
	else if (seconds >= 3600)
		appendStringInfo(text, " All this rests on %.1f hours", seconds / 3600);
	else
		appendStringInfo(text, " All this rests on %.0f seconds", seconds);
	appendStringInfoString(text, ": a week or more has peaks that these lack.");
}

char *
explain_name(const Candidate *candidate)
{
	bool single = candidate->deployment == NULL ||
				  strcmp(candidate->deployment, "single_az") == 0;

	if (candidate->min_acu == candidate->max_acu)
		return psprintf("Aurora Serverless v2 with %g ACU, always",
						candidate->min_acu);
	if (candidate->kind == KIND_SERVERLESS)
		return psprintf("Aurora Serverless v2 with %g to %g ACU",
						candidate->min_acu, candidate->max_acu);
	return psprintf("%s %s%s%s", candidate->kind == KIND_RDS ? "RDS" : "Aurora",
					candidate->instance_class, single ? "" : " ",
					single ? "" : candidate->deployment);
}

/* First of all, as it makes all else uncertain. */
static void
append_lower_bound(StringInfo all, const LoadSummary *summary)
{
	StringInfoData text;

	if (!summary_is_lower_bound(summary))
		return;
	initStringInfo(&text);
	if (summary->saturated_seconds > 0)
		appendStringInfo(
			&text,
			"in %s of the time the server was saturated, and the work wanted more than it got",
			percent(summary->saturated_seconds, summary->known_seconds));
	if (summary->memory_unknown_seconds > 0)
		appendStringInfo(
			&text, "%sthe working set is not known for %s of the time",
			text.len > 0 ? "; " : "",
			percent(summary->memory_unknown_seconds, summary->known_seconds));
	if (summary->memory_at_least_seconds > 0)
		appendStringInfo(
			&text,
			"%sfor %s of the time shared_buffers was full and blocks were read, so that more memory may be wanted",
			text.len > 0 ? "; " : "",
			percent(summary->memory_at_least_seconds, summary->known_seconds));
	appendStringInfo(all, "This is a lower bound: %s. ", text.data);
}

static char *
usd_text(double usd)
{
	return psprintf(usd < 100 ? "$%.2f" : "$%.0f", usd);
}

/* A share of a time, with as many digits as say something. */
static char *
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
