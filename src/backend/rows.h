/*-------------------------------------------------------------------------
 *
 * rows.h
 *		Rows of a set that a function returns, built column by column.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROWS_H
#define PG_ACU_ROWS_H

#include "nodes/execnodes.h"

#define MAX_ROW_COLUMNS 40

/* The next value of a row that is being built, and whether it is NULL. */
typedef struct RowBuilder
{
	int columns;
	Datum values[MAX_ROW_COLUMNS];
	bool nulls[MAX_ROW_COLUMNS];
} RowBuilder;

extern void put(RowBuilder *row, bool known, Datum value);

/* NAN is NULL. */
extern void put_number(RowBuilder *row, double value);

/* A float8, rounded to what is known: seconds to the millisecond, ACU to a
 * thousandth, ACU-hours to a hundredth, shares (0 to 1) to a thousandth.  NAN
 * is NULL. */
extern void put_seconds(RowBuilder *row, double value);
extern void put_acu(RowBuilder *row, double value);
extern void put_acu_hours(RowBuilder *row, double value);
extern void put_share(RowBuilder *row, double value);
extern void put_rounded(RowBuilder *row, double value, int decimals);

/* US dollars, a numeric with this many decimals.  NAN is NULL. */
extern void put_usd(RowBuilder *row, double value, int decimals);

/* Decimals of US dollars: of a month's sum, of a span's, which may be minutes,
 * and of an interval of the sampler. */
#define USD_PER_MONTH 2
#define USD_OF_SPAN 4
#define USD_OF_INTERVAL 9

/* NULL is NULL. */
extern void put_text(RowBuilder *row, const char *value);

extern void put_row(ReturnSetInfo *rsinfo, RowBuilder *row);

#endif
