/*-------------------------------------------------------------------------
 *
 * advise.c
 *		acu.advise: the option to take, the next best, and the break points.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/rows.h"
#include "capacity/explain.h"
#include "capacity/inquiry.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_advise);

/* Puts the columns from option to score, all NULL without a choice. */
static void
put_choice(RowBuilder *row, const Option *choice)
{
	put_text(row, choice ? explain_option(choice) : NULL);
	put_text(row, choice ? option_kind_name(choice->kind) : NULL);
	put_text(row, choice ? choice->instance_class : NULL);
	put_number(row, choice ? choice->min_acu : NAN);
	put_number(row, choice ? choice->max_acu : NAN);
	put_usd(row, choice ? option_usd(choice) : NAN, USD_PER_MONTH);
	put_usd(row, choice ? choice->usd_per_month_low : NAN, USD_PER_MONTH);
	put_usd(row, choice ? choice->usd_per_month_high : NAN, USD_PER_MONTH);
	put_share(row, choice ? compute_delta(&choice->totals) : NAN);
	put_rounded(row, choice ? delta_score(&choice->totals) : NAN, 2);
}

/* Puts the factor of a break point and the option beyond it; NULL for none. */
static void
put_break_point(RowBuilder *row, const BreakPoint *point)
{
	put_rounded(row, point->factor, 2);
	put_text(row, point->any_option ? explain_name(&point->option) : NULL);
}

static void
put_advice(RowBuilder *row, const Inquiry *inquiry, const Advice *advice)
{
	const LoadSummary *summary = &inquiry->search->summary;
	const Option *second = advice->runner_up;

	put_text(row, explain_advice(inquiry, advice));
	put_choice(row, advice->choice);
	put_text(row, second ? explain_option(second) : NULL);
	put_usd(row, second ? option_usd(second) : NAN, USD_PER_MONTH);
	put_break_point(row, &advice->above);
	put_break_point(row, &advice->below);
	put(row, true, BoolGetDatum(summary_is_lower_bound(summary)));
	put_seconds(row, summary->known_seconds);
	put_seconds(row, summary->gap_seconds);
	put_text(row, explain_assumptions(inquiry));
}

/*
 * acu_advise(target, since, until, region, max_throttled_share,
 *			  max_backlog_seconds, storage_gib, million_requests,
 *			  background_vcpu, floor_acu, pause_after)
 */
Datum
acu_advise(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	RowBuilder row = { 0 };
	Inquiry inquiry;
	Advice advice;
	Load *scaled;

	inquiry_begin(&inquiry, fcinfo);
	scaled =
		palloc_extended(inquiry.history.count * sizeof(Load), MCXT_ALLOC_HUGE);
	advice_make(&advice, inquiry.search, inquiry.history.loads, scaled,
				inquiry.history.count);
	InitMaterializedSRF(fcinfo, 0);
	put_advice(&row, &inquiry, &advice);
	put_row(rsinfo, &row);
	return (Datum) 0;
}
