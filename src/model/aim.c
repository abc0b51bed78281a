/*-------------------------------------------------------------------------
 *
 * aim.c
 *		A load as the scaler sees it: stretches over which it changes evenly.
 *
 * The window of the mean has a head, which is now, and a tail.  As both pass
 * intervals of constant load, the mean changes evenly until one of them comes
 * to the next interval.
 *
 * Owns no data but the Aim of its caller.
 *
 *-------------------------------------------------------------------------
 */
#include "model/aim.h"

#include <math.h>

#define MICROSECOND 1e-6

static void enter(Aim *aim);
static void make(Aim *aim, Stretch *stretch);
static void pass(Aim *aim, double seconds);
static void bound(Stretch *stretch, double held);

void
aim_begin(Aim *aim, const Load *loads, int count, const Model *model,
		  double floor_acu)
{
	*aim = (Aim){ .loads = loads,
				  .count = count,
				  .model = model,
				  .floor_acu = floor_acu,
				  .begins = true };
	if (count > 0)
		enter(aim);
}

int
aim_next(Aim *aim, Stretch *stretches, int most)
{
	int made = 0;

	while (made < most && aim->head < aim->count)
		make(aim, &stretches[made++]);
	return made;
}

/* At the beginning of an interval. */
static void
enter(Aim *aim)
{
	const Load *load = &aim->loads[aim->head];

	aim->head_left = load->seconds;
	demand_of(&aim->demand, load, aim->model, aim->floor_acu);
	aim->begins |= load->gap_seconds > 0;
	if (!aim->begins)
		return;
	/* As if the first load had been there before. */
	aim->mean = load->vcpu_used;
	aim->tail = aim->head;
	aim->tail_left = load->seconds + aim->model->smoothing_seconds;
}

static void
make(Aim *aim, Stretch *stretch)
{
	const Load *head = &aim->loads[aim->head];
	const Load *tail = &aim->loads[aim->tail];
	const Model *model = aim->model;
	double scale = model->headroom * model->acu_per_vcpu;
	double slope =
		(head->vcpu_used - tail->vcpu_used) / model->smoothing_seconds;

	stretch->seconds = fmin(aim->head_left, aim->tail_left);
	stretch->interval = aim->head;
	stretch->begins = aim->begins;
	stretch->idle = head->connections == 0;
	stretch->work = fmax(0, aim->demand.cpu - ROUNDING_ACU);
	stretch->need = aim->demand.need;

	/* When all of the window has one load, its mean is that, exactly. */
	if (aim->tail == aim->head)
		aim->mean = head->vcpu_used;
	stretch->from = scale * (aim->mean + model->background_vcpu) - ROUNDING_ACU;
	aim->mean = fmax(0, aim->mean + slope * stretch->seconds);
	stretch->to = scale * (aim->mean + model->background_vcpu) - ROUNDING_ACU;
	bound(stretch, fmax(fmax(aim->demand.memory, aim->demand.connections),
						fmax(aim->floor_acu, LEAST_ACU)) -
					   ROUNDING_ACU);
	aim->begins = false;
	pass(aim, stretch->seconds);
}

/* What is left of less than half a microsecond is rounding. */
static void
pass(Aim *aim, double seconds)
{
	aim->tail_left -= seconds;
	aim->head_left -= seconds;
	if (aim->tail_left < MICROSECOND / 2)
		aim->tail_left += aim->loads[++aim->tail].seconds;
	if (aim->head_left >= MICROSECOND / 2)
		return;
	aim->head++;
	if (aim->head < aim->count)
		enter(aim);
}

static void
bound(Stretch *stretch, double held)
{
	stretch->held = held;
	stretch->high = fmax(fmax(stretch->from, stretch->to), held);
	stretch->low = fmax(fmin(stretch->from, stretch->to), held);
}
