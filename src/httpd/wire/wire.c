/*-------------------------------------------------------------------------
 *
 * wire.c
 *		The messages of PostgreSQL's protocol (version 3) that a call needs.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/wire/wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Returns the place of the message's length, for finish_message(). */
static size_t
begin_message(Buffer *out, char kind)
{
	buffer_append_byte(out, kind);
	buffer_append_int32(out, 0);
	return buffer_length(out) - sizeof(int32_t);
}

static void
append_cstring(Buffer *out, const char *text)
{
	buffer_append(out, text, strlen(text) + 1);
}

/* Fills in the length, now that the message is complete. */
static void
finish_message(Buffer *out, size_t length_at)
{
	uint32_t length = htonl((uint32_t) (buffer_length(out) - length_at));

	memcpy(buffer_bytes(out) + length_at, &length, sizeof(length));
}

void
wire_query(Buffer *out, const char *sql)
{
	size_t at = begin_message(out, 'Q');

	append_cstring(out, sql);
	finish_message(out, at);
}

void
wire_close(Buffer *out, const char *statement)
{
	size_t at = begin_message(out, 'C');

	buffer_append_byte(out, 'S');
	append_cstring(out, statement);
	finish_message(out, at);
}

/* Types of parameters are not sent: each has a cast in the SQL. */
void
wire_parse(Buffer *out, const char *statement, const char *sql)
{
	size_t at = begin_message(out, 'P');

	append_cstring(out, statement);
	append_cstring(out, sql);
	buffer_append_int16(out, 0);
	finish_message(out, at);
}

size_t
wire_bind_begin(Buffer *out, const char *statement, int parameters)
{
	size_t at = begin_message(out, 'B');

	append_cstring(out, ""); /* the portal */
	append_cstring(out, statement);
	buffer_append_int16(out, 0);
	buffer_append_int16(out, (int16_t) parameters);
	return at;
}

void
wire_bind_value(Buffer *out, const char *bytes, size_t length)
{
	buffer_append_int32(out, (int32_t) length);
	buffer_append(out, bytes, length);
}

void
wire_bind_null(Buffer *out)
{
	buffer_append_int32(out, -1);
}

void
wire_bind_end(Buffer *out, size_t begun, bool binary)
{
	buffer_append_int16(out, 1);
	buffer_append_int16(out, binary ? 1 : 0);
	finish_message(out, begun);
}

void
wire_bind_nothing(Buffer *out, const char *statement)
{
	size_t at = begin_message(out, 'B');

	append_cstring(out, ""); /* the portal */
	append_cstring(out, statement);
	for (int i = 0; i < 3; i++) /* formats, values, formats of the result */
		buffer_append_int16(out, 0);
	finish_message(out, at);
}

void
wire_execute(Buffer *out)
{
	size_t at = begin_message(out, 'E');

	append_cstring(out, "");
	buffer_append_int32(out, 0); /* all rows */
	finish_message(out, at);
}

void
wire_sync(Buffer *out)
{
	finish_message(out, begin_message(out, 'S'));
}

static uint32_t
read_uint32(const char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return ntohl(number);
}

bool
wire_read(const char *bytes, size_t size, Message *message)
{
	uint32_t length;

	message->kind = 0;
	if (size < MESSAGE_HEADER)
		return false;
	length = read_uint32(bytes + 1);
	message->body = bytes + MESSAGE_HEADER;
	message->size = 0;
	if (length < sizeof(length)) /* it counts itself */
		return true;
	message->kind = bytes[0];
	message->size = length - sizeof(length);
	return size - MESSAGE_HEADER >= message->size;
}

bool
wire_is_bad_value(const char *body, size_t size)
{
	const char *end = body + size;

	while (body < end)
	{
		const char *nul = memchr(body, '\0', (size_t) (end - body));

		if (nul == NULL)
			return false;
		if (*body == 'C')
			return strncmp(body + 1, "22", 2) == 0;
		body = nul + 1;
	}
	return false;
}

bool
wire_read_error(const Message *message, ServerError *error)
{
	const char *at = message->body;
	const char *end = at + message->size;

	memset(error, 0, sizeof(*error));
	while (at < end && *at != '\0')
	{
		char field = *at++;
		const char *text = at;
		const char *nul = memchr(at, '\0', (size_t) (end - at));

		if (nul == NULL)
			return false;
		at = nul + 1;
		switch (field)
		{
			case 'V':
				error->severity = text;
				break;
			case 'C':
				error->sqlstate = text;
				break;
			case 'M':
				error->message = text;
				break;
			case 'D':
				error->detail = text;
				break;
			case 'H':
				error->hint = text;
				break;
		}
	}
	return error->sqlstate != NULL && strlen(error->sqlstate) == 5 &&
		   error->message != NULL;
}

bool
wire_read_parameter(const Message *message, Parameter *parameter)
{
	const char *end = message->body + message->size;
	const char *nul = memchr(message->body, '\0', message->size);

	if (nul == NULL ||
		memchr(nul + 1, '\0', (size_t) (end - nul - 1)) != end - 1)
		return false;
	parameter->name = message->body;
	parameter->value = nul + 1;
	return true;
}

bool
wire_read_row(const Message *message, ColumnValue *values, int count)
{
	const char *at = message->body;
	const char *end = at + message->size;

	if (message->size < 2 ||
		((unsigned char) at[0] << 8 | (unsigned char) at[1]) != count)
		return false;
	at += 2;
	for (int i = 0; i < count; i++)
	{
		int32_t length;

		if (end - at < 4)
			return false;
		length = (int32_t) read_uint32(at);
		at += 4;
		if (length < -1 || length > end - at)
			return false;
		values[i].null = length == -1;
		values[i].bytes = at;
		values[i].size = length == -1 ? 0 : (size_t) length;
		at += values[i].size;
	}
	return at == end;
}

bool
wire_read_value(const Message *message, ColumnValue *value)
{
	return wire_read_row(message, value, 1);
}

void
wire_identifier(Buffer *sql, const char *name)
{
	buffer_append_byte(sql, '"');
	for (; *name != '\0'; name++)
	{
		if (*name == '"')
			buffer_append_byte(sql, '"');
		buffer_append_byte(sql, *name);
	}
	buffer_append_byte(sql, '"');
}
