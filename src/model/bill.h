/*-------------------------------------------------------------------------
 *
 * bill.h
 *		The bill of a range, split by query to the last nano-dollar.
 *
 * The money of an interval is what the need took, which goes to its driver
 * alone, and idle capacity.  CPU is split by CPU, memory by the blocks that
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

#define MAX_NANO_USD 4e18 /* of a bill */

/* The parts of a bill; one for each query comes after the named ones. */
typedef enum BillPart
{
	BILL_BACKGROUND,
	BILL_CONNECTIONS,
	BILL_FLOOR,
	BILL_IDLE_CAPACITY,
	BILL_UNATTRIBUTED,
	BILL_QUERIES
} BillPart;

/* A span for which it is known what each query did. */
typedef struct BillWindow
{
	double usd[DRIVERS];
	double idle_usd;			   /* of capacity that nobody needed */
	double cpu_seconds;			   /* all, Aurora's own background included */
	double background_cpu_seconds; /* part of them: work for no client */
} BillWindow;

/* One query's work in a window. */
typedef struct BillEntry
{
	int part; /* BILL_QUERIES or more */
	double cpu_seconds;
	double blks;
} BillEntry;

/* Work space of bill_round(), one for each part. */
typedef struct BillRemainder
{
	int part;
	double lost; /* nano-dollars, 0 to 1, by rounding down */
} BillRemainder;

/* The name of a part before BILL_QUERIES, as in SQL. */
extern const char *bill_part_name(BillPart part);

/* Adds the money of a window, in USD, to the parts of the bill. */
extern void bill_window(const BillWindow *window, const BillEntry *entries,
						int count, double *parts);

/*
 * Rounds parts, in USD, to nano-dollars whose sum is that of the unrounded
 * parts: those that lose most by rounding down get one more.  remainders has
 * room for as many.  False when the sum exceeds MAX_NANO_USD.
 */
extern bool bill_round(const double *parts, int count, int64_t *nano,
					   BillRemainder *remainders);

#endif
