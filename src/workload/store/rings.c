/*-------------------------------------------------------------------------
 *
 * rings.c
 *		The rings of partitions that the history is kept in.
 *
 * Owns no data in memory.  acu.ring says which partition of each ring is
 * written to.
 *
 * A ring is a fixed number of tables, its partitions, all children of the table
 * that is read.  Old rows go by truncating a whole partition, which leaves
 * nothing for VACUUM to do; on the way they are rolled up into fewer rows of
 * the next coarser ring.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/store/rings.h"

#include "backend/owned.h"
#include "backend/settings.h"
#include "backend/spi.h"
#include "backend/subtransaction.h"
#include "workload/store/texts.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(acu_overdue_rings);

/* A report may hold a partition for long; samples do not wait for it. */
#define ROTATION_LOCK_TIMEOUT "50ms"

/* Query rows are packed after this long at the latest, in minutes, however long
 * they are kept after that. */
#define MAX_RECENT_MINUTES 120

/* A rotation is overdue when a partition has been written to for twice its time
 * and for this long, in seconds. */
#define OVERDUE_SECONDS 600

typedef struct Ring
{
	const char *name;
	int partitions;
	const int *retention; /* minutes; NULL: recent_minutes() */
	bool rolls_up;
	RingId coarser;		 /* ring to roll up into */
	const char *roll_up; /* SQL; %d: partition to write to, to read */
	bool has_last_seen;	 /* its rows tell when a query was last seen */
} Ring;

static const char roll_up_samples[] =
	"INSERT INTO acu_internal.sample_minute_%1$d"
	" (target_id, at, seconds, epoch, cpu_seconds, background_cpu_seconds,"
	" cpu_source, vcpus, connections, active_sessions,"
	" calls, exec_seconds, plan_seconds, io_seconds, rows,"
	" blks_hit, blks_read, blks_written, temp_blks, wal_bytes,"
	" shared_buffers_bytes, buffers_used_bytes, buffers_hot_bytes,"
	" coverage, evictions, saturated)"
	" SELECT m.* FROM (SELECT target_id, max(at) AS at, sum(seconds) AS seconds, epoch,"
	" CASE WHEN count(cpu_seconds) = count(*) THEN sum(cpu_seconds) END,"
	" CASE WHEN count(background_cpu_seconds) = count(*) THEN sum(background_cpu_seconds) END,"
	" min(cpu_source), max(vcpus), max(connections),"
	" CASE WHEN count(active_sessions) = count(*) THEN"
	" sum(active_sessions * seconds) / sum(seconds) END,"
	" sum(calls), sum(exec_seconds), sum(plan_seconds), sum(io_seconds), sum(rows),"
	" sum(blks_hit), sum(blks_read), sum(blks_written), sum(temp_blks), sum(wal_bytes),"
	" max(shared_buffers_bytes), max(buffers_used_bytes), max(buffers_hot_bytes),"
	" sum(coverage * seconds) / sum(seconds) FILTER (WHERE coverage IS NOT NULL),"
	" sum(evictions), bool_or(saturated)"
	" FROM ONLY acu_internal.sample_%2$d"
	" GROUP BY target_id, epoch,"
	" date_trunc('minute', at - interval '1 microsecond')) AS m"
	/* After the clock was set back two partitions may have the same minute. */
	" WHERE NOT EXISTS (SELECT FROM ONLY acu_internal.sample_minute_%1$d AS k"
	" WHERE k.target_id = m.target_id"
	" AND k.at > m.at - make_interval(secs => m.seconds)"
	" AND k.at - make_interval(secs => k.seconds) < m.at)";

