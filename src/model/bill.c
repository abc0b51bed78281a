/*-------------------------------------------------------------------------
 *
 * bill.c
 *		Who makes the bill: its money split by query, to the last nano-dollar.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/bill.h"

#include <math.h>
#include <stdlib.h>

#define NANO 1e9
#define MOST_NANO 4e18

static void split_cpu(const BillWindow *window, const BillEntry *entries,
					  int count, double *parts);
static void split_memory(const BillWindow *window, const BillEntry *entries,
						 int count, double *parts);
static int by_remainder(const void *a, const void *b, void *arg);
static double remainder_of(double part);

void
bill_window(const BillWindow *window, const BillEntry *entries, int count,
			double *parts)
{
	split_cpu(window, entries, count, parts);
	split_memory(window, entries, count, parts);
	parts[BILL_CONNECTIONS] += window->usd[DRIVER_CONNECTIONS];
	parts[BILL_FLOOR] += window->usd[DRIVER_FLOOR];
	parts[BILL_HELD] += window->held;
}

/* What no query explains is nobody's; estimates may explain too much. */
static void
split_cpu(const BillWindow *window, const BillEntry *entries, int count,
		  double *parts)
{
	double usd = window->usd[DRIVER_CPU];
	double explained = window->background_cpu_seconds;
	double all;

	for (int i = 0; i < count; i++)
		explained += entries[i].cpu_seconds;
	all = fmax(window->cpu_seconds, explained);
	if (all <= 0)
	{
		parts[BILL_UNATTRIBUTED] += usd;
		return;
	}
	for (int i = 0; i < count; i++)
		parts[entries[i].part] += usd * (entries[i].cpu_seconds / all);
	parts[BILL_BACKGROUND] += usd * (window->background_cpu_seconds / all);
	parts[BILL_UNATTRIBUTED] += usd * ((all - explained) / all);
}

static void
split_memory(const BillWindow *window, const BillEntry *entries, int count,
			 double *parts)
{
	double usd = window->usd[DRIVER_MEMORY];
	double blks = 0;

	for (int i = 0; i < count; i++)
		blks += entries[i].blks;
	if (blks <= 0)
	{
		parts[BILL_UNATTRIBUTED] += usd;
		return;
	}
	for (int i = 0; i < count; i++)
		parts[entries[i].part] += usd * (entries[i].blks / blks);
}

bool
bill_round(const double *parts, int count, int64_t *nano, int *order)
{
	double total = 0;
	int64_t left;

	for (int i = 0; i < count; i++)
		total += parts[i];
	if (!(total * NANO <= MOST_NANO))
		return false;
	left = llround(total * NANO);
	for (int i = 0; i < count; i++)
	{
		nano[i] = floor(parts[i] * NANO);
		left -= nano[i];
		order[i] = i;
	}
	qsort_r(order, count, sizeof(int), by_remainder, (void *) parts);
	for (int i = 0; left != 0 && count > 0; i = (i + 1) % count)
	{
		int step = left > 0 ? 1 : -1;

		/* Sums of many parts may round to a little more or less. */
		if (step < 0 && nano[order[i]] == 0)
			continue;
		nano[order[i]] += step;
		left -= step;
	}
	return true;
}

static int
by_remainder(const void *a, const void *b, void *arg)
{
	const double *parts = arg;
	int left = *(const int *) a;
	int right = *(const int *) b;
	double difference = remainder_of(parts[left]) - remainder_of(parts[right]);

	if (difference != 0)
		return difference > 0 ? -1 : 1;
	return left - right;
}

static double
remainder_of(double part)
{
	return part * NANO - floor(part * NANO);
}
