/*-------------------------------------------------------------------------
 *
 * failure.c
 *		What a failed call means: a bad value, a stale statement, a function
 * that cannot be called, or an error of the function's own.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/protocols/exchange.h"

#include "httpd/wire/sqlstate.h"
#include "httpd/base/text.h"
#include "httpd/wire/wire.h"

#include <stdlib.h>
#include <string.h>

static size_t schema_length(const char *signature);
static void append_role(Buffer *sql, const char *role);
static bool takes_records(const Route *route);

void
exchange_set_error(Exchange *exchange, const ServerError *error)
{
	if (exchange->sqlstate[0] != '\0')
		return; /* the first one is the cause */
	memcpy(exchange->sqlstate, error->sqlstate, sizeof(exchange->sqlstate));
	exchange->error_message = text_copy(error->message);
	if (error->detail != NULL)
		exchange->error_detail = text_copy(error->detail);
	if (error->hint != NULL)
		exchange->error_hint = text_copy(error->hint);
}

void
exchange_set_bad_value(Exchange *exchange, const ServerError *error)
{
	exchange->probe = PROBE_BAD;
	exchange_forget_error(exchange);
	exchange_set_error(exchange, error);
}

void
exchange_forget_error(Exchange *exchange)
{
	exchange->sqlstate[0] = '\0';
	free(exchange->error_message);
	free(exchange->error_detail);
	free(exchange->error_hint);
	free(exchange->log_hint);
	exchange->log_hint = NULL;
	exchange->error_message = NULL;
	exchange->error_detail = NULL;
	exchange->error_hint = NULL;
}

bool
exchange_is_stale(const Exchange *exchange)
{
	bool before_call = exchange->prologue && !exchange->began;
	const char *sqlstate = exchange->sqlstate;

	return !exchange->bound && (before_call || !exchange->parses) &&
		   exchange->probe != PROBE_BAD && strcmp(sqlstate, "42501") != 0 &&
		   (strncmp(sqlstate, "42", 2) == 0 ||
			strncmp(sqlstate, "3F", 2) == 0 || strcmp(sqlstate, "26000") == 0 ||
			strcmp(sqlstate, "0A000") == 0);
}

bool
exchange_is_broken(const Exchange *exchange)
{
	return exchange->parses && !exchange->parsed &&
		   sqlstate_status(exchange->sqlstate) == 500;
}

bool
exchange_may_be_bad_value(const Exchange *exchange)
{
	int status = sqlstate_status(exchange->sqlstate);
	bool sure = status == 400 || status == 503 || status == 504 ||
				sqlstate_chooses(exchange->sqlstate);
	bool prepared = exchange->parsed || !exchange->parses;

	return exchange->probe == PROBE_NONE && !sure && prepared &&
		   exchange->arguments.given != 0 &&
		   (!exchange->bound || takes_records(exchange->route));
}

void
exchange_suggest_grant(Exchange *exchange, const char *role)
{
	const char *function = exchange->route->function;
	Buffer hint = { 0 };

	if (strcmp(exchange->sqlstate, "42501") != 0 || exchange->log_hint != NULL)
		return;
	if (exchange->parses && !exchange->parsed)
	{
		buffer_append_string(&hint, "GRANT USAGE ON SCHEMA ");
		buffer_append(&hint, function, schema_length(function));
	}
	else if (!exchange->bound)
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
	exchange->log_hint = copy_bytes(buffer_bytes(&hint), buffer_length(&hint));
	free(hint.data);
}

void
exchange_add_plus_hint(Exchange *exchange, int status)
{
	static const char hint[] = "A \"+\" in a query or form is a space; a plus "
							   "sign is written %2B.";
	Buffer both = { 0 };

	if (!exchange->arguments.plus || (status != 400 && status != 404))
		return;
	if (exchange->error_hint != NULL)
	{
		buffer_append_string(&both, exchange->error_hint);
		buffer_append_byte(&both, ' ');
	}
	buffer_append_string(&both, hint);
	free(exchange->error_hint);
	exchange->error_hint =
		copy_bytes(buffer_bytes(&both), buffer_length(&both));
	free(both.data);
}

/* Of the schema's name that a signature begins with, quotes and all. */
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

/* With quotes unless the name is plain. */
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

/* What json_to_record makes of a value it makes when the call is run. */
static bool
takes_records(const Route *route)
{
	for (int i = 0; i < route->argument_count; i++)
		if (route->arguments[i].kind == KIND_RECORD)
			return true;
	return false;
}
