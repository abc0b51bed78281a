/*-------------------------------------------------------------------------
 *
 * pg_acu.c
 *		Loading of the library, and its settings.
 *
 * Owns the settings.  Only the worker needs shared_preload_libraries; without
 * it the library is loaded on a function's first call, and all else works.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/settings.h"
#include "workload/sampler/worker.h"

#include "fmgr.h"
#include "miscadmin.h"

PG_MODULE_MAGIC;

#define MINUTES_PER_DAY (24 * 60)
#define MAX_DAYS 3650

char *acu_database;
int acu_sample_interval;
int acu_memory_interval;
int acu_lock_timeout;
int acu_work_mem;
int acu_sample_retention;
int acu_minute_retention;
int acu_query_retention;
int acu_query_hour_retention;
int acu_queries_per_minute;
bool acu_track_query_text;
int acu_query_text_length;
double acu_cpu_factor;
char *acu_region;

void _PG_init(void);

static void
define_sampling(void)
{
	/* Without the preload there is no worker that it could change under. */
	DefineCustomStringVariable(
		"pg_acu.database", "Database that the history is kept in.",
		"The worker is connected to it, so that it cannot be dropped meanwhile.",
		&acu_database, "postgres",
		process_shared_preload_libraries_in_progress ? PGC_POSTMASTER
													 : PGC_SIGHUP,
		0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"pg_acu.sample_interval", "Interval between samples of the workload.",
		"0 turns sampling off; acu.take_sample() still works.",
		&acu_sample_interval, 10, 0, 3600, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL,
		NULL);
	DefineCustomIntVariable(
		"pg_acu.memory_interval",
		"Interval between scans of the buffer headers.",
		"0 turns the scans off: the memory in use is not known then.",
		&acu_memory_interval, 60, 0, 86400, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL,
		NULL);
	DefineCustomRealVariable(
		"pg_acu.cpu_factor",
		"Number of Aurora vCPUs that one CPU of this machine is worth.",
		"Measured CPU-seconds are stored as they are; vcpu_used of acu.load is multiplied by it.",
		&acu_cpu_factor, 1.0, 0.01, 100, PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_worker(void)
{
	DefineCustomIntVariable(
		"pg_acu.lock_timeout", "Maximum wait of the worker for a lock.",
		"A sample that waits for longer fails; the next one is about its time, too.",
		&acu_lock_timeout, 5000, 1, 60 * 60 * 1000, PGC_SIGHUP, GUC_UNIT_MS,
		NULL, NULL, NULL);
	DefineCustomIntVariable(
		"pg_acu.work_mem", "work_mem of the worker.",
		"The entries of pg_stat_statements should fit in, about 0.5 kB each; else they go to a temporary file at each sample.",
		&acu_work_mem, 64 * 1024, 64, MAX_KILOBYTES, PGC_SIGHUP, GUC_UNIT_KB,
		NULL, NULL, NULL);
}

static void
define_queries(void)
{
	DefineCustomBoolVariable(
		"pg_acu.track_query_text", "Keeps the texts of queries.",
		"Texts have constants replaced by $1, $2 and so on, as pg_stat_statements shows them.",
		&acu_track_query_text, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"pg_acu.query_text_length", "Maximum length of a query's text.",
		"Longer texts are cut.", &acu_query_text_length, 1024, 64, 1024 * 1024,
		PGC_SIGHUP, GUC_UNIT_BYTE, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"pg_acu.queries_per_minute",
		"Maximum number of queries of a minute with a row of their own.",
		"The busiest have one; all others of that minute share a row.",
		&acu_queries_per_minute, 1000, 1, 100000, PGC_SIGHUP, 0, NULL, NULL,
		NULL);
}

/* Defines a setting in minutes, with a default in days. */
static void
define_retention(const char *name, const char *description, const char *more,
				 int *minutes, int days)
{
	DefineCustomIntVariable(
		name, description, more, minutes, days * MINUTES_PER_DAY, 1,
		MAX_DAYS * MINUTES_PER_DAY, PGC_SIGHUP, GUC_UNIT_MIN, NULL, NULL, NULL);
}

static void
define_retentions(void)
{
	define_retention(
		"pg_acu.sample_retention", "Retention of samples as they were taken.",
		"Older samples are rolled up by minute.", &acu_sample_retention, 1);
	define_retention("pg_acu.minute_retention",
					 "Retention of samples by minute.",
					 "Older samples are removed.", &acu_minute_retention, 365);
	define_retention(
		"pg_acu.query_retention", "Retention of queries by minute.",
		"Older rows are rolled up by hour.", &acu_query_retention, 8);
	define_retention("pg_acu.query_hour_retention",
					 "Retention of queries by hour.", "Older rows are removed.",
					 &acu_query_hour_retention, 90);
}

static void
define_prices(void)
{
	/* The value is checked on use, as the regions are in a table. */
	DefineCustomStringVariable(
		"pg_acu.region", "AWS region for prices where none is given.",
		"It is checked when it is used: acu.current_price has the regions with prices.",
		&acu_region, "us-east-1", PGC_USERSET, 0, NULL, NULL, NULL);
}

void
_PG_init(void)
{
	define_sampling();
	define_worker();
	define_queries();
	define_retentions();
	define_prices();
	/* A misspelt pg_acu.* setting is an error then. */
	MarkGUCPrefixReserved("pg_acu");

	/* pg_upgrade drops databases, which the worker would hold. */
	if (process_shared_preload_libraries_in_progress && !IsBinaryUpgrade)
		worker_register();
}
