/*-------------------------------------------------------------------------
 *
 * log.h
 *		The log: a line of logfmt for each event, on stderr.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LOG_H
#define PG_ACU_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct Buffer;

/*
 * Writes one line: time, level, pid, msg, then pairs of a name and a value
 * (both strings) up to a NULL name.  Values are quoted where they need it.
 * Control bytes, invalid UTF-8 and characters that a terminal or an editor does
 * not show as they stand (controls above ASCII, ends of lines and paragraphs,
 * those that turn the direction of text or have no width) become escapes, so
 * that no client can write lines, or make one look like another.
 */
extern void log_event(const char *level, const char *message, ...)
	__attribute__((sentinel));

/* Appends a value as log_event() writes it. */
extern void log_quote(struct Buffer *line, const char *value);

/* Limits the lines of one kind: a burst of them, and then one each every_ms. */
typedef struct LogLimit
{
	int burst;
	int every_ms;
	double used;  /* lines of the burst; 0: all of it may be written */
	int64_t at;	  /* time at which used was right, in milliseconds */
	int left_out; /* lines since the last one that was written */
} LogLimit;

/* Limit for an event that repeats: a line at once, and then two a minute. */
#define LOG_LASTING_TROUBLE           \
	{                                 \
		.burst = 1, .every_ms = 30000 \
	}

/* Whether another line may be written now; then *left_out is the number of
 * lines that were left out since the last one. */
extern bool log_may_write(LogLimit *limit, int64_t now, int *left_out);

#define log_info(...) log_event("info", __VA_ARGS__, (char *) 0)
#define log_error(...) log_event("error", __VA_ARGS__, (char *) 0)

#endif
