/*-------------------------------------------------------------------------
 *
 * server.c
 *		What PostgreSQL itself tells of the server as a whole.
 *
 * Owns no data.  It is read through SQL, whose names are the same in all
 * versions, unlike those of the functions behind it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/server.h"

#include "access/xlog.h"
#include "executor/instrument.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/timestamp.h"

/* libpq's fallback_application_name of the HTTP front */
#define HTTP_FRONT "pg_acu_httpd"

static const char read_sessions[] =
	"SELECT pid, backend_type, application_name,"
	" CASE WHEN state LIKE 'active' OR state LIKE 'fastpath%' THEN"
	" extract(epoch FROM clock_timestamp() - state_change)::float8 END"
	" FROM pg_catalog.pg_stat_get_activity(NULL)";

static const char read_databases[] = "SELECT sum(blks_hit + blks_read)::float8,"
#if PG_VERSION_NUM >= 140000
									 " sum(active_time)::float8 / 1000"
#else
									 " NULL::float8"
#endif
									 " FROM pg_catalog.pg_stat_database";

enum
{
	PID = 1,
	TYPE,
	APPLICATION,
	RUNNING
};

static void take_sessions(ServerReading *reading);
static void take_session(ServerReading *reading, HeapTuple row, TupleDesc desc);
static void take_databases(ServerReading *reading);
static uint32 current_timeline(void);

void
server_read(ServerReading *reading)
{
	MemoryContext caller = CurrentMemoryContext;

	memset(reading, 0, sizeof(*reading));
	reading->at = GetCurrentTimestamp();
	reading->system_identifier = GetSystemIdentifier();
	reading->timeline = current_timeline();
	reading->started = PgStartTime;
	reading->sessions_known = true;

	SPI_connect();
	if (SPI_execute(read_databases, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", read_databases);
	take_databases(reading);
	if (SPI_execute(read_sessions, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", read_sessions);
	reading->processes = MemoryContextAlloc(caller, Max(SPI_processed, 1) *
														sizeof(ServerProcess));
	take_sessions(reading);
	SPI_finish();
}

static void
take_databases(ServerReading *reading)
{
	HeapTuple row = SPI_tuptable->vals[0];
	TupleDesc desc = SPI_tuptable->tupdesc;
	bool isnull;
	Datum active;

	reading->blks =
		(int64) DatumGetFloat8(SPI_getbinval(row, desc, 1, &isnull));
	active = SPI_getbinval(row, desc, 2, &isnull);
	reading->active_known = !isnull;
	if (!isnull)
		reading->flushed_seconds = reading->active_seconds =
			DatumGetFloat8(active);
	/* What the worker itself has read is no load. */
	if (MyBgworkerEntry != NULL)
		reading->blks -=
			pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read;
}

static void
take_sessions(ServerReading *reading)
{
	for (uint64 i = 0; i < SPI_processed; i++)
		take_session(reading, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	reading->active_known &= reading->sessions_known;
}

static void
take_session(ServerReading *reading, HeapTuple row, TupleDesc desc)
{
	bool isnull;
	int pid = DatumGetInt32(SPI_getbinval(row, desc, PID, &isnull));
	const char *type = SPI_getvalue(row, desc, TYPE);
	const char *application = SPI_getvalue(row, desc, APPLICATION);
	Datum running = SPI_getbinval(row, desc, RUNNING, &isnull);
	bool client = type != NULL && strcmp(type, "client backend") == 0;

	if (type == NULL)
		reading->sessions_known = false;
	reading->processes[reading->count++] =
		(ServerProcess){ .pid = pid,
						 .background = type != NULL && !client &&
									   strcmp(type, "parallel worker") != 0 };
	if (!client || pid == MyProcPid)
		return;
	reading->clients++;
	if (!isnull && DatumGetFloat8(running) > 0)
		reading->active_seconds += DatumGetFloat8(running);
	if (application == NULL || strcmp(application, HTTP_FRONT) != 0)
		reading->connections++;
}

static uint32
current_timeline(void)
{
#if PG_VERSION_NUM >= 150000
	return GetWALInsertionTimeLine();
#else
	return ThisTimeLineID;
#endif
}
