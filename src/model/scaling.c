/*-------------------------------------------------------------------------
 *
 * scaling.c
 *		How Aurora Serverless v2 would follow a load within a range.
 *
 * Most stretches of load change nothing, or one thing.  Through the others it
 * goes from event to event; course.c says when the next one is.
 *
 * Owns no data but the Scaler of its caller.
 *
 *-------------------------------------------------------------------------
 */
#include "model/course.h"

#include <math.h>

/* What rounding makes of an event that is just now, in seconds. */
#define SHORTEST 1e-4

static void begin(Scaler *scaler);
static inline bool pass_quietly(Scaler *scaler, const Stretch *stretch);
static inline double below_for(const Stretch *stretch, double level);
static bool pass_saturated(Scaler *scaler, const Stretch *stretch);
static void pass_events(Scaler *scaler, const Stretch *stretch);
static bool pass_paused(Scaler *scaler, const Stretch *stretch, double left,
						double *passed);
static void start_at(Scaler *scaler, double capacity);
static void advance(Scaler *scaler, const Stretch *stretch,
					const Course *course, double seconds);
static inline void count(Scaler *scaler, const Stretch *stretch, bool queues,
						 double seconds, double mean_acu);
static void grow(Scaler *scaler, double growth, double seconds);
static void drop(Scaler *scaler, const Stretch *stretch, double asked);
static void fill_tokens(Scaler *scaler);
static void set_capacity(Scaler *scaler, double capacity);

void
scaler_init(Scaler *scaler, const Model *model, double min_acu, double max_acu,
			double pause_after)
{
	*scaler = (Scaler){ .model = model,
						.min_acu = min_acu,
						.max_acu = max_acu,
						.pause_after = pause_after,
						.vcpu_per_acu = 1 / model->acu_per_vcpu,
						.urge = model->headroom * model->acu_per_vcpu /
								model->drain_seconds };
	begin(scaler);
}

void
scaler_run(Scaler *scaler, const Stretch *stretches, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (stretches[i].begins)
			begin(scaler);
		if (!pass_quietly(scaler, &stretches[i]) &&
			!pass_saturated(scaler, &stretches[i]))
			pass_events(scaler, &stretches[i]);
	}
}

/* Nothing is known of what was before: it begins at the minimum. */
static void
begin(Scaler *scaler)
{
	scaler->backlog = scaler->backlog_lasts = 0;
	scaler->idle = scaler->paused_for = scaler->resumes_in = 0;
	scaler->paused = false;
	start_at(scaler, least_acu(scaler));
}

static void
start_at(Scaler *scaler, double capacity)
{
	set_capacity(scaler, capacity);
	scaler->tokens = larger(scaler->model->burst_acu, capacity);
	scaler->rested = 0;
	scaler->below = 0;
	scaler->hold = scaler->model->first_hold_seconds;
}

/* Most stretches change nothing: the capacity suffices, and stays. */
static inline bool
pass_quietly(Scaler *scaler, const Stretch *stretch)
{
	double capacity = scaler->capacity;
	double least = least_acu(scaler);
	double high = clamp(stretch->high, least, scaler->max_acu);
	double low = clamp(stretch->low, least, scaler->max_acu);
	double below = 0;

	if (scaler->backlog > 0 || capacity == 0 || capacity != scaler->level ||
		stretch->need > capacity || high > capacity ||
		(stretch->idle && scaler->min_acu == 0))
		return false;
	if (low <= capacity - ACU_STEP)
		below = below_for(stretch, capacity - ACU_STEP);
	if (stretch->from <= capacity - ACU_STEP &&
		scaler->below + below >= scaler->hold)
		return false;
	if (high <= capacity - ACU_STEP)
		scaler->below += below;
	else
	{
		/* It was asked for, if only for a moment. */
		scaler->below = stretch->to <= capacity - ACU_STEP ? below : 0;
		scaler->hold = scaler->model->first_hold_seconds;
	}

	scaler->rested += stretch->seconds;
	scaler->idle = 0;
	scaler->backlog_lasts = 0;
	scaler->totals.known_seconds += stretch->seconds;
	scaler->totals.acu_seconds += capacity * stretch->seconds;
	scaler->totals.used_seconds += stretch->need * stretch->seconds;
	return true;
}

/* For how many seconds of a stretch less than a level is asked for, when that
 * is so at one end of it. */
static inline double
below_for(const Stretch *stretch, double level)
{
	double rise = stretch->to - stretch->from;

	if (stretch->high <= level)
		return stretch->seconds;
	return stretch->seconds *
		   (rise > 0 ? level - stretch->from : level - stretch->to) /
		   (rise > 0 ? rise : -rise);
}

/* Others change one thing: at the maximum, the backlog. */
static bool
pass_saturated(Scaler *scaler, const Stretch *stretch)
{
	double capacity = scaler->capacity;
	double growth = (stretch->work - capacity) * scaler->vcpu_per_acu;
	double backlog = scaler->backlog + growth * stretch->seconds;

	if (capacity != scaler->max_acu || stretch->low <= capacity - ACU_STEP ||
		backlog <= 0 || (scaler->backlog == 0 && growth <= 0) ||
		(stretch->idle && scaler->min_acu == 0))
		return false;
	scaler->backlog = backlog;
	scaler->below = 0;
	scaler->hold = scaler->model->first_hold_seconds;
	scaler->rested += stretch->seconds;
	scaler->idle = 0;
	count(scaler, stretch, true, stretch->seconds, capacity);
	return true;
}

