/*-------------------------------------------------------------------------
 *
 * json.c
 *		JSON, written value by value.
 *
 * Owns no data.  Pure: compiled without PostgreSQL's headers, so that both
 * programs have it and the unit tests can run it by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "common/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Significant digits: 15 are kept by every double, 17 tell any two apart. */
#define MIN_DIGITS 15
#define MAX_DIGITS 17

JsonWriter
json_writer(JsonSink append, void *out)
{
	return (JsonWriter){ .append = append, .out = out };
}

static bool
is_in_object(const JsonWriter *json)
{
	return json->depth > 0 &&
		   (json->objects & (UINT64_C(1) << (json->depth - 1))) != 0;
}

static void
append_string(JsonWriter *json, const char *string)
{
	json->append(json->out, string, strlen(string));
}

/* The comma before a value, or a key, that follows another value. */
static void
separate_values(JsonWriter *json)
{
	if (json->value)
		append_string(json, ", ");
}

/* To be called before each value: checks its place. */
static void
start_value(JsonWriter *json)
{
	assert(json->key == is_in_object(json));
	assert(json->depth > 0 || !json->value);
	if (!json->key)
		separate_values(json);
	json->key = false;
	json->value = true;
}

static void
open_level(JsonWriter *json, bool object)
{
	start_value(json);
	assert(json->depth < JSON_MAX_DEPTH);
	json->objects &= ~(UINT64_C(1) << json->depth);
	json->objects |= (uint64_t) object << json->depth;
	json->depth++;
	json->value = false;
	append_string(json, object ? "{" : "[");
}

void
json_begin_object(JsonWriter *json)
{
	open_level(json, true);
}

static void
close_level(JsonWriter *json)
{
	bool object = is_in_object(json);

	assert(json->depth > 0 && !json->key);
	json->depth--;
	json->value = true;
	append_string(json, object ? "}" : "]");
}

void
json_end_object(JsonWriter *json)
{
	assert(is_in_object(json));
	close_level(json);
}

void
json_begin_array(JsonWriter *json)
{
	open_level(json, false);
}

void
json_end_array(JsonWriter *json)
{
	assert(!is_in_object(json));
	close_level(json);
}

/*
 * The escape of a byte, or NULL for one that stands for itself; the same ones
 * as PostgreSQL's escape_json().  escape is where one that is made is put.
 */
static const char *
escape_byte(unsigned char byte, char escape[8])
{
	switch (byte)
	{
		case '"':
			return "\\\"";
		case '\\':
			return "\\\\";
		case '\b':
			return "\\b";
		case '\f':
			return "\\f";
		case '\n':
			return "\\n";
		case '\r':
			return "\\r";
		case '\t':
			return "\\t";
	}
	if (byte >= ' ')
		return NULL;
	snprintf(escape, 8, "\\u%04x", byte);
	return escape;
}

static void
append_quoted(JsonWriter *json, const char *text, size_t length)
{
	size_t plain = 0; /* bytes before i that are still to be appended */

	append_string(json, "\"");
	for (size_t i = 0; i < length; i++)
	{
		char buffer[8];
		const char *escape = escape_byte((unsigned char) text[i], buffer);

		if (escape == NULL)
		{
			plain++;
			continue;
		}
		json->append(json->out, text + i - plain, plain);
		append_string(json, escape);
		plain = 0;
	}
	json->append(json->out, text + length - plain, plain);
	append_string(json, "\"");
}

void
json_write_key(JsonWriter *json, const char *key)
{
	assert(is_in_object(json) && !json->key);
	separate_values(json);
	append_quoted(json, key, strlen(key));
	append_string(json, ": ");
	json->key = true;
}

void
json_write_text(JsonWriter *json, const char *text, size_t length)
{
	start_value(json);
	append_quoted(json, text, length);
}

void
json_write_string(JsonWriter *json, const char *text)
{
	if (text == NULL)
		json_write_null(json);
	else
		json_write_text(json, text, strlen(text));
}

void
json_write_double(JsonWriter *json, double number)
{
	char digits[32];

	if (!isfinite(number))
	{
		json_write_null(json);
		return;
	}
	for (int count = MIN_DIGITS; count <= MAX_DIGITS; count++)
	{
		snprintf(digits, sizeof(digits), "%.*g", count, number);
		if (strtod(digits, NULL) == number)
			break;
	}
	start_value(json);
	append_string(json, digits);
}

void
json_write_integer(JsonWriter *json, int64_t number)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%" PRId64, number);
	start_value(json);
	append_string(json, digits);
}

void
json_write_boolean(JsonWriter *json, bool value)
{
	start_value(json);
	append_string(json, value ? "true" : "false");
}

void
json_write_null(JsonWriter *json)
{
	start_value(json);
	append_string(json, "null");
}

void
json_write_raw(JsonWriter *json, const char *value, size_t length)
{
	assert(length > 0);
	start_value(json);
	json->append(json->out, value, length);
}
