/*-------------------------------------------------------------------------
 *
 * add_route.c
 *		acu.add_route() with a function's name as text.
 *
 * Owns no data.  It is in C because our functions in SQL run with a search_path
 * of their own, and the caller's one is to find the function.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

PG_FUNCTION_INFO_V1(acu_add_route);

/* Candidates that a hint lists at most. */
#define MAX_SHOWN_CANDIDATES 5

/* The functions of a name, in the caller's search_path; NULL for none. */
static FuncCandidateList
candidates_of(const char *name)
{
#if PG_VERSION_NUM >= 160000
	List *names = stringToQualifiedNameList(name, NULL);
#else
	List *names = stringToQualifiedNameList(name);
#endif

#if PG_VERSION_NUM >= 140000
	return FuncnameGetCandidates(names, -1, NIL, false, false, false, true);
#else
	return FuncnameGetCandidates(names, -1, NIL, false, false, true);
#endif
}

/* Appends the signatures of the first few candidates. */
static void
append_candidates(StringInfo list, FuncCandidateList candidate)
{
	int shown = 0;

	for (; candidate != NULL; candidate = candidate->next)
	{
		if (++shown > MAX_SHOWN_CANDIDATES)
		{
			appendStringInfoString(list, ", ...");
			return;
		}
		appendStringInfo(list, "%s%s", shown > 1 ? ", " : "",
						 format_procedure_qualified(candidate->oid));
	}
}

/* The function of a name; an error when there is none or more than one. */
static Oid
only_function(const char *name)
{
	FuncCandidateList candidates = candidates_of(name);
	StringInfoData list;

	if (candidates == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function \"%s\" does not exist", name),
				 errhint("Name it with its schema, as in 'app.hello', or with "
						 "its argument types too, as in 'app.hello(text)'.")));
	if (candidates->next == NULL)
		return candidates->oid;

	initStringInfo(&list);
	append_candidates(&list, candidates);
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_FUNCTION),
			 errmsg("function name \"%s\" is not unique", name),
			 errhint("Name it with its argument types: %s.", list.data)));
}

/* The function of a signature or a name; an error when it is not one. */
static Oid
function_named(const char *name)
{
	size_t length = strlen(name);

	while (length > 0 && scanner_isspace(name[length - 1]))
		length--;
	if (length > 0 && name[length - 1] == ')')
		return DatumGetObjectId(
			DirectFunctionCall1(regprocedurein, CStringGetDatum(name)));
	return only_function(name);
}

/*
 * acu_add_route(method text, path text, function text, pipelined boolean,
 *				 max_age_seconds int) returns void
 *
 * Calls acu.add_route with the function that the text names: a signature, as
 * regprocedure takes it, or a name alone that only one function has.
 */
Datum
acu_add_route(PG_FUNCTION_ARGS)
{
	Oid types[] = { TEXTOID, TEXTOID, REGPROCEDUREOID, BOOLOID, INT4OID };
	Datum values[lengthof(types)];
	char nulls[lengthof(types)];

	for (size_t i = 0; i < lengthof(types); i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	if (!PG_ARGISNULL(2))
		values[2] = ObjectIdGetDatum(
			function_named(text_to_cstring(PG_GETARG_TEXT_PP(2))));

	SPI_connect();
	if (SPI_execute_with_args("SELECT acu.add_route($1, $2, $3, $4, $5)",
							  lengthof(types), types, values, nulls, false,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not call acu.add_route");
	SPI_finish();
	PG_RETURN_VOID();
}
