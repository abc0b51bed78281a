/*-------------------------------------------------------------------------
 *
 * worker.c
 *		The background worker that takes samples: its process and its clock.
 *
 * What sessions see of the worker, and ask of it, is in WorkerShared
 * (shared.c), under its spinlock; of that the worker alone writes all but the
 * requests.
 *
 * The worker wakes at fixed moments, half an interval off full minutes, so that
 * every minute has its own samples.  What it misses it skips.  What it does at
 * such a moment is in turn.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/settings.h"
#include "workload/sampler/worker_state.h"
#include "workload/sampler/turn.h"
#include "workload/sampler/worker.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/condition_variable.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/spin.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#define PEAK_MS 1000 /* how often connections are counted between samples */

PGDLLEXPORT void acu_worker_main(Datum arg);

static void set_up_session(void);
static void leave(int code, Datum arg);
static void work(void);
static void wait_until(TimestampTz due);
static TimestampTz next_moment(TimestampTz now);

void
worker_register(void)
{
	BackgroundWorker worker = {
		.bgw_flags =
			BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_ConsistentState,
		.bgw_restart_time = WORKER_RESTART_SECONDS,
		.bgw_library_name = "pg_acu",
		.bgw_function_name = "acu_worker_main",
		.bgw_name = "pg_acu sampler",
		.bgw_type = "pg_acu sampler",
	};

	worker_ask_for_shared();
	RegisterBackgroundWorker(&worker);
}

void
acu_worker_main(Datum arg pg_attribute_unused())
{
	bool again;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(acu_database, NULL, 0);
	set_up_session();

	before_shmem_exit(leave, (Datum) 0);
	SpinLockAcquire(&worker_shared->mutex);
	again = worker_shared->been;
	worker_shared->been = true;
	worker_shared->pid = MyProcPid;
	worker_shared->database = MyDatabaseId;
	worker_shared->latch = MyLatch;
	worker_shared->at = 0;
	SpinLockRelease(&worker_shared->mutex);

	turn_start(again);
	work();
	turn_flush();
	/* Not 0, which would be for good: who ends it gets a new one. */
	proc_exit(1);
}

/*
 * What the worker does is no load, and must not depend on settings of the
 * server, of the database or of the role: a role that may not write, a limit or
 * another meaning of SQL would end sampling.
 */
static void
set_up_session(void)
{
	static const char *const settings[][2] = {
		{ "role", "none" },
		{ "search_path", "pg_catalog, pg_temp" },
		{ "jit", "off" }, /* whose library would be loaded late */
		{ "max_parallel_workers_per_gather", "0" },
		{ "synchronous_commit", "off" },
		{ "statement_timeout", "0" },
		/* Who asks for a sample may hold a lock itself. */
		{ "lock_timeout", "5s" },
#if PG_VERSION_NUM >= 170000
		{ "transaction_timeout", "0" },
#endif
		{ "work_mem", "64MB" }, /* the entries are not to go through a file */
		{ "temp_file_limit", "-1" },
		{ "default_transaction_isolation", "read committed" },
		{ "default_transaction_read_only", "off" },
		{ "session_replication_role", "replica" }, /* no triggers of others */
		{ "default_transaction_deferrable", "off" },
		{ "exit_on_error", "off" },
		{ "standard_conforming_strings", "on" },
		{ "transform_null_equals", "off" },
		{ "timezone", "UTC" },
	};

	for (size_t i = 0; i < lengthof(settings); i++)
		SetConfigOption(settings[i][0], settings[i][1], PGC_SUSET,
						PGC_S_OVERRIDE);
	/* For this session only: what the server has is still to be seen. */
	SetConfigOption("pg_stat_statements.track", "none", PGC_SUSET,
					PGC_S_SESSION);
	pgstat_report_appname("pg_acu sampler");
}

static void
leave(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	SpinLockAcquire(&worker_shared->mutex);
	worker_shared->pid = 0;
	worker_shared->latch = NULL;
	SpinLockRelease(&worker_shared->mutex);
	ConditionVariableBroadcast(&worker_shared->done);
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
		/* There is nothing to cancel: that would end the worker. */
		HOLD_CANCEL_INTERRUPTS();
		CHECK_FOR_INTERRUPTS();
		RESUME_CANCEL_INTERRUPTS();
		QueryCancelPending = false;
		if (ShutdownRequestPending)
			return;
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
			due = next_moment(GetCurrentTimestamp());
			turn_follow_settings();
		}
		SpinLockAcquire(&worker_shared->mutex);
		requested = worker_shared->requested;
		SpinLockRelease(&worker_shared->mutex);

		now = GetCurrentTimestamp();
		if (requested != worker_shared->answered)
			turn_run(now, requested);
		else if (acu_sample_interval > 0 && now >= due)
			turn_run(due, 0);
		else
		{
			turn_count_connections();
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
