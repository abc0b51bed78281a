/*-------------------------------------------------------------------------
 *
 * server.h
 *		What PostgreSQL itself tells of the server as a whole.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SERVER_H
#define PG_ACU_SERVER_H

#include "workload/sources/cpu.h"

#include "datatype/timestamp.h"

typedef struct ServerReading
{
	TimestampTz at;
	uint64 system_identifier;
	uint32 timeline;
	TimestampTz started;
	bool sessions_known; /* the current user may see those of others */
	int clients;		 /* sessions of clients */
	int connections;	 /* of these, all but the HTTP front's */
	bool active_known;
	double active_seconds;	/* that sessions have been active, up to now: also
							 * in statements that still run */
	double flushed_seconds; /* of these, what PostgreSQL has added up: a session
							 * does so when its transaction ends */
	int64 blks; /* shared blocks, hit and read, of all databases, but the
				 * sampler's own */
	int count;
	ServerProcess *processes;
} ServerReading;

/* Reads it, in the current memory context. */
extern void server_read(ServerReading *reading);

#endif
