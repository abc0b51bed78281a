/*-------------------------------------------------------------------------
 *
 * pipeline.h
 *		One connection to the database that calls functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PIPELINE_H
#define PG_ACU_PIPELINE_H

#include "httpd/db/connection.h"

/* Prepares a connection that is all zero; it connects with the next
 * pipeline_tick. */
extern void
pipeline_init(Connection *connection, const Loop *loop, PrimaryWish *primary,
			  const ConnectionEvents *events, void *owner);

/* Connects when that is due; gives up a call that hangs. */
extern void pipeline_tick(Connection *connection);

/* Whether another call may be sent now, where at most depth are under way at a
 * time. */
extern bool pipeline_takes_calls(const Connection *connection, int depth);

/* Whether a call has not been answered although its time limit has passed. */
extern bool pipeline_is_silent(const Connection *connection);

/* Sends what has been written. */
extern void pipeline_flush(Connection *connection);

/* Closes the connection, and tells the owner of the calls that are lost.  It
 * connects again at retry_at. */
extern void pipeline_close(Connection *connection, int64_t retry_at);

#endif
