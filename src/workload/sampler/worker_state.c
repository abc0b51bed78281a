/*-------------------------------------------------------------------------
 *
 * worker_state.c
 *		What the worker and the sessions know of each other: requests for
 *		samples go one way, the state of the worker the other.
 *
 * Owns WorkerShared, in shared memory.  Any process may read it, and write the
 * requests; the rest is written by the worker alone.  All of it under its
 * spinlock, which is never held for longer than a copy takes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/rows.h"
#include "workload/sampler/worker_state.h"
#include "workload/sampler/worker.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker_internals.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define LOG_EVERY (60 * USECS_PER_SEC)

WorkerShared *worker_shared = NULL;

PG_FUNCTION_INFO_V1(acu_worker_status);

#if PG_VERSION_NUM >= 150000
static shmem_request_hook_type previous_request_hook = NULL;
static void request_memory(void);
#endif
static shmem_startup_hook_type previous_startup_hook = NULL;
static void make_shared(void);

void
worker_ask_for_shared(void)
{
#if PG_VERSION_NUM >= 150000
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
#else
	RequestAddinShmemSpace(MAXALIGN(sizeof(WorkerShared)));
#endif
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = make_shared;
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

/* In the postmaster: whether it starts the worker.  It does not, with a line in
 * the log, when max_worker_processes is too small. */
static bool
is_registered(void)
{
#if PG_VERSION_NUM >= 180000
	dlist_iter at;

	dlist_foreach(at, &BackgroundWorkerList)
#else
	slist_iter at;

	slist_foreach(at, &BackgroundWorkerList)
#endif
	{
#if PG_VERSION_NUM >= 180000
		RegisteredBgWorker *worker =
			dlist_container(RegisteredBgWorker, rw_lnode, at.cur);
#else
		RegisteredBgWorker *worker =
			slist_container(RegisteredBgWorker, rw_lnode, at.cur);
#endif

		if (strcmp(worker->rw_worker.bgw_library_name, "pg_acu") == 0)
			return true;
	}
	return false;
}

static void
make_shared(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	worker_shared =
		ShmemInitStruct("pg_acu worker", sizeof(WorkerShared), &found);
	if (!found)
	{
		memset(worker_shared, 0, sizeof(*worker_shared));
		SpinLockInit(&worker_shared->mutex);
		ConditionVariableInit(&worker_shared->done);
		worker_shared->registered = is_registered();
		worker_shared->state = "starting";
	}
	LWLockRelease(AddinShmemInitLock);
}

bool
worker_is_here(void)
{
	bool here = false;

	if (worker_shared == NULL)
		return false;
	SpinLockAcquire(&worker_shared->mutex);
	here = worker_shared->pid != 0 && worker_shared->database == MyDatabaseId;
	SpinLockRelease(&worker_shared->mutex);
	return here;
}

TimestampTz
worker_take_sample(void)
{
	TimestampTz asked_at = GetCurrentTimestamp();
	TimestampTz at;
	TimestampTz error_at;
	char error[WORKER_MESSAGE_BYTES];
	const char *state;
	Latch *latch;
	int sqlstate;
	uint64 ticket;
	bool answered = false;
	bool running = true;

	SpinLockAcquire(&worker_shared->mutex);
	ticket = ++worker_shared->requested;
	latch = worker_shared->latch;
	SpinLockRelease(&worker_shared->mutex);
	/* A latch of a process stays when the process ends: nobody is woken. */
	if (latch != NULL)
		SetLatch(latch);

	ConditionVariablePrepareToSleep(&worker_shared->done);
	while (!answered && running)
	{
		SpinLockAcquire(&worker_shared->mutex);
		answered = worker_shared->answered >= ticket;
		running = worker_shared->pid != 0;
		at = worker_shared->given;
		error_at = worker_shared->error_at;
		state = worker_shared->state;
		sqlstate = worker_shared->sqlstate;
		memcpy(error, worker_shared->error, sizeof(error));
		SpinLockRelease(&worker_shared->mutex);
		if (!answered && running)
			ConditionVariableTimedSleep(&worker_shared->done, 1000,
										PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();

	if (answered && at != 0)
		return at;
	if (!answered)
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the sampler of pg_acu has ended"),
			 errhint(
				 "The server log has the reason. It is started again after %d seconds.",
				 WORKER_RESTART_SECONDS)));
	if (error_at >= asked_at)
		ereport(ERROR, (errcode(sqlstate),
						errmsg("the sampler of pg_acu failed: %s", error)));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the sampler of pg_acu takes no samples: %s", state)));
}

bool
worker_note_error(const ErrorData *error)
{
	TimestampTz now = GetCurrentTimestamp();
	char message[WORKER_MESSAGE_BYTES];
	bool log;

	snprintf(message, sizeof(message), "%s%s%s",
			 error->message ? error->message : "",
			 error->hint ? "; hint: " : "", error->hint ? error->hint : "");
	/* Not in the middle of a character. */
	message[pg_mbcliplen(message, strlen(message), strlen(message))] = '\0';
	SpinLockAcquire(&worker_shared->mutex);
	log = now - worker_shared->logged_at >= LOG_EVERY ||
		  now < worker_shared->logged_at;
	if (log)
		worker_shared->logged_at = now;
	worker_shared->error_at = now;
	worker_shared->sqlstate = error->sqlerrcode;
	memcpy(worker_shared->error, message, sizeof(worker_shared->error));
	SpinLockRelease(&worker_shared->mutex);
	return log;
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
	RowBuilder row = { 0 };
	bool sampled;
	bool failed;

	InitMaterializedSRF(fcinfo, 0);
	if (worker_shared == NULL)
		return (Datum) 0;
	SpinLockAcquire(&worker_shared->mutex);
	copy = *worker_shared;
	SpinLockRelease(&worker_shared->mutex);

	sampled = copy.at != 0;
	failed = copy.error_at != 0;
	put(&row, copy.pid != 0, Int32GetDatum(copy.pid));
	put(&row, copy.database != InvalidOid, ObjectIdGetDatum(copy.database));
	put_text(&row, copy.pid			 ? copy.state
				   : copy.registered ? "not running"
									 : "max_worker_processes is too small");
	put(&row, sampled, TimestampTzGetDatum(copy.at));
	put(&row, sampled, Float8GetDatum(copy.sample_ms));
	put(&row, sampled, Float8GetDatum(copy.lag_ms));
	put(&row, sampled, Float8GetDatum(copy.k * 1e6));
	put(&row, sampled, Float8GetDatum(copy.scan_ms));
	put_text(&row, copy.cpu_reason);
	put(&row, true, Int64GetDatum(copy.locked_turns));
	put_text(&row, failed ? copy.error : NULL);
	put_text(&row, failed ? unpack_sql_state(copy.sqlstate) : NULL);
	put(&row, failed, TimestampTzGetDatum(copy.error_at));
	put_row(rsinfo, &row);
	return (Datum) 0;
}
