/*-------------------------------------------------------------------------
 *
 * take_sample.c
 *		acu.take_sample(): a sample now, with or without the worker.
 *
 * Owns no data.  Without a worker, what the next sample needs of this one is
 * kept in acu.sampler_state, whose row is also the lock between sessions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/errors.h"
#include "backend/owned.h"
#include "backend/spi.h"
#include "backend/subtransaction.h"
#include "workload/sampler/sample.h"
#include "workload/sampler/worker.h"
#include "workload/store/samples.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_take_sample);

static TimestampTz take_sample_here(void);
static void keep_texts(void *sampler);
static Sampler *read_state(MemoryContext context);
static bool is_outdated(const Sampler *sampler);
static void write_state(Sampler *sampler);

/*
 * acu_take_sample() returns timestamptz
 *
 * Returns the sample's time, which is the end of its interval.
 */
Datum
acu_take_sample(PG_FUNCTION_ARGS pg_attribute_unused())
{
	if (RecoveryInProgress())
		ereport(
			ERROR,
			(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
			 errmsg("a standby takes no samples"),
			 errhint(
				 "Take them on the primary; the standby has its own load, which is not measured."),
			 hide_context()));
	if (XactReadOnly)
		ereport(
			ERROR,
			(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
			 errmsg("cannot take a sample in a read-only transaction"),
			 errhint(
				 "Begin the transaction with READ WRITE, or set default_transaction_read_only to off."),
			 hide_context()));
	if (worker_is_here())
		PG_RETURN_TIMESTAMPTZ(worker_take_sample());
	PG_RETURN_TIMESTAMPTZ(take_sample_here());
}

static TimestampTz
take_sample_here(void)
{
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "pg_acu take_sample", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int nest = NewGUCNestLevel();
	Sampler *sampler;
	SampleReport report;
	ErrorData *error;
	Turned turned;

	owned_silence_triggers();
	sampler = read_state(context);
	sampler_take(sampler, USECS_PER_HOUR, true, &report);
	if (!report.queryids_shown)
		ereport(
			WARNING,
			(errmsg(
				 "the sample has no queries, as the current user may not see those of others"),
			 errhint(
				 "Grant pg_read_all_stats to the user that takes samples.")));
	error = attempt_inside("could not keep the texts of queries", keep_texts,
						   sampler);
	if (error != NULL)
		ThrowErrorData(error);
	SPI_connect();
	history_turn(report.at, &turned);
	if (turned.error != NULL)
		ThrowErrorData(turned.error);
	SPI_finish();
	if (turned.lost_text)
		sampler_doubt_texts(sampler);
	write_state(sampler);
	AtEOXact_GUC(false, nest);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return report.at;
}

static void
keep_texts(void *sampler)
{
	sampler_keep_texts(sampler);
}

/* Waits for who takes a sample at the same time. */
static Sampler *
read_state(MemoryContext context)
{
	Sampler *sampler = NULL;
	bool isnull = true;
	Datum state;

	SPI_connect();
	owned_write("sampler_state",
				"INSERT INTO acu.sampler_state (target_id) VALUES (1)"
				" ON CONFLICT DO NOTHING",
				NULL);
	if (owned_write("sampler_state",
					"SELECT state FROM acu.sampler_state WHERE target_id = 1"
					" FOR UPDATE",
					NULL) != 1)
		elog(ERROR, "could not read acu.sampler_state");
	state =
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		sampler = sampler_restore(DatumGetByteaPP(state), context);
	if (sampler != NULL && sampler->marked && is_outdated(sampler))
		sampler = NULL;
	if (sampler != NULL)
		sampler->stored_until = history_end();
	SPI_finish();
	return sampler != NULL ? sampler : sampler_new(context);
}

/* Whether a worker has taken samples since, over what would be the interval. */
static bool
is_outdated(const Sampler *sampler)
{
	Parameters p = { 0 };

	add_time(&p, sampler->mark.at);
	return owned_read("sample",
					  "SELECT FROM acu.sample WHERE target_id = 1 AND at > $1"
					  " AND at <= pg_catalog.clock_timestamp()",
					  &p, 1) > 0;
}

static void
write_state(Sampler *sampler)
{
	Parameters p = { 0 };

	add_parameter(&p, BYTEAOID, true, PointerGetDatum(sampler_save(sampler)));
	SPI_connect();
	owned_write("sampler_state",
				"UPDATE acu.sampler_state SET state = $1 WHERE target_id = 1",
				&p);
	SPI_finish();
}
