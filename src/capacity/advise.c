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

#include "backend/compat.h"
#include "capacity/explain.h"
#include "backend/rows.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_advise);

/* The load is tried from an eighth to eight times what it is, in octaves; the
 * factor itself is then found to a few percent. */
#define MOST_FACTOR 8.0
#define FACTOR_STEP 2.0
#define FACTOR_PRECISION 1.03

/* Prices that are the same to who decides, and one that is not. */
#define ALIKE 1.01
#define WORTH_A_LOOK 1.05

static const Candidate *choice_of(const Candidates *candidates);
static void put_choice(RowBuilder *row, const Candidate *choice);
static const Candidate *runner_up(const Candidates *candidates);
static const Candidate *near_miss(const Candidates *candidates);
static bool same_way(const Candidate *a, const Candidate *b);
static Flip find_flip(Candidates *scaled, const Candidate *choice, double step);
static const Candidate *choice_at(Candidates *scaled, double factor);
static void
bisect(Candidates *scaled, const Candidate *choice, double near, Flip *flip);

/*
 * acu_advise(target, since, until, region, max_throttled_share,
 *			  max_backlog_seconds, storage_gib, million_requests,
 *			  background_vcpu, floor_acu, pause_after)
 */
Datum
acu_advise(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Advice advice = { .up = { .factor = NAN }, .down = { .factor = NAN } };
	const Candidate *choice;
	RowBuilder row = { 0 };
	Question question;
	History history;
	Candidates candidates;

	question_arguments(&question, fcinfo, 3);
	history_read(&history, fcinfo, 2);
	candidates_init(&candidates, &history, &question);
	candidates_try(&candidates, history.loads, EFFORT_ALL);
	choice = advice.choice = choice_of(&candidates);
	if (choice != NULL)
	{
		Candidates scaled;

		advice.second = runner_up(&candidates);
		advice.near_miss = near_miss(&candidates);
		candidates_init(&scaled, &history, &question);
		advice.up = find_flip(&scaled, choice, FACTOR_STEP);
		advice.down = find_flip(&scaled, choice, 1 / FACTOR_STEP);
	}

	InitMaterializedSRF(fcinfo, 0);
	put_text(&row, explain_advice(&candidates, &advice));
	put_choice(&row, choice);
	put_text(&row, advice.second ? candidate_name(advice.second) : NULL);
	put_usd(&row, advice.second ? candidate_usd(advice.second) : NAN,
			USD_PER_MONTH);
	put_rounded(&row, advice.up.factor, 2);
	put_text(&row, advice.up.name);
	put_rounded(&row, advice.down.factor, 2);
	put_text(&row, advice.down.name);
	put(&row, true, BoolGetDatum(summary_is_lower_bound(&candidates.summary)));
	put_seconds(&row, candidates.summary.known_seconds);
	put_seconds(&row, candidates.summary.gap_seconds);
	put_text(&row, explain_assumptions(&candidates));
	put_row(rsinfo, &row);
	return (Datum) 0;
}

static void
put_choice(RowBuilder *row, const Candidate *choice)
{
	double delta = choice ? compute_delta(&choice->totals) : NAN;

	put_text(row, choice ? candidate_name(choice) : NULL);
	put_text(row, choice ? kind_name(choice->kind) : NULL);
	put_text(row, choice ? choice->instance_class : NULL);
	put_number(row, choice ? choice->min_acu : NAN);
	put_number(row, choice ? choice->max_acu : NAN);
	put_usd(row, choice ? candidate_usd(choice) : NAN, USD_PER_MONTH);
	put_usd(row, choice ? choice->usd_per_month_low : NAN, USD_PER_MONTH);
	put_usd(row, choice ? choice->usd_per_month_high : NAN, USD_PER_MONTH);
	put_share(row, delta);
	put_rounded(row, 10 * delta, 2);
}

/* They are sorted. */
static const Candidate *
choice_of(const Candidates *candidates)
{
	if (candidates->count == 0 || !candidate_is_choice(&candidates->list[0]))
		return NULL;
	return &candidates->list[0];
}

/* The next that is no other range of the same; rather one of another size than
 * another generation, which says nothing. */
static const Candidate *
runner_up(const Candidates *candidates)
{
	const Candidate *choice = &candidates->list[0];
	const Candidate *found = NULL;

	for (int i = 1; i < candidates->count; i++)
	{
		const Candidate *other = &candidates->list[i];

		if (!candidate_is_choice(other) || same_way(choice, other))
			continue;
		if (other->vcpu != choice->vcpu ||
			other->memory_gib != choice->memory_gib)
			return other;
		if (found == NULL)
			found = other;
	}
	return found;
}

/* Of the ranges that would be the cheapest, did work not wait for longer than
 * it may at times, the one where it waits the least; NULL when none is cheaper
 * than the choice. */
static const Candidate *
near_miss(const Candidates *candidates)
{
	double most = candidate_usd(&candidates->list[0]) / WORTH_A_LOOK;
	const Candidate *found = NULL;

	/* They are sorted: the first is the cheapest. */
	for (int i = 1; i < candidates->count; i++)
	{
		const Candidate *other = &candidates->list[i];

		if (other->verdict != BACKLOG_TOO_LONG ||
			other->kind != KIND_SERVERLESS || !(candidate_usd(other) < most))
			continue;
		if (found == NULL)
			most = fmin(most, candidate_usd(other) * ALIKE);
		if (found == NULL ||
			other->longest_backlog_seconds < found->longest_backlog_seconds)
			found = other;
	}
	return found;
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

	for (double far = step; far <= MOST_FACTOR && far >= 1 / MOST_FACTOR;
		 far *= step)
	{
		const Candidate *other = choice_at(scaled, far);

		if (other == NULL || !same_way(choice, other))
		{
			flip.factor = far;
			flip.name = other ? explain_name(other) : NULL;
			bisect(scaled, choice, near, &flip);
			return flip;
		}
		if (far == 2)
			flip.twice = explain_name(other);
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
	candidates_try(scaled, loads, EFFORT_CHOICE);
	pfree(loads);
	return choice_of(scaled);
}

/* The answer is another at the flip's factor, and the same at near. */
static void
bisect(Candidates *scaled, const Candidate *choice, double near, Flip *flip)
{
	while (fmax(near / flip->factor, flip->factor / near) > FACTOR_PRECISION)
	{
		double middle = sqrt(near * flip->factor);
		const Candidate *other = choice_at(scaled, middle);

		if (other != NULL && same_way(choice, other))
			near = middle;
		else
		{
			flip->factor = middle;
			flip->name = other ? explain_name(other) : NULL;
		}
	}
}
