/*-------------------------------------------------------------------------
 *
 * turn.c
 *		What the background worker does when it is time for a sample.
 *
 * Owns the Sampler, which is in the worker's own memory.
 *
 * An error ends the worker's transaction, not the worker: it is kept for
 * acu.status(), and logged once a minute at most.  Each sample works on a copy
 * of the Sampler, which takes its place when the transaction has committed.
 * After an error the counters of the server still hold what happened: the next
 * sample is a longer one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/settings.h"
#include "workload/store/samples.h"
#include "workload/sampler/sample.h"
#include "workload/sampler/worker_state.h"
#include "workload/sampler/turn.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "storage/procarray.h"
#include "storage/spin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define LONGEST_PERIODS 3
#define REQUEST_SPACING USECS_PER_SEC	 /* of samples that sessions ask for */
#define TEXTS_AGAIN (60 * USECS_PER_SEC) /* when they could not be read */
#define TEXTS_A_MINUTE (8 * 1024 * 1024) /* bytes */

/* The extension in the worker's database. */
typedef struct Extension
{
	Oid oid;
	const char *why_not; /* why there can be no samples; or NULL */
} Extension;

static const char failing[] = "failing: last_error says why";

static Sampler *sampler = NULL;
static TimestampTz active_until = 0; /* when the last turn ended */
static int connections_besides = 0;	 /* not clients', at the last sample */

static bool is_recent(TimestampTz now);
static bool may_sample(void);
static void find_extension(void *arg);
static bool take_over(bool done, Sampler *copy);
static const char *take(TimestampTz due, bool flush);
static int64 longest_interval(void);
static void keep_texts(TimestampTz now, bool asked);
static void turn_rings(void);
static bool attempt(void (*body)(void *arg), void *arg);
static void set_state(const char *state);
static void answer(uint64 requested, TimestampTz at);

void
turn_start(bool again)
{
	sampler = sampler_new(TopMemoryContext);
	if (again)
		sampler_forget(sampler, "sampler restart");
}

/* What must not wait for the next sample, as there may be none. */
void
turn_follow_settings(void)
{
	if (acu_sample_interval == 0)
		turn_flush();
	if (!acu_track_query_text && sampler->marked)
		keep_texts(GetCurrentTimestamp(), true);
}

/* Between two samples there may be more clients than at either. */
void
turn_count_connections(void)
{
	int connections = CountDBConnections(InvalidOid) - connections_besides;

	sampler->peak_connections = Max(sampler->peak_connections, connections);
}

/*
 * Takes a sample, for its time or for sessions that have asked for one.  These
 * get the last one again while it is recent: whoever may ask for samples must
 * not fill the disk with them.
 */
void
turn_run(TimestampTz due, uint64 requested)
{
	static int64 turned_in = 0; /* the minute */
	static TimestampTz first_due = 0;
	bool good = may_sample();

	if (good && (requested == 0 || !is_recent(due)))
	{
		const char *state;

		/* At first there is no minute that reports could show. */
		if (first_due == 0)
			first_due = due;
		state = take(due, requested != 0 || due - first_due < USECS_PER_MINUTE);
		set_state(state);
		good = state != failing;
		keep_texts(due, requested != 0);
		/* With a minute's first sample, which has just written the rows of the
		 * minute before: those of the next hour go to the next member. */
		if (due / USECS_PER_MINUTE != turned_in)
		{
			turn_rings();
			turned_in = due / USECS_PER_MINUTE;
		}
	}
	/* Who gets a sample of the worker's own may look at its queries, too. */
	else if (good && sampler->mark.at > sampler->pending_since)
		turn_flush();
	/* At once, as the next sample subtracts what the worker has read. */
	(void) pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	active_until = GetCurrentTimestamp();
	answer(requested, good && sampler->marked ? sampler->mark.at : 0);
}

/* Whether there is a last sample that is not older than the spacing. */
static bool
is_recent(TimestampTz now)
{
	return sampler->marked && now >= sampler->mark.at &&
		   now - sampler->mark.at < REQUEST_SPACING;
}

static bool
may_sample(void)
{
	static Oid sampled = InvalidOid; /* what was sampled into */
	Extension extension = { 0 };
	const char *why = NULL;

	if (RecoveryInProgress())
	{
		extension.why_not = "this server is a standby";
		why = "promotion";
	}
	else if (!attempt(find_extension, &extension))
	{
		/* Nothing is known of the extension: what there was may still be. */
		set_state(failing);
		return false;
	}
	if (extension.why_not != NULL)
	{
		set_state(extension.why_not);
		sampler_forget(sampler, why);
		return false;
	}
	/* Dropped and created again: nothing of before is there any more. */
	if (sampled != InvalidOid && extension.oid != sampled)
		sampler_forget(sampler, NULL);
	sampled = extension.oid;
	return true;
}

static void
find_extension(void *arg)
{
	Extension *extension = arg;
	const char *version;
	bool isnull;

	extension->why_not =
		"the database has no extension pg_acu: run CREATE EXTENSION pg_acu CASCADE";
	SPI_connect();
	if (SPI_execute("SELECT oid, extversion FROM pg_catalog.pg_extension"
					" WHERE extname = 'pg_acu'",
					true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		HeapTuple row = SPI_tuptable->vals[0];
		TupleDesc desc = SPI_tuptable->tupdesc;

		extension->oid = DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull));
		version = SPI_getvalue(row, desc, 2);
		extension->why_not =
			strcmp(version, PG_ACU_VERSION) == 0
				? NULL
				: "the extension has another version than the library: run ALTER EXTENSION pg_acu UPDATE, or restart the server";
	}
	SPI_finish();
}

