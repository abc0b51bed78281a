/*-------------------------------------------------------------------------
 *
 * cycle.h
 *		One cycle of the worker: a sample, texts, rotation of the history.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CYCLE_H
#define PG_ACU_CYCLE_H

#include "datatype/timestamp.h"

/* Before the first cycle.  ran_before: an earlier worker has run, so that the
 * first sample must not be about the time between the two. */
extern void cycle_start(bool ran_before);

/* Takes the sample that is due at this time (request is 0), or one for the
 * sessions that have asked for it, and answers them. */
extern void cycle_run(TimestampTz due, uint64 request);

/* Counts connections between two samples. */
extern void cycle_count_connections(void);

/* After settings have been read again. */
extern void cycle_follow_settings(void);

/* Writes the rows of the minute, when the worker is to end. */
extern void cycle_end(void);

#endif
