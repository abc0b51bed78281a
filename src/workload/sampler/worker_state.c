/*-------------------------------------------------------------------------
 *
 * worker_state.c
 *		Shared memory of the worker and the sessions: requests for samples go
 *		one way, the state of the worker the other.
 *
 * Owns WorkerShared, in shared memory; the pointer to it is NULL where pg_acu
 * is not preloaded.  Its fields are read and written under its LWLock, which is
 * held for copying only.  Sessions write the number of requests, the worker all
 * else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/worker_state.h"

#include "backend/compat.h"
#include "backend/rows.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker_internals.h"
#include "postmaster/interrupt.h"
#include "storage/condition_variable.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_worker_status);

#define TRANCHE "pg_acu"
#define MESSAGE_BYTES 512
#define LOG_SPACING USECS_PER_MINUTE /* of errors in the log */
#define ANSWER_CHECK_MS 1000		 /* whether the worker is still there */

/* A word that programs can compare, and a sentence for people; NULL: none. */
typedef struct StateText
{
	const char *word;
	const char *detail;
} StateText;

static const StateText state_texts[] = {
	[WORKER_STARTING] = { "starting", "no sample has been due yet" },
	[WORKER_SAMPLING] = { "sampling", NULL },
	[WORKER_WAITING] = { "waiting",
						 "the system clock is behind the last sample" },
	[WORKER_FAILING] = { "failing",
						 "the last sample failed: last_error says why" },
	[WORKER_STANDBY] = { "standby", "this server is a standby" },
	[WORKER_NO_EXTENSION] = { "no_extension",
							  "the database has no extension pg_acu: run CREATE EXTENSION pg_acu CASCADE" },
	[WORKER_OTHER_VERSION] = { "other_version",
							   "the extension has another version than the library: run ALTER EXTENSION pg_acu UPDATE, or restart the server" },
	[WORKER_NOT_RUNNING] = { "not_running",
							 "the worker is not running: the server log says why" },
	[WORKER_NO_SLOT] = { "no_slot", "max_worker_processes is too small" },
};

StaticAssertDecl(lengthof(state_texts) == WORKER_NO_SLOT + 1,
				 "each WorkerState needs its texts");

typedef struct WorkerFields
{
	int pid;		 /* 0: no worker */
	bool registered; /* the postmaster starts the worker */
	bool ran_before; /* a worker has run since the start or the last crash */
	Oid database;
	Latch *latch;
	uint64 requested;  /* number of the last request for a sample */
	uint64 answered;   /* number of the last request that was answered */
	TimestampTz given; /* time of the sample in that answer; 0: none */
	bool failed;	   /* why there is none: error, or else state */

	WorkerState state;
	TimestampTz at;	  /* of the last sample; 0: none */
	double sample_ms; /* duration of the last sample */
	double lag_ms;	  /* delay of its beginning */
	double call_cost; /* CPU-seconds a call */
	double scan_ms;	  /* duration of the last scan of the buffer headers */
	CpuState cpu;
	int64 blocked_rotations;   /* by other sessions */
	char error[MESSAGE_BYTES]; /* the last one */
	int sqlstate;
	TimestampTz error_at; /* 0: there was none */
	TimestampTz logged_at;
} WorkerFields;

typedef struct WorkerShared
{
	LWLock *lock;				/* of the fields */
	ConditionVariable answered; /* signalled at each answer */
	WorkerFields fields;
} WorkerShared;

static WorkerShared *shared = NULL;

static shmem_startup_hook_type previous_startup_hook = NULL;
#if PG_VERSION_NUM >= 150000
static shmem_request_hook_type previous_request_hook = NULL;
#endif

/* Whether the postmaster starts the worker.  It does not, with a line in the
 * log, when max_worker_processes is too small. */
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
request_memory(void)
{
#if PG_VERSION_NUM >= 150000
	if (previous_request_hook)
		previous_request_hook();
#endif
	RequestAddinShmemSpace(MAXALIGN(sizeof(WorkerShared)));
	RequestNamedLWLockTranche(TRANCHE, 1);
}

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
		shared->lock = &GetNamedLWLockTranche(TRANCHE)->lock;
		ConditionVariableInit(&shared->answered);
		shared->fields.registered = is_registered();
	}
	LWLockRelease(AddinShmemInitLock);
}

void
worker_state_request(void)
{
#if PG_VERSION_NUM >= 150000
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
#else
	request_memory();
#endif
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = make_shared;
}

bool
worker_state_begin(void)
{
	bool ran_before;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	ran_before = shared->fields.ran_before;
	shared->fields.ran_before = true;
	shared->fields.pid = MyProcPid;
	shared->fields.database = MyDatabaseId;
	shared->fields.latch = MyLatch;
	shared->fields.state = WORKER_STARTING;
	shared->fields.at = 0;
	LWLockRelease(shared->lock);
	return ran_before;
}

void
worker_state_end(void)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->fields.pid = 0;
	shared->fields.latch = NULL;
	LWLockRelease(shared->lock);
	ConditionVariableBroadcast(&shared->answered);
}

void
worker_state_set(WorkerState state)
{
	const StateText *text = &state_texts[state];
	WorkerState before;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	before = shared->fields.state;
	shared->fields.state = state;
	LWLockRelease(shared->lock);
	if (before != state)
		ereport(LOG,
				(errmsg("pg_acu sampler: %s",
						text->detail != NULL ? text->detail : text->word)));
}

void
worker_state_report(const SampleReport *report, TimestampTz due,
					TimestampTz began)
{
	TimestampTz now = GetCurrentTimestamp();

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->fields.at = report->at;
	shared->fields.sample_ms = (now - began) / 1000.0;
	shared->fields.lag_ms = Max(0, began - due) / 1000.0;
	shared->fields.call_cost = report->call_cost;
	shared->fields.scan_ms = report->scan_ms;
	shared->fields.cpu = report->cpu;
	LWLockRelease(shared->lock);
}

