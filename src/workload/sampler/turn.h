/*-------------------------------------------------------------------------
 *
 * turn.h
 *		What the background worker does when it is time for a sample.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TURN_H
#define PG_ACU_TURN_H

#include "datatype/timestamp.h"

/* Before all others.  again: a worker has been there since the server started,
 * so that the first sample must not be about the time between the two. */
extern void turn_start(bool again);

/* Takes a sample that is due, for its time (requested is 0) or for the sessions
 * that have asked for one, and answers these. */
extern void turn_run(TimestampTz due, uint64 requested);

/* Notes how many clients there are between two samples. */
extern void turn_count_connections(void);

/* After settings have been read again. */
extern void turn_follow_settings(void);

/* Writes what the minute has so far. */
extern void turn_flush(void);

#endif
