/*-------------------------------------------------------------------------
 *
 * pipeline_read.h
 *		Reading from a connection to the database: its messages, and the calls
 *		that they answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PIPELINE_READ_H
#define PG_ACU_PIPELINE_READ_H

#include "httpd/db/connection.h"

typedef enum PipelineRead
{
	PIPELINE_READ_ALL,	/* the rest, if any, is an incomplete message */
	PIPELINE_READ_IDLE, /* nothing is under way now; more may be there */
	PIPELINE_READ_FAULT /* the connection must be closed */
} PipelineRead;

/* Takes the messages that are whole, and tells the owner of calls that are
 * answered.  *fault: why the connection must be closed; valid until then. */
extern PipelineRead pipeline_read(Connection *connection, const char **fault);

#endif
