/*-------------------------------------------------------------------------
 *
 * target_curve.c
 *		The target of a load over time, as segments over which it is linear.
 *
 * The window of the mean has a head, which is now, and a tail.  As both pass
 * intervals of constant load, the mean changes linearly until one of them
 * reaches the next interval.
 *
 * Owns no data; the TargetCurve is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "model/target_curve.h"

#include <assert.h>
#include <math.h>

#define MICROSECOND 1e-6

/* Starts the interval at the head; after a gap, the mean starts over as if this
 * load had been there before. */
static void
enter_interval(TargetCurve *curve)
{
	const Load *load = &curve->loads[curve->head];

	curve->head_left = load->seconds;
	demand_of(&curve->demand, load, curve->model, curve->floor_acu);
	curve->after_gap |= load->gap_seconds > 0;
	if (!curve->after_gap)
		return;
	curve->mean = load->vcpu_used;
	curve->tail = curve->head;
	curve->tail_left = load->seconds + curve->model->smoothing_seconds;
}

/* Moves head and tail by so many seconds; less than half a microsecond that is
 * left of an interval is rounding noise. */
static void
pass_seconds(TargetCurve *curve, double seconds)
{
	curve->tail_left -= seconds;
	curve->head_left -= seconds;
	if (curve->tail_left < MICROSECOND / 2)
		curve->tail_left += curve->loads[++curve->tail].seconds;
	if (curve->head_left >= MICROSECOND / 2)
		return;
	curve->head++;
	if (curve->head < curve->count)
		enter_interval(curve);
}

/* Sets the targets that follow from the CPU's at both ends and other_target. */
static void
set_target_bounds(Segment *segment, double other_target)
{
	double start = segment->cpu_target_start;
	double end = segment->cpu_target_end;

	segment->other_target = other_target;
	segment->target_max = fmax(fmax(start, end), other_target);
	segment->target_min = fmax(fmin(start, end), other_target);
}

static void
make_segment(TargetCurve *curve, Segment *segment)
{
	const Load *head = &curve->loads[curve->head];
	const Load *tail = &curve->loads[curve->tail];
	const Model *model = curve->model;
	double scale = model->headroom * model->acu_per_vcpu;
	double slope =
		(head->vcpu_used - tail->vcpu_used) / model->smoothing_seconds;

	assert(curve->tail <= curve->head && curve->head < curve->count);
	segment->seconds = fmin(curve->head_left, curve->tail_left);
	segment->interval = curve->head;
	segment->after_gap = curve->after_gap;
	segment->idle = head->connections == 0;
	segment->cpu_need = fmax(0, curve->demand.cpu - ROUNDING_ACU);
	segment->need = curve->demand.need;

	/* When all of the window has one load, its mean is that, exactly. */
	if (curve->tail == curve->head)
		curve->mean = head->vcpu_used;
	segment->cpu_target_start =
		scale * (curve->mean + model->background_vcpu) - ROUNDING_ACU;
	curve->mean = fmax(0, curve->mean + slope * segment->seconds);
	segment->cpu_target_end =
		scale * (curve->mean + model->background_vcpu) - ROUNDING_ACU;
	/* fmax() leaves out NAN. */
	set_target_bounds(
		segment, fmax(fmax(curve->demand.memory, curve->demand.connections),
					  fmax(curve->floor_acu, MIN_ACU)) -
					 ROUNDING_ACU);
	curve->after_gap = false;
	pass_seconds(curve, segment->seconds);
}

void
curve_begin(TargetCurve *curve, const Load *loads, int count,
			const Model *model, double floor_acu)
{
	*curve = (TargetCurve){ .loads = loads,
							.count = count,
							.model = model,
							.floor_acu = floor_acu,
							.after_gap = true };
	if (count > 0)
		enter_interval(curve);
}

int
curve_next(TargetCurve *curve, Segment *segments, int max_count)
{
	int count = 0;

	while (count < max_count && curve->head < curve->count)
		make_segment(curve, &segments[count++]);
	return count;
}
