/*-------------------------------------------------------------------------
 *
 * options.c
 *		acu.options: every way to run a load, what it costs and whether it does;
 *		and acu.outcome, the same of one that the user names.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "capacity/explain.h"
#include "backend/errors.h"
#include "backend/rows.h"

#include "utils/builtins.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_options);
PG_FUNCTION_INFO_V1(acu_outcome);

static void put_candidate(RowBuilder *row, const Candidates *candidates,
						  const Candidate *candidate);
static double
usd_of_span(const Candidates *candidates, const Candidate *candidate);
static void put_totals(RowBuilder *row, const Totals *totals,
					   double longest_backlog_seconds);

/*
 * acu_options(target, since, until, region, max_throttled_share,
 *			   max_backlog_seconds, storage_gib, million_requests,
 *			   background_vcpu, floor_acu, pause_after)
 */
Datum
acu_options(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Question question;
	History history;
	Candidates candidates;

	question_arguments(&question, fcinfo, 3);
	history_read(&history, fcinfo, 2);
	candidates_init(&candidates, &history, &question);
	candidates_try(&candidates, history.loads, EFFORT_ALL);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < candidates.count; i++)
	{
		RowBuilder row = { 0 };

		put_candidate(&row, &candidates, &candidates.list[i]);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

static void
put_candidate(RowBuilder *row, const Candidates *candidates,
			  const Candidate *candidate)
{
	const LoadSummary *summary = &candidates->summary;
	const Totals *totals = &candidate->totals;

	put_text(row, candidate_name(candidate));
	put_text(row, kind_name(candidate->kind));
	put_text(row, candidate->instance_class);
	put_number(row, candidate->min_acu);
	put_number(row, candidate->max_acu);
	put_acu(row, totals->acu_seconds / totals->known_seconds);
	put_acu_hours(row, totals->acu_seconds / SECONDS_PER_HOUR);
	put_usd(row, usd_of_span(candidates, candidate), USD_OF_SPAN);
	put_usd(row, candidate->usd_per_month, USD_PER_MONTH);
	put_usd(row, candidate->usd_per_month_low, USD_PER_MONTH);
	put_usd(row, candidate->usd_per_month_high, USD_PER_MONTH);
	put_share(row, compute_delta(totals));
	put_rounded(row, 10 * compute_delta(totals), 2);
	put_seconds(row, totals->throttled_seconds);
	put_seconds(row, candidate->longest_backlog_seconds);
	put_seconds(row, totals->known_seconds);
	put_seconds(row, summary->gap_seconds);
	put(row, true, BoolGetDatum(summary_is_lower_bound(summary)));
	put(row, true,
		BoolGetDatum(candidate->verdict == FEASIBLE && !candidate->burstable));
	put_text(row, explain_verdict(candidates, candidate));
	put_usd(row, candidate->usd_per_month_optimized, USD_PER_MONTH);
	put_usd(row, candidate->usd_per_month_reserved, USD_PER_MONTH);
	put_acu(row, candidate->kind == KIND_SERVERLESS
					 ? NAN
					 : break_even_acu(candidate->usd_per_hour,
									  candidates->acu_price));
	put_text(row, explain_assumptions(candidates));
}

static double
usd_of_span(const Candidates *candidates, const Candidate *candidate)
{
	return candidate->usd_per_month / HOURS_PER_MONTH *
		   candidates->summary.known_seconds / SECONDS_PER_HOUR;
}

/*
 * acu_outcome(target, since, until, min_acu, max_acu, pause_after, vcpu,
 *			   memory_gib, background_vcpu, floor_acu)
 *
 * Of a range, or of an instance when vcpu and memory_gib are given.
 */
Datum
acu_outcome(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double vcpu = float_argument_within(fcinfo, 6, "vcpu", 0.1, 10000, NAN);
	double memory =
		float_argument_within(fcinfo, 7, "memory_gib", 0.1, 1e6, NAN);
	double background =
		float_argument_within(fcinfo, 8, "background_vcpu", 0, 1000, NAN);
	double floor = float_argument_within(fcinfo, 9, "floor_acu", 0, MAX_ACU, 0);
	RowBuilder row = { 0 };
	History history;
	Model model;
	Range range;

	if (isnan(vcpu) != isnan(memory))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("an instance has both vcpu and memory_gib"),
						errhint("Give both of them, or none for a range."),
						hide_context()));
	if (isnan(vcpu))
		range_arguments(fcinfo, 3, &range);
	history_read(&history, fcinfo, 2);
	model = history_model(&history, MODEL_LIKELY, background);
	InitMaterializedSRF(fcinfo, 0);
	if (isnan(vcpu))
	{
		Scaler scaler;

		scaler_init(&scaler, &model, range.min_acu, range.max_acu,
					range.pause_after);
		scale_loads(history.loads, history.count, &model, floor, &scaler, 1);
		put_totals(&row, &scaler.totals, scaler.longest_backlog_seconds);
	}
	else
	{
		Instance instance;
		double *needs = make_needs(history.loads, history.count, &model, floor);

		instance_init(&instance, vcpu, memory, &model);
		instance_run(&instance, history.loads, needs, history.count,
					 model.background_vcpu);
		put_totals(&row, &instance.totals, instance.longest_backlog_seconds);
	}
	put_row(rsinfo, &row);
	return (Datum) 0;
}

static void
put_totals(RowBuilder *row, const Totals *totals,
		   double longest_backlog_seconds)
{
	put_seconds(row, totals->known_seconds);
	put_acu(row, totals->acu_seconds / totals->known_seconds);
	put_acu(row, totals->used_seconds / totals->known_seconds);
	put_share(row, compute_delta(totals));
	put_rounded(row, 10 * compute_delta(totals), 2);
	put_seconds(row, totals->throttled_seconds);
	put_seconds(row, longest_backlog_seconds);
	put_seconds(row, totals->paused_seconds);
}
