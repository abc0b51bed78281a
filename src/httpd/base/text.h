/*-------------------------------------------------------------------------
 *
 * text.h
 *		Text as PostgreSQL takes it: UTF-8 without a NUL; percent escapes; JSON.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TEXT_H
#define PG_ACU_TEXT_H

#include "common/json.h"
#include "httpd/base/buffer.h"

#include <stdbool.h>

/* Whether bytes are UTF-8 without a NUL. */
extern bool is_text(const char *bytes, size_t length);

/* A copy in which bytes that are not UTF-8 are question marks. */
extern char *text_copy(const char *text);

/* The length of a text, or of its first characters if it is longer than max
 * bytes: no character is cut in two. */
extern size_t text_clip(const char *text, size_t length, size_t max);

/* The value of a hexadecimal digit, or -1. */
extern int text_hex_digit(char digit);

/*
 * Decodes percent escapes and, as in a query, + to a blank.  False when an
 * escape is invalid, or when the result is not text.
 */
extern bool text_decode(Buffer *decoded, const char *text, size_t length);

/* Whether text_decode() would succeed. */
extern bool text_is_escaped(const char *text, size_t length);

/* A writer of JSON that is appended to a buffer. */
extern JsonWriter text_json_writer(Buffer *buffer);

#endif
