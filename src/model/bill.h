/*-------------------------------------------------------------------------
 *
 * bill.h
 *		Who makes the bill: its money split by query, to the last nano-dollar.
 *
 * Money of an interval is what the need took, which is its driver's alone, and
 * what was held for nobody.  CPU is split by CPU, memory by the blocks that
 * statements touched.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BILL_H
#define PG_ACU_BILL_H

#include "model/demand.h"

#include <stdint.h>

/* The parts that are no query; queries come after them. */
typedef enum BillPart
{
	BILL_BACKGROUND,
	BILL_CONNECTIONS,
	BILL_FLOOR,
	BILL_HELD,
	BILL_UNATTRIBUTED,
	BILL_QUERIES
} BillPart;

/* A span for which it is known what each query did. */
typedef struct BillWindow
{
	double usd[DRIVER_FLOOR + 1];  /* by driver */
	double held;				   /* usd */
	double cpu_seconds;			   /* all, Aurora's own background included */
	double background_cpu_seconds; /* of these, what works for no client */
} BillWindow;

/* What a query did in it. */
typedef struct BillEntry
{
	int part; /* BILL_QUERIES or more */
	double cpu_seconds;
	double blks;
} BillEntry;

/* Adds the money of a window, in usd, to the parts of the bill. */
extern void bill_window(const BillWindow *window, const BillEntry *entries,
						int count, double *parts);

/*
 * Rounds parts to nano-dollars whose sum is the total, that of all parts
 * rounded once: those that lose most by rounding down get one more.  order is
 * room for as many numbers.  False, when it is too much money for a number.
 */
extern bool
bill_round(const double *parts, int count, int64_t *nano, int *order);

#endif
