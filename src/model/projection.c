/*-------------------------------------------------------------------------
 *
 * projection.c
 *		How capacity and backlog develop from now until the next event.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/projection.h"

#include <assert.h>
#include <math.h>

#define NO_TOKENS 1e-9 /* fewer are rounding noise */

static bool
target_exceeds(const Projection *projection, const Segment *segment,
			   double level)
{
	return segment->other_target > level || projection->cpu_target.a > level;
}

/* The growth of the capacity, in ACU a second, as long as there are tokens or,
 * without any, as fast as they are refilled. */
static double
growth_of(const Scaler *scaler)
{
	const Model *model = scaler->model;
	double fast = scaler->capacity < model->direct_acu
					  ? model->small_growth_acu_per_second
					  : model->large_growth_acu_per_second;

	return tokens_of(scaler) > NO_TOKENS
			   ? fast
			   : lesser(fast, model->refill_acu_per_second);
}

void
projection_make(Projection *projection, const Scaler *scaler,
				const Segment *segment, double slope, double since)
{
	double vcpu_per_acu = scaler->vcpu_per_acu;
	double gain = scaler->backlog_gain;

	projection->queues =
		scaler->backlog > 0 || segment->cpu_need > scaler->capacity;
	projection->backlog = (Parabola){ 0 };
	if (projection->queues)
	{
		projection->backlog.a = scaler->backlog;
		projection->backlog.b =
			(segment->cpu_need - scaler->capacity) * vcpu_per_acu;
	}
	projection->cpu_target.a =
		segment->cpu_target_start + slope * since + gain * scaler->backlog;
	projection->above = target_exceeds(projection, segment, scaler->level);
	projection->below =
		!projection->above && scaler->capacity > lowest_acu(scaler) &&
		!target_exceeds(projection, segment, level_below(scaler));
	projection->growth = projection->above && scaler->capacity < scaler->max_acu
							 ? growth_of(scaler)
							 : 0;
	if (projection->queues)
		projection->backlog.c = -projection->growth * vcpu_per_acu / 2;
	projection->cpu_target.b = slope + gain * projection->backlog.b;
	projection->cpu_target.c = gain * projection->backlog.c;
}

/* Seconds until a parabola leaves the side of the level where it begins, which
 * is strictly above it or not; INFINITY when it never does. */
static inline double
parabola_meets(const Parabola *parabola, double level)
{
	double a = parabola->a - level;
	double b = parabola->b;
	double root;

	assert(parabola->c <= 0);
	if (parabola->c == 0)
		return (a > 0 ? b < 0 : b > 0) ? -a / b : INFINITY;
	root = b * b - 4 * parabola->c * a;
	if (a > 0)
		return (-b - sqrt(root)) / (2 * parabola->c);
	return b <= 0 || root < 0 ? INFINITY : -2 * a / (b + sqrt(root));
}

/* Seconds until the whole target crosses a level; INFINITY when other_target
 * keeps it above. */
static double
target_meets(const Projection *projection, const Segment *segment, double level)
{
	if (segment->other_target > level)
		return INFINITY;
	return parabola_meets(&projection->cpu_target, level);
}

/* The level, in ACU, up to which nothing but the capacity changes. */
static double
growth_goal(const Scaler *scaler, const Segment *segment,
			const Projection *projection)
{
	double goal = ceil(larger(projection->cpu_target.a, segment->other_target) /
					   ACU_STEP) *
				  ACU_STEP;

	goal = lesser(goal, scaler->max_acu);
	if (scaler->capacity < scaler->model->direct_acu)
		goal = lesser(goal, scaler->model->direct_acu);
	/* Throttling ends where the need is met. */
	if (scaler->level < segment->need)
		goal = lesser(goal, segment->need);
	return larger(goal, scaler->level + ACU_STEP);
}

/*
 * Seconds for which capacity grows as it does: up to its goal, or only to the
 * next level when the target may be lower by then.
 */
static double
growth_seconds(const Scaler *scaler, const Segment *segment,
			   const Projection *projection)
{
	const Parabola *target = &projection->cpu_target;
	double refill = scaler->model->refill_acu_per_second;
	double goal = growth_goal(scaler, segment, projection);
	double seconds = (goal - scaler->capacity) / projection->growth;

	/* A parabola that opens downward is lowest at one of its ends. */
	if (goal > scaler->level + ACU_STEP &&
		segment->other_target <= goal - ACU_STEP &&
		parabola_at(target, seconds) <= goal - ACU_STEP)
	{
		goal = scaler->level + ACU_STEP;
		seconds = (goal - scaler->capacity) / projection->growth;
	}
	if (goal == scaler->level + ACU_STEP)
		seconds =
			lesser(seconds, target_meets(projection, segment, scaler->level));
	if (projection->growth > refill)
		seconds =
			lesser(seconds, tokens_of(scaler) / (projection->growth - refill));
	return seconds;
}

double
projection_seconds(const Projection *projection, const Scaler *scaler,
				   const Segment *segment)
{
	double next = INFINITY;

	if (projection->queues)
		next = lesser(next, parabola_meets(&projection->backlog, 0));
	if (segment->idle && scaler->min_acu == 0)
		next = lesser(next, scaler->pause_after - scaler->idle);
	if (projection->growth > 0)
		return lesser(next, growth_seconds(scaler, segment, projection));
	if (projection->below)
		next = lesser(next, scaler->cool_down - scaler->seconds_below);
	if (scaler->capacity < scaler->max_acu && !projection->below)
		next = lesser(next, target_meets(projection, segment, scaler->level));
	if (scaler->capacity > lowest_acu(scaler))
		next = lesser(next,
					  target_meets(projection, segment, level_below(scaler)));
	return next;
}
