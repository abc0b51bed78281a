/*-------------------------------------------------------------------------
 *
 * rows.c
 *		Rows of a set that a function returns, built column by column.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/rows.h"

#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include <math.h>

void
put(RowBuilder *row, bool known, Datum value)
{
	Assert(row->columns < MOST_COLUMNS);
	row->nulls[row->columns] = !known;
	row->values[row->columns++] = value;
}

void
put_number(RowBuilder *row, double value)
{
	put(row, !isnan(value), Float8GetDatum(value));
}

/* What is beyond is noise of the arithmetic. */
void
put_usd(RowBuilder *row, double value)
{
	put_number(row, rint(value * 1e6) / 1e6);
}

void
put_text(RowBuilder *row, const char *value)
{
	put(row, value != NULL, value ? CStringGetTextDatum(value) : (Datum) 0);
}

void
put_row(ReturnSetInfo *rsinfo, RowBuilder *row)
{
	/* The library may be newer than the SQL that declares the function. */
	if (rsinfo->setDesc->natts != row->columns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("function returns %d columns, but is declared with %d",
						row->columns, rsinfo->setDesc->natts),
				 errhint("Run ALTER EXTENSION pg_acu UPDATE.")));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row->values,
						 row->nulls);
}
