/*-------------------------------------------------------------------------
 *
 * worker.c
 *		The background worker that takes samples, and how sessions reach it.
 *
 * Owns WorkerShared, in shared memory, whose fields are read and written under
 * its spinlock alone; and, in the worker, the Sampler.
 *
 * The worker wakes at fixed moments, half an interval off full minutes, so that
 * every minute has its own samples.  What it misses it skips.  An error ends
 * its transaction, not the worker: it is kept for acu.status(), logged once a
 * minute at most, and the next sample begins an epoch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "workload/history.h"
#include "workload/sample.h"
#include "workload/worker.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/condition_variable.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define RESTART_SECONDS 60
#define LOG_EVERY (60 * USECS_PER_SEC)
#define TURN_EVERY (60 * USECS_PER_SEC)
#define PEAK_MS 1000 /* how often connections are counted between samples */
#define LONGEST_PERIODS 3
#define MESSAGE_BYTES 512

typedef struct WorkerShared
{
	slock_t mutex;
	int pid; /* 0: no worker */
	Oid database;
	Latch *latch;
	ConditionVariable done;
	uint64 requested; /* samples that sessions have asked for */
	uint64 answered;  /* those of them that have been seen to */

	const char *state; /* a constant of this library */
	TimestampTz at;	   /* of the last sample; 0: none */
	double sample_ms;  /* that it took */
	double lag_ms;	   /* that it was late */
	double k;
	double scan_ms;
	const char *cpu_reason;	   /* a constant of this library, or NULL */
	int64 locked_turns;		   /* times that a report held up a ring */
	char error[MESSAGE_BYTES]; /* the last one */
	int sqlstate;
	TimestampTz error_at; /* 0: none */
	TimestampTz logged_at;
} WorkerShared;

static WorkerShared *shared = NULL;
static Sampler *sampler = NULL;
static int connections_besides = 0; /* not clients', at the last sample */

PG_FUNCTION_INFO_V1(acu_worker_status);
PGDLLEXPORT void acu_worker_main(Datum arg);

#if PG_VERSION_NUM >= 150000
static shmem_request_hook_type previous_request_hook = NULL;
static void request_memory(void);
#endif
static shmem_startup_hook_type previous_startup_hook = NULL;
static void make_shared(void);
static void set_up_session(void);
static void leave(int code, Datum arg);
static void work(void);
static void wait_until(TimestampTz due);
static TimestampTz next_moment(TimestampTz now);
static void count_connections(void);
static void turn(TimestampTz due, uint64 requested);
static bool may_sample(void);
static void check_extension(const char **state);
static void take(TimestampTz due, bool flush);
static void keep_texts(void);
static void turn_rings(void);
static void flush_pending(void);
static bool attempt(void (*body)(void *arg), void *arg);
static void note_error(void);
static void set_state(const char *state);
static void answer(uint64 requested);

void
worker_register(void)
{
	BackgroundWorker worker = {
		.bgw_flags =
			BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_ConsistentState,
		.bgw_restart_time = RESTART_SECONDS,
		.bgw_library_name = "pg_acu",
		.bgw_function_name = "acu_worker_main",
		.bgw_name = "pg_acu sampler",
		.bgw_type = "pg_acu sampler",
	};

#if PG_VERSION_NUM >= 150000
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
#else
	RequestAddinShmemSpace(MAXALIGN(sizeof(WorkerShared)));
#endif
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = make_shared;
	RegisterBackgroundWorker(&worker);
}

#if PG_VERSION_NUM >= 150000
static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(WorkerShared)));
}
#endif

static void
make_shared(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("pg_acu worker", sizeof(WorkerShared), &found);
	if (!found)
	{
		memset(shared, 0, sizeof(*shared));
		SpinLockInit(&shared->mutex);
		ConditionVariableInit(&shared->done);
		shared->state = "starting";
	}
	LWLockRelease(AddinShmemInitLock);
}

