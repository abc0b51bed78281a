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

/* %s: whether it is a session of the HTTP front. */
static const char read_sessions[] =
	"SELECT pid, backend_type, %s,"
	" CASE WHEN state LIKE 'active' OR state LIKE 'fastpath%%' THEN"
	" extract(epoch FROM clock_timestamp() - state_change)::float8 END,"
	" coalesce(state = 'disabled', false)"
	" FROM pg_catalog.pg_stat_get_activity(NULL)";

/*
 * It is when its name says so and its role was made for that by
 * acu.grant_http().  Any session can set the name; only a superuser makes the
 * role.
 */
static const char is_front[] =
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

enum
{
	PID = 1,
	TYPE,
	FRONT,
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

static void take_sessions(ServerReading *reading);
static void take_session(ServerReading *reading, HeapTuple row, TupleDesc desc);
static void take_databases(ServerReading *reading);
static uint32 current_timeline(void);

/* Whoever takes samples by himself may have no right to: then all sessions of
 * clients count. */
static bool
may_read_roles(void)
{
	Oid table = get_relname_relid("http_role", get_namespace_oid("acu", true));

	return OidIsValid(table) &&
		   pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
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
	sessions = psprintf(read_sessions, may_read_roles() ? is_front : "false");
	if (SPI_execute(sessions, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", sessions);
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
	if (strcmp(GetConfigOptionResetString("track_activities"), "off") == 0)
		reading->active_known = false;
}

static bool
is_background(const char *type)
{
	for (size_t i = 0; i < lengthof(background_types); i++)
		if (strcmp(type, background_types[i]) == 0)
			return true;
	return false;
}

static void
take_session(ServerReading *reading, HeapTuple row, TupleDesc desc)
{
	bool isnull;
	bool unnamed;
	bool idle;
	int pid = DatumGetInt32(SPI_getbinval(row, desc, PID, &isnull));
	const char *type = SPI_getvalue(row, desc, TYPE);
	Datum front = SPI_getbinval(row, desc, FRONT, &unnamed);
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
	/* Without track_activities nothing tells whether it runs a statement. */
	if (DatumGetBool(SPI_getbinval(row, desc, DISABLED, &isnull)))
		reading->active_known = false;
	if (!idle && DatumGetFloat8(running) > 0)
		reading->active_seconds += DatumGetFloat8(running);
	if (unnamed || !DatumGetBool(front))
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