static void
pass_events(Scaler *scaler, const Stretch *stretch)
{
	double shortest = SHORTEST;
	double slope = (stretch->to - stretch->from) / stretch->seconds;
	double since = 0;

	if (!stretch->idle)
		scaler->idle = 0;
	while (since < stretch->seconds)
	{
		double left = stretch->seconds - since;
		double passed;
		Course course;

		if (!pass_paused(scaler, stretch, left, &passed))
		{
			course_plan(&course, scaler, stretch, slope, since);
			passed = course_lasts(&course, scaler, stretch);
			/* However often rounding has it, it must come to an end. */
			if (passed < shortest)
			{
				passed = shortest;
				shortest *= 2;
			}
			passed = lesser(passed, left);
			advance(scaler, stretch, &course, passed);
		}
		since += passed;
	}
}

/* While it is paused, or on its way back; false when it is neither. */
static bool
pass_paused(Scaler *scaler, const Stretch *stretch, double left, double *passed)
{
	const Model *model = scaler->model;

	*passed = left;
	if (scaler->paused && stretch->idle)
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
	scaler->backlog += stretch->work * scaler->vcpu_per_acu * *passed;
	scaler->resumes_in -= *passed;
	count(scaler, stretch, true, *passed, 0);
	if (scaler->resumes_in <= 0)
		start_at(scaler, LEAST_ACU);
	return true;
}

static void
advance(Scaler *scaler, const Stretch *stretch, const Course *course,
		double seconds)
{
	const Parabola *backlog = &course->backlog;
	double asked = course->asked.a +
				   seconds * (course->asked.b + seconds * course->asked.c);

	count(scaler, stretch, course->queues, seconds,
		  lesser(scaler->capacity + course->growth * seconds / 2,
				 scaler->max_acu));
	if (course->queues)
		scaler->backlog = larger(
			0, backlog->a + seconds * (backlog->b + seconds * backlog->c));
	if (!course->below)
	{
		scaler->below = 0;
		scaler->hold = scaler->model->first_hold_seconds;
	}
	else
		scaler->below += seconds;

	if (course->growth > 0)
		grow(scaler, course->growth, seconds);
	else
		scaler->rested += seconds;
	if (course->below && scaler->below >= scaler->hold)
		drop(scaler, stretch, asked);
	if (!stretch->idle || scaler->min_acu > 0)
		return;
	scaler->idle += seconds;
	if (scaler->idle < scaler->pause_after - ROUNDING_SECONDS)
		return;
	begin(scaler);
	set_capacity(scaler, 0);
	scaler->paused = true;
}

static inline void
count(Scaler *scaler, const Stretch *stretch, bool queues, double seconds,
	  double mean_acu)
{
	Totals *totals = &scaler->totals;
	bool short_of = queues || stretch->need > scaler->level;

	totals->known_seconds += seconds;
	totals->acu_seconds += mean_acu * seconds;
	totals->used_seconds += (short_of ? mean_acu : stretch->need) * seconds;
	if (short_of)
		totals->throttled_seconds += seconds;
	if (queues)
	{
		totals->queue_used_seconds += mean_acu * seconds;
		totals->backlog_seconds += seconds;
		scaler->backlog_lasts += seconds;
		scaler->longest_backlog_seconds =
			larger(scaler->longest_backlog_seconds, scaler->backlog_lasts);
	}
	else
		scaler->backlog_lasts = 0;
}

static void
grow(Scaler *scaler, double growth, double seconds)
{
	double refill = scaler->model->refill_acu_per_second;
	double capacity =
		lesser(scaler->capacity + growth * seconds, scaler->max_acu);
	double level = rint(capacity / ACU_STEP) * ACU_STEP;

	fill_tokens(scaler);
	scaler->tokens = larger(0, scaler->tokens + (refill - growth) * seconds);
	/* What little is missing is rounding. */
	set_capacity(scaler,
				 fabs(capacity - level) < growth * SHORTEST ? level : capacity);
}

static void
drop(Scaler *scaler, const Stretch *stretch, double asked)
{
	const Model *model = scaler->model;
	double capacity = scaler->capacity;
	double aim = ceil(larger(asked, stretch->held) / ACU_STEP) * ACU_STEP;
	double lowest = 0;

	if (capacity > model->direct_acu)
		lowest =
			round_up_acu(capacity - lesser(capacity / 2, model->most_drop_acu));
	fill_tokens(scaler);
	set_capacity(scaler,
				 clamp(larger(aim, lowest), least_acu(scaler), capacity));
	scaler->below = 0;
	scaler->hold = model->next_hold_seconds;
}

static void
fill_tokens(Scaler *scaler)
{
	scaler->tokens = tokens_of(scaler);
	scaler->rested = 0;
}

static void
set_capacity(Scaler *scaler, double capacity)
{
	scaler->capacity = capacity;
	scaler->level = floor(capacity / ACU_STEP) * ACU_STEP;
	scaler->peak_acu = larger(scaler->peak_acu, capacity);
}
