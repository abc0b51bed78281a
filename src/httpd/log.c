/*-------------------------------------------------------------------------
 *
 * log.c
 *		The log: one logfmt line an event, on stderr.
 *
 * Owns no data.  A line is one write, so that those of several processes do not
 * mix.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/log.h"

#include "httpd/buffer.h"
#include "httpd/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* As much of a value as is written. */
#define LONGEST_VALUE 1024

static void append_pair(Buffer *line, const char *name, const char *value);
static void append_quoted(Buffer *line, const char *value);
static void append_time(Buffer *line);

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
	/* Nobody can be told when the log itself fails. */
	if (write(STDERR_FILENO, buffer_bytes(&line), buffer_length(&line)) < 0)
		(void) 0;
	free(line.data);
}

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
	append_quoted(line, value ? value : "");
}

static void
append_quoted(Buffer *line, const char *value)
{
	size_t length = strnlen(value, LONGEST_VALUE);
	bool quote = length == 0;
	bool text = is_text(value, length);

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

		if (byte == '"' || byte == '\\')
			snprintf(escape, sizeof(escape), "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f || (byte >= 0x80 && !text))
			snprintf(escape, sizeof(escape), "\\x%02x", byte);
		else
			snprintf(escape, sizeof(escape), "%c", byte);
		buffer_append_string(line, escape);
	}
	if (quote)
		buffer_append_byte(line, '"');
}
