/*-------------------------------------------------------------------------
 *
 * reference.h
 *		The scaler once more, as a plain loop over small steps of time.
 *
 * Written from the rules of docs/model.md and nothing else: what the events of
 * src/capacity/scaling.c are compared with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TEST_REFERENCE_H
#define PG_ACU_TEST_REFERENCE_H

#include "capacity/scaling.h"

#include <math.h>

typedef struct Reference
{
	double capacity;
	double tokens;
	double below;
	double hold;
	double backlog;
	double idle;
	double paused_for; /* below 0: not paused */
	double resumes_in;
	Totals totals;
} Reference;

static double
up_to_half(double acu)
{
	return ceil(2 * acu - 1e-9) / 2;
}

static void
reference_restart(Reference *r, const Model *m, double capacity)
{
	r->capacity = capacity;
	r->tokens = fmax(m->burst_acu, capacity);
	r->below = 0;
	r->hold = m->first_hold_seconds;
}

static void
reference_fall(Reference *r, const Model *m, double target)
{
	double capacity = r->capacity;

	if (capacity > m->direct_acu)
		target = fmax(target, up_to_half(capacity -
										 fmin(capacity / 2, m->most_drop_acu)));
	r->capacity = target;
	r->tokens = fmin(r->tokens, fmax(m->burst_acu, target));
	r->below = 0;
	r->hold = m->next_hold_seconds;
}

/* Returns whether it is paused or resuming. */
static bool
reference_pause(Reference *r, const Model *m, const Load *load, double min,
				double pause_after, double dt)
{
	bool idle = load->connections == 0;

	if (r->paused_for >= 0 && !idle)
	{
		r->resumes_in = r->paused_for > m->long_pause_seconds
							? m->long_resume_seconds
							: m->resume_seconds;
		r->paused_for = -1;
	}
	if (r->paused_for >= 0)
	{
		r->paused_for += dt;
		r->totals.paused_seconds += dt;
		return true;
	}
	if (r->resumes_in > 0)
	{
		r->resumes_in -= dt;
		r->backlog += (load->vcpu_used + m->background_vcpu) * dt;
		r->totals.throttled_seconds += dt;
		if (r->resumes_in <= 1e-9)
			reference_restart(r, m, LEAST_ACU);
		return true;
	}
	r->idle = idle ? r->idle + dt : 0;
	if (min == 0 && r->idle > pause_after)
	{
		r->capacity = r->backlog = r->idle = 0;
		r->paused_for = 0;
	}
	return false;
}

static void
reference_step(Reference *r, const Model *m, const Load *load, double mean,
			   double min, double max, double dt)
{
	double work = m->acu_per_vcpu * (load->vcpu_used + m->background_vcpu);
	double asked = m->headroom * m->acu_per_vcpu *
				   (mean + m->background_vcpu + r->backlog / m->drain_seconds);
	double others = fmax(fmax(memory_acu(load->hot_bytes),
							  load->connections * m->mib_per_connection / 2048),
						 0.5);
	double target =
		fmin(max, fmax(fmax(min, 0.5), up_to_half(fmax(asked, others))));
	double need = up_to_half(fmax(work, others));
	double capacity = r->capacity;

	r->tokens = fmin(fmax(m->burst_acu, capacity),
					 r->tokens + m->refill_acu_per_second * dt);
	if (target > capacity)
	{
		double rate = capacity < m->direct_acu ? m->small_growth_acu_per_second
											   : m->large_growth_acu_per_second;
		double growth = fmin(fmin(target - capacity, r->tokens), rate * dt);

		r->capacity += growth;
		r->tokens -= growth;
	}
	if (target < capacity)
		r->below += dt;
	else
	{
		r->below = 0;
		r->hold = m->first_hold_seconds;
	}
	r->totals.acu_seconds += capacity * dt;
	r->totals.used_seconds +=
		(r->backlog > 0 ? capacity : fmin(need, capacity)) * dt;
	if (r->backlog > 0 || need > capacity)
		r->totals.throttled_seconds += dt;
	if (r->backlog > 0)
		r->totals.backlog_seconds += dt;
	r->backlog = fmax(0, r->backlog + (work - capacity) / m->acu_per_vcpu * dt);
	if (r->below >= r->hold)
		reference_fall(r, m, target);
}

/* Loads whose lengths are multiples of 1 s, without gaps but for the first. */
static void
reference_run(Reference *r, const Model *m, const Load *loads, int count,
			  double min, double max, double pause_after, int steps_per_second)
{
	enum
	{
		MOST = 10 * 100
	};
	double window[MOST];
	int size = 10 * steps_per_second;
	double dt = 1.0 / steps_per_second;
	double sum = 0;
	int64_t step = 0;

	*r = (Reference){ .paused_for = -1 };
	for (int i = 0; i < count; i++)
		for (int j = 0; j < loads[i].seconds * steps_per_second; j++, step++)
		{
			if (loads[i].gap_seconds > 0 ? j == 0 : step == 0)
			{
				*r = (Reference){ .paused_for = -1, .totals = r->totals };
				reference_restart(r, m, fmax(min, 0.5));
				for (int k = 0; k < size; k++)
					window[k] = loads[i].vcpu_used;
				sum = size * loads[i].vcpu_used;
			}
			sum += loads[i].vcpu_used - window[step % size];
			window[step % size] = loads[i].vcpu_used;
			r->totals.known_seconds += dt;
			if (!reference_pause(r, m, &loads[i], min, pause_after, dt))
				reference_step(r, m, &loads[i], sum / size, min, max, dt);
		}
}

#endif
