/*-------------------------------------------------------------------------
 *
 * failure.c
 *		The meaning of a failed call: a bad value, a stale statement, a function
 *		that cannot be called, or an error of the function's own.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/failure.h"

#include "httpd/wire/sqlstate.h"

#include <stdlib.h>
#include <string.h>

#define SQLSTATE_PRIVILEGE "42501"
#define SQLSTATE_NO_STATEMENT "26000"

static bool
has_sqlstate(const Call *call, const char *sqlstate)
{
	return strcmp(call->sqlstate, sqlstate) == 0;
}

/* class: the first two characters of an SQLSTATE. */
static bool
has_class(const Call *call, const char *class)
{
	return strncmp(call->sqlstate, class, 2) == 0;
}

bool
failure_is_stale(const Call *call)
{
	return !call->bound && (call_is_in_prologue(call) || !call->parses) &&
		   call->probe != PROBE_BAD &&
		   !has_sqlstate(call, SQLSTATE_PRIVILEGE) &&
		   (has_class(call, "42") || has_class(call, "3F") ||
			has_sqlstate(call, SQLSTATE_NO_STATEMENT) ||
			has_sqlstate(call, "0A000"));
}

bool
failure_is_broken(const Call *call)
{
	return call->parses && !call->parsed &&
		   sqlstate_status(call->sqlstate) == 500;
}

bool
failure_is_other_function(const Call *call)
{
	return call->route != NULL && !call->checks && call->bound &&
		   !call_failed(call) && !call->has_value && !call->too_large;
}

bool
failure_is_of_session(const Call *call)
{
	bool missing =
		has_class(call, "3F") || has_sqlstate(call, SQLSTATE_NO_STATEMENT) ||
		(has_class(call, "42") && !has_sqlstate(call, SQLSTATE_PRIVILEGE));

	return call_is_in_prologue(call) && !missing;
}

/* Whether an argument is a record: json_to_record reads its value only when the
 * call is run. */
static bool
takes_records(const Route *route)
{
	for (int i = 0; i < route->argument_count; i++)
		if (route->arguments[i].kind == KIND_RECORD)
			return true;
	return false;
}

bool
failure_may_be_bad_value(const Call *call)
{
	int status = sqlstate_status(call->sqlstate);
	bool sure = status == 400 || status == 503 || status == 504 ||
				sqlstate_sets_status(call->sqlstate);
	bool prepared = call->parsed || !call->parses;

	return call->probe == PROBE_NONE && !sure && prepared &&
		   call->arguments.given != 0 &&
		   (!call->bound || takes_records(call->route));
}

void
failure_set_bad_value(Call *call, const ServerError *error)
{
	call->probe = PROBE_BAD;
	call_forget_error(call);
	call_set_error(call, error);
}

/* Length of the schema's name that a signature begins with, with its quotes. */
static size_t
schema_length(const char *signature)
{
	bool quoted = false;
	size_t length = 0;

	for (; signature[length] != '\0'; length++)
	{
		if (signature[length] == '"')
			quoted = !quoted;
		else if (signature[length] == '.' && !quoted)
			break;
	}
	return length;
}

/* A role's name as SQL writes it: without quotes where it is plain. */
static void
append_role(Buffer *sql, const char *role)
{
	bool plain =
		role[strspn(role, "abcdefghijklmnopqrstuvwxyz_0123456789")] == '\0';

	if (plain)
		buffer_append_string(sql, role);
	else
		wire_identifier(sql, role);
}

void
failure_suggest_grant(Call *call, const char *role)
{
	const char *function = call->route->function;
	Buffer hint = { 0 };

	if (!has_sqlstate(call, SQLSTATE_PRIVILEGE) || call->log_hint != NULL)
		return;
	if (call->parses && !call->parsed)
	{
		buffer_append_string(&hint, "GRANT USAGE ON SCHEMA ");
		buffer_append(&hint, function, schema_length(function));
	}
	else if (!call->bound)
	{
		buffer_append_string(&hint, "If the message names the function: "
									"GRANT EXECUTE ON FUNCTION ");
		buffer_append_string(&hint, function);
	}
	else
		buffer_append_string(&hint,
							 "The function has the rights of the role that "
							 "calls it, unless it is SECURITY DEFINER: GRANT "
							 "what the message names");
	buffer_append_string(&hint, " TO ");
	append_role(&hint, role);
	call->log_hint = copy_bytes(buffer_bytes(&hint), buffer_length(&hint));
	free(hint.data);
}
