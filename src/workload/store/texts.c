/*-------------------------------------------------------------------------
 *
 * texts.c
 *		The texts of statements, from pg_stat_statements.
 *
 * Owns no data.
 *
 * pg_stat_statements converts each text from the encoding of the database that
 * it was run in to that of this one, and raises an error when it cannot: one
 * text of a SQL_ASCII database would hide all others.  So it is called as from
 * a SQL_ASCII database, where it converts nothing, and the conversion is done
 * here, text by text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/subtransaction.h"
#include "stats/secrets.h"
#include "workload/store/texts.h"

#include "catalog/pg_database.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* Rows at a time: a text may have a megabyte. */
#define ROWS_AT_ONCE 10

#define READING_WORK_MEM "4MB"

typedef struct Conversion
{
	char *text;
	int length;
	int from;
	int to;
} Conversion;

/* The next rows of the portal, in SPI_tuptable, with their texts as they are.
 */
static void
fetch_unconverted(Portal portal)
{
	int encoding = GetDatabaseEncoding();
	ErrorContextCallback hint = { .callback = statements_explain,
								  .previous = error_context_stack };

	error_context_stack = &hint;
	PG_TRY();
	{
		SetDatabaseEncoding(PG_SQL_ASCII);
		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
	}
	PG_FINALLY();
	{
		SetDatabaseEncoding(encoding);
	}
	PG_END_TRY();
	error_context_stack = hint.previous;
}

/* The encoding of a database; SQL_ASCII when it has been dropped. */
static int
encoding_of(Oid database)
{
	HeapTuple row = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
	int encoding = PG_SQL_ASCII;

	if (HeapTupleIsValid(row))
	{
		encoding = ((Form_pg_database) GETSTRUCT(row))->encoding;
		ReleaseSysCache(row);
	}
	return encoding;
}

static void
convert(void *arg)
{
	Conversion *conversion = arg;

	conversion->text = (char *) pg_do_encoding_conversion(
		(unsigned char *) conversion->text, conversion->length,
		conversion->from, conversion->to);
}

static bool
is_ascii(const char *text, int length)
{
	for (int i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(text[i]))
			return false;
	return true;
}

/*
 * Whether clients of any encoding can be sent a text, for which it must have a
 * Unicode equivalent: some encodings have bytes that have none, as 0x81 of
 * WIN1252.
 */
static bool
has_unicode(const char *text, int length, int encoding)
{
	Conversion conversion = { .text = pnstrdup(text, length),
							  .length = length,
							  .from = encoding,
							  .to = PG_UTF8 };

	return attempt_inside("", convert, &conversion) == NULL;
}

/* Every byte that is not ASCII as \xNN, in most_bytes at most. */
static char *
escaped(const char *text, int length, int most_bytes)
{
	char *result = palloc(4 * (Size) Min(length, most_bytes) + 5);
	char *at = result;

	for (int i = 0; i < length; i++)
	{
		int width = IS_HIGHBIT_SET(text[i]) ? 4 : 1;

		if (at + width > result + most_bytes)
			break;
		if (width == 4)
			sprintf(at, "\\x%02x", (unsigned char) text[i]);
		else
			*at = text[i];
		at += width;
	}
	*at = '\0';
	return result;
}

/*
 * The text in the encoding of this database, cut at most_bytes.  Where the
 * encoding of the text or of the database is SQL_ASCII, which says nothing of
 * it, it is taken for the other's, or else for UTF-8.
 */
