/*-------------------------------------------------------------------------
 *
 * spi.c
 *		SQL statements with parameters, and values of their rows.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/spi.h"

#include "backend/owned.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include <math.h>

void
add_parameter(Parameters *parameters, Oid type, bool known, Datum value)
{
	int at = parameters->count++;

	Assert(at < MAX_PARAMETERS);
	parameters->types[at] = type;
	parameters->values[at] = value;
	parameters->nulls[at] = known ? ' ' : 'n';
}

void
add_boolean(Parameters *parameters, bool value)
{
	add_parameter(parameters, BOOLOID, true, BoolGetDatum(value));
}

void
add_integer(Parameters *parameters, bool known, int32 value)
{
	add_parameter(parameters, INT4OID, known, Int32GetDatum(value));
}

void
add_bigint(Parameters *parameters, bool known, int64 value)
{
	add_parameter(parameters, INT8OID, known, Int64GetDatum(value));
}

void
add_float(Parameters *parameters, bool known, double value)
{
	add_parameter(parameters, FLOAT8OID, known, Float8GetDatum(value));
}

void
add_oid(Parameters *parameters, Oid value)
{
	add_parameter(parameters, OIDOID, true, ObjectIdGetDatum(value));
}

void
add_text(Parameters *parameters, const char *value)
{
	add_parameter(parameters, TEXTOID, value != NULL,
				  value == NULL ? (Datum) 0 : CStringGetTextDatum(value));
}

void
add_time(Parameters *parameters, TimestampTz value)
{
	add_parameter(parameters, TIMESTAMPTZOID, true, TimestampTzGetDatum(value));
}

Datum
row_value(uint64 row, int column, bool *isnull)
{
	Assert(row < SPI_tuptable->numvals);
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column,
						 isnull);
}

Datum
row_datum(uint64 row, int column)
{
	bool isnull;
	Datum value = row_value(row, column, &isnull);

	Assert(!isnull);
	return value;
}

double
row_float(uint64 row, int column)
{
	bool isnull;
	Datum value = row_value(row, column, &isnull);

	Assert(SPI_gettypeid(SPI_tuptable->tupdesc, column) == FLOAT8OID);
	return isnull ? NAN : DatumGetFloat8(value);
}

bool
row_boolean(uint64 row, int column)
{
	bool isnull;
	Datum value = row_value(row, column, &isnull);

	Assert(SPI_gettypeid(SPI_tuptable->tupdesc, column) == BOOLOID);
	return !isnull && DatumGetBool(value);
}

char *
row_text(uint64 row, int column)
{
	Assert(row < SPI_tuptable->numvals);
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* Returns the number of rows; an error where SPI refuses the statement. */
static uint64
run_owned(const char *table, const char *sql, Parameters *parameters,
		  bool read_only, long limit)
{
	Parameters none = { 0 };
	Parameters *given = parameters == NULL ? &none : parameters;
	Rights before;
	int result;

	owned_begin(table, &before);
	result =
		SPI_execute_with_args(sql, given->count, given->types, given->values,
							  given->nulls, read_only, limit);
	owned_end(&before);
	if (result < 0)
		elog(ERROR, "could not run: %s", sql);
	return SPI_processed;
}

uint64
owned_write(const char *table, const char *sql, Parameters *parameters)
{
	return run_owned(table, sql, parameters, false, 0);
}

uint64
owned_read(const char *table, const char *sql, Parameters *parameters,
		   long limit)
{
	return run_owned(table, sql, parameters, true, limit);
}

int32
owned_read_integer(const char *table, const char *sql, Parameters *parameters)
{
	if (owned_read(table, sql, parameters, 1) == 0)
		return 0;
	return DatumGetInt32(row_datum(0, 1));
}

uint64
caller_read(const char *sql, Parameters *parameters, long limit)
{
	if (SPI_execute_with_args(sql, parameters->count, parameters->types,
							  parameters->values, parameters->nulls, true,
							  limit) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", sql);
	return SPI_processed;
}
