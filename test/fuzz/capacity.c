/*-------------------------------------------------------------------------
 *
 * capacity.c
 *		Fuzzes the model: for any load, all results are within their bounds.
 *
 * Bytes become intervals, without those for which load_invalid_column() names a
 * column, as the SQL functions report an error then.
 *
 *-------------------------------------------------------------------------
 */
#include "model/bill.h"
#include "model/cost.h"
#include "model/estimate.h"
#include "model/instance.h"
#include "model/load_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LOADS 48
#define MAX_LEVELS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of the input that are not used yet. */
static const uint8_t *input;
static size_t input_left;

static uint8_t
byte(void)
{
	if (input_left == 0)
		return 0;
	input_left--;
	return *input++;
}

/* A number, mostly from 0 to scale, at times any double. */
static double
number(double scale)
{
	uint8_t kind = byte();
	double value = 0;

	if (kind < 200)
		return kind / 199.0 * scale;
	if (kind < 215)
		return NAN;
	if (kind < 230)
		return scale * byte() * 1e6;
	for (size_t i = 0; i < sizeof(value); i++)
		((uint8_t *) &value)[i] = byte();
	return value;
}

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Whether a number is from 0 to so much that sums of it stay finite. */
static bool
sane(double value)
{
	return value >= 0 && value < 1e12;
}

static int
make_loads(Load *loads)
{
	int count = 0;

	while (input_left > 0 && count < MAX_LOADS)
	{
		Load *load = &loads[count];
		uint8_t flags = byte();

		load->gap_seconds = flags & 1 ? number(1000) : 0;
		load->seconds = flags & 2 ? number(3600) : 1 + flags;
		load->vcpu_used = number(8);
		load->hot_bytes = number(16 * GIB);
		load->used_bytes = flags & 4 ? number(32 * GIB) : load->hot_bytes;
		load->connections = flags & 8 ? 0 : number(500);
		load->saturated = flags & 16;
		load->memory_at_least = flags & 32;
		if (load_invalid_column(load) == NULL)
			count++;
	}
	return count;
}

static void
check_totals(const Totals *totals, double seconds)
{
	double rounding = 1e-6 * seconds + 1e-6;
	double delta = compute_delta(totals);

	must(isfinite(totals->known_seconds) && isfinite(totals->acu_seconds) &&
		 isfinite(totals->used_seconds) && isfinite(totals->backlog_seconds) &&
		 isfinite(totals->paused_seconds));
	must(totals->queue_used_seconds >= 0 &&
		 totals->queue_used_seconds <= totals->used_seconds * (1 + 1e-9));
	must(fabs(totals->known_seconds - seconds) <= rounding);
	must(totals->throttled_seconds >= 0 &&
		 totals->throttled_seconds <= seconds + rounding);
	must(totals->backlog_seconds <= totals->throttled_seconds + rounding);
	must(totals->used_seconds >= 0 &&
		 totals->used_seconds <=
			 totals->acu_seconds * (1 + 1e-9) + MAX_ACU * rounding);
	must(isnan(delta) ? totals->acu_seconds == 0 : delta >= 0 && delta <= 1);
}

static void
check_range(const Load *loads, int count, const Model *model, double floor_acu,
			double min, double max, double seconds)
{
	Segment segment;
	Scaler scaler;
	TargetCurve curve;

	scaler_init(&scaler, model, min, max, 1 + byte() * 10);
	curve_begin(&curve, loads, count, model, floor_acu);
	while (curve_next(&curve, &segment, 1) == 1)
	{
		scaler_run(&scaler, &segment, 1);
		must(scaler.capacity == 0 ? min == 0
								  : scaler.capacity >= fmax(min, MIN_ACU) &&
										scaler.capacity <= max);
		must(isfinite(scaler.backlog) && scaler.backlog >= 0);
	}
	must(scaler.peak_acu <= max);
	check_totals(&scaler.totals, seconds);
}

static void
check_summary(const Load *loads, int count, const Model *model)
{
	Limits limits = { byte() / 255.0, byte() };
	double levels[MAX_LEVELS];
	LoadSummary summary;
	double least;
	int made;

	summary_make(&summary, loads, count, model);
	least = summary_smallest_max(&summary, &limits);
	must(isfinite(least) && least >= 1);
	made = summary_minima(&summary, 0, levels, MAX_LEVELS);
	must(made >= 1 && made <= MAX_LEVELS);
	for (int i = 0; i < made; i++)
		must(levels[i] >= 0 && levels[i] <= MAX_ACU &&
			 (i == 0 || levels[i] > levels[i - 1]));
	made =
		summary_maxima(&summary, least, levels[0], byte(), levels, MAX_LEVELS);
	must(made >= 1 && made <= MAX_LEVELS);
	for (int i = 0; i < made; i++)
		must(levels[i] >= 1 && levels[i] <= MAX_ACU);
}

static void
check_instance(const Load *loads, int count, const Model *model, double seconds)
{
	double needs[MAX_LOADS];
	Instance instance;

	for (int i = 0; i < count; i++)
	{
		Demand demand;

		demand_of(&demand, &loads[i], model, 0);
		must(isfinite(demand.need) && demand.need >= MIN_ACU &&
			 isfinite(demand.target));
		needs[i] = demand.need;
	}
	instance_init(&instance, 1 + byte(), 1 + byte(), model);
	instance_run(&instance, loads, needs, count, model->background_vcpu);
	check_totals(&instance.totals, seconds);
}

