/*-------------------------------------------------------------------------
 *
 * json.h
 *		JSON, written value by value.
 *
 * A JsonWriter sets the commas, colons and quotes, and hands each piece of the
 * text to a function of its owner, which may append it to any kind of buffer.
 * Calls that would not give JSON, as a key outside of an object or an array
 * that is never closed, are errors of the program and fail an assertion.
 *
 * Pure: libc only, no allocation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_JSON_H
#define PG_ACU_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects and arrays within each other. */
#define JSON_MAX_DEPTH 64

/* Appends size bytes to the text at out. */
typedef void (*JsonSink)(void *out, const char *bytes, size_t size);

/* Everything but append and out is private to json.c. */
typedef struct JsonWriter
{
	JsonSink append;
	void *out;		  /* first argument of append */
	int depth;		  /* objects and arrays that are open */
	uint64_t objects; /* bit i: what is open at depth i + 1 is an object */
	bool key;		  /* the last thing written is a key */
	bool value;		  /* the last thing written is a value of this level */
} JsonWriter;

extern JsonWriter json_writer(JsonSink append, void *out);

extern void json_begin_object(JsonWriter *json);
extern void json_end_object(JsonWriter *json);
extern void json_begin_array(JsonWriter *json);
extern void json_end_array(JsonWriter *json);

/* The key of the next value, in an object. */
extern void json_write_key(JsonWriter *json, const char *key);

/* A string, or null for NULL.  Text must be UTF-8, which is not checked. */
extern void json_write_string(JsonWriter *json, const char *text);
extern void json_write_text(JsonWriter *json, const char *text, size_t length);

/* A number, in as few digits as tell it from every other; null for infinity
 * and NaN, which JSON has not. */
extern void json_write_double(JsonWriter *json, double number);
extern void json_write_integer(JsonWriter *json, int64_t number);

extern void json_write_boolean(JsonWriter *json, bool value);
extern void json_write_null(JsonWriter *json);

/* A value that is JSON already. */
extern void json_write_raw(JsonWriter *json, const char *value, size_t length);

#endif
