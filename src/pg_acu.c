/*-------------------------------------------------------------------------
 *
 * pg_acu.c
 *		The door of the library: what happens when PostgreSQL loads it.
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
#define MOST_DAYS 3650

char *acu_database;
int acu_sample_interval;
int acu_memory_interval;
int acu_sample_retention;
int acu_minute_retention;
int acu_query_retention;
int acu_query_hour_retention;
int acu_queries_per_minute;
bool acu_track_query_text;
int acu_query_text_length;
double acu_cpu_factor;
char *acu_region;

static void define_sampling(void);
static void define_queries(void);
static void define_retention(void);
static void define_prices(void);
static void define_days(const char *name, const char *description,
						const char *more, int *minutes, int days);

void _PG_init(void);

void
_PG_init(void)
{
	define_sampling();
	define_queries();
	define_retention();
	define_prices();
	/* A misspelt pg_acu.* setting is to be noticed, not silently kept. */
	MarkGUCPrefixReserved("pg_acu");

	/* pg_upgrade drops databases that the worker would hold. */
	if (process_shared_preload_libraries_in_progress && !IsBinaryUpgrade)
		worker_register();
}

static void
define_sampling(void)
{
	/* Without the preload there is no worker that it could change under. */
	DefineCustomStringVariable(
		"pg_acu.database", "Database that the samples are kept in.",
		"The worker connects to it, and so holds it: it cannot be dropped meanwhile.",
		&acu_database, "postgres",
		process_shared_preload_libraries_in_progress ? PGC_POSTMASTER
													 : PGC_SIGHUP,
		0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"pg_acu.sample_interval", "Time between two samples of the workload.",
		"0 turns sampling off; acu.take_sample() still works.",
		&acu_sample_interval, 10, 0, 3600, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL,
		NULL);
	DefineCustomIntVariable(
		"pg_acu.memory_interval", "Time between two looks at shared_buffers.",
		"A look reads the header of every buffer. 0 turns it off.",
		&acu_memory_interval, 60, 0, 86400, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL,
		NULL);
	DefineCustomRealVariable(
		"pg_acu.cpu_factor",
		"How many Aurora vCPUs one CPU of this machine is worth.",
		"Measured CPU-seconds are kept as they are; vcpu_used of acu.load is multiplied with it.",
		&acu_cpu_factor, 1.0, 0.01, 100, PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_queries(void)
{
	DefineCustomBoolVariable(
		"pg_acu.track_query_text", "Whether the texts of queries are kept.",
		"Texts have constants replaced by $1, $2 and so on, as pg_stat_statements shows them.",
		&acu_track_query_text, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pg_acu.query_text_length",
							"How much of a query's text is kept.", NULL,
							&acu_query_text_length, 1024, 64, 1024 * 1024,
							PGC_SIGHUP, GUC_UNIT_BYTE, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"pg_acu.queries_per_minute",
		"How many queries of a minute are kept by themselves.",
		"The busiest are; the others of that minute are one row together.",
		&acu_queries_per_minute, 1000, 1, 100000, PGC_SIGHUP, 0, NULL, NULL,
		NULL);
}

static void
define_retention(void)
{
	define_days("pg_acu.sample_retention",
				"How long samples are kept as they were taken.",
				"Then by minute.", &acu_sample_retention, 1);
	define_days("pg_acu.minute_retention",
				"How long samples are kept by minute.", "Then no more.",
				&acu_minute_retention, 365);
	define_days("pg_acu.query_retention",
				"How long queries are kept by minute.", "Then by hour.",
				&acu_query_retention, 8);
	define_days("pg_acu.query_hour_retention",
				"How long queries are kept by hour.", "Then no more.",
				&acu_query_hour_retention, 90);
}

static void
define_prices(void)
{
	/* What regions there are is in a table, which cannot be read here. */
	DefineCustomStringVariable(
		"pg_acu.region",
		"AWS region whose prices are used, where none is named.",
		"It is checked when it is used: acu.current_price has the regions with prices.",
		&acu_region, "us-east-1", PGC_USERSET, 0, NULL, NULL, NULL);
}

static void
define_days(const char *name, const char *description, const char *more,
			int *minutes, int days)
{
	DefineCustomIntVariable(name, description, more, minutes,
							days * MINUTES_PER_DAY, 1,
							MOST_DAYS * MINUTES_PER_DAY, PGC_SIGHUP,
							GUC_UNIT_MIN, NULL, NULL, NULL);
}
