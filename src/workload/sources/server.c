/*-------------------------------------------------------------------------
 *
 * server.c
 *		A reading of the server as a whole: sessions and databases.
 *
 * Owns no data.  The reading is by SQL, whose names are the same in all
 * versions, unlike those of the C functions behind it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/server.h"

#include "access/xlog.h"
#include "catalog/namespace.h"
#include "executor/instrument.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* %s: condition that is true for a session of the HTTP server. */
static const char read_sessions[] =
	"SELECT pid, backend_type, %s,"
	" CASE WHEN state LIKE 'active' OR state LIKE 'fastpath%%' THEN"
	" extract(epoch FROM clock_timestamp() - state_change)::float8 END,"
	" coalesce(state = 'disabled', false)"
	" FROM pg_catalog.pg_stat_get_activity(NULL)";

/*
 * True for a session of the HTTP server: by its application_name, which any
 * session can set, and by its role, which a superuser has made for it with
 * acu.grant_http().
 */
static const char is_http_server[] =
	"application_name = 'pg_acu_httpd' AND usesysid IN"
	" (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN acu.http_role AS h"
	" ON h.role = r.rolname WHERE NOT r.rolsuper)";

static const char read_databases[] = "SELECT sum(blks_hit + blks_read)::float8,"
#if PG_VERSION_NUM >= 140000
									 " sum(active_time)::float8 / 1000"
#else
									 " NULL::float8"
#endif
									 " FROM pg_catalog.pg_stat_database";

/* Columns of read_sessions. */
enum
{
	PID = 1,
	TYPE,
	HTTP_SERVER,
	RUNNING,
	DISABLED
};

/*
 * The types of processes that work for no client, as PostgreSQL 13 to 18 name
 * them.  The CPU of any other type counts as the sessions': I/O workers (from
 * 18 on) read for them, parallel workers compute for them, and of a type that
 * is not known here nobody can say that it works for no client.
 */
static const char *const background_types[] = {
	"archiver",
	"autoprewarm leader",
	"autoprewarm worker",
	"autovacuum launcher",
	"autovacuum worker",
	"background writer",
	"checkpointer",
	"logger",
	"logical replication apply worker",
	"logical replication launcher",
	"logical replication parallel worker",
	"logical replication tablesync worker",
	"logical replication worker",
	"pg_acu sampler",
	"slotsync worker",
	"startup",
	"walreceiver",
	"walsender",
	"walsummarizer",
	"walwriter",
};

/* Whether the current user may read the roles of the HTTP server.  A user who
 * takes samples may not; then all sessions of clients count. */
static bool
may_read_roles(void)
{
	Oid table = get_relname_relid("http_role", get_namespace_oid("acu", true));

	return OidIsValid(table) &&
		   pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

static bool
is_background(const char *type)
{
	for (size_t i = 0; i < lengthof(background_types); i++)
		if (strcmp(type, background_types[i]) == 0)
			return true;
	return false;
}

/* Takes the row of read_databases. */
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
	/* Blocks that the worker itself has read are not load. */
	if (MyBgworkerEntry != NULL)
		reading->blks -=
			pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read;
}

/* Takes a row of read_sessions. */
static void
take_session(ServerReading *reading, HeapTuple row, TupleDesc desc)
{
	bool isnull;
	bool unnamed;
	bool idle;
	int pid = DatumGetInt32(SPI_getbinval(row, desc, PID, &isnull));
	const char *type = SPI_getvalue(row, desc, TYPE);
	Datum http_server = SPI_getbinval(row, desc, HTTP_SERVER, &unnamed);
	Datum running = SPI_getbinval(row, desc, RUNNING, &idle);
	bool client = type != NULL && strcmp(type, "client backend") == 0;

	if (type == NULL)
		reading->sessions_known = false;
	reading->processes[reading->count++] =
		(ServerProcess){ .pid = pid,
						 .background = type != NULL && is_background(type) };
	if (!client || pid == MyProcPid)
		return;
	reading->clients++;
	/* Without track_activities it is not known whether it runs a statement. */
	if (DatumGetBool(SPI_getbinval(row, desc, DISABLED, &isnull)))
		reading->active_known = false;
	if (!idle && DatumGetFloat8(running) > 0)
		reading->active_seconds += DatumGetFloat8(running);
	if (unnamed || !DatumGetBool(http_server))
		reading->connections++;
}

static void
take_sessions(ServerReading *reading)
{
	for (uint64 i = 0; i < SPI_processed; i++)
		take_session(reading, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	reading->active_known &= reading->sessions_known;
	if (strcmp(GetConfigOptionResetString("track_activities"), "off") == 0)
		reading->active_known = false;
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

void
server_read(ServerReading *reading)
{
	const char *sessions;
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
	sessions =
		psprintf(read_sessions, may_read_roles() ? is_http_server : "false");
	if (SPI_execute(sessions, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", sessions);
	reading->processes = MemoryContextAlloc(caller, Max(SPI_processed, 1) *
														sizeof(ServerProcess));
	take_sessions(reading);
	SPI_finish();
}
