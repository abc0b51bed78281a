/*-------------------------------------------------------------------------
 *
 * spi.h
 *		SQL statements with parameters, and values of their rows.
 *
 * Every function here is called between SPI_connect and SPI_finish.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SPI_H
#define PG_ACU_SPI_H

#include "datatype/timestamp.h"

#define MAX_PARAMETERS 32

/* The values of $1, $2 and so on; all 0 is none. */
typedef struct Parameters
{
	int count;
	Oid types[MAX_PARAMETERS];
	Datum values[MAX_PARAMETERS];
	char nulls[MAX_PARAMETERS];
} Parameters;

/* Each adds the next parameter; NULL where the value is not known. */
extern void
add_parameter(Parameters *parameters, Oid type, bool known, Datum value);
extern void add_boolean(Parameters *parameters, bool value);
extern void add_integer(Parameters *parameters, bool known, int32 value);
extern void add_bigint(Parameters *parameters, bool known, int64 value);
extern void add_float(Parameters *parameters, bool known, double value);
extern void add_oid(Parameters *parameters, Oid value);
extern void add_text(Parameters *parameters, const char *value); /* or NULL */
extern void add_time(Parameters *parameters, TimestampTz value);

/*
 * Runs a statement that writes to a table of the schema acu or acu_internal,
 * with the rights of its owner, and returns the number of rows.  parameters may
 * be NULL.
 */
extern uint64
owned_write(const char *table, const char *sql, Parameters *parameters);

/*
 * Runs a query of such a table, with the rights of its owner, and returns the
 * number of rows; these are in SPI_tuptable, limit of them at most (0: all).
 */
extern uint64 owned_read(const char *table, const char *sql,
						 Parameters *parameters, long limit);

/* The int4 in the only column of the first row of such a query; 0 where there
 * is no row. */
extern int32
owned_read_integer(const char *table, const char *sql, Parameters *parameters);

/* Runs a query with the rights of the caller, and returns the number of rows;
 * these are in SPI_tuptable, limit of them at most (0: all). */
extern uint64 caller_read(const char *sql, Parameters *parameters, long limit);

/* A column, counted from 1, of a row of SPI_tuptable, counted from 0; what is
 * not passed by value is in SPI's memory. */
extern Datum row_value(uint64 row, int column, bool *isnull);

/* The same, where it cannot be NULL. */
extern Datum row_datum(uint64 row, int column);

/* The same: a float8, NAN for NULL. */
extern double row_float(uint64 row, int column);

/* The same: a boolean, false for NULL. */
extern bool row_boolean(uint64 row, int column);

/* The same, of any type: its text in SPI's memory, or NULL. */
extern char *row_text(uint64 row, int column);

#endif