static char *
converted(const char *text, int length, int from, int most_bytes)
{
	int to = GetDatabaseEncoding();
	Conversion conversion;

	if (is_ascii(text, length))
		return pnstrdup(text, Min(length, most_bytes));
	if (to == PG_SQL_ASCII)
		to = PG_UTF8;
	if (from == PG_SQL_ASCII)
		from = to;
	if (!pg_verify_mbstr(from, text, length, true))
		return escaped(text, length, most_bytes);

	length = pg_encoding_mbcliplen(from, text, length, most_bytes);
	conversion = (Conversion){
		.text = pnstrdup(text, length), .length = length, .from = from, .to = to
	};
	if (from != PG_UTF8 && to != PG_UTF8 && !has_unicode(text, length, from))
		return escaped(text, length, most_bytes);
	if (from != to && attempt_inside("", convert, &conversion) != NULL)
		return escaped(text, length, most_bytes);
	length = (int) strlen(conversion.text);
	conversion
		.text[pg_encoding_mbcliplen(to, conversion.text, length, most_bytes)] =
		'\0';
	return conversion.text;
}

/* The text as it is kept. */
static char *
shown(const char *text, int length, int encoding, int most_bytes)
{
	int kept = (int) bytes_without_secrets(text, length);
	char *result = converted(text, kept, encoding, most_bytes);

	return kept == length ? result : psprintf("%s" HIDDEN_REST, result);
}

/* Passes on what the rows in SPI_tuptable have, and returns their bytes. */
static int64
take_rows(int most_bytes, const TextReader *reader)
{
	SPITupleTable *rows = SPI_tuptable;
	TupleDesc desc = rows->tupdesc;
	int toplevel = SPI_fnumber(desc, "toplevel");
	uint64 count = SPI_processed;
	int64 bytes = 0;

	for (uint64 i = 0; i < count; i++)
	{
		HeapTuple row = rows->vals[i];
		bool unknown[5] = { false };
		StatementKey key;
		char *text = NULL;
		Datum userid =
			SPI_getbinval(row, desc, SPI_fnumber(desc, "userid"), &unknown[0]);
		Datum dbid =
			SPI_getbinval(row, desc, SPI_fnumber(desc, "dbid"), &unknown[1]);
		Datum queryid =
			SPI_getbinval(row, desc, SPI_fnumber(desc, "queryid"), &unknown[2]);
		Datum query =
			SPI_getbinval(row, desc, SPI_fnumber(desc, "query"), &unknown[3]);

		/* Of who may not see it the queryid is NULL. */
		if (unknown[0] || unknown[1] || unknown[2])
			continue;
		statement_key(&key, DatumGetObjectId(userid), DatumGetObjectId(dbid),
					  DatumGetInt64(queryid),
					  toplevel <= 0 || DatumGetBool(SPI_getbinval(
										   row, desc, toplevel, &unknown[4])));
		if (!unknown[3])
			bytes += VARSIZE_ANY_EXHDR(DatumGetPointer(query));
		if (!reader->wants(reader->arg, &key))
			continue;
		if (!unknown[3])
			text = shown(VARDATA_ANY(DatumGetPointer(query)),
						 VARSIZE_ANY_EXHDR(DatumGetPointer(query)),
						 encoding_of(key.dbid), most_bytes);
		reader->take(reader->arg, &key, text);
	}
	SPI_freetuptable(rows);
	return bytes;
}

int64
texts_read(int most_bytes, const TextReader *reader)
{
	MemoryContext rows = AllocSetContextCreate(
		CurrentMemoryContext, "pg_acu texts", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	Portal portal;
	int nest = NewGUCNestLevel();
	int64 bytes = 0;

	/* pg_stat_statements has all texts in memory twice already: what it returns
	 * goes to a temporary file when it is large. */
	set_config_option("work_mem", READING_WORK_MEM, PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	portal = SPI_cursor_open_with_args(
		NULL,
		psprintf("SELECT * FROM %s.pg_stat_statements(true)",
				 statements_schema()),
		0, NULL, NULL, NULL, true, 0);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		fetch_unconverted(portal);
		if (SPI_processed == 0)
			break;
		caller = MemoryContextSwitchTo(rows);
		bytes += take_rows(most_bytes, reader);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(rows);
	}
	SPI_cursor_close(portal);
	SPI_finish();
	AtEOXact_GUC(true, nest);
	MemoryContextDelete(rows);
	return bytes;
}
