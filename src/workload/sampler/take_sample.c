/*-------------------------------------------------------------------------
 *
 * take_sample.c
 *		acu.take_sample() and acu.rotate_history(): the sampler's work in a
 *		session.
 *
 * Owns no data.  Without a worker, what the next sample needs of this one is
 * kept in acu.sampler_state, whose row is also the lock between sessions.
 *
 * acu.take_sample() runs in the caller's transaction, which may last: it takes
 * no lock that readers wait for.  Partitions are emptied by
 * acu.rotate_history(), which commits after each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/errors.h"
#include "backend/owned.h"
#include "backend/spi.h"
#include "backend/subtransaction.h"
#include "workload/sampler/pending.h"
#include "workload/sampler/sample.h"
#include "workload/sampler/sampler_state.h"
#include "workload/sampler/worker_state.h"
#include "workload/store/rings.h"
#include "workload/store/samples.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_take_sample);
PG_FUNCTION_INFO_V1(acu_rotate_history);

/* Whether a worker has stored samples after the last one of this Sampler. */
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

/* The Sampler that the last call has left, or a new one.  Waits for a session
 * that takes a sample at the same time. */
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
	state = row_value(0, 1, &isnull);
	if (!isnull)
		sampler = sampler_state_restore(DatumGetByteaPP(state), context);
	if (sampler != NULL && sampler->marked && is_outdated(sampler))
		sampler = NULL;
	if (sampler != NULL)
	{
		sampler->stored_until = samples_end();
		/* A rotation since the last sample may have deleted texts. */
		if (ring_rotated_at(RING_QUERY_RECENT) > sampler->mark.at)
			pending_doubt_texts(sampler);
	}
	SPI_finish();
	return sampler != NULL ? sampler : sampler_new(context);
}

static void
write_state(Sampler *sampler)
{
	Parameters p = { 0 };

	add_parameter(&p, BYTEAOID, true,
				  PointerGetDatum(sampler_state_save(sampler)));
	SPI_connect();
	owned_write("sampler_state",
				"UPDATE acu.sampler_state SET state = $1 WHERE target_id = 1",
				&p);
	SPI_finish();
}

/* Body of attempt_inside(). */
static void
write_texts(void *sampler)
{
	(void) pending_write_texts(sampler);
}

static void
warn_of_hidden_queries(void)
{
	ereport(
		WARNING,
		(errmsg(
			 "the sample has no queries, as the current user may not see those of others"),
		 errhint("Grant pg_read_all_stats to the user that takes samples.")));
}

/* Without a worker the history grows until somebody calls acu.rotate_history().
 */
static void
warn_when_overdue(TimestampTz at)
{
	char *names;

	SPI_connect();
	names = rings_overdue(at);
	if (names != NULL)
		ereport(
			WARNING,
			(errmsg("the history is overdue for rotation: %s", names),
			 errhint(
				 "Run CALL acu.rotate_history() regularly, say every minute, or add pg_acu to shared_preload_libraries.")));
	SPI_finish();
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

	owned_silence_triggers();
	sampler = read_state(context);
	sample_take(sampler, USECS_PER_HOUR, true, &report);
	if (!report.queryids_shown)
		warn_of_hidden_queries();
	error = attempt_inside("could not keep the texts of queries", write_texts,
						   sampler);
	if (error != NULL)
		ThrowErrorData(error);
	write_state(sampler);
	warn_when_overdue(report.at);
	AtEOXact_GUC(false, nest);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return report.at;
}

/* Raises an error where this session cannot write.  action: with a verb. */
static void
require_writing(const char *action)
{
	if (RecoveryInProgress())
		ereport(
			ERROR,
			(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
			 errmsg("cannot %s on a standby", action),
			 errhint(
				 "Do it on the primary; the load of the standby is not measured."),
			 hide_context()));
	if (XactReadOnly)
		ereport(
			ERROR,
			(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
			 errmsg("cannot %s in a read-only transaction", action),
			 errhint(
				 "Begin the transaction with READ WRITE, or set default_transaction_read_only to off."),
			 hide_context()));
}

/*
 * acu_take_sample() returns timestamptz
 *
 * Returns the sample's time, which is the end of its interval.
 */
Datum
acu_take_sample(PG_FUNCTION_ARGS pg_attribute_unused())
{
	require_writing("take a sample");
	if (worker_is_here())
		PG_RETURN_TIMESTAMPTZ(worker_take_sample());
	PG_RETURN_TIMESTAMPTZ(take_sample_here());
}

/* Raises an error where the current user has no rights on the history. */
static void
require_rights(void)
{
	Oid rings = get_relname_relid("ring", get_namespace_oid("acu", false));
	const char *user = GetUserNameFromId(GetUserId(), false);

	if (pg_class_aclcheck(rings, GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
		ereport(
			ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("role %s may not rotate the history",
					quote_identifier(user)),
			 errhint(
				 "The worker does it where pg_acu is in shared_preload_libraries. Else the owner of its tables may allow it: GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA acu, acu_internal TO %s;",
				 quote_identifier(user)),
			 hide_context()));
}

/* Rotates a ring in the current transaction, with settings that let no code of
 * others run. */
static void
rotate_ring(RingId ring, Rotation *rotation)
{
	int nest = NewGUCNestLevel();

	/* The procedure cannot have SET clauses, as it could not commit then. */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	owned_silence_triggers();
	PushActiveSnapshot(GetTransactionSnapshot());
	ring_rotate(ring, GetCurrentTimestamp(), rotation);
	PopActiveSnapshot();
	AtEOXact_GUC(false, nest);
}

/*
 * acu_rotate_history(): a procedure
 *
 * Rotates the rings that are due, and commits after each, so that no partition
 * is locked for long.
 */
Datum
acu_rotate_history(PG_FUNCTION_ARGS)
{
	bool atomic = fcinfo->context == NULL ||
				  !IsA(fcinfo->context, CallContext) ||
				  castNode(CallContext, fcinfo->context)->atomic;

	require_writing("rotate the history");
	if (atomic)
		ereport(
			ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg(
				 "acu.rotate_history() cannot run inside a transaction block"),
			 errhint(
				 "Run CALL acu.rotate_history() by itself: it commits, so that nobody waits for the tables that it empties."),
			 hide_context()));
	require_rights();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	for (int i = 0; i < RINGS; i++)
	{
		Rotation rotation;

		rotate_ring(i, &rotation);
		if (rotation.error != NULL)
			ThrowErrorData(rotation.error);
		if (rotation.blocked)
			ereport(
				NOTICE,
				(errmsg(
					 "another session holds a table of the history, which was not emptied"),
				 errhint(
					 "Run CALL acu.rotate_history() again when that session's transaction has ended.")));
		SPI_commit();
		SPI_start_transaction();
	}
	SPI_finish();
	PG_RETURN_VOID();
}
