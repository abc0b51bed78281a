/*-------------------------------------------------------------------------
 *
 * arguments.c
 *		Values for the arguments of a route's function.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/arguments.h"

#include "httpd/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A buffer that has grown beyond this is freed between requests. */
#define MAX_SPARE_BYTES 4096

void
arguments_start(Arguments *arguments, const Route *route)
{
	arguments->route = route;
	arguments->given = 0;
	arguments->plus = false;
	arguments->status = 0;
	arguments->hint = NULL;
	buffer_reset(&arguments->bytes, MAX_SPARE_BYTES);
}

void
arguments_free(Arguments *arguments)
{
	free(arguments->bytes.data);
}

int
arguments_find(Arguments *arguments, const char *name, size_t length)
{
	const Route *route = arguments->route;
	int shown = (int) text_clip(name, length, MAX_SHOWN_NAME);

	for (int i = 0; i < route->argument_count; i++)
	{
		const char *known = route->arguments[i].name;

		if (known == NULL || strlen(known) != length ||
			memcmp(known, name, length) != 0)
			continue;
		if (arguments->given & (UINT64_C(1) << i))
		{
			arguments_refuse(arguments, 400, "argument \"%.*s\" is given twice",
							 shown, name);
			return -1;
		}
		return i;
	}
	arguments_refuse(arguments, 400, "there is no argument \"%.*s\"", shown,
					 name);
	return -1;
}

void
arguments_set(Arguments *arguments, int argument, const char *bytes,
			  size_t length)
{
	Value *value = &arguments->values[argument];

	assert(argument >= 0 && argument < arguments->route->argument_count);
	value->null = false;
	value->at = buffer_length(&arguments->bytes);
	value->length = length;
	buffer_append(&arguments->bytes, bytes, length);
	arguments->given |= UINT64_C(1) << argument;
}

void
arguments_set_text(Arguments *arguments, int argument, const char *text,
				   size_t length)
{
	Buffer record = { 0 };
	JsonWriter json = text_json_writer(&record);

	if (arguments->route->arguments[argument].kind != KIND_RECORD)
	{
		arguments_set(arguments, argument, text, length);
		return;
	}
	/* json_to_record() reads the text of any type from a JSON string. */
	json_begin_object(&json);
	json_write_key(&json, "v");
	json_write_text(&json, text, length);
	json_end_object(&json);
	arguments_set(arguments, argument, buffer_bytes(&record),
				  buffer_length(&record));
	free(record.data);
}

void
arguments_set_null(Arguments *arguments, int argument)
{
	assert(argument >= 0 && argument < arguments->route->argument_count);
	arguments->values[argument].null = true;
	arguments->given |= UINT64_C(1) << argument;
}

bool
arguments_refuse(Arguments *arguments, int status, const char *format, ...)
{
	va_list details;

	arguments->status = status;
	va_start(details, format);
	vsnprintf(arguments->message, sizeof(arguments->message), format, details);
	va_end(details);
	return false;
}
