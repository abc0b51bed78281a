/*-------------------------------------------------------------------------
 *
 * course.c
 *		What happens to a scaler from now on, until the next event.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/course.h"

#include <math.h>

#define NO_TOKENS 1e-9

static bool
asks_over(const Course *course, const Stretch *stretch, double level);
static double growth_of(const Scaler *scaler);
static double growth_lasts(const Scaler *scaler, const Stretch *stretch,
						   const Course *course);
static double
growth_goal(const Scaler *scaler, const Stretch *stretch, const Course *course);
static double
crosses(const Course *course, const Stretch *stretch, double level);
static inline double parabola_meets(const Parabola *parabola, double level);

void
course_plan(Course *course, const Scaler *scaler, const Stretch *stretch,
			double slope, double since)
{
	double vcpu_per_acu = scaler->vcpu_per_acu;
	double urge = scaler->urge;

	course->queues = scaler->backlog > 0 || stretch->work > scaler->capacity;
	course->backlog = (Parabola){ 0 };
	if (course->queues)
	{
		course->backlog.a = scaler->backlog;
		course->backlog.b = (stretch->work - scaler->capacity) * vcpu_per_acu;
	}
	course->asked.a = stretch->from + slope * since + urge * scaler->backlog;
	course->over = asks_over(course, stretch, scaler->level);
	course->below = !course->over && scaler->capacity > least_acu(scaler) &&
					!asks_over(course, stretch, level_below(scaler));
	course->growth = course->over && scaler->capacity < scaler->max_acu
						 ? growth_of(scaler)
						 : 0;
	if (course->queues)
		course->backlog.c = -course->growth * vcpu_per_acu / 2;
	course->asked.b = slope + urge * course->backlog.b;
	course->asked.c = urge * course->backlog.c;
}

static bool
asks_over(const Course *course, const Stretch *stretch, double level)
{
	return stretch->held > level || course->asked.a > level;
}

/* In ACU a second, as long as there are tokens. */
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

double
course_lasts(const Course *course, const Scaler *scaler, const Stretch *stretch)
{
	double next = INFINITY;

	if (course->queues)
		next = lesser(next, parabola_meets(&course->backlog, 0));
	if (stretch->idle && scaler->min_acu == 0)
		next = lesser(next, scaler->pause_after - scaler->idle);
	if (course->growth > 0)
		return lesser(next, growth_lasts(scaler, stretch, course));
	if (course->below)
		next = lesser(next, scaler->hold - scaler->below);
	if (scaler->capacity < scaler->max_acu && !course->below)
		next = lesser(next, crosses(course, stretch, scaler->level));
	if (scaler->capacity > least_acu(scaler))
		next = lesser(next, crosses(course, stretch, level_below(scaler)));
	return next;
}

/*
 * For how long capacity grows as it does: up to where it is asked for, or only
 * to the next level when less may be asked for until then.
 */
static double
growth_lasts(const Scaler *scaler, const Stretch *stretch, const Course *course)
{
	const Parabola *asked = &course->asked;
	double refill = scaler->model->refill_acu_per_second;
	double goal = growth_goal(scaler, stretch, course);
	double lasts = (goal - scaler->capacity) / course->growth;

	/* A parabola that is open below is lowest at one of its ends. */
	if (goal > scaler->level + ACU_STEP && stretch->held <= goal - ACU_STEP &&
		asked->a + lasts * (asked->b + lasts * asked->c) <= goal - ACU_STEP)
	{
		goal = scaler->level + ACU_STEP;
		lasts = (goal - scaler->capacity) / course->growth;
	}
	if (goal == scaler->level + ACU_STEP)
		lasts = lesser(lasts, crosses(course, stretch, scaler->level));
	if (course->growth > refill)
		lasts = lesser(lasts, tokens_of(scaler) / (course->growth - refill));
	return lasts;
}

/* The level up to which everything else stays as it is. */
static double
growth_goal(const Scaler *scaler, const Stretch *stretch, const Course *course)
{
	double goal =
		ceil(larger(course->asked.a, stretch->held) / ACU_STEP) * ACU_STEP;

	goal = lesser(goal, scaler->max_acu);
	if (scaler->capacity < scaler->model->direct_acu)
		goal = lesser(goal, scaler->model->direct_acu);
	/* From there on it is not throttled. */
	if (scaler->level < stretch->need)
		goal = lesser(goal, stretch->need);
	return larger(goal, scaler->level + ACU_STEP);
}

/* When what is asked for comes from one side of a level to the other. */
static double
crosses(const Course *course, const Stretch *stretch, double level)
{
	if (stretch->held > level)
		return INFINITY;
	return parabola_meets(&course->asked, level);
}

/* When it leaves the side of the level where it begins: strictly above it, or
 * not. */
static inline double
parabola_meets(const Parabola *parabola, double level)
{
	double a = parabola->a - level;
	double b = parabola->b;
	double root;

	if (parabola->c == 0)
		return (a > 0 ? b < 0 : b > 0) ? -a / b : INFINITY;
	root = b * b - 4 * parabola->c * a;
	if (a > 0)
		return (-b - sqrt(root)) / (2 * parabola->c);
	return b <= 0 || root < 0 ? INFINITY : -2 * a / (b + sqrt(root));
}