static const char roll_up_queries[] =
	"INSERT INTO acu_internal.query_minute_%d"
	" (hour, queryid, target_id, userid, dbid, toplevel, packed)"
	" SELECT hour, queryid, target_id, userid, dbid, toplevel,"
	" acu_internal.pack_hour(at, estimated, cpu_seconds, calls, exec_seconds, plan_seconds,"
	" io_seconds, rows, blks_hit, blks_read, blks_dirtied, blks_written,"
	" temp_blks, wal_bytes)"
	" FROM (SELECT *, date_trunc('hour', at - interval '1 microsecond', 'UTC') AS hour"
	" FROM ONLY acu_internal.query_recent_%d) AS q"
	" GROUP BY target_id, hour, userid, dbid, queryid, toplevel";

static const char roll_up_hours[] =
	"INSERT INTO acu_internal.query_hour_%d"
	" (hour, queryid, target_id, userid, dbid, toplevel, packed)"
	" SELECT hour, queryid, target_id, userid, dbid, toplevel, acu_internal.roll_up_hour(packed)"
	" FROM ONLY acu_internal.query_minute_%d";

static const Ring rings[] = {
	[RING_SAMPLE] = { .name = "sample",
					  .partitions = 3,
					  .retention = &acu_sample_retention,
					  .rolls_up = true,
					  .coarser = RING_SAMPLE_MINUTE,
					  .roll_up = roll_up_samples },
	[RING_SAMPLE_MINUTE] = { .name = "sample_minute",
							 .partitions = 13,
							 .retention = &acu_minute_retention },
	[RING_QUERY_RECENT] = { .name = "query_recent",
							.partitions = 3,
							.rolls_up = true,
							.coarser = RING_QUERY_MINUTE,
							.roll_up = roll_up_queries,
							.has_last_seen = true },
	[RING_QUERY_MINUTE] = { .name = "query_minute",
							.partitions = 9,
							.retention = &acu_query_retention,
							.rolls_up = true,
							.coarser = RING_QUERY_HOUR,
							.roll_up = roll_up_hours },
	[RING_QUERY_HOUR] = { .name = "query_hour",
						  .partitions = 7,
						  .retention = &acu_query_hour_retention },
};

StaticAssertDecl(lengthof(rings) == RINGS,
				 "each RingId needs a row in rings[]");

/* A partition that is to be emptied. */
typedef struct Emptying
{
	const Ring *ring;
	TimestampTz now;
	int partition;
	bool lost_texts;
} Emptying;

/* The retention of query rows that are not packed yet, in minutes: at most as
 * many hours as the ring of packed ones has partitions. */
static int
recent_minutes(void)
{
	return Min(MAX_RECENT_MINUTES, acu_query_retention / 4);
}

/*
 * How long a partition is written to, in seconds: all others together then hold
 * the whole retention.
 */
static double
partition_seconds(const Ring *ring)
{
	int minutes = ring->retention == NULL ? recent_minutes() : *ring->retention;

	return minutes * (double) SECS_PER_MINUTE / (ring->partitions - 1);
}

/* The table of a partition, without its schema. */
static char *
partition_table(const Ring *ring, int partition)
{
	Assert(partition >= 1 && partition <= ring->partitions);
	return psprintf("%s_%d", ring->name, partition);
}

static int
current_partition(const Ring *ring)
{
	Parameters p = { 0 };
	int partition;

	add_text(&p, ring->name);
	partition = owned_read_integer(
		"ring", "SELECT partition FROM acu.ring WHERE name = $1", &p);
	if (partition < 1 || partition > ring->partitions)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid partition of the ring \"%s\" in acu.ring: %d",
					ring->name, partition),
			 errhint("Set it to a number from 1 to %d.", ring->partitions)));
	return partition;
}

char *
ring_table(RingId ring)
{
	return partition_table(&rings[ring], current_partition(&rings[ring]));
}

/*
 * Whether the current partition has been written to for its time.  These times
 * begin at multiples of their length, so that the rows of an hour are in one
 * partition.  The row of acu.ring is then locked: of two sessions one rotates
 * the ring, and for the other it is not due.
 */
