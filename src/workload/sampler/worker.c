/*-------------------------------------------------------------------------
 *
 * worker.c
 *		The background worker that takes samples: its process and its clock.
 *
 * Owns no data.  Sessions talk to the worker through worker_state.c.
 *
 * The worker wakes at fixed times, half an interval off full minutes, so that
 * each minute has its own samples.  A time that it misses is skipped.  The work
 * at each of these times is in cycle.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/worker.h"

#include "backend/settings.h"
#include "workload/sampler/cycle.h"
#include "workload/sampler/transaction.h"
#include "workload/sampler/worker_state.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#define COUNT_MS 1000 /* between two counts of connections */

PGDLLEXPORT void acu_worker_main(Datum arg);

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

	worker_state_request();
	RegisterBackgroundWorker(&worker);
}

/* Next time for a sample: half an interval after a multiple of it. */
static TimestampTz
next_due(TimestampTz now)
{
	int64 interval = acu_sample_interval * USECS_PER_SEC;

	if (interval == 0)
		return now;
	return (now + interval / 2) / interval * interval + interval / 2;
}

/* Waits until a sample is due or connections are to be counted, or for a
 * signal or a request. */
static void
wait_until(TimestampTz due)
{
	TimestampTz now = GetCurrentTimestamp();
	long milliseconds = COUNT_MS;

	if (acu_sample_interval > 0 && due - now < COUNT_MS * 1000)
		milliseconds = due > now ? (due - now + 999) / 1000 : 0;
	WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
			  milliseconds, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

/* Gives this session the limits of pg_acu's own settings. */
static void
follow_settings(void)
{
	SetConfigOption("lock_timeout", psprintf("%dms", acu_lock_timeout),
					PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("work_mem", psprintf("%dkB", acu_work_mem), PGC_SUSET,
					PGC_S_OVERRIDE);
}

/* Handles the signals and messages that arrived while the worker waited. */
static void
handle_interrupts(void)
{
	/* As in a session that is idle, a cancel has nothing to cancel. */
	HOLD_CANCEL_INTERRUPTS();
	CHECK_FOR_INTERRUPTS();
	RESUME_CANCEL_INTERRUPTS();
	QueryCancelPending = false;
}

/* Runs cycles until the worker is asked to end. */
static void
run_cycles(void)
{
	TimestampTz due = next_due(GetCurrentTimestamp());

	for (;;)
	{
		TimestampTz now;
		uint64 request;

		wait_until(due);
		handle_interrupts();
		if (ShutdownRequestPending)
			return;
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
			follow_settings();
			due = next_due(GetCurrentTimestamp());
			cycle_follow_settings();
		}

		now = GetCurrentTimestamp();
		request = worker_state_open_request();
		if (request != 0)
			cycle_run(now, request);
		else if (acu_sample_interval > 0 && now >= due)
			cycle_run(due, 0);
		else
		{
			cycle_count_connections();
			/* The clock may have been set back. */
			if (acu_sample_interval > 0 &&
				due - now > acu_sample_interval * USECS_PER_SEC)
				due = next_due(now);
			continue;
		}
		due = next_due(GetCurrentTimestamp());
	}
}

/* Overrides settings that would break the sampler's queries or count them as
 * load, wherever they come from: the server, the database or the role. */
static void
set_up_session(void)
{
	static const char *const settings[][2] = {
		{ "role", "none" },
		{ "search_path", "pg_catalog, pg_temp" },
		{ "jit", "off" }, /* a sample would have to load its library */
		{ "max_parallel_workers_per_gather", "0" },
		{ "synchronous_commit", "off" },
		{ "statement_timeout", "0" },
#if PG_VERSION_NUM >= 170000
		{ "transaction_timeout", "0" },
#endif
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
	/* For this session only: statements.c reads the setting of the server. */
	SetConfigOption("pg_stat_statements.track", "none", PGC_SUSET,
					PGC_S_SESSION);
	follow_settings();
	pgstat_report_appname("pg_acu sampler");
}

/* Callback of before_shmem_exit(). */
static void
leave_shared(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	worker_state_end();
}

void
acu_worker_main(Datum arg pg_attribute_unused())
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	transaction_set_up();
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(acu_database, NULL, 0);
	set_up_session();

	before_shmem_exit(leave_shared, (Datum) 0);
	cycle_start(worker_state_begin());
	run_cycles();
	cycle_end();
	/* The postmaster starts another worker, as it would not after status 0. */
	proc_exit(1);
}
