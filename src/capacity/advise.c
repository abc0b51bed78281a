/*-------------------------------------------------------------------------
 *
 * advise.c
 *		acu.advise: what to take, what comes next, and when the answer changes.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "capacity/explain.h"
#include "rows.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_advise);

/* The load is tried from an eighth to eight times what it is, in steps of half
 * an octave; the factor itself is then found to a few percent. */
#define MOST_FACTOR 8.0
#define FACTOR_STEP M_SQRT2
#define FACTOR_PRECISION 1.03

/* Where the answer becomes another. */
typedef struct Flip
{
	double factor; /* NAN: nowhere */
	char *name;	   /* of what is taken then; NULL when nothing suffices */
} Flip;

static const Candidate *choice_of(const Candidates *candidates);
static const Candidate *runner_up(const Candidates *candidates);
static bool same_way(const Candidate *a, const Candidate *b);
static Flip find_flip(Candidates *scaled, const Candidate *choice, double step);
static const Candidate *choice_at(Candidates *scaled, double factor);
static void bisect(Candidates *scaled, const Candidate *choice, double near,
				   double far, Flip *flip);
static char *
describe(const Candidates *candidates, const Candidate *choice,
		 const Candidate *second, const Flip *up, const Flip *down);
static void describe_choice(StringInfo text, const Candidates *candidates,
							const Candidate *choice);
static void describe_second(StringInfo text, const Candidates *candidates,
							const Candidate *choice, const Candidate *second);
static void describe_flip(StringInfo text, const Flip *flip);
static char *long_name(const Candidate *candidate);
static char *usd_text(double usd);

/*
 * acu_advise(target, since, until, region, max_throttled_share,
 *			  max_backlog_seconds, storage_gib, million_requests,
 *			  background_vcpu, floor_acu, pause_after)
 */
Datum
acu_advise(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const Candidate *choice;
	const Candidate *second;
	Flip up = { .factor = NAN };
	Flip down = { .factor = NAN };
	RowBuilder row = { 0 };
	Question question;
	History history;
	Candidates candidates;

	question_arguments(&question, fcinfo, 3);
	history_read(&history, fcinfo, 2);
	candidates_init(&candidates, &history, &question);
	candidates_try(&candidates, history.loads, true);
	choice = choice_of(&candidates);
	second = runner_up(&candidates);
	if (choice != NULL)
	{
		Candidates scaled;

		candidates_init(&scaled, &history, &question);
		up = find_flip(&scaled, choice, FACTOR_STEP);
		down = find_flip(&scaled, choice, 1 / FACTOR_STEP);
	}

	InitMaterializedSRF(fcinfo, 0);
	put_text(&row, describe(&candidates, choice, second, &up, &down));
	put_text(&row, choice ? candidate_name(choice) : NULL);
	put_text(&row, choice ? kind_name(choice->kind) : NULL);
	put_text(&row, choice ? choice->instance_class : NULL);
	put_number(&row, choice ? choice->min_acu : NAN);
	put_number(&row, choice ? choice->max_acu : NAN);
	put_usd(&row, choice ? choice->usd_per_month : NAN);
	put_usd(&row, choice ? choice->usd_per_month_low : NAN);
	put_usd(&row, choice ? choice->usd_per_month_high : NAN);
	put_number(&row, choice ? compute_delta(&choice->totals) : NAN);
	put_number(&row, choice ? 10 * compute_delta(&choice->totals) : NAN);
	put_text(&row, second ? candidate_name(second) : NULL);
	put_usd(&row, second ? second->usd_per_month : NAN);
	put_number(&row, up.factor);
	put_text(&row, up.name);
	put_number(&row, down.factor);
	put_text(&row, down.name);
	put(&row, true, BoolGetDatum(survey_is_lower_bound(&candidates.survey)));
	put_number(&row, candidates.survey.known_seconds);
	put_number(&row, candidates.survey.gap_seconds);
	put_text(&row, explain_assumptions(&candidates));
	put_row(rsinfo, &row);
	return (Datum) 0;
}

/* They are sorted. */
static const Candidate *
choice_of(const Candidates *candidates)
{
	if (candidates->count == 0 || !candidate_is_choice(&candidates->list[0]))
		return NULL;
	return &candidates->list[0];
}

/* The next that is no other range of the same. */
static const Candidate *
runner_up(const Candidates *candidates)
{
	for (int i = 1; i < candidates->count; i++)
		if (candidate_is_choice(&candidates->list[i]) &&
			!same_way(&candidates->list[0], &candidates->list[i]))
			return &candidates->list[i];
	return NULL;
}

static bool
same_way(const Candidate *a, const Candidate *b)
{
	if (a->kind == KIND_SERVERLESS || b->kind == KIND_SERVERLESS)
		return a->kind == b->kind;
	return a->kind == b->kind &&
		   strcmp(a->instance_class, b->instance_class) == 0;
}

