/*-------------------------------------------------------------------------
 *
 * routed.c
 *		A route with an argument of each kind, and checks of the values that are
 *		bound to it.
 *
 * Owns the routes and the last arguments, which are used again as the HTTP
 * server does it.
 *
 *-------------------------------------------------------------------------
 */
#include "routed.h"

#include "httpd/base/text.h"
#include "httpd/routes/route_sql.h"
#include "httpd/routes/statement.h"
#include "httpd/wire/wire.h"

#include <stdlib.h>
#include <string.h>

static const Route by_name = {
	.call_start = "SELECT f(",
	.call_end = ")",
	.argument_count = 8,
	.arguments = { { "t", "text", true, KIND_TEXT },
				   { "i", "integer", true, KIND_TEXT },
				   { "j", "jsonb", true, KIND_JSON },
				   { "a", "integer[]", true, KIND_ARRAY },
				   { "ta", "text[]", true, KIND_ARRAY },
				   { "ja", "json[]", true, KIND_JSON_ARRAY },
				   { "r", "s.row", true, KIND_RECORD },
				   { "na\"me", "text", false, KIND_TEXT } },
};
static const Route whole_body = {
	.call_start = "SELECT f(",
	.call_end = ")",
	.argument_count = 1,
	.arguments = { { NULL, "json", false, KIND_JSON } },
};

const Route *
routed(bool body)
{
	return body ? &whole_body : &by_name;
}

static void
check_values(const Arguments *arguments)
{
	if ((arguments->given >> arguments->route->argument_count) != 0)
		abort();
	for (int i = 0; i < arguments->route->argument_count; i++)
	{
		const Value *value = &arguments->values[i];

		if (!(arguments->given & (UINT64_C(1) << i)) || value->null)
			continue;
		if (value->at + value->length > buffer_length(&arguments->bytes) ||
			!is_text(buffer_bytes(&arguments->bytes) + value->at,
					 value->length))
			abort();
	}
}

/* The message's length must be that of all its bytes. */
static void
check_bind(const Arguments *arguments)
{
	static Buffer out;
	Message message;

	buffer_reset(&out, 0);
	route_sql_call(&out, arguments->route, arguments->given);
	buffer_reset(&out, 65536);
	statement_bind(&out, "1", arguments, false);
	if (!wire_read(buffer_bytes(&out), buffer_length(&out), &message) ||
		message.kind != 'B' ||
		message.size + MESSAGE_HEADER != buffer_length(&out))
		abort();
}

void
bind_and_check(const Route *route, const Request *request)
{
	static Arguments arguments;

	if (!request_arguments_read(&arguments, route, request))
	{
		if (arguments.status < 400 || arguments.status > 499 ||
			!is_text(arguments.message, strlen(arguments.message)))
			abort();
		return;
	}
	check_values(&arguments);
	check_bind(&arguments);
}
