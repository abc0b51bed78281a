/*-------------------------------------------------------------------------
 *
 * log.c
 *		The log: a line of logfmt for each event, on stderr.
 *
 * Owns no data.  A line is written by one call, so that the lines of several
 * processes do not mix.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/log.h"

#include "httpd/base/buffer.h"
#include "httpd/base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A longer value is cut. */
#define MAX_VALUE_BYTES 1024

static void
append_time(Buffer *line)
{
	struct timespec now;
	struct tm utc;
	char text[64];
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	length = strftime(text, sizeof(text), "time=%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + length, sizeof(text) - length, ".%03ldZ",
			 now.tv_nsec / 1000000);
	buffer_append_string(line, text);
}

static void
append_pair(Buffer *line, const char *name, const char *value)
{
	buffer_append_byte(line, ' ');
	buffer_append_string(line, name);
	buffer_append_byte(line, '=');
	log_quote(line, value ? value : "");
}

void
log_event(const char *level, const char *message, ...)
{
	Buffer line = { 0 };
	char pid[16];
	const char *name;
	va_list pairs;

	append_time(&line);
	append_pair(&line, "level", level);
	snprintf(pid, sizeof(pid), "%d", (int) getpid());
	append_pair(&line, "pid", pid);
	append_pair(&line, "msg", message);

	va_start(pairs, message);
	while ((name = va_arg(pairs, const char *)) != NULL)
		append_pair(&line, name, va_arg(pairs, const char *));
	va_end(pairs);

	buffer_append_byte(&line, '\n');
	/* There is nowhere to report a failure of the log itself. */
	if (write(STDERR_FILENO, buffer_bytes(&line), buffer_length(&line)) < 0)
		(void) 0;
	free(line.data);
}

/* The length of the part of a value that is written. */
static size_t
shown_length(const char *value)
{
	size_t length = strnlen(value, MAX_VALUE_BYTES + 1);
	size_t clip = text_clip(value, length, MAX_VALUE_BYTES);

	if (length <= MAX_VALUE_BYTES || is_text(value, clip))
		return clip;
	return MAX_VALUE_BYTES;
}

/* The size of the first character of a text, if a terminal or an editor does
 * not show it as it stands; else 0. */
static size_t
deceptive_size(const char *text)
{
	static const struct
	{
		const char *first;
		const char *last; /* of the same length */
	} ranges[] = {
		{ "\xc2\x80", "\xc2\x9f" },					/* C1 controls */
		{ "\xc2\xad", "\xc2\xad" },					/* soft hyphen */
		{ "\xcd\x8f", "\xcd\x8f" },					/* grapheme joiner */
		{ "\xd8\x9c", "\xd8\x9c" },					/* Arabic letter mark */
		{ "\xe1\x85\x9f", "\xe1\x85\xa0" },			/* Hangul fillers */
		{ "\xe1\x9e\xb4", "\xe1\x9e\xb5" },			/* Khmer vowels */
		{ "\xe1\xa0\x8b", "\xe1\xa0\x8f" },			/* Mongolian selectors */
		{ "\xe2\x80\x8b", "\xe2\x80\x8f" },			/* no width; directions */
		{ "\xe2\x80\xa8", "\xe2\x80\xae" },			/* line ends; directions */
		{ "\xe2\x81\xa0", "\xe2\x81\xaf" },			/* joiners, isolates */
		{ "\xe3\x85\xa4", "\xe3\x85\xa4" },			/* Hangul filler */
		{ "\xef\xb8\x80", "\xef\xb8\x8f" },			/* variation selectors */
		{ "\xef\xbb\xbf", "\xef\xbb\xbf" },			/* byte order mark */
		{ "\xef\xbe\xa0", "\xef\xbe\xa0" },			/* Hangul filler */
		{ "\xef\xbf\xb0", "\xef\xbf\xbb" },			/* annotations */
		{ "\xf0\x9b\xb2\xa0", "\xf0\x9b\xb2\xa3" }, /* shorthand */
		{ "\xf0\x9d\x85\xb3", "\xf0\x9d\x85\xba" }, /* beams, slurs of music */
		{ "\xf3\xa0\x80\x80", "\xf3\xa0\xbf\xbf" }, /* tags, selectors */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
	{
		size_t length = strlen(ranges[i].first);

		if (strncmp(text, ranges[i].first, length) >= 0 &&
			strncmp(text, ranges[i].last, length) <= 0)
			return length;
	}
	return 0;
}

void
log_quote(Buffer *line, const char *value)
{
	size_t length = shown_length(value);
	bool quote = length == 0;
	bool text = is_text(value, length);
	size_t hidden = 0; /* bytes of a character that is escaped */

	for (size_t i = 0; i < length && !quote; i++)
		quote = (unsigned char) value[i] <= ' ' ||
				strchr("\"=\\\x7f", value[i]) != NULL ||
				(unsigned char) value[i] >= 0x80;

	if (quote)
		buffer_append_byte(line, '"');
	for (size_t i = 0; i < length; i++)
	{
		unsigned char byte = (unsigned char) value[i];
		char escape[8];

		if (byte >= 0xc0 && text)
			hidden = deceptive_size(value + i);
		if (byte == '"' || byte == '\\')
			snprintf(escape, sizeof(escape), "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f ||
				 (byte >= 0x80 && (!text || hidden > 0)))
			snprintf(escape, sizeof(escape), "\\x%02x", byte);
		else
			snprintf(escape, sizeof(escape), "%c", byte);
		hidden -= hidden > 0;
		buffer_append_string(line, escape);
	}
	if (quote)
		buffer_append_byte(line, '"');
}

bool
log_may_write(LogLimit *limit, int64_t now, int *left_out)
{
	limit->used -= (double) (now - limit->at) / limit->every_ms;
	limit->at = now;
	if (limit->used < 0)
		limit->used = 0;
	if (limit->used + 1 > limit->burst)
	{
		limit->left_out++;
		return false;
	}
	limit->used += 1;
	*left_out = limit->left_out;
	limit->left_out = 0;
	return true;
}