bool
worker_is_here(void)
{
	bool here = false;

	if (shared == NULL)
		return false;
	SpinLockAcquire(&shared->mutex);
	here = shared->pid != 0 && shared->database == MyDatabaseId;
	SpinLockRelease(&shared->mutex);
	return here;
}

TimestampTz
worker_take_sample(void)
{
	TimestampTz asked_at = GetCurrentTimestamp();
	TimestampTz at;
	TimestampTz error_at;
	char error[MESSAGE_BYTES];
	const char *state;
	int sqlstate;
	uint64 ticket;
	bool answered = false;
	bool running = true;

	SpinLockAcquire(&shared->mutex);
	ticket = ++shared->requested;
	if (shared->latch != NULL)
		SetLatch(shared->latch);
	SpinLockRelease(&shared->mutex);

	ConditionVariablePrepareToSleep(&shared->done);
	while (!answered && running)
	{
		SpinLockAcquire(&shared->mutex);
		answered = shared->answered >= ticket;
		running = shared->pid != 0;
		at = shared->at;
		error_at = shared->error_at;
		state = shared->state;
		sqlstate = shared->sqlstate;
		memcpy(error, shared->error, sizeof(error));
		SpinLockRelease(&shared->mutex);
		if (!answered && running)
			ConditionVariableTimedSleep(&shared->done, 1000, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();

	if (answered && at >= asked_at)
		return at;
	if (!answered)
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the sampler of pg_acu has ended"),
			 errhint(
				 "The server log has the reason. It is started again after %d seconds.",
				 RESTART_SECONDS)));
	if (error_at >= asked_at)
		ereport(ERROR, (errcode(sqlstate),
						errmsg("the sampler of pg_acu failed: %s", error)));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the sampler of pg_acu takes no samples: %s", state)));
}

/*
 * acu_worker_status() returns record
 *
 * What the worker is doing; all NULL where there is none.
 */
Datum
acu_worker_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	WorkerShared copy;
	Datum values[13];
	bool nulls[13] = { 0 };

	InitMaterializedSRF(fcinfo, 0);
	if (shared == NULL)
		return (Datum) 0;
	SpinLockAcquire(&shared->mutex);
	copy = *shared;
	SpinLockRelease(&shared->mutex);

	values[0] = Int32GetDatum(copy.pid);
	nulls[0] = copy.pid == 0;
	values[1] = ObjectIdGetDatum(copy.database);
	nulls[1] = copy.database == InvalidOid;
	values[2] = CStringGetTextDatum(copy.pid ? copy.state : "not running");
	values[3] = TimestampTzGetDatum(copy.at);
	values[4] = Float8GetDatum(copy.sample_ms);
	values[5] = Float8GetDatum(copy.lag_ms);
	values[6] = Float8GetDatum(copy.k * 1e6);
	values[7] = Float8GetDatum(copy.scan_ms);
	for (int i = 3; i < 8; i++)
		nulls[i] = copy.at == 0;
	nulls[8] = copy.cpu_reason == NULL;
	values[8] = nulls[8] ? (Datum) 0 : CStringGetTextDatum(copy.cpu_reason);
	values[9] = Int64GetDatum(copy.locked_turns);
	nulls[10] = nulls[11] = nulls[12] = copy.error_at == 0;
	values[10] = nulls[10] ? (Datum) 0 : CStringGetTextDatum(copy.error);
	values[11] = nulls[11]
					 ? (Datum) 0
					 : CStringGetTextDatum(unpack_sql_state(copy.sqlstate));
	values[12] = TimestampTzGetDatum(copy.error_at);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	return (Datum) 0;
}

void
acu_worker_main(Datum arg pg_attribute_unused())
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(acu_database, NULL, 0);
	set_up_session();

	before_shmem_exit(leave, (Datum) 0);
	SpinLockAcquire(&shared->mutex);
	shared->pid = MyProcPid;
	shared->database = MyDatabaseId;
	shared->latch = MyLatch;
	shared->at = 0;
	SpinLockRelease(&shared->mutex);

	sampler = sampler_new(TopMemoryContext);
	work();
	flush_pending();
	/* Not 0, which would be for good: who ends it gets a new one. */
	proc_exit(1);
}

