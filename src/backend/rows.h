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

#define MOST_COLUMNS 40

/* The next value of a row that is being built, and whether it is NULL. */
typedef struct RowBuilder
{
	int columns;
	Datum values[MOST_COLUMNS];
	bool nulls[MOST_COLUMNS];
} RowBuilder;

extern void put(RowBuilder *row, bool known, Datum value);

/* NAN is NULL. */
extern void put_number(RowBuilder *row, double value);

/* The same, rounded to millionths of a dollar. */
extern void put_usd(RowBuilder *row, double value);

/* NULL is NULL. */
extern void put_text(RowBuilder *row, const char *value);

extern void put_row(ReturnSetInfo *rsinfo, RowBuilder *row);

#endif