/* Costs are 0 or more, and unknown only without a price. */
static void
check_storage(void)
{
	Storage storage = { number(1e6), number(1e6) };
	StoragePrice standard = { number(1), number(1) };
	StoragePrice optimized = { number(1), 0 };
	double compute = number(1000);
	double usd = storage_usd(&storage, &standard);
	double requests = break_even_requests(compute, compute * 1.3, storage.gib,
										  &standard, &optimized);
	double acu = break_even_acu(compute, standard.per_gib_month);

	if (!sane(storage.gib) || !sane(storage.million_requests) || !sane(compute))
		return;
	if (sane(standard.per_gib_month) && sane(standard.per_million_requests))
		must(isfinite(usd) && usd >= 0);
	else if (isnan(standard.per_gib_month) && storage.gib > 0)
		must(isnan(usd));
	must(isnan(requests) || requests >= 0);
	must(isnan(acu) || !sane(standard.per_gib_month) || acu >= 0);
}

/* Estimates of whatever acu_internal.estimate() accepts. */
static void
check_estimate(void)
{
	Observed observed = { .vcpu = number(128),
						  .acu_per_vcpu = 1 << byte() % 3,
						  .cpu_p95 = number(100),
						  .cpu_max = number(100),
						  .cpu_avg = number(100),
						  .connections = number(1000),
						  .working_set_gib = number(100) };
	Estimate it;

	if (!(observed.vcpu >= 0.1 && observed.vcpu <= 1024) ||
		!(observed.cpu_p95 >= 0 && observed.cpu_p95 <= 100) ||
		!(observed.cpu_max >= 0 && observed.cpu_max <= 100) ||
		observed.cpu_avg < 0 || observed.cpu_avg > 100 ||
		observed.connections < 0 || observed.connections > 1e6 ||
		observed.working_set_gib < 0 || observed.working_set_gib > 1e6)
		return;
	estimate_make(&it, &observed);
	must(it.min >= MIN_ACU && isfinite(it.min));
	must(it.typical >= MIN_ACU && it.typical <= MAX_ACU);
	must(it.max >= it.typical && it.max <= MAX_ACU);
	must(it.peak >= 0 && it.actual >= 0 && it.adjusted >= 0);
	must(isfinite(it.peak) && isfinite(it.growth_factor));
	must(it.working_set_floor >= 0 || isnan(observed.working_set_gib));
	must(estimate_label(it.min, it.typical, it.max) != NULL);
	must(isfinite(estimate_saving(it.min, it.typical)));
}

static void
check_bill(void)
{
	double parts[BILL_QUERIES + 4] = { 0 };
	int64_t nano[BILL_QUERIES + 4];
	BillRemainder remainders[BILL_QUERIES + 4];
	BillWindow window = { .idle_usd = number(10),
						  .cpu_seconds = number(100),
						  .background_cpu_seconds = number(10) };
	BillEntry entries[4];
	double total = window.idle_usd;
	double sum = 0;

	for (int i = 0; i <= DRIVER_FLOOR; i++)
		total += window.usd[i] = number(10);
	for (int i = 0; i < 4; i++)
		entries[i] = (BillEntry){ BILL_QUERIES + i, number(30), byte() };
	for (int i = 0; i < 4; i++)
		if (!sane(entries[i].cpu_seconds))
			return;
	/* Samples that pass load_invalid_column() have no others. */
	if (!(window.idle_usd >= 0 && sane(total) && sane(window.cpu_seconds) &&
		  sane(window.background_cpu_seconds)))
		return;
	for (int i = 0; i <= DRIVER_FLOOR; i++)
		if (!(window.usd[i] >= 0))
			return;
	bill_window(&window, entries, 4, parts);
	for (int i = 0; i < BILL_QUERIES + 4; i++)
	{
		must(parts[i] >= 0 || parts[i] > -1e-6 * total);
		sum += parts[i];
	}
	must(fabs(sum - total) <= 1e-9 * total + 1e-9);
	if (bill_round(parts, BILL_QUERIES + 4, nano, remainders))
	{
		int64_t all = 0;

		for (int i = 0; i < BILL_QUERIES + 4; i++)
			all += nano[i];
		must(all == llround(sum * 1e9));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Load loads[MAX_LOADS];
	double seconds = 0;
	Model model;
	double floor_acu;
	double min;
	int count;

	input = data;
	input_left = size;
	check_bill();
	check_storage();
	check_estimate();
	model = model_make(byte() % 3);
	min = byte() % 33 / 2.0;
	floor_acu = byte() % 4 * 4;
	count = make_loads(loads);
	for (int i = 0; i < count; i++)
		seconds += loads[i].seconds;
	if (count == 0)
		return 0;
	input = data;
	input_left = size;
	check_range(loads, count, &model, floor_acu, min,
				fmax(1, min) + byte() / 2.0, seconds);
	check_summary(loads, count, &model);
	check_instance(loads, count, &model, seconds);
	return 0;
}
