/*-------------------------------------------------------------------------
 *
 * statements.c
 *		The entries of pg_stat_statements, of any version.
 *
 * Owns no data and takes no lock of its own; pg_stat_statements holds its lock
 * in shared mode while it hands out the entries.
 *
 * The columns are found by name in what the extension installed in this
 * database returns, not by the server's version: a server is often upgraded
 * without ALTER EXTENSION, and newer versions only add or rename columns.
 * Nothing here makes a catalog dependency on the extension, which would get in
 * the way of ALTER EXTENSION pg_stat_statements UPDATE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/statements.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static const char find_extension[] =
	"SELECT n.nspname FROM pg_catalog.pg_extension AS e"
	" JOIN pg_catalog.pg_namespace AS n"
	" ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
	" WHERE e.extname OPERATOR(pg_catalog.=) 'pg_stat_statements'";

#define MS_PER_SECOND 1000.0

/* Type and unit of a counter's columns. */
typedef enum CounterKind
{
	COUNT,		  /* bigint */
	MILLISECONDS, /* double precision, of milliseconds; kept in seconds */
	BYTES		  /* numeric */
} CounterKind;

/*
 * Columns of each counter, which is the sum of those that exist: a counter may
 * be spread over several columns, and a column may have another name in another
 * version.
 */
#define MAX_COLUMNS_OF_COUNTER 8

#define AT(counter) offsetof(StatementCounters, counter)

static const struct CounterSource
{
	size_t offset; /* in StatementCounters */
	CounterKind kind;
	const char *columns[MAX_COLUMNS_OF_COUNTER];
} sources[] = {
	{ AT(calls), COUNT, { "calls" } },
	{ AT(exec_seconds), MILLISECONDS, { "total_exec_time" } },
	{ AT(plan_seconds), MILLISECONDS, { "total_plan_time" } },
	/* blk_ to 1.10, shared_blk_ and local_blk_ from 1.11, temp_ from 1.10 */
	{ AT(io_seconds),
	  MILLISECONDS,
	  { "blk_read_time", "blk_write_time", "shared_blk_read_time",
		"shared_blk_write_time", "local_blk_read_time", "local_blk_write_time",
		"temp_blk_read_time", "temp_blk_write_time" } },
	{ AT(rows), COUNT, { "rows" } },
	{ AT(blks_hit), COUNT, { "shared_blks_hit" } },
	{ AT(blks_read), COUNT, { "shared_blks_read" } },
	{ AT(blks_dirtied), COUNT, { "shared_blks_dirtied" } },
	{ AT(blks_written), COUNT, { "shared_blks_written" } },
	{ AT(temp_blks), COUNT, { "temp_blks_read", "temp_blks_written" } },
	{ AT(wal_bytes), BYTES, { "wal_bytes" } },
};

StaticAssertDecl(lengthof(sources) * sizeof(int64) == sizeof(StatementCounters),
				 "each counter needs its columns");

/* Attribute numbers of the columns in the rows of this version. */
typedef struct Columns
{
	int userid;
	int dbid;
	int queryid;
	int toplevel;											 /* 0 before 1.9 */
	int since;												 /* 0 before 1.11 */
	int counters[lengthof(sources)][MAX_COLUMNS_OF_COUNTER]; /* 0: not there */
} Columns;

/* One row, taken apart. */
typedef struct Row
{
	TupleDesc desc;
	Datum *values;
	bool *nulls;
} Row;

void
statements_explain(void *arg pg_attribute_unused())
{
	if (geterrcode() == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE)
		errhint(
			"Add pg_stat_statements to shared_preload_libraries and restart the server.");
}

/* Runs a query that only reads; the result is in SPI_tuptable. */
static void
read_with_hint(const char *query)
{
	ErrorContextCallback hint = { .callback = statements_explain,
								  .previous = error_context_stack };

	error_context_stack = &hint;
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", query);
	error_context_stack = hint.previous;
}

/*
 * Refuses a function that is not in C, which only a superuser can have made.
 * Whoever has become the owner of the extension may put another in its place,
 * and it would run with the rights of the sampler.
 */
