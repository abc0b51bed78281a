/*-------------------------------------------------------------------------
 *
 * scaling.c
 *		How Aurora Serverless v2 would follow a load within a range.
 *
 * Most segments of a load change nothing, or one thing.  Through the others the
 * scaler goes from event to event; projection.c finds the next one.
 *
 * Owns no data; the Scaler is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/scaling.h"

#include "model/projection.h"

#include <assert.h>
#include <math.h>

/* Smallest time step, in seconds. */
#define MIN_STEP 1e-4

static void
set_capacity(Scaler *scaler, double capacity)
{
	scaler->capacity = capacity;
	scaler->level = floor(capacity / ACU_STEP) * ACU_STEP;
	scaler->peak_acu = larger(scaler->peak_acu, capacity);
}

/* Adds the refill to the tokens. */
static void
refill_tokens(Scaler *scaler)
{
	scaler->tokens = tokens_of(scaler);
	scaler->since_refill = 0;
}

/* Starts to run at a capacity, with full tokens. */
static void
start_at(Scaler *scaler, double capacity)
{
	set_capacity(scaler, capacity);
	scaler->tokens = larger(scaler->model->burst_acu, capacity);
	scaler->since_refill = 0;
	scaler->seconds_below = 0;
	scaler->cool_down = scaler->model->first_hold_seconds;
}

/* Starts at the minimum: nothing is known of what was before. */
static void
start_over(Scaler *scaler)
{
	scaler->backlog = scaler->backlog_duration = 0;
	scaler->idle = scaler->paused_for = scaler->resumes_in = 0;
	scaler->paused = false;
	start_at(scaler, lowest_acu(scaler));
}

/* Adds seconds, of a mean capacity, to the totals. */
static inline void
add_to_totals(Scaler *scaler, const Segment *segment, bool queues,
			  double seconds, double mean_acu)
{
	Totals *totals = &scaler->totals;
	bool is_throttled = queues || segment->need > scaler->level;

	totals->known_seconds += seconds;
	totals->acu_seconds += mean_acu * seconds;
	totals->used_seconds += (is_throttled ? mean_acu : segment->need) * seconds;
	if (is_throttled)
		totals->throttled_seconds += seconds;
	if (queues)
	{
		totals->queue_used_seconds += mean_acu * seconds;
		totals->backlog_seconds += seconds;
		scaler->backlog_duration += seconds;
		scaler->longest_backlog_seconds =
			larger(scaler->longest_backlog_seconds, scaler->backlog_duration);
	}
	else
		scaler->backlog_duration = 0;
}

/* Seconds of a segment in which the target is at most a level, when that is so
 * at one end of it. */
static inline double
seconds_at_most(const Segment *segment, double level)
{
	double rise = segment->cpu_target_end - segment->cpu_target_start;

	if (segment->target_max <= level)
		return segment->seconds;
	return segment->seconds *
		   (rise > 0 ? level - segment->cpu_target_start
					 : level - segment->cpu_target_end) /
		   (rise > 0 ? rise : -rise);
}

/* Follows a segment that changes nothing, as most do: the capacity suffices and
 * stays.  False, and nothing done, when it is no such segment. */
static inline bool
follow_quiet(Scaler *scaler, const Segment *segment)
{
	double capacity = scaler->capacity;
	double lowest = lowest_acu(scaler);
	double target_max =
		clamp_between(segment->target_max, lowest, scaler->max_acu);
	double target_min =
		clamp_between(segment->target_min, lowest, scaler->max_acu);
	double below = 0;

	if (scaler->backlog > 0 || capacity == 0 || capacity != scaler->level ||
		segment->need > capacity || target_max > capacity ||
		(segment->idle && scaler->min_acu == 0))
		return false;
	if (target_min <= capacity - ACU_STEP)
		below = seconds_at_most(segment, capacity - ACU_STEP);
	if (segment->cpu_target_start <= capacity - ACU_STEP &&
		scaler->seconds_below + below >= scaler->cool_down)
		return false;
	if (target_max <= capacity - ACU_STEP)
		scaler->seconds_below += below;
	else
	{
		/* The capacity was the target, if only for a moment. */
		scaler->seconds_below =
			segment->cpu_target_end <= capacity - ACU_STEP ? below : 0;
		scaler->cool_down = scaler->model->first_hold_seconds;
	}

	scaler->since_refill += segment->seconds;
	scaler->idle = 0;
	scaler->backlog_duration = 0;
	scaler->totals.known_seconds += segment->seconds;
	scaler->totals.acu_seconds += capacity * segment->seconds;
	scaler->totals.used_seconds += segment->need * segment->seconds;
	return true;
}

/* Follows a segment that changes the backlog only, at the maximum.  False, and
 * nothing done, when it is no such segment. */
static bool
follow_saturated(Scaler *scaler, const Segment *segment)
{
	double capacity = scaler->capacity;
	double growth = (segment->cpu_need - capacity) * scaler->vcpu_per_acu;
	double backlog = scaler->backlog + growth * segment->seconds;

	if (capacity != scaler->max_acu ||
		segment->target_min <= capacity - ACU_STEP || backlog <= 0 ||
		(scaler->backlog == 0 && growth <= 0) ||
		(segment->idle && scaler->min_acu == 0))
		return false;
	scaler->backlog = backlog;
	scaler->seconds_below = 0;
	scaler->cool_down = scaler->model->first_hold_seconds;
	scaler->since_refill += segment->seconds;
	scaler->idle = 0;
	add_to_totals(scaler, segment, true, segment->seconds, capacity);
	return true;
}

/* Passes time while paused or resuming, *passed of the seconds that are left of
 * a segment.  False when the scaler is neither; then all of them are left. */
