/*-------------------------------------------------------------------------
 *
 * call.c
 *		One call of a function in the database, and its result.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/call.h"

#include "httpd/base/text.h"

#include <stdlib.h>
#include <string.h>

Call *
call_new(RouteTable *table, const Route *route)
{
	Call *call = allocate(sizeof(Call));

	call->done = call_free;
	call->read_only = true;
	if (table != NULL)
		call->table = route_table_hold(table);
	call->route = call->arguments.route = route;
	return call;
}

void
call_free(Call *call)
{
	call_clear(call, 0);
	free(call);
}

void
call_clear(Call *call, size_t keep)
{
	call_forget_result(call);
	if (call->table != NULL)
		route_table_release(call->table);
	call->table = NULL;
	call->route = NULL;
	call->checks = false;
	call->attempts = 0;
	call->arguments.given = 0;
	buffer_reset(&call->value, keep);
	buffer_reset(&call->arguments.bytes, keep);
}

void
call_forget_result(Call *call)
{
	call->parses = false;
	call->parsed = false;
	call->probe = PROBE_NONE;
	call->prologue = false;
	call->began = false;
	call->bound = false;
	call->has_value = false;
	call->too_large = false;
	call->value.start = call->value.end = 0;
	call_forget_error(call);
}

void
call_set_error(Call *call, const ServerError *error)
{
	if (call_failed(call))
		return;
	memcpy(call->sqlstate, error->sqlstate, sizeof(call->sqlstate));
	call->error_message = text_copy(error->message);
	if (error->detail != NULL)
		call->error_detail = text_copy(error->detail);
	if (error->hint != NULL)
		call->error_hint = text_copy(error->hint);
}

void
call_forget_error(Call *call)
{
	call->sqlstate[0] = '\0';
	free(call->error_message);
	free(call->error_detail);
	free(call->error_hint);
	free(call->log_hint);
	call->error_message = NULL;
	call->error_detail = NULL;
	call->error_hint = NULL;
	call->log_hint = NULL;
}
