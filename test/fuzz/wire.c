/*-------------------------------------------------------------------------
 *
 * wire.c
 *		Fuzzes the reading of PostgreSQL's messages: all that is found must
 *		lie within the bytes that came.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/reply.h"
#include "httpd/sqlstate.h"
#include "httpd/wire.h"

#include <stdlib.h>
#include <string.h>

static void check_error(const Message *message);
static void check_value(const Message *message);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of exactly this size, so that ASan sees the end. */
	char *bytes = malloc(size > 0 ? size : 1);
	size_t at = 0;
	Message message;

	memcpy(bytes, data, size);
	while (wire_read(bytes + at, size - at, &message))
	{
		if (message.body + message.size > bytes + size)
			abort();
		check_error(&message);
		check_value(&message);
		at += MESSAGE_HEADER + message.size;
	}
	free(bytes);
	return 0;
}

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