/* What the worker does is no load, and depends on no setting of the server's.
 */
static void
set_up_session(void)
{
	static const char *const settings[][2] = {
		{ "search_path", "pg_catalog, pg_temp" },
		{ "pg_stat_statements.track", "none" },
		{ "jit", "off" }, /* whose library would be loaded late */
		{ "synchronous_commit", "off" },
		{ "statement_timeout", "0" },
		{ "lock_timeout", "0" },
		{ "work_mem", "64MB" }, /* the entries are not to go through a file */
		{ "default_transaction_isolation", "read committed" },
		{ "default_transaction_read_only", "off" },
		{ "timezone", "UTC" },
	};

	for (size_t i = 0; i < lengthof(settings); i++)
		SetConfigOption(settings[i][0], settings[i][1], PGC_SUSET,
						PGC_S_OVERRIDE);
	pgstat_report_appname("pg_acu sampler");
}

static void
leave(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	SpinLockAcquire(&shared->mutex);
	shared->pid = 0;
	shared->latch = NULL;
	SpinLockRelease(&shared->mutex);
	ConditionVariableBroadcast(&shared->done);
}

static void
work(void)
{
	TimestampTz due = next_moment(GetCurrentTimestamp());

	for (;;)
	{
		TimestampTz now;
		uint64 requested;

		wait_until(due);
		CHECK_FOR_INTERRUPTS();
		if (ShutdownRequestPending)
			return;
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
			due = next_moment(GetCurrentTimestamp());
		}
		SpinLockAcquire(&shared->mutex);
		requested = shared->requested;
		SpinLockRelease(&shared->mutex);

		now = GetCurrentTimestamp();
		if (requested != shared->answered)
			turn(now, requested);
		else if (acu_sample_interval > 0 && now >= due)
			turn(due, 0);
		else
		{
			count_connections();
			/* The clock may have been set back. */
			if (acu_sample_interval > 0 &&
				due - now > acu_sample_interval * USECS_PER_SEC)
				due = next_moment(now);
			continue;
		}
		due = next_moment(GetCurrentTimestamp());
	}
}

