/*-------------------------------------------------------------------------
 *
 * pipeline_write.h
 *		Writing to a connection to the database: the first message of a session,
 *		and calls.
 *
 * All of it leaves with the next pipeline_flush.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PIPELINE_WRITE_H
#define PG_ACU_PIPELINE_WRITE_H

#include "httpd/db/connection.h"

/* Sends a call, or the probe of its values; the owner is told of its end. */
extern void pipeline_send(Connection *connection, Call *call);

/* Sends what begins the session. */
extern void pipeline_send_set_up(Connection *connection);

/* Cleans the session after the last call, as no other call follows that would:
 * what it has left, such as locks, could hold up other sessions. */
extern void pipeline_send_clean_up(Connection *connection);

/* The session has no prepared statement of this name, or none of any name. */
extern void pipeline_forget_statement(Connection *connection, const char *name);
extern void pipeline_forget_statements(Connection *connection);

#endif
