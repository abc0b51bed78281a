/*-------------------------------------------------------------------------
 *
 * bill.c
 *		The bill of a range, split by query to the last nano-dollar.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "model/bill.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define NANO 1e9

const char *
bill_part_name(BillPart part)
{
	static const char *const names[] = {
		[BILL_BACKGROUND] = "background",
		[BILL_CONNECTIONS] = "connections",
		[BILL_FLOOR] = "floor",
		[BILL_IDLE_CAPACITY] = "held",
		[BILL_UNATTRIBUTED] = "unattributed",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == BILL_QUERIES,
				   "each part before the queries has a name");
	assert(part < BILL_QUERIES);
	return names[part];
}

/* CPU without a query is 'unattributed'; estimates above the measured total are
 * scaled down to it. */
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
	{
		assert(entries[i].part >= BILL_QUERIES);
		parts[entries[i].part] += usd * (entries[i].cpu_seconds / all);
	}
	parts[BILL_BACKGROUND] += usd * (window->background_cpu_seconds / all);
	parts[BILL_UNATTRIBUTED] += usd * ((all - explained) / all);
}

/* Memory without a query is 'unattributed'. */
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

void
bill_window(const BillWindow *window, const BillEntry *entries, int count,
			double *parts)
{
	split_cpu(window, entries, count, parts);
	split_memory(window, entries, count, parts);
	parts[BILL_CONNECTIONS] += window->usd[DRIVER_CONNECTIONS];
	parts[BILL_FLOOR] += window->usd[DRIVER_FLOOR];
	parts[BILL_IDLE_CAPACITY] += window->idle_usd;
}

/* qsort comparator: the largest remainder first, then by part. */
static int
compare_remainders(const void *a, const void *b)
{
	const BillRemainder *left = a;
	const BillRemainder *right = b;

	if (left->lost != right->lost)
		return left->lost > right->lost ? -1 : 1;
	return left->part - right->part;
}

bool
bill_round(const double *parts, int count, int64_t *nano,
		   BillRemainder *remainders)
{
	double total = 0;
	int64_t left;

	for (int i = 0; i < count; i++)
		total += parts[i];
	if (!(total * NANO <= MAX_NANO_USD))
		return false;
	left = llround(total * NANO);
	for (int i = 0; i < count; i++)
	{
		double down = floor(parts[i] * NANO);

		nano[i] = down;
		left -= nano[i];
		remainders[i] =
			(BillRemainder){ .part = i, .lost = parts[i] * NANO - down };
	}
	qsort(remainders, count, sizeof(BillRemainder), compare_remainders);
	for (int i = 0; left != 0 && count > 0; i = (i + 1) % count)
	{
		int step = left > 0 ? 1 : -1;

		/* Sums of many parts may round to a little more or less. */
		if (step < 0 && nano[remainders[i].part] == 0)
			continue;
		nano[remainders[i].part] += step;
		left -= step;
	}
	return true;
}
