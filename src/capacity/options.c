/*-------------------------------------------------------------------------
 *
 * options.c
 *		acu.options: every option to run a load, its cost and its outcome.
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

#include <math.h>

PG_FUNCTION_INFO_V1(acu_options);

/* The cost of the known time, in USD; NAN when unknown. */
static double
usd_of_span(const Option *option)
{
	return option->usd_per_month / HOURS_PER_MONTH *
		   option->totals.known_seconds / SECONDS_PER_HOUR;
}

static void
put_option(RowBuilder *row, const Inquiry *inquiry, const Option *option,
		   const char *assumptions)
{
	const LoadSummary *summary = &inquiry->search->summary;
	const Totals *totals = &option->totals;

	put_text(row, explain_option(option));
	put_text(row, option_kind_name(option->kind));
	put_text(row, option->instance_class);
	put_number(row, option->min_acu);
	put_number(row, option->max_acu);
	put_acu(row, totals->acu_seconds / totals->known_seconds);
	put_acu_hours(row, totals->acu_seconds / SECONDS_PER_HOUR);
	put_usd(row, usd_of_span(option), USD_OF_SPAN);
	put_usd(row, option->usd_per_month, USD_PER_MONTH);
	put_usd(row, option->usd_per_month_low, USD_PER_MONTH);
	put_usd(row, option->usd_per_month_high, USD_PER_MONTH);
	put_share(row, compute_delta(totals));
	put_rounded(row, delta_score(totals), 2);
	put_seconds(row, totals->throttled_seconds);
	put_seconds(row, option->longest_backlog_seconds);
	put_seconds(row, totals->known_seconds);
	put_seconds(row, summary->gap_seconds);
	put(row, true, BoolGetDatum(summary_is_lower_bound(summary)));
	put(row, true,
		BoolGetDatum(option->verdict == FEASIBLE && !option->burstable));
	put_text(row, explain_verdict(inquiry, option));
	put_usd(row, option->usd_per_month_optimized, USD_PER_MONTH);
	put_usd(row, option->usd_per_month_reserved, USD_PER_MONTH);
	put_acu(row, option->kind == KIND_SERVERLESS
					 ? NAN
					 : break_even_acu(option->usd_per_hour,
									  inquiry->prices.usd_per_acu_hour));
	put_text(row, assumptions);
}

/*
 * acu_options(target, since, until, region, max_throttled_share,
 *			   max_backlog_seconds, storage_gib, million_requests,
 *			   background_vcpu, floor_acu, pause_after)
 */
Datum
acu_options(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Inquiry inquiry;
	Search *search;
	const char *assumptions;

	inquiry_begin(&inquiry, fcinfo);
	search = inquiry.search;
	search_all(search, inquiry.history.loads, inquiry.history.count);
	assumptions = explain_assumptions(&inquiry);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < search->option_count; i++)
	{
		RowBuilder row = { 0 };

		put_option(&row, &inquiry, &search->options[i], assumptions);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}