void
worker_state_count_blocked(void)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->fields.blocked_rotations++;
	LWLockRelease(shared->lock);
}

bool
worker_state_note_error(const ErrorData *error)
{
	TimestampTz now = GetCurrentTimestamp();
	char message[MESSAGE_BYTES];
	bool log;

	snprintf(message, sizeof(message), "%s%s%s",
			 error->message ? error->message : "",
			 error->hint ? "; hint: " : "", error->hint ? error->hint : "");
	/* snprintf() may have cut in the middle of a character. */
	message[pg_mbcliplen(message, strlen(message), strlen(message))] = '\0';
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	log = now - shared->fields.logged_at >= LOG_SPACING ||
		  now < shared->fields.logged_at;
	if (log)
		shared->fields.logged_at = now;
	shared->fields.error_at = now;
	shared->fields.sqlstate = error->sqlerrcode;
	memcpy(shared->fields.error, message, sizeof(shared->fields.error));
	LWLockRelease(shared->lock);
	return log;
}

uint64
worker_state_open_request(void)
{
	uint64 request;

	LWLockAcquire(shared->lock, LW_SHARED);
	request = shared->fields.requested != shared->fields.answered
				  ? shared->fields.requested
				  : 0;
	LWLockRelease(shared->lock);
	return request;
}

void
worker_state_answer(uint64 request, TimestampTz at, bool failed)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	Assert(request > shared->fields.answered &&
		   request <= shared->fields.requested);
	shared->fields.answered = request;
	shared->fields.given = at;
	shared->fields.failed = failed;
	LWLockRelease(shared->lock);
	ConditionVariableBroadcast(&shared->answered);
}

bool
worker_is_here(void)
{
	bool here;

	if (shared == NULL)
		return false;
	LWLockAcquire(shared->lock, LW_SHARED);
	here = shared->fields.pid != 0 && shared->fields.database == MyDatabaseId;
	LWLockRelease(shared->lock);
	return here;
}

/* Asks for a sample; returns the number of the request. */
static uint64
request_sample(void)
{
	uint64 request;
	Latch *latch;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	request = ++shared->fields.requested;
	latch = shared->fields.latch;
	LWLockRelease(shared->lock);
	/* The latch of a process stays when the process ends: nobody is woken. */
	if (latch != NULL)
		SetLatch(latch);
	return request;
}

/* Waits for the answer; returns false when the worker has ended without one. */
static bool
wait_for_answer(uint64 request)
{
	bool answered = false;
	bool running = true;

	ConditionVariablePrepareToSleep(&shared->answered);
	while (!answered && running)
	{
		LWLockAcquire(shared->lock, LW_SHARED);
		answered = shared->fields.answered >= request;
		running = shared->fields.pid != 0;
		LWLockRelease(shared->lock);
		if (!answered && running)
			ConditionVariableTimedSleep(&shared->answered, ANSWER_CHECK_MS,
										PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	return answered;
}

TimestampTz
worker_take_sample(void)
{
	WorkerFields copy;

	if (!wait_for_answer(request_sample()))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the sampler of pg_acu has ended"),
			 errhint(
				 "The server log has the reason. The worker is started again after %d seconds.",
				 WORKER_RESTART_SECONDS)));
	/* The answer, or that to a later request, which is as good. */
	LWLockAcquire(shared->lock, LW_SHARED);
	copy = shared->fields;
	LWLockRelease(shared->lock);
	if (copy.given != 0)
		return copy.given;
	if (copy.failed)
		ereport(ERROR,
				(errcode(copy.sqlstate),
				 errmsg("the sampler of pg_acu failed: %s", copy.error)));
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("the sampler of pg_acu takes no samples: %s",
						   state_texts[copy.state].detail != NULL
							   ? state_texts[copy.state].detail
							   : state_texts[copy.state].word)));
}

/*
 * acu_worker_status() returns record
 *
 * The state of the worker, in one row; none where pg_acu is not preloaded.
 */
Datum
acu_worker_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	WorkerFields copy;
	WorkerState state;
	RowBuilder row = { 0 };
	bool sampled;
	bool failed;

	InitMaterializedSRF(fcinfo, 0);
	if (shared == NULL)
		return (Datum) 0;
	LWLockAcquire(shared->lock, LW_SHARED);
	copy = shared->fields;
	LWLockRelease(shared->lock);

	state = copy.pid != 0	  ? copy.state
			: copy.registered ? WORKER_NOT_RUNNING
							  : WORKER_NO_SLOT;
	sampled = copy.at != 0;
	failed = copy.error_at != 0;
	put(&row, copy.pid != 0, Int32GetDatum(copy.pid));
	put(&row, copy.database != InvalidOid, ObjectIdGetDatum(copy.database));
	put_text(&row, state_texts[state].word);
	put_text(&row, state_texts[state].detail);
	put(&row, sampled, TimestampTzGetDatum(copy.at));
	put(&row, sampled, Float8GetDatum(copy.sample_ms));
	put(&row, sampled, Float8GetDatum(copy.lag_ms));
	put(&row, sampled, Float8GetDatum(copy.call_cost * 1e6));
	put(&row, sampled, Float8GetDatum(copy.scan_ms));
	put_text(&row, cpu_state_text(copy.cpu));
	put(&row, true, Int64GetDatum(copy.blocked_rotations));
	put_text(&row, failed ? copy.error : NULL);
	put_text(&row, failed ? unpack_sql_state(copy.sqlstate) : NULL);
	put(&row, failed, TimestampTzGetDatum(copy.error_at));
	put_row(rsinfo, &row);
	return (Datum) 0;
}
