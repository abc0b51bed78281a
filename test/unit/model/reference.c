/*
 * The scaler, which goes from event to event, against a plain loop in small
 * steps of time, that does at each what the rules say.  With smaller steps the
 * loop comes nearer to it.
 */
#include "model/scaling.h"

#include "follow.h"
#include "histories.h"
#include "near.h"

#define HISTORIES 400
#define LOADS 25
#define MAX_SECONDS_OF_LOAD 1200.0
#define GRAINS 3

typedef struct Reference
{
	const History *history;
	const Model *model;
	double capacity;
	double tokens;
	double below; /* seconds of a lower target */
	double hold;
	double backlog;
	double backlog_duration;
	double nobody; /* seconds without connections */
	bool paused;
	double paused_for;
	double resume_left;
	double known;
	double bought;
	double used;
	double queue_used;
	double throttled;
	double waited;
	double paused_seconds;
	double longest_backlog;
	double peak;
} Reference;

/* The load over one step. */
typedef struct Moment
{
	double seconds;
	double vcpu;		 /* used at the time */
	double mean_vcpu;	 /* of the last seconds */
	double other_target; /* of memory, connections and floors, ACU */
	double need;
	bool nobody;
} Moment;

static double
least_of(const Reference *it)
{
	return it->history->min_acu > 0 ? it->history->min_acu : 0.5;
}

static void
reference_begin(Reference *it, double capacity)
{
	it->capacity = capacity;
	it->tokens = fmax(it->model->burst_acu, capacity);
	it->below = 0;
	it->hold = it->model->first_hold_seconds;
}

static void
reference_reset(Reference *it)
{
	reference_begin(it, least_of(it));
	it->backlog = it->backlog_duration = 0;
	it->nobody = it->paused_for = it->resume_left = 0;
	it->paused = false;
}

static double
halves(double acu)
{
	return ceil(acu * 2 - 1e-5) / 2;
}

/* Section (b) of the rules: tokens, growth, hold and drop. */
static void
reference_scale(Reference *it, const Moment *now)
{
	const Model *model = it->model;
	double vcpu = now->mean_vcpu + model->background_vcpu + it->backlog / 60;
	double wanted = halves(
		fmax(model->headroom * model->acu_per_vcpu * vcpu, now->other_target));
	double target = fmin(fmax(wanted, least_of(it)), it->history->max_acu);
	double slew = it->capacity < 4 ? 1.5 : 0.25;

	it->tokens = fmin(fmax(model->burst_acu, it->capacity),
					  it->tokens + model->refill_acu_per_second * now->seconds);
	if (target > it->capacity)
	{
		double growth =
			fmin(target - it->capacity, fmin(it->tokens, slew * now->seconds));

		it->capacity += growth;
		it->tokens -= growth;
	}
	if (target >= it->capacity)
	{
		it->below = 0;
		it->hold = model->first_hold_seconds;
		return;
	}
	it->below += now->seconds;
	if (it->below < it->hold)
		return;
	if (it->capacity > 4)
		target =
			fmax(target, halves(it->capacity -
								fmin(it->capacity / 2, model->most_drop_acu)));
	it->capacity = fmin(it->capacity, target);
	it->below = 0;
	it->hold = model->next_hold_seconds;
}

static void
reference_count(Reference *it, const Moment *now)
{
	bool queues = it->backlog > 0;

	it->known += now->seconds;
	it->bought += it->capacity * now->seconds;
	it->peak = fmax(it->peak, it->capacity);
	it->used +=
		(queues ? it->capacity : fmin(now->need, it->capacity)) * now->seconds;
	if (queues || now->need > it->capacity + 1e-9)
		it->throttled += now->seconds;
	it->waited += queues ? now->seconds : 0;
	it->queue_used += queues ? it->capacity * now->seconds : 0;
	it->backlog_duration = queues ? it->backlog_duration + now->seconds : 0;
	it->longest_backlog = fmax(it->longest_backlog, it->backlog_duration);
}

static void
reference_step(Reference *it, const Moment *now)
{
	const Model *model = it->model;
	bool pauses = it->history->min_acu == 0 && now->nobody;
	double wanted_vcpu = now->vcpu + model->background_vcpu;

	if (it->paused && pauses)
	{
		it->paused_for += now->seconds;
		it->paused_seconds += now->seconds;
		it->known += now->seconds;
		return;
	}
	if (it->paused)
	{
		it->paused = false;
		it->resume_left = it->paused_for > 86400 ? 30 : 15;
	}
	if (it->resume_left > 0)
	{
		it->backlog += wanted_vcpu * now->seconds;
		reference_count(it, now);
		it->resume_left -= now->seconds;
		if (it->resume_left < 1e-9)
		{
			it->resume_left = 0;
			reference_begin(it, 0.5);
		}
		return;
	}
	it->nobody = pauses ? it->nobody + now->seconds : 0;
	reference_scale(it, now);
	it->backlog +=
		(wanted_vcpu - it->capacity / model->acu_per_vcpu) * now->seconds;
	if (it->backlog < 1e-9)
		it->backlog = 0;
	reference_count(it, now);
	if (!pauses || it->nobody < it->history->pause_after - 1e-9)
		return;
	reference_reset(it);
	it->capacity = 0;
	it->paused = true;
}