typedef struct Take
{
	Sampler *sampler; /* that takes the place of ours; NULL before it is made */
	bool flush;
	int64 longest;
	SampleReport report;
} Take;

static void
take_body(void *arg)
{
	Take *take = arg;

	take->sampler = sampler_copy(sampler, TopMemoryContext);
	sampler_take(take->sampler, take->longest, take->flush, &take->report);
}

/* The copy takes the place of the sampler when all was done, and goes when it
 * was not.  Returns done. */
static bool
take_over(bool done, Sampler *copy)
{
	Sampler *gone = done ? sampler : copy;

	if (done)
		sampler = copy;
	if (gone != NULL)
		MemoryContextDelete(gone->context);
	return done;
}

/* Returns the state of the sampler. */
static const char *
take(TimestampTz due, bool flush)
{
	TimestampTz began = GetCurrentTimestamp();
	Take body = { .flush = flush, .longest = longest_interval() };
	bool done;

	pgstat_report_activity(STATE_RUNNING, "pg_acu: taking a sample");
	done = attempt(take_body, &body);
	if (!take_over(done, body.sampler))
		return failing;
	connections_besides =
		CountDBConnections(InvalidOid) - body.report.connections;
	SpinLockAcquire(&worker_shared->mutex);
	worker_shared->at = body.report.at;
	worker_shared->sample_ms = (GetCurrentTimestamp() - began) / 1000.0;
	worker_shared->lag_ms = Max(0, began - due) / 1000.0;
	worker_shared->k = body.report.k;
	worker_shared->scan_ms = body.report.scan_ms;
	worker_shared->cpu_reason = body.report.cpu_reason;
	SpinLockRelease(&worker_shared->mutex);
	return body.report.waits_for_clock
			   ? "waiting, as the clock went back: what it tells has been sampled"
			   : "sampling";
}

/*
 * The longest time that a sample may be about: the server was suspended when
 * the worker was not there for three intervals, of the longer one when the
 * setting has changed.  The time until its last turn ended does not count: it
 * may have waited for a lock, or failed, and the counters of the server went on
 * meanwhile.  An hour at most, which is also the limit when samples are taken
 * on request only.
 */
static int64
longest_interval(void)
{
	static int before = 0;
	int64 periods =
		LONGEST_PERIODS * Max(acu_sample_interval, before) * USECS_PER_SEC;

	before = acu_sample_interval;
	if (acu_sample_interval == 0)
		return USECS_PER_HOUR;
	return Max(periods, Min(periods + Max(0, active_until - sampler->mark.at),
							USECS_PER_HOUR));
}

static void
keep_texts_body(void *arg)
{
	int64 *bytes = arg;

	*bytes = sampler_keep_texts(sampler);
}

/*
 * By itself: a text that cannot be read must not cost a sample.  Nor should
 * each sample read all texts for it in vain: after an error it is tried again a
 * minute later, and after pg_stat_statements had to read many megabytes a
 * minute later for every TEXTS_A_MINUTE of them.
 */
static void
keep_texts(TimestampTz now, bool asked)
{
	static TimestampTz again = 0;
	int64 bytes = 0;

	if (!asked && now < again && again - now <= USECS_PER_HOUR)
		return;
	if (!attempt(keep_texts_body, &bytes))
		again = now + TEXTS_AGAIN;
	else
		again = now +
				Min(bytes / TEXTS_A_MINUTE * USECS_PER_MINUTE, USECS_PER_HOUR);
}

static void
turn_body(void *arg)
{
	Turned *turned = arg;

	SPI_connect();
	history_turn(GetCurrentTimestamp(), turned);
	if (turned->error != NULL && worker_note_error(turned->error))
		ThrowErrorData(turned->error);
	SPI_finish();
}

static void
turn_rings(void)
{
	Turned turned = { 0 };

	if (attempt(turn_body, &turned) && turned.lost_text)
		sampler_doubt_texts(sampler);
	if (!turned.held)
		return;
	SpinLockAcquire(&worker_shared->mutex);
	worker_shared->locked_turns++;
	SpinLockRelease(&worker_shared->mutex);
}

static void
flush_body(void *arg)
{
	Sampler **copy = arg;

	*copy = sampler_copy(sampler, TopMemoryContext);
	sampler_flush(*copy);
}

/* Writes what the minute has so far, before the worker ends or is switched off.
 */
void
turn_flush(void)
{
	Sampler *copy = NULL;
	bool done;

	if (!sampler->marked || RecoveryInProgress())
		return;
	done = attempt(flush_body, &copy);
	take_over(done, copy);
}

/* Runs the body in a transaction of its own; false when it failed. */
static bool
attempt(void (*body)(void *arg), void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorData *error;
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
		MemoryContextSwitchTo(TopMemoryContext);
		error = CopyErrorData();
		if (worker_note_error(error))
			EmitErrorReport();
		FreeErrorData(error);
		AbortCurrentTransaction();
		FlushErrorState();
		RESUME_INTERRUPTS();
		done = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return done;
}

/* The log has each change: without the extension nothing else shows it. */
static void
set_state(const char *state)
{
	const char *before;

	SpinLockAcquire(&worker_shared->mutex);
	before = worker_shared->state;
	worker_shared->state = state;
	SpinLockRelease(&worker_shared->mutex);
	if (strcmp(before, state) != 0)
		ereport(LOG, (errmsg("pg_acu sampler: %s", state)));
}

/* at: of the sample that the sessions are given; 0 when there is none. */
static void
answer(uint64 requested, TimestampTz at)
{
	if (requested == 0)
		return;
	SpinLockAcquire(&worker_shared->mutex);
	worker_shared->answered = requested;
	worker_shared->given = at;
	SpinLockRelease(&worker_shared->mutex);
	ConditionVariableBroadcast(&worker_shared->done);
}