static void
require_c(const char *schema, const char *function)
{
	const char *name = quote_literal_cstr(psprintf("%s.%s", schema, function));

	read_with_hint(psprintf("SELECT FROM pg_catalog.pg_proc AS p"
							" JOIN pg_catalog.pg_language AS l"
							" ON l.oid OPERATOR(pg_catalog.=) p.prolang"
							" WHERE p.oid OPERATOR(pg_catalog.=)"
							" pg_catalog.to_regprocedure(%s)"
							" AND l.lanname OPERATOR(pg_catalog.=) 'c'",
							name));
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function %s.%s is not that of the extension", schema,
						function),
				 errdetail("It is missing, or not written in C."),
				 errhint("Drop the extension pg_stat_statements and create it "
						 "again, with the extensions that need it.")));
}

char *
statements_schema(void)
{
	char *schema;

	read_with_hint(find_extension);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"pg_stat_statements\" does not exist"),
				 errhint("Run CREATE EXTENSION pg_stat_statements.")));
	schema = pstrdup(quote_identifier(
		SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)));
	require_c(schema, "pg_stat_statements(boolean)");
	return schema;
}

void
statement_key(StatementKey *key, Oid userid, Oid dbid, int64 queryid,
			  bool toplevel)
{
	memset(key, 0, sizeof(*key));
	key->userid = userid;
	key->dbid = dbid;
	key->queryid = queryid;
	key->toplevel = toplevel;
}

/* Attribute number of a column; an error where there is none. */
static int
require_column(TupleDesc desc, const char *name)
{
	int column = SPI_fnumber(desc, name);

	if (column <= 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("pg_stat_statements has no column \"%s\"", name),
			 errdetail(
				 "Version 1.8, of PostgreSQL 13, is the oldest that is read."),
			 errhint("Run ALTER EXTENSION pg_stat_statements UPDATE.")));
	return column;
}

/* Finds the columns of all counters; an error where one has none. */
static void
find_counters(Columns *columns, TupleDesc desc)
{
	for (size_t i = 0; i < lengthof(sources); i++)
	{
		bool found = false;

		for (int j = 0; j < MAX_COLUMNS_OF_COUNTER; j++)
		{
			const char *name = sources[i].columns[j];
			int column = name ? SPI_fnumber(desc, name) : 0;

			columns->counters[i][j] = Max(column, 0);
			found |= column > 0;
		}
		if (!found)
			require_column(desc, sources[i].columns[0]);
	}
}

static void
find_columns(Columns *columns, TupleDesc desc)
{
	columns->userid = require_column(desc, "userid");
	columns->dbid = require_column(desc, "dbid");
	columns->queryid = require_column(desc, "queryid");
	columns->toplevel = Max(SPI_fnumber(desc, "toplevel"), 0);
	columns->since = Max(SPI_fnumber(desc, "stats_since"), 0);
	find_counters(columns, desc);
}

/* Adds a column's value to a counter of StatementCounters. */
static void
add_to_counter(void *counter, CounterKind kind, Datum value)
{
	switch (kind)
	{
		case COUNT:
			*(int64 *) counter += DatumGetInt64(value);
			break;
		case MILLISECONDS:
			*(double *) counter += DatumGetFloat8(value) / MS_PER_SECOND;
			break;
		case BYTES:
			*(int64 *) counter +=
				DatumGetInt64(DirectFunctionCall1(numeric_int8, value));
			break;
	}
}

static void
fill_counters(StatementCounters *counters, const Row *row,
			  const Columns *columns)
{
	memset(counters, 0, sizeof(*counters));
	for (size_t i = 0; i < lengthof(sources); i++)
	{
		void *counter = (char *) counters + sources[i].offset;

		for (int j = 0; j < MAX_COLUMNS_OF_COUNTER; j++)
		{
			int column = columns->counters[i][j];

			if (column != 0 && !row->nulls[column - 1])
				add_to_counter(counter, sources[i].kind,
							   row->values[column - 1]);
		}
	}
}

