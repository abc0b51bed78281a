/*-------------------------------------------------------------------------
 *
 * wire.c
 *		Fuzzes the reading of PostgreSQL's messages: everything found must lie
 *		within the bytes that were received.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/reply.h"
#include "httpd/routes/route_rows.h"
#include "httpd/wire/sqlstate.h"
#include "httpd/wire/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(const Message *message)
{
	ServerError error;
	Buffer json = { 0 };
	int status;

	if (!wire_read_error(message, &error))
		return;
	status = sqlstate_status(error.sqlstate);
	if (status < 400 || status > 599)
		abort();
	reply_error_body(&json, error.sqlstate, error.message, error.detail,
					 error.hint);
	if (memchr(buffer_bytes(&json), '\n', buffer_length(&json)) != NULL)
		abort();
	free(json.data);
}

static void
check_value(const Message *message)
{
	ColumnValue value;

	if (wire_read_value(message, &value) && !value.null &&
		value.bytes + value.size != message->body + message->size)
		abort();
}

/* Adds a row; a refused one must leave the rows as they are. */
static void
check_route(const Message *message, Buffer *rows)
{
	size_t before = buffer_length(rows);

	if (!route_rows_add(rows, message) && buffer_length(rows) != before)
		abort();
}

static void
check_parameter(const Message *message)
{
	Parameter parameter;

	if (wire_read_parameter(message, &parameter) &&
		strlen(parameter.name) + strlen(parameter.value) + 2 != message->size)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of exactly size bytes, so that ASan sees reads behind it. */
	char *bytes = malloc(size > 0 ? size : 1);
	size_t at = 0;
	Message message;
	Buffer rows = { 0 };

	memcpy(bytes, data, size);
	while (wire_read(bytes + at, size - at, &message))
	{
		if (message.body + message.size > bytes + size)
			abort();
		check_error(&message);
		check_value(&message);
		check_route(&message, &rows);
		check_parameter(&message);
		at += MESSAGE_HEADER + message.size;
	}
	route_table_release(route_rows_table(&rows));
	free(rows.data);
	free(bytes);
	return 0;
}