static Flip
find_flip(Candidates *scaled, const Candidate *choice, double step)
{
	Flip flip = { .factor = NAN };
	double near = 1;

	for (double far = step; far <= MOST_FACTOR * FACTOR_PRECISION &&
							far >= 1 / MOST_FACTOR / FACTOR_PRECISION;
		 far *= step)
	{
		const Candidate *other = choice_at(scaled, far);

		if (other == NULL || !same_way(choice, other))
		{
			bisect(scaled, choice, near, far, &flip);
			return flip;
		}
		near = far;
	}
	return flip;
}

/* What would be taken, had the load more CPU and connections by a factor. */
static const Candidate *
choice_at(Candidates *scaled, double factor)
{
	const History *history = scaled->history;
	Load *loads =
		palloc_extended(history->count * sizeof(Load), MCXT_ALLOC_HUGE);

	memcpy(loads, history->loads, history->count * sizeof(Load));
	for (int i = 0; i < history->count; i++)
	{
		loads[i].vcpu_used *= factor;
		loads[i].connections *= factor;
	}
	candidates_try(scaled, loads, false);
	pfree(loads);
	return choice_of(scaled);
}

static void
bisect(Candidates *scaled, const Candidate *choice, double near, double far,
	   Flip *flip)
{
	const Candidate *other;

	while (fmax(near / far, far / near) > FACTOR_PRECISION)
	{
		double middle = sqrt(near * far);

		other = choice_at(scaled, middle);
		if (other != NULL && same_way(choice, other))
			near = middle;
		else
			far = middle;
	}
	other = choice_at(scaled, far);
	flip->factor = far;
	flip->name = other ? long_name(other) : NULL;
}

static char *
describe(const Candidates *candidates, const Candidate *choice,
		 const Candidate *second, const Flip *up, const Flip *down)
{
	char *bound = explain_lower_bound(&candidates->survey);
	StringInfoData text;

	initStringInfo(&text);
	if (bound != NULL)
		appendStringInfo(&text, "%s ", bound);
	if (choice == NULL)
	{
		appendStringInfo(
			&text,
			"Nothing that has a price in %s suffices within the limits; acu.options() has the reason of each.",
			candidates->question->region);
		return text.data;
	}
	describe_choice(&text, candidates, choice);
	describe_second(&text, candidates, choice, second);
	describe_flip(&text, up);
	describe_flip(&text, down);
	if (isnan(up->factor) && isnan(down->factor))
		appendStringInfo(
			&text,
			" From an eighth to %g times this load the answer stays the same.",
			MOST_FACTOR);
	return text.data;
}

static void
describe_choice(StringInfo text, const Candidates *candidates,
				const Candidate *choice)
{
	const Totals *totals = &choice->totals;

	appendStringInfo(text, "Take %s: %s a month", long_name(choice),
					 usd_text(choice->usd_per_month));
	if (choice->usd_per_month_low < choice->usd_per_month_high)
		appendStringInfo(
			text, ", %s to %s by the low and high constants of the model",
			usd_text(choice->usd_per_month_low),
			usd_text(choice->usd_per_month_high));
	appendStringInfo(
		text,
		". Of the %.2f ACU that it %s on average the work needs %s (compute delta %.1f of 10); it is throttled %s of the time, at most %.0f s at a stretch.",
		totals->acu_seconds / totals->known_seconds,
		choice->kind == KIND_SERVERLESS ? "has" : "is worth",
		percent(totals->used_seconds, totals->acu_seconds),
		10 * compute_delta(totals),
		percent(totals->throttled_seconds, totals->known_seconds),
		choice->longest_backlog_seconds);
	if (candidates->question->storage.million_requests > 0 &&
		choice->usd_per_month_optimized < choice->usd_per_month)
		appendStringInfo(text, " I/O-Optimized is cheaper still: %s a month.",
						 usd_text(choice->usd_per_month_optimized));
}

static void
describe_second(StringInfo text, const Candidates *candidates,
				const Candidate *choice, const Candidate *second)
{
	if (second == NULL)
		appendStringInfo(text, " Nothing else that has a price in %s suffices.",
						 candidates->question->region);
	else
		appendStringInfo(
			text, " The runner-up is %s: %s a month, %.0f %% more.",
			long_name(second), usd_text(second->usd_per_month),
			100 * (second->usd_per_month / choice->usd_per_month - 1));
}

static void
describe_flip(StringInfo text, const Flip *flip)
{
	if (isnan(flip->factor))
		return;
	if (flip->name == NULL)
		appendStringInfo(text, " With %.2g times the load nothing suffices.",
						 flip->factor);
	else
		appendStringInfo(text, " With %.2g times the load, take %s.",
						 flip->factor, flip->name);
}

static char *
long_name(const Candidate *candidate)
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

static char *
usd_text(double usd)
{
	return psprintf(usd < 100 ? "$%.2f" : "$%.0f", usd);
}