static void
wait_until(TimestampTz due)
{
	TimestampTz now = GetCurrentTimestamp();
	long milliseconds = PEAK_MS;

	if (acu_sample_interval > 0 && due - now < PEAK_MS * 1000)
		milliseconds = due > now ? (due - now + 999) / 1000 : 0;
	WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
			  milliseconds, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

/* Half an interval after a multiple of it, on the clock. */
static TimestampTz
next_moment(TimestampTz now)
{
	int64 interval = acu_sample_interval * USECS_PER_SEC;

	if (interval == 0)
		return now;
	return (now + interval / 2) / interval * interval + interval / 2;
}

/* Between two samples there may be more clients than at either. */
static void
count_connections(void)
{
	int connections = CountDBConnections(InvalidOid) - connections_besides;

	sampler->peak_connections = Max(sampler->peak_connections, connections);
}

/* Takes a sample, for its time or for sessions that have asked for one. */
static void
turn(TimestampTz due, uint64 requested)
{
	static TimestampTz next_turn = 0;

	if (may_sample())
	{
		take(due, requested != 0);
		keep_texts();
		if (due >= next_turn || next_turn - due > TURN_EVERY)
		{
			turn_rings();
			next_turn = due + TURN_EVERY;
		}
	}
	else
		sampler_forget(sampler);
	(void) pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
	answer(requested);
}

static bool
may_sample(void)
{
	const char *state = "sampling";

	if (RecoveryInProgress())
		state = "this server is a standby";
	else
		attempt((void (*)(void *)) check_extension, &state);
	set_state(state);
	return strcmp(state, "sampling") == 0;
}

static void
check_extension(const char **state)
{
	const char *version;

	*state =
		"the database has no extension pg_acu: run CREATE EXTENSION pg_acu CASCADE";
	SPI_connect();
	if (SPI_execute(
			"SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_acu'",
			true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		version = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		*state =
			strcmp(version, PG_ACU_VERSION) == 0
				? "sampling"
				: "the extension has another version than the library: run ALTER EXTENSION pg_acu UPDATE, or restart the server";
	}
	SPI_finish();
}

typedef struct Take
{
	bool flush;
	int64 longest;
	SampleReport report;
} Take;

static void
take_body(void *arg)
{
	Take *take = arg;

	sampler_take(sampler, take->longest, take->flush, &take->report);
}

static void
take(TimestampTz due, bool flush)
{
	TimestampTz began = GetCurrentTimestamp();
	Take body = { .flush = flush };

	/* Without an interval of its own, it is sessions' that ask. */
	body.longest = acu_sample_interval > 0
					   ? LONGEST_PERIODS * acu_sample_interval * USECS_PER_SEC
					   : USECS_PER_HOUR;
	pgstat_report_activity(STATE_RUNNING, "pg_acu: taking a sample");
	if (!attempt(take_body, &body))
	{
		sampler_forget(sampler);
		return;
	}
	connections_besides =
		CountDBConnections(InvalidOid) - body.report.connections;
	SpinLockAcquire(&shared->mutex);
	shared->at = body.report.at;
	shared->sample_ms = (GetCurrentTimestamp() - began) / 1000.0;
	shared->lag_ms = Max(0, began - due) / 1000.0;
	shared->k = body.report.k;
	shared->scan_ms = body.report.scan_ms;
	shared->cpu_reason = body.report.cpu_reason;
	SpinLockRelease(&shared->mutex);
}

static void
keep_texts_body(void *arg pg_attribute_unused())
{
	sampler_keep_texts(sampler);
}

/* By itself: a text that cannot be read must not cost a sample. */
static void
keep_texts(void)
{
	attempt(keep_texts_body, NULL);
}

static void
turn_body(void *done)
{
	SPI_connect();
	*(bool *) done = history_turn(GetCurrentTimestamp());
	SPI_finish();
}

static void
turn_rings(void)
{
	bool done = true;

	attempt(turn_body, &done);
	if (done)
		return;
	SpinLockAcquire(&shared->mutex);
	shared->locked_turns++;
	SpinLockRelease(&shared->mutex);
}

static void
flush_body(void *arg pg_attribute_unused())
{
	sampler_flush(sampler);
}

/* Before it ends: what the minute has so far. */
static void
flush_pending(void)
{
	if (sampler->marked && !RecoveryInProgress())
		attempt(flush_body, NULL);
}

/* Runs the body in a transaction of its own; false when it failed. */
static bool
attempt(void (*body)(void *arg), void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool done = true;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PG_TRY();
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		body(arg);
		PopActiveSnapshot();
		CommitTransactionCommand();
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		note_error();
		AbortCurrentTransaction();
		FlushErrorState();
		RESUME_INTERRUPTS();
		done = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return done;
}

/* For acu.status(), and for the log when that has not had one for a minute. */
static void
note_error(void)
{
	TimestampTz now = GetCurrentTimestamp();
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	ErrorData *error = CopyErrorData();
	bool log;

	SpinLockAcquire(&shared->mutex);
	log = now - shared->logged_at >= LOG_EVERY || now < shared->logged_at;
	if (log)
		shared->logged_at = now;
	shared->error_at = now;
	shared->sqlstate = error->sqlerrcode;
	strlcpy(shared->error, error->message, sizeof(shared->error));
	SpinLockRelease(&shared->mutex);

	FreeErrorData(error);
	MemoryContextSwitchTo(caller);
	if (log)
		EmitErrorReport();
}

static void
set_state(const char *state)
{
	SpinLockAcquire(&shared->mutex);
	shared->state = state;
	SpinLockRelease(&shared->mutex);
}

static void
answer(uint64 requested)
{
	if (requested == 0)
		return;
	SpinLockAcquire(&shared->mutex);
	shared->answered = requested;
	SpinLockRelease(&shared->mutex);
	ConditionVariableBroadcast(&shared->done);
}