static bool
lock_when_due(const Ring *ring, TimestampTz now)
{
	Parameters p = { 0 };

	add_text(&p, ring->name);
	add_time(&p, now);
	add_float(&p, true, partition_seconds(ring));
	return owned_write("ring",
					   "SELECT FROM acu.ring WHERE name = $1 AND ($3 = 0"
					   " OR floor(extract(epoch FROM $2) / nullif($3, 0))"
					   " > floor(extract(epoch FROM since) / nullif($3, 0))"
					   /* The clock was ahead at the last rotation. */
					   " OR since > $2 + make_interval(secs => $3))"
					   " FOR UPDATE SKIP LOCKED",
					   &p) > 0;
}

static void
empty_partition(void *arg)
{
	Emptying *emptying = arg;
	const Ring *ring = emptying->ring;
	const char *table = partition_table(ring, emptying->partition);
	int nest = NewGUCNestLevel();
	Parameters p = { 0 };

	set_config_option("lock_timeout", ROTATION_LOCK_TIMEOUT, PGC_USERSET,
					  PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	owned_write(
		table,
		psprintf("LOCK TABLE acu_internal.%s IN ACCESS EXCLUSIVE MODE", table),
		NULL);
	if (ring->rolls_up)
	{
		const Ring *coarser = &rings[ring->coarser];
		int into = current_partition(coarser);

		owned_write(partition_table(coarser, into),
					psprintf(ring->roll_up, into, emptying->partition), NULL);
	}
	if (ring->has_last_seen)
		emptying->lost_texts = texts_forget_unused(table);
	owned_write(table, psprintf("TRUNCATE ONLY acu_internal.%s", table), NULL);
	add_text(&p, ring->name);
	add_integer(&p, true, emptying->partition);
	add_time(&p, emptying->now);
	owned_write(
		"ring",
		"UPDATE acu.ring SET partition = $2, since = $3 WHERE name = $1", &p);
	AtEOXact_GUC(true, nest);
}

void
ring_rotate(RingId id, TimestampTz now, Rotation *rotation)
{
	const Ring *ring = &rings[id];
	Emptying emptying = { .ring = ring, .now = now };

	memset(rotation, 0, sizeof(*rotation));
	if (!lock_when_due(ring, now))
		return;
	emptying.partition = current_partition(ring) % ring->partitions + 1;
	rotation->error =
		attempt_inside(psprintf("could not rotate the ring \"%s\"", ring->name),
					   empty_partition, &emptying);
	rotation->lost_texts = rotation->error == NULL && emptying.lost_texts;
	if (rotation->error != NULL &&
		rotation->error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
	{
		rotation->blocked = true;
		rotation->error = NULL;
	}
}

TimestampTz
ring_rotated_at(RingId ring)
{
	Parameters p = { 0 };

	add_text(&p, rings[ring].name);
	if (owned_read("ring", "SELECT since FROM acu.ring WHERE name = $1", &p,
				   1) == 0)
		return DT_NOBEGIN;
	return DatumGetTimestampTz(row_datum(0, 1));
}

char *
rings_overdue(TimestampTz last_sample)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < RINGS; i++)
	{
		Parameters p = { 0 };

		add_text(&p, rings[i].name);
		add_time(&p, last_sample);
		add_float(&p, true, 2 * partition_seconds(&rings[i]) + OVERDUE_SECONDS);
		if (owned_read("ring",
					   "SELECT FROM acu.ring WHERE name = $1"
					   " AND since < $2 - make_interval(secs => $3)",
					   &p, 1) > 0)
			appendStringInfo(&names, names.len == 0 ? "%s" : ", %s",
							 rings[i].name);
	}
	return names.len == 0 ? NULL : names.data;
}

/*
 * acu_overdue_rings(last_sample timestamptz) returns text
 *
 * SQL of rings_overdue().
 */
Datum
acu_overdue_rings(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char *names;

	SPI_connect();
	names = rings_overdue(PG_GETARG_TIMESTAMPTZ(0));
	if (names != NULL)
		names = MemoryContextStrdup(caller, names);
	SPI_finish();
	if (names == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(names));
}
