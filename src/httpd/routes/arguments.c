/*-------------------------------------------------------------------------
 *
 * arguments.c
 *		What a request gives to the arguments of its route's function.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/arguments.h"

#include "httpd/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* As much of a name as an error repeats. */
#define SHOWN_BYTES 64

static const char json_hint[] =
	"The body looks like JSON; send it with the header Content-Type:"
	" application/json, as curl -H 'Content-Type: application/json' does.";

static bool
read_pair(Arguments *arguments, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals ? (size_t) (equals - pair) : length;
	Buffer name = { 0 };
	Buffer value = { 0 };
	bool good = text_decode(&name, pair, name_length) &&
				(equals == NULL ||
				 text_decode(&value, equals + 1, length - name_length - 1));
	int argument = -1;

	if (!good)
		arguments_refuse(
			arguments, 400,
			"the form has a bad percent escape, a NUL, or bytes that are no UTF-8");
	else
		argument = arguments_find(arguments, name.data ? name.data : "",
								  buffer_length(&name));
	if (argument >= 0 && equals != NULL)
		arguments->plus |=
			memchr(equals, '+', (size_t) (pair + length - equals)) != NULL;
	if (argument >= 0)
		arguments_set_text(arguments, argument, value.data,
						   buffer_length(&value));
	free(name.data);
	free(value.data);
	return argument >= 0;
}

static bool
read_form(Arguments *arguments, const char *form, size_t length)
{
	while (length > 0)
	{
		const char *ampersand = memchr(form, '&', length);
		size_t pair = ampersand ? (size_t) (ampersand - form) : length;

		if (pair > 0 && !read_pair(arguments, form, pair))
			return false;
		pair += ampersand != NULL;
		form += pair;
		length -= pair;
	}
	return true;
}

/* Compares a media type, whatever its parameters. */
static bool
has_media_type(const char *header, const char *type)
{
	size_t length = strlen(type);

	return header != NULL && strncasecmp(header, type, length) == 0 &&
		   (header[length] == '\0' || strchr("; \t", header[length]) != NULL);
}

/* As curl -d sends it unless it is told of what type the body is. */
static bool
looks_like_json(const char *body, size_t length)
{
	while (length > 0 && *body != '\0' && strchr(" \t\r\n", *body) != NULL)
	{
		body++;
		length--;
	}
	return length > 0 && (*body == '{' || *body == '[');
}

static bool
read_body(Arguments *arguments, const Request *request)
{
	const char *type = request_header(request, HEADER_CONTENT_TYPE);
	const char *body = buffer_bytes(&request->body);
	size_t length = buffer_length(&request->body);
	Refusal refusal;

	if (!arguments_take_body(request, &refusal))
		return arguments_refuse(arguments, refusal.status, "%s",
								refusal.message);
	if (has_media_type(type, "application/json"))
		return json_body_read(arguments, body, length);
	if (looks_like_json(body, length))
		arguments->hint = json_hint;
	return read_form(arguments, body, length);
}

static bool
check_required(Arguments *arguments)
{
	const Route *route = arguments->route;
	uint64_t missing = route_required(route) & ~arguments->given;

	for (int i = 0; i < route->argument_count; i++)
	{
		if (!(missing & (UINT64_C(1) << i)))
			continue;
		if (route->arguments[i].name == NULL)
			return arguments_refuse(arguments, 400, "the body is missing");
		return arguments_refuse(arguments, 400, "argument \"%.*s\" is missing",
								SHOWN_BYTES, route->arguments[i].name);
	}
	return true;
}

bool
arguments_read(Arguments *arguments, const Route *route, const Request *request)
{
	arguments->route = route;
	arguments->given = 0;
	arguments->plus = false;
	arguments->status = 0;
	arguments->hint = NULL;
	buffer_reset(&arguments->bytes, 4096);
	if (request->query != NULL &&
		!read_form(arguments, request->query, strlen(request->query)))
		return false;
	if (buffer_length(&request->body) > 0 && !read_body(arguments, request))
		return false;
	return check_required(arguments);
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
	int shown = (int) (length < SHOWN_BYTES ? length : SHOWN_BYTES);

	/* Do not cut a character in two. */
	while (shown > 0 && (size_t) shown < length && (name[shown] & 0xc0) == 0x80)
		shown--;

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

bool
arguments_take_body(const Request *request, Refusal *refusal)
{
	const char *type = request_header(request, HEADER_CONTENT_TYPE);

	*refusal = (Refusal){ 0 };
	if (request->method != HTTP_POST && request->method != HTTP_PUT &&
		request->method != HTTP_PATCH)
		*refusal =
			(Refusal){ .status = 400,
					   .message = "a request with this method has no body",
					   .hint = "Give the arguments in the query." };
	else if (request_is_encoded(request))
		*refusal =
			(Refusal){ .status = 415,
					   .message =
						   "a body with a Content-Encoding is not read" };
	else if (!has_media_type(type, "application/json") &&
			 !has_media_type(type, "application/x-www-form-urlencoded"))
		*refusal = (Refusal){
			.status = 415,
			.message =
				"the body must be application/json or application/x-www-form-urlencoded",
			.hint =
				"JSON is sent with the header Content-Type: application/json, as"
				" curl -H 'Content-Type: application/json' does."
		};
	return refusal->status == 0;
}