static void
fill_statement(Statement *entry, const Row *row, const Columns *columns)
{
	entry->userid = DatumGetObjectId(row->values[columns->userid - 1]);
	entry->dbid = DatumGetObjectId(row->values[columns->dbid - 1]);
	entry->queryid_known = !row->nulls[columns->queryid - 1];
	entry->queryid = entry->queryid_known
						 ? DatumGetInt64(row->values[columns->queryid - 1])
						 : 0;
	entry->toplevel = columns->toplevel == 0 ||
					  DatumGetBool(row->values[columns->toplevel - 1]);
	entry->since = columns->since == 0 || row->nulls[columns->since - 1]
					   ? 0
					   : DatumGetTimestampTz(row->values[columns->since - 1]);
	fill_counters(&entry->counters, row, columns);
}

/* Reads all entries; they are allocated in keep. */
static void
read_entries(Statements *into, const char *schema, MemoryContext keep)
{
	Columns columns;
	Row row;

	read_with_hint(
		psprintf("SELECT * FROM %s.pg_stat_statements(false)", schema));

	row.desc = SPI_tuptable->tupdesc;
	row.values = palloc(row.desc->natts * sizeof(Datum));
	row.nulls = palloc(row.desc->natts * sizeof(bool));
	find_columns(&columns, row.desc);
	into->info.toplevel_known = columns.toplevel != 0;
	into->info.columns = row.desc->natts;
	into->info.queryids_shown = true;
	into->count = (int) SPI_processed;
	into->entries =
		MemoryContextAllocHuge(keep, Max(into->count, 1) * sizeof(Statement));

	for (int i = 0; i < into->count; i++)
	{
		Statement *entry = &into->entries[i];

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], row.desc, row.values,
						  row.nulls);
		fill_statement(entry, &row, &columns);
		into->info.queryids_shown &= entry->queryid_known;
	}
	SPI_freetuptable(SPI_tuptable);
}

/* Reads the number of evictions and the time of the last reset. */
static void
read_info(StatementsInfo *info, const char *schema)
{
	TupleDesc desc;
	HeapTuple row;
	Datum evictions;
	Datum reset_at;
	bool isnull[2];

	require_c(schema, "pg_stat_statements_info()");
	read_with_hint(psprintf(
		"SELECT dealloc, stats_reset FROM %s.pg_stat_statements_info()",
		schema));
	desc = SPI_tuptable->tupdesc;
	row = SPI_tuptable->vals[0];
	evictions = SPI_getbinval(row, desc, 1, &isnull[0]);
	reset_at = SPI_getbinval(row, desc, 2, &isnull[1]);

	info->reset_known = !isnull[0] && !isnull[1];
	if (info->reset_known)
	{
		info->evictions = DatumGetInt64(evictions);
		info->reset_at = DatumGetTimestampTz(reset_at);
	}
}

/* Compares the server's value of a setting; this session may have another. */
static bool
setting_is(const char *name, const char *value)
{
	return GetConfigOption(name, true, false) != NULL &&
		   strcmp(GetConfigOptionResetString(name), value) == 0;
}

static bool
statements_are_tracked(void)
{
#if PG_VERSION_NUM >= 140000
	if (setting_is("compute_query_id", "off"))
		return false;
#endif
	return !setting_is("pg_stat_statements.track", "none");
}

/* False, too, where the library that has the setting is not loaded. */
static bool
setting_is_on(const char *name)
{
	const char *value = GetConfigOption(name, true, false);
	bool on = false;

	return value != NULL && parse_bool(value, &on) && on;
}

Statements *
statements_read(void)
{
	Statements *statements = palloc0(sizeof(Statements));
	MemoryContext keep = CurrentMemoryContext;
	char *schema;

	SPI_connect();
	schema = statements_schema();
	read_entries(statements, schema, keep);
	statements->info.read_at = GetCurrentTimestamp();
	if (statements->info.toplevel_known)
		read_info(&statements->info, schema);
	SPI_finish();

	statements->info.tracked = statements_are_tracked();
	statements->info.plan_tracked =
		setting_is_on("pg_stat_statements.track_planning");
	statements->info.io_tracked = track_io_timing;
	return statements;
}
