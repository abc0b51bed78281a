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
	Assert(row->columns < MAX_ROW_COLUMNS);
	row->nulls[row->columns] = !known;
	row->values[row->columns++] = value;
}

void
put_number(RowBuilder *row, double value)
{
	put(row, !isnan(value), Float8GetDatum(value));
}

void
put_rounded(RowBuilder *row, double value, int decimals)
{
	double scale = pow(10, decimals);

	put_number(row, rint(value * scale) / scale);
}

void
put_seconds(RowBuilder *row, double value)
{
	put_rounded(row, value, 3);
}

void
put_acu(RowBuilder *row, double value)
{
	put_rounded(row, value, 3);
}

void
put_acu_hours(RowBuilder *row, double value)
{
	put_rounded(row, value, 2);
}

void
put_share(RowBuilder *row, double value)
{
	put_rounded(row, value, 3);
}

void
put_usd(RowBuilder *row, double value, int decimals)
{
	Datum exact;

	if (isnan(value))
	{
		put(row, false, (Datum) 0);
		return;
	}
	exact = DirectFunctionCall1(float8_numeric, Float8GetDatum(value));
	put(row, true,
		DirectFunctionCall2(numeric_round, exact, Int32GetDatum(decimals)));
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
