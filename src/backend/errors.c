/*-------------------------------------------------------------------------
 *
 * errors.c
 *		Errors without their context; acu_internal.raise, for functions in
 *		PL/pgSQL.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/errors.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/elog.h"

PG_FUNCTION_INFO_V1(acu_raise);

int
hide_context(void)
{
	error_context_stack = NULL;
	return 0;
}

static char *
text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/*
 * acu_raise(sqlstate text, message text, hint text) returns void
 *
 * RAISE in PL/pgSQL adds a line of CONTEXT for each function and the text of
 * each query between it and the caller.
 */
Datum
acu_raise(PG_FUNCTION_ARGS)
{
	char *code = text_argument(fcinfo, 0);
	char *message = text_argument(fcinfo, 1);
	char *hint = text_argument(fcinfo, 2);

	if (code == NULL || strlen(code) != 5 ||
		strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 ||
		strncmp(code, "00", 2) == 0)
		elog(ERROR, "invalid SQLSTATE: %s", code == NULL ? "NULL" : code);
	ereport(ERROR, (errcode(MAKE_SQLSTATE(code[0], code[1], code[2], code[3],
										  code[4])),
					errmsg_internal("%s", message == NULL ? "" : message),
					hint == NULL ? 0 : errhint("%s", hint), hide_context()));
}
