/*-------------------------------------------------------------------------
 *
 * json_lexer.h
 *		PostgreSQL's own reader of JSON (common/jsonapi), in the form that each
 *		of its versions has.
 *
 * Include after postgres_fe.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_JSON_LEXER_H
#define PG_ACU_JSON_LEXER_H

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

/* Result and end of a function that the parser calls. */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION JsonParseErrorType
#define JSON_ACTION_DONE return JSON_SUCCESS
#else
#define JSON_ACTION void
#define JSON_ACTION_DONE return
#endif

/* A lexer of UTF-8, which must outlive it. */
static inline JsonLexContext *
json_lexer_new(const char *json, size_t length)
{
#if PG_VERSION_NUM >= 170000
	return makeJsonLexContextCstringLen(NULL, json, length, PG_UTF8, true);
#else
	return makeJsonLexContextCstringLen(unconstify(char *, json), (int) length,
										PG_UTF8, true);
#endif
}

static inline void
json_lexer_free(JsonLexContext *lex)
{
#if PG_VERSION_NUM >= 170000
	freeJsonLexContext(lex);
#else
	if (lex->strval != NULL)
	{
		pfree(lex->strval->data);
		pfree(lex->strval);
	}
	pfree(lex);
#endif
}

#endif
