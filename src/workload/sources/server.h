/*-------------------------------------------------------------------------
 *
 * server.h
 *		A reading of the server as a whole: sessions and databases.
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
	int connections;	 /* of these, all but the HTTP server's */
	bool active_known;
	double
		active_seconds; /* total of sessions, with statements that still run */
	double flushed_seconds; /* the part that sessions have reported, as each
							 * does at the end of a transaction */
	int64 blks; /* shared blocks, hit and read, of all databases, without the
				 * sampler's own */
	int count;
	ServerProcess *processes;
} ServerReading;

/* Fills in the reading; its processes are palloc'd in the current memory
 * context. */
extern void server_read(ServerReading *reading);

#endif
