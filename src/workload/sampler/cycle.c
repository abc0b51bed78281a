/*-------------------------------------------------------------------------
 *
 * cycle.c
 *		One cycle of the worker: a sample, texts, rotation of the history.
 *
 * Owns the worker's Sampler, in TopMemoryContext.
 *
 * Each step is a transaction of its own.  A sample works on a copy of the
 * Sampler, which takes its place when the transaction has committed.  After an
 * error the counters of the server still hold what happened, so that the next
 * sample is a longer one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/cycle.h"

#include "backend/settings.h"
#include "backend/spi.h"
#include "workload/sampler/pending.h"
#include "workload/sampler/sample.h"
#include "workload/sampler/transaction.h"
#include "workload/sampler/worker_state.h"
#include "workload/store/rings.h"

#include "access/xlog.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/procarray.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define MAX_PERIODS 3					 /* that a sample is about */
#define REQUEST_SPACING USECS_PER_SEC	 /* of samples for sessions */
#define TEXTS_RETRY USECS_PER_MINUTE	 /* after an error */
#define TEXTS_A_MINUTE (8 * 1024 * 1024) /* bytes to read */
#define MAX_TEXTS_PAUSE USECS_PER_HOUR

static Sampler *sampler = NULL;
static TimestampTz active_until = 0;	/* end of the last cycle */
static int connections_not_counted = 0; /* not clients', at the last sample */

void
cycle_start(bool ran_before)
{
	sampler = sampler_new(TopMemoryContext);
	if (ran_before)
		sampler_forget(sampler, EPOCH_SAMPLER_RESTART);
}

void
cycle_count_connections(void)
{
	int connections = CountDBConnections(InvalidOid) - connections_not_counted;

	sampler->peak_connections = Max(sampler->peak_connections, connections);
}

/* The extension in the worker's database. */
typedef struct Extension
{
	Oid oid;
	WorkerState state; /* WORKER_SAMPLING, or why there can be no samples */
} Extension;

