/*-------------------------------------------------------------------------
 *
 * log.h
 *		The log: one logfmt line an event, on stderr.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LOG_H
#define PG_ACU_LOG_H

/*
 * Writes one line: time, level, pid, msg, then pairs of a name and a value
 * (both strings) up to a NULL name.  Values are quoted where they need it;
 * control bytes and invalid UTF-8 become escapes, so that no client can write
 * lines.
 */
extern void log_event(const char *level, const char *message, ...)
	__attribute__((sentinel));

#define log_info(...) log_event("info", __VA_ARGS__, (char *) 0)
#define log_error(...) log_event("error", __VA_ARGS__, (char *) 0)

#endif
