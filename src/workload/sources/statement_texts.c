/*-------------------------------------------------------------------------
 *
 * statement_texts.c
 *		The texts of statements, from pg_stat_statements.
 *
 * Owns no data.
 *
 * pg_stat_statements converts each text from the encoding of the database that
 * it was run in to that of this one, and raises an error when it cannot: one
 * text of a SQL_ASCII database would hide all others.  So it is called as from
 * a SQL_ASCII database, where it converts nothing, and each text is converted
 * here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/statement_texts.h"

#include "backend/compat.h"
#include "backend/subtransaction.h"
#include "stats/secrets.h"

#include "catalog/pg_database.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* Rows to fetch at a time, as a text may have a megabyte. */
#define FETCHED_ROWS 10

#define READING_WORK_MEM "4MB"

typedef struct Conversion
{
	char *text;
	int length;
	int from;
	int to;
} Conversion;

/* Fetches the next rows of the portal into SPI_tuptable, with texts that are
 * not converted. */
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
		SPI_cursor_fetch(portal, true, FETCHED_ROWS);
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

/* Body of attempt_inside(): pg_do_encoding_conversion() raises an error for a
 * character that the target encoding has not. */
static void
convert_text(void *arg)
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
 * Whether a text can be sent to clients of any encoding: whether each character
 * has a Unicode equivalent, unlike 0x81 of WIN1252.
 */
static bool
has_unicode(const char *text, int length, int encoding)
{
	Conversion conversion = { .text = pnstrdup(text, length),
							  .length = length,
							  .from = encoding,
							  .to = PG_UTF8 };

	return attempt_inside("", convert_text, &conversion) == NULL;
}

/* A copy of the text with every byte that is not ASCII as \xNN, cut at
 * max_bytes. */
static char *
escaped_text(const char *text, int length, int max_bytes)
{
	char *result = palloc(4 * (Size) Min(length, max_bytes) + 5);
	char *at = result;

	for (int i = 0; i < length; i++)
	{
		int width = IS_HIGHBIT_SET(text[i]) ? 4 : 1;

		if (at + width > result + max_bytes)
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
 * A copy of the text in the encoding of this database, cut at max_bytes.
 * SQL_ASCII says nothing of the characters: a text of such a database is taken
 * to be in the encoding of this one, and where this one is SQL_ASCII in UTF-8.
 */
static char *
converted_text(const char *text, int length, int from, int max_bytes)
{
	int to = GetDatabaseEncoding();
	Conversion conversion;

	if (is_ascii(text, length))
		return pnstrdup(text, Min(length, max_bytes));
	if (to == PG_SQL_ASCII)
		to = PG_UTF8;
	if (from == PG_SQL_ASCII)
		from = to;
	if (!pg_verify_mbstr(from, text, length, true))
		return escaped_text(text, length, max_bytes);

	length = pg_encoding_mbcliplen(from, text, length, max_bytes);
	conversion = (Conversion){
		.text = pnstrdup(text, length), .length = length, .from = from, .to = to
	};
	if (from != PG_UTF8 && to != PG_UTF8 && !has_unicode(text, length, from))
		return escaped_text(text, length, max_bytes);
	if (from != to && attempt_inside("", convert_text, &conversion) != NULL)
		return escaped_text(text, length, max_bytes);
	length = (int) strlen(conversion.text);
	conversion
		.text[pg_encoding_mbcliplen(to, conversion.text, length, max_bytes)] =
		'\0';
	return conversion.text;
}

/* A copy of at most max_bytes of the text, without secrets, in the encoding of
 * this database. */
static char *
kept_text(const char *text, int length, int encoding, int max_bytes)
{
	int kept = (int) bytes_without_secrets(text, length);

	if (kept == length)
		return converted_text(text, length, encoding, max_bytes);
	max_bytes -= (int) strlen(HIDDEN_REST);
	return psprintf("%s" HIDDEN_REST,
					converted_text(text, kept, encoding, max_bytes));
}

/* Hands the rows in SPI_tuptable to the reader, and returns the number of bytes
 * of their texts. */
static int64
read_rows(int max_bytes, const TextReader *reader)
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

		/* The queryid is NULL where the current user may not see it. */
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
			text = kept_text(VARDATA_ANY(DatumGetPointer(query)),
							 VARSIZE_ANY_EXHDR(DatumGetPointer(query)),
							 encoding_of(key.dbid), max_bytes);
		reader->take(reader->arg, &key, text);
	}
	SPI_freetuptable(rows);
	return bytes;
}

int64
statement_texts_read(int max_bytes, const TextReader *reader)
{
	MemoryContext rows = AllocSetContextCreate(
		CurrentMemoryContext, "pg_acu texts", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	Portal portal;
	int nest = NewGUCNestLevel();
	int64 bytes = 0;

	/* pg_stat_statements holds all texts in memory twice already: a large
	 * result is to go to a temporary file. */
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
		bytes += read_rows(max_bytes, reader);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(rows);
	}
	SPI_cursor_close(portal);
	SPI_finish();
	AtEOXact_GUC(true, nest);
	MemoryContextDelete(rows);
	return bytes;
}