/* Body of run_transaction(); arg: an Extension, which is filled in. */
static void
find_extension(void *arg)
{
	Extension *extension = arg;

	extension->state = WORKER_NO_EXTENSION;
	SPI_connect();
	if (SPI_execute("SELECT oid, extversion FROM pg_catalog.pg_extension"
					" WHERE extname = 'pg_acu'",
					true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		extension->oid = DatumGetObjectId(row_datum(0, 1));
		extension->state = strcmp(row_text(0, 2), PG_ACU_VERSION) == 0
							   ? WORKER_SAMPLING
							   : WORKER_OTHER_VERSION;
	}
	SPI_finish();
}

/* Whether samples can be stored: WORKER_SAMPLING, or why not. */
static WorkerState
check_extension(void)
{
	static Oid last_oid = InvalidOid;
	Extension extension = { 0 };

	if (RecoveryInProgress())
	{
		sampler_forget(sampler, EPOCH_PROMOTION);
		return WORKER_STANDBY;
	}
	/* After an error the extension and its rows may still be there. */
	if (!run_transaction(find_extension, &extension))
		return WORKER_FAILING;
	/* Where it was dropped, its rows are gone. */
	if (extension.state != WORKER_SAMPLING ||
		(last_oid != InvalidOid && extension.oid != last_oid))
		sampler_forget(sampler, EPOCH_FIRST_SAMPLE);
	if (extension.state == WORKER_SAMPLING)
		last_oid = extension.oid;
	return extension.state;
}

/* Replaces the Sampler by the copy where the transaction has committed, and
 * deletes whichever of the two is not needed then.  copy: NULL where it was not
 * made. */
static void
keep_copy(bool committed, Sampler *copy)
{
	Sampler *gone = committed ? sampler : copy;

	if (committed)
		sampler = copy;
	if (gone != NULL)
		MemoryContextDelete(gone->context);
}

/*
 * The longest time that a sample may be about, in microseconds: an hour at
 * most, which is also the limit when samples are taken on request only.
 *
 * A worker that was not active for three intervals is taken to have been
 * suspended together with the server; after a change of the setting the longer
 * interval counts.  The time from the last sample to the end of the last cycle
 * is allowed on top: in it the worker may have waited for a lock, or failed,
 * while the counters of the server went on.
 */
static int64
max_interval(void)
{
	static int last_setting = 0;
	int64 periods =
		MAX_PERIODS * Max(acu_sample_interval, last_setting) * USECS_PER_SEC;

	last_setting = acu_sample_interval;
	if (acu_sample_interval == 0)
		return USECS_PER_HOUR;
	return Max(periods, Min(periods + Max(0, active_until - sampler->mark.at),
							USECS_PER_HOUR));
}

typedef struct Taking
{
	Sampler *copy; /* NULL before it is made */
	bool flush;
	int64 longest; /* microseconds */
	SampleReport report;
} Taking;

static void
take_sample_body(void *arg)
{
	Taking *taking = arg;

	taking->copy = sampler_copy(sampler, TopMemoryContext);
	sample_take(taking->copy, taking->longest, taking->flush, &taking->report);
}

/* Takes a sample, with the rows of its queries (flush) or without.  Returns the
 * state of the worker. */
static WorkerState
take_sample(TimestampTz due, bool flush)
{
	TimestampTz began = GetCurrentTimestamp();
	Taking taking = { .flush = flush, .longest = max_interval() };
	bool done;

	pgstat_report_activity(STATE_RUNNING, "pg_acu: taking a sample");
	done = run_transaction(take_sample_body, &taking);
	keep_copy(done, taking.copy);
	if (!done)
		return WORKER_FAILING;
	connections_not_counted =
		CountDBConnections(InvalidOid) - taking.report.connections;
	worker_state_report(&taking.report, due, began);
	return taking.report.waits_for_clock ? WORKER_WAITING : WORKER_SAMPLING;
}

static void
write_texts_body(void *arg)
{
	int64 *bytes = arg;

	*bytes = pending_write_texts(sampler);
}

/*
 * Writes the texts of new queries, in a transaction of its own, so that a text
 * that cannot be read costs no sample.  After an error, and after
 * pg_stat_statements had to read many megabytes, this waits for some minutes
 * unless a session asks for a sample.
 */
static void
write_texts(TimestampTz now, bool requested)
{
	static TimestampTz not_before = 0;
	int64 bytes = 0;

	if (!requested && now < not_before && not_before - now <= MAX_TEXTS_PAUSE)
		return;
	if (!run_transaction(write_texts_body, &bytes))
		not_before = now + TEXTS_RETRY;
	else
		not_before = now + Min(bytes / TEXTS_A_MINUTE * USECS_PER_MINUTE,
							   MAX_TEXTS_PAUSE);
}

typedef struct Rotating
{
	RingId ring;
	Rotation result;
} Rotating;

static void
rotate_body(void *arg)
{
	Rotating *rotating = arg;
	ErrorData *error;

	SPI_connect();
	ring_rotate(rotating->ring, GetCurrentTimestamp(), &rotating->result);
	error = rotating->result.error;
	if (error != NULL && worker_state_note_error(error))
		ThrowErrorData(error);
	SPI_finish();
}

/* Rotates each ring in a transaction of its own: one that cannot be rotated
 * does not hold up the others, and no partition is locked for long. */
static void
rotate_rings(void)
{
	for (int i = 0; i < RINGS; i++)
	{
		Rotating rotating = { .ring = i };

		if (!run_transaction(rotate_body, &rotating))
			continue;
		if (rotating.result.lost_texts)
			pending_doubt_texts(sampler);
		if (rotating.result.blocked)
			worker_state_count_blocked();
	}
}

static void
flush_body(void *arg)
{
	Sampler **copy = arg;

	*copy = sampler_copy(sampler, TopMemoryContext);
	SPI_connect();
	pending_write(*copy);
	SPI_finish();
}

/* Writes the rows of the minute.  run: run_transaction or
 * run_last_transaction. */
static void
flush_pending(bool (*run)(void (*body)(void *arg), void *arg))
{
	Sampler *copy = NULL;
	bool done;

	if (!sampler->marked || RecoveryInProgress())
		return;
	done = run(flush_body, &copy);
	keep_copy(done, copy);
}

void
cycle_end(void)
{
	flush_pending(run_last_transaction);
}

/* Does at once what new settings ask for, as there may be no next sample. */
void
cycle_follow_settings(void)
{
	if (acu_sample_interval == 0)
		flush_pending(run_transaction);
	if (!acu_track_query_text && sampler->marked)
		write_texts(GetCurrentTimestamp(), true);
}

/* Whether the last sample is not older than the spacing of requested ones. */
static bool
is_recent(TimestampTz now)
{
	return sampler->marked && now >= sampler->mark.at &&
		   now - sampler->mark.at < REQUEST_SPACING;
}

/* Takes a sample and does all that follows it.  Returns the state of the
 * worker. */
static WorkerState
take_and_keep(TimestampTz due, bool requested)
{
	static int64 rotated_in = 0; /* the minute */
	static TimestampTz first_due = 0;
	WorkerState state;

	/* In the first minute reports have no rows of queries but these. */
	if (first_due == 0)
		first_due = due;
	state = take_sample(due, requested || due - first_due < USECS_PER_MINUTE);
	write_texts(due, requested);
	/* The first sample of a minute has just written the rows of the minute
	 * before: those of the next hour go to the next partition. */
	if (due / USECS_PER_MINUTE != rotated_in)
	{
		rotate_rings();
		rotated_in = due / USECS_PER_MINUTE;
	}
	return state;
}

/*
 * Sessions that ask for a sample get the last one again while it is recent:
 * whoever may ask must not be able to fill the disk.
 */
void
cycle_run(TimestampTz due, uint64 request)
{
	WorkerState state = check_extension();
	bool can_sample = state == WORKER_SAMPLING;
	bool again = can_sample && request != 0 && is_recent(due);

	/* A session that gets the last sample again may read its queries, too. */
	if (again && sampler->mark.at > sampler->pending_since)
		flush_pending(run_transaction);
	else if (can_sample && !again)
		state = take_and_keep(due, request != 0);
	if (ShutdownRequestPending)
		return;
	if (!again)
		worker_state_set(state);
	/* At once, as the next sample subtracts what the worker has read. */
	(void) pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	active_until = GetCurrentTimestamp();
	if (request != 0)
		worker_state_answer(request,
							can_sample && state != WORKER_FAILING &&
									sampler->marked
								? sampler->mark.at
								: 0,
							state == WORKER_FAILING);
}