/* The mean vCPU of the seconds before so much of a load has passed; what was
 * before it began is as its first load. */
static double
mean_before(const History *history, int first, int at, double passed)
{
	double window = history->model.smoothing_seconds;
	double sum = 0;
	double left = window;

	for (; at >= first && left > 0; at--)
	{
		double part = fmin(left, passed);

		sum += part * history->loads[at].vcpu_used;
		left -= part;
		if (at > first)
			passed = history->loads[at - 1].seconds;
	}
	return (sum + left * history->loads[first].vcpu_used) / window;
}

static void
reference_run(Reference *it, const History *history, double grain)
{
	int first = 0;

	*it = (Reference){ .history = history, .model = &history->model };
	reference_reset(it);
	for (int i = 0; i < history->count; i++)
	{
		const Load *load = &history->loads[i];
		int steps = ceil(load->seconds / grain);
		Demand demand;
		Moment now = { .seconds = load->seconds / steps,
					   .vcpu = load->vcpu_used,
					   .nobody = load->connections == 0 };

		demand_of(&demand, load, &history->model, history->floor_acu);
		now.need = demand.need;
		now.other_target = fmax(fmax(demand.memory, demand.connections),
								fmax(history->floor_acu, 0.5));
		if (load->gap_seconds > 0)
		{
			reference_reset(it);
			first = i;
		}
		for (int step = 0; step < steps; step++)
		{
			now.mean_vcpu =
				mean_before(history, first, i, (step + 0.5) * now.seconds);
			reference_step(it, &now);
		}
	}
}

/* How far a loop is from the scaler, in shares of what there was. */
static void
compare(const Reference *it, const Scaler *scaler, double *differences)
{
	const Totals *totals = &scaler->totals;
	double bought = totals->acu_seconds + totals->known_seconds;
	double known = totals->known_seconds;

	differences[0] = (it->bought - totals->acu_seconds) / bought;
	differences[1] = (it->used - totals->used_seconds) / bought;
	differences[2] = (it->throttled - totals->throttled_seconds) / known;
	differences[3] = (it->waited - totals->backlog_seconds) / known;
	differences[4] = (it->paused_seconds - totals->paused_seconds) / known;
	differences[5] =
		(it->longest_backlog - scaler->longest_backlog_seconds) / known;
	differences[6] = (it->peak - scaler->peak_acu) / it->history->max_acu;
	differences[7] = (it->capacity - scaler->capacity) / it->history->max_acu;
	differences[8] = (it->queue_used - totals->queue_used_seconds) / bought;
	assert_near(it->known, known, 1e-9 * known);
}

static const char *const compared[] = {
	"ACU-seconds",		"used",
	"throttled",		"waited",
	"paused",			"longest backlog",
	"peak of capacity", "capacity at the end",
	"used by a queue"
};
#define COMPARED 9

static void
the_loop_comes_nearer_with_smaller_steps(void **state)
{
	const double grains[GRAINS] = { 1, 0.25, 0.0625 };
	static History history;
	double means[GRAINS][COMPARED] = { { 0 } };
	double worst[GRAINS][COMPARED] = { { 0 } };

	(void) state;
	for (int i = 0; i < HISTORIES; i++)
	{
		Scaler scaler;

		make_history(&history, i, LOADS, MAX_SECONDS_OF_LOAD);
		scaler_init(&scaler, &history.model, history.min_acu, history.max_acu,
					history.pause_after);
		follow(&scaler, history.loads, history.count, history.floor_acu);
		for (int grain = 0; grain < GRAINS; grain++)
		{
			double differences[COMPARED];
			Reference it;

			reference_run(&it, &history, grains[grain]);
			compare(&it, &scaler, differences);
			for (int j = 0; j < COMPARED; j++)
			{
				double difference = fabs(differences[j]);

				means[grain][j] += difference / HISTORIES;
				worst[grain][j] = fmax(worst[grain][j], difference);
			}
		}
	}
	for (int j = 0; j < COMPARED; j++)
		print_message("# %-19s off by %.6f, %.6f, %.6f with steps of 1, 1/4, "
					  "1/16 s; at most %.5f, %.5f, %.5f\n",
					  compared[j], means[0][j], means[1][j], means[2][j],
					  worst[0][j], worst[1][j], worst[2][j]);
	for (int j = 0; j < COMPARED; j++)
	{
		assert_true(means[1][j] <= means[0][j] / 2);
		assert_true(means[2][j] <= means[1][j] / 2);
		assert_true(means[2][j] <= 1e-4);
		assert_true(worst[2][j] <= 0.01);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loop_comes_nearer_with_smaller_steps),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
