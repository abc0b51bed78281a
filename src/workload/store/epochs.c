/*-------------------------------------------------------------------------
 *
 * epochs.c
 *		Epochs of the samples of this server: acu.epoch.
 *
 * Owns no data in memory.  The table is a ring by itself: its rows are replaced
 * in turn.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/store/epochs.h"

#include "backend/spi.h"

#include "executor/spi.h"
#include "utils/timestamp.h"

#define EPOCH_ROWS 256

/* Why a sampler that knows of no sample before begins, from what the last epoch
 * knew of the server. */
static EpochReason
reason_since(const ReadingMark *last, const ReadingMark *now)
{
	if (now->system_identifier != last->system_identifier)
		return EPOCH_OTHER_SERVER;
	if (now->started != last->started)
		return EPOCH_SERVER_RESTART;
	/* A crash of a session takes all others, and the counters, with it. */
	return now->reset_at != last->reset_at ? EPOCH_CRASH_RECOVERY
										   : EPOCH_SAMPLER_RESTART;
}

/* The number of the last epoch, and what it knew of the server; 0 where there
 * is none. */
static int
last_epoch(ReadingMark *mark)
{
	if (owned_read(
			"epoch",
			"SELECT epoch, system_identifier, started, reset_at FROM acu.epoch"
			" ORDER BY epoch DESC LIMIT 1",
			NULL, 1) == 0)
		return 0;
	mark->system_identifier = (uint64) DatumGetInt64(row_datum(0, 2));
	mark->started = DatumGetTimestampTz(row_datum(0, 3));
	mark->reset_at = DatumGetTimestampTz(row_datum(0, 4));
	return DatumGetInt32(row_datum(0, 1));
}

int
epoch_begin(const ReadingMark *mark, EpochReason reason)
{
	Parameters p = { 0 };
	ReadingMark last = { 0 };
	int epoch = last_epoch(&last) + 1;

	if (epoch > 1 && reason == EPOCH_FIRST_SAMPLE)
		reason = reason_since(&last, mark);
	add_integer(&p, true, epoch);
	add_time(&p, mark->at);
	add_text(&p, epoch_reason_text(reason));
	add_bigint(&p, true, (int64) mark->system_identifier);
	add_time(&p, mark->started);
	add_time(&p, mark->reset_at);
	add_integer(&p, true, EPOCH_ROWS);
	owned_write(
		"epoch",
		"INSERT INTO acu.epoch (slot, epoch, at, reason, system_identifier, started, reset_at)"
		" VALUES ($1 % $7, $1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (slot) DO UPDATE SET epoch = excluded.epoch, at = excluded.at,"
		" reason = excluded.reason, system_identifier = excluded.system_identifier,"
		" started = excluded.started, reset_at = excluded.reset_at",
		&p);
	return epoch;
}
