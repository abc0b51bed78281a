/*-------------------------------------------------------------------------
 *
 * loop.h
 *		The event loop of a worker, with what all its parts share: the clock,
 *		the settings, and the counts of bytes that are kept.
 *
 * A worker has one thread and one Loop.  Whatever is reached from it is touched
 * by that thread only, without locks.  A Loop has no pointer to the parts that
 * use it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LOOP_H
#define PG_ACU_LOOP_H

#include "httpd/base/config.h"

#include <time.h>

struct event_base;

/* Exit status of a worker that must not run with these settings, and of the
 * master after it. */
#define EXIT_REFUSED 2

typedef struct Loop
{
	const Config *config;
	struct event_base *base;
	int64_t now;		 /* milliseconds of a clock that never jumps */
	time_t dated;		 /* the second that date shows */
	char date[32];		 /* for the header Date */
	bool draining;		 /* ends once the requests under way are answered */
	int64_t last_call;	 /* when a function was last asked for, cached or not */
	bool trimmed;		 /* free memory went back to the kernel since then */
	size_t body_bytes;	 /* of request bodies, also of those in exchanges */
	size_t unsent_bytes; /* kept for clients, see net/unsent.h */
} Loop;

/* Sets now and date. */
extern void loop_read_clock(Loop *loop);

#endif