static bool
pass_paused(Scaler *scaler, const Segment *segment, double left, double *passed)
{
	const Model *model = scaler->model;

	*passed = left;
	if (scaler->paused && segment->idle)
	{
		scaler->paused_for += left;
		scaler->totals.known_seconds += left;
		scaler->totals.paused_seconds += left;
		return true;
	}
	if (scaler->paused)
	{
		scaler->paused = false;
		scaler->resumes_in = scaler->paused_for > model->long_pause_seconds
								 ? model->long_resume_seconds
								 : model->resume_seconds;
	}
	if (scaler->resumes_in <= 0)
		return false;
	*passed = lesser(left, scaler->resumes_in);
	scaler->backlog += segment->cpu_need * scaler->vcpu_per_acu * *passed;
	scaler->resumes_in -= *passed;
	add_to_totals(scaler, segment, true, *passed, 0);
	if (scaler->resumes_in <= 0)
		start_at(scaler, MIN_ACU);
	return true;
}

/* Lets capacity grow, by tokens. */
static void
grow_capacity(Scaler *scaler, double growth, double seconds)
{
	double refill = scaler->model->refill_acu_per_second;
	double capacity =
		lesser(scaler->capacity + growth * seconds, scaler->max_acu);
	double level = rint(capacity / ACU_STEP) * ACU_STEP;

	refill_tokens(scaler);
	scaler->tokens = larger(0, scaler->tokens + (refill - growth) * seconds);
	/* Less than a step away from a level is rounding noise. */
	set_capacity(scaler,
				 fabs(capacity - level) < growth * MIN_STEP ? level : capacity);
}

/* Drops capacity toward the target, in ACU, as far as one drop goes. */
static void
drop_capacity(Scaler *scaler, const Segment *segment, double cpu_target)
{
	const Model *model = scaler->model;
	double capacity = scaler->capacity;
	double target =
		ceil(larger(cpu_target, segment->other_target) / ACU_STEP) * ACU_STEP;
	double lowest = 0;

	if (capacity > model->direct_acu)
		lowest =
			round_up_acu(capacity - lesser(capacity / 2, model->most_drop_acu));
	refill_tokens(scaler);
	set_capacity(scaler, clamp_between(larger(target, lowest),
									   lowest_acu(scaler), capacity));
	scaler->seconds_below = 0;
	scaler->cool_down = model->next_hold_seconds;
}

/* Counts idle seconds, and pauses when there were enough of them. */
static void
pass_idle(Scaler *scaler, double seconds)
{
	scaler->idle += seconds;
	if (scaler->idle < scaler->pause_after - ROUNDING_SECONDS)
		return;
	start_over(scaler);
	set_capacity(scaler, 0);
	scaler->paused = true;
}

/* Follows a projection for some seconds, at most up to its event. */
static void
follow_projection(Scaler *scaler, const Segment *segment,
				  const Projection *projection, double seconds)
{
	double cpu_target = parabola_at(&projection->cpu_target, seconds);

	add_to_totals(scaler, segment, projection->queues, seconds,
				  lesser(scaler->capacity + projection->growth * seconds / 2,
						 scaler->max_acu));
	if (projection->queues)
		scaler->backlog = larger(0, parabola_at(&projection->backlog, seconds));
	if (!projection->below)
	{
		scaler->seconds_below = 0;
		scaler->cool_down = scaler->model->first_hold_seconds;
	}
	else
		scaler->seconds_below += seconds;

	if (projection->growth > 0)
		grow_capacity(scaler, projection->growth, seconds);
	else
		scaler->since_refill += seconds;
	if (projection->below && scaler->seconds_below >= scaler->cool_down)
		drop_capacity(scaler, segment, cpu_target);
	if (segment->idle && scaler->min_acu == 0)
		pass_idle(scaler, seconds);
}

static void
follow_events(Scaler *scaler, const Segment *segment)
{
	double min_step = MIN_STEP;
	double slope = (segment->cpu_target_end - segment->cpu_target_start) /
				   segment->seconds;
	double since = 0;

	if (!segment->idle)
		scaler->idle = 0;
	while (since < segment->seconds)
	{
		double left = segment->seconds - since;
		double passed;
		Projection projection;

		if (!pass_paused(scaler, segment, left, &passed))
		{
			projection_make(&projection, scaler, segment, slope, since);
			passed = projection_seconds(&projection, scaler, segment);
			/* Double the step, so that rounding cannot keep the loop from
			 * ending. */
			if (passed < min_step)
			{
				passed = min_step;
				min_step *= 2;
			}
			passed = lesser(passed, left);
			follow_projection(scaler, segment, &projection, passed);
		}
		since += passed;
	}
	assert(scaler->capacity <= scaler->max_acu && scaler->backlog >= 0);
}

void
scaler_init(Scaler *scaler, const Model *model, double min_acu, double max_acu,
			double pause_after)
{
	assert(min_acu >= 0 && max_acu >= min_acu && max_acu >= MIN_ACU);
	*scaler = (Scaler){ .model = model,
						.min_acu = min_acu,
						.max_acu = max_acu,
						.pause_after = pause_after,
						.vcpu_per_acu = 1 / model->acu_per_vcpu,
						.backlog_gain = model->headroom * model->acu_per_vcpu /
										model->drain_seconds };
	start_over(scaler);
}

void
scaler_run(Scaler *scaler, const Segment *segments, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (segments[i].after_gap)
			start_over(scaler);
		if (!follow_quiet(scaler, &segments[i]) &&
			!follow_saturated(scaler, &segments[i]))
			follow_events(scaler, &segments[i]);
	}
}
