/*-------------------------------------------------------------------------
 *
 * samples.c
 *		Where samples are kept: the tables of the schema acu.
 *
 * Owns no data in memory.  acu.ring says which member of each ring is written
 * to.
 *
 * A ring is a fixed number of tables, all children of the one that is read.
 * Old rows go by emptying a whole member, which leaves nothing for VACUUM to
 * do; on the way they are folded into fewer rows of the next coarser ring.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/store/samples.h"

#include "backend/owned.h"
#include "backend/settings.h"
#include "backend/spi.h"
#include "backend/subtransaction.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* A report may hold a table for long: it must not hold up what comes after. */
#define LOCK_TIMEOUT "50ms"

/* Texts that are kept, at most. */
#define MOST_TEXTS 20000

/* The unfolded rows of queries, however long folded ones are kept. */
#define LONGEST_QUERY_MINUTES 60

typedef struct Ring
{
	const char *name;
	int members;
	const int *retention; /* minutes */
	const char *into;	  /* ring that a member is folded into; or NULL */
	const char *fold;	  /* %d: into which member, %d: from which */
} Ring;

static const char fold_samples[] =
	"INSERT INTO acu_internal.sample_minute_%1$d"
	" SELECT m.* FROM ("
	"SELECT target_id, max(at) AS at, sum(seconds) AS seconds, epoch,"
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
	/* Two members may tell of the same minute when the clock went back. */
	" WHERE NOT EXISTS (SELECT FROM ONLY acu_internal.sample_minute_%1$d AS k"
	" WHERE k.target_id = m.target_id"
	" AND k.at > m.at - make_interval(secs => m.seconds)"
	" AND k.at - make_interval(secs => k.seconds) < m.at)";

static const char fold_queries[] =
	"INSERT INTO acu_internal.query_minute_%d"
	" SELECT hour, queryid, target_id, userid, dbid, toplevel,"
	" acu_internal.pack_hour(at, estimated, cpu_seconds, calls, exec_seconds, plan_seconds,"
	" io_seconds, rows, blks_hit, blks_read, blks_dirtied, blks_written,"
	" temp_blks, wal_bytes)"
	" FROM (SELECT *, date_trunc('hour', at - interval '1 microsecond', 'UTC') AS hour"
	" FROM ONLY acu_internal.query_recent_%d) AS q"
	" GROUP BY target_id, hour, userid, dbid, queryid, toplevel";

static const char fold_hours[] =
	"INSERT INTO acu_internal.query_hour_%d"
	" SELECT hour, queryid, target_id, userid, dbid, toplevel, acu_internal.roll_up_hour(packed)"
	" FROM ONLY acu_internal.query_minute_%d";

static int query_recent_retention;

static const Ring rings[] = {
	{ "sample", 3, &acu_sample_retention, "sample_minute", fold_samples },
	{ "sample_minute", 13, &acu_minute_retention, NULL, NULL },
	{ "query_recent", 3, &query_recent_retention, "query_minute",
	  fold_queries },
	{ "query_minute", 9, &acu_query_retention, "query_hour", fold_hours },
	{ "query_hour", 7, &acu_query_hour_retention, NULL, NULL },
};

/* The next member of a ring is to be written to. */
typedef struct Turn
{
	const Ring *ring;
	TimestampTz now;
	int member;
	bool lost_text; /* texts have been deleted */
} Turn;

static void add_query(Parameters *p, const QueryRow *row);
static int current_member(const char *ring);
static char *member_name(const char *ring, int member);
static const char *why_anew(const ReadingMark *mark, uint64 system_identifier,
							TimestampTz started, TimestampTz reset_at);
static void turn_ring(const Ring *ring, TimestampTz now, Turned *turned);
static bool is_due(const Ring *ring, TimestampTz now, int *member);
static void empty_member(void *arg);
static bool forget_texts(int member);

void
history_add_sample(const SampleRow *row)
{
	const StatementCounters *counters = &row->counters;
	const char *table;
	bool known = row->counters_known;
	Parameters p = { 0 };

	add_integer(&p, true, LOCAL_TARGET);
	add_time(&p, row->at);
	add_float(&p, true, row->seconds);
	add_integer(&p, true, row->epoch);
	add_float(&p, row->cpu_known, row->cpu_seconds);
	add_float(&p, row->cpu_known, row->background_cpu_seconds);
	add_text(&p, row->cpu_known ? "proc" : NULL);
	add_float(&p, true, row->vcpus);
	add_integer(&p, row->connections_known, row->connections);
	add_float(&p, row->active_known, row->active_sessions);
	add_bigint(&p, known, counters->calls);
	add_float(&p, known, counters->exec_seconds);
	add_float(&p, row->plan_known, counters->plan_seconds);
	add_float(&p, row->io_known, counters->io_seconds);
	add_bigint(&p, known, counters->rows);
	add_bigint(&p, known, counters->blks_hit);
	add_bigint(&p, known, counters->blks_read);
	add_bigint(&p, known, counters->blks_written);
	add_bigint(&p, known, counters->temp_blks);
	add_bigint(&p, known, counters->wal_bytes);
	add_bigint(&p, true, row->shared_buffers_bytes);
	add_bigint(&p, row->buffers_known, row->buffers_used_bytes);
	add_bigint(&p, row->buffers_known, row->buffers_hot_bytes);
	add_float(&p, row->coverage_known, row->coverage);
	add_bigint(&p, row->evictions_known, row->evictions);
	add_boolean(&p, row->saturated);
	table = member_name("sample", current_member("sample"));
	owned_write(
		table,
		psprintf(
			"INSERT INTO acu_internal.%s VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
			" $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
			" $22, $23, $24, $25, $26)",
			table),
		&p);
}

void
history_add_queries(const QueryRow *rows, int count)
{
	const char *table =
		member_name("query_recent", current_member("query_recent"));
	SPIPlanPtr plan = NULL;
	Rights before;

	owned_begin(table, &before);
	for (int i = 0; i < count; i++)
	{
		Parameters p = { 0 };

		add_query(&p, &rows[i]);
		if (plan == NULL)
			plan = SPI_prepare(
				psprintf(
					"INSERT INTO acu_internal.%s VALUES ($1, $2, $3, $4, $5,"
					" $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
					" $18, $19, $20)",
					table),
				p.count, p.types);
		if (plan == NULL ||
			SPI_execute_plan(plan, p.values, p.nulls, false, 0) < 0)
			elog(ERROR, "could not add to acu.query_recent");
	}
	if (plan != NULL)
		SPI_freeplan(plan);
	owned_end(&before);
}

void
history_add_text(const StatementKey *key, const char *query, TimestampTz at)
{
	Parameters p = { 0 };

	add_oid(&p, key->userid);
	add_oid(&p, key->dbid);
	add_bigint(&p, true, key->queryid);
	add_text(&p, query);
	add_time(&p, at);
	add_boolean(&p, key->toplevel);
	/* Of what a function runs, pg_stat_statements may have a part only. */
	owned_write(
		"query",
		"INSERT INTO acu.query AS q"
		" (userid, dbid, queryid, query, last_seen, user_name, database_name)"
		" VALUES ($1, $2, $3, $4, $5,"
		" (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = $1),"
		" (SELECT datname FROM pg_catalog.pg_database WHERE oid = $2))"
		" ON CONFLICT (userid, dbid, queryid) DO UPDATE"
		" SET query = CASE WHEN $6 OR q.query IS NULL"
		" THEN coalesce(excluded.query, q.query) ELSE q.query END,"
		" last_seen = excluded.last_seen,"
		" user_name = coalesce(excluded.user_name, q.user_name),"
		" database_name = coalesce(excluded.database_name, q.database_name)",
		&p);
}

void
history_forget_texts(void)
{
	owned_write("query",
				"UPDATE acu.query SET query = NULL WHERE query IS NOT NULL",
				NULL);
}

/* The table is a ring by itself, of 256 rows. */
int
history_begin_epoch(const ReadingMark *mark, const char **reason)
{
	Parameters p = { 0 };
	int epoch = 1;

	if (owned_read(
			"epoch",
			"SELECT epoch, system_identifier, started, reset_at FROM acu.epoch"
			" ORDER BY epoch DESC LIMIT 1",
			NULL, 1) > 0)
	{
		HeapTuple row = SPI_tuptable->vals[0];
		TupleDesc desc = SPI_tuptable->tupdesc;
		bool isnull;

		epoch = DatumGetInt32(SPI_getbinval(row, desc, 1, &isnull)) + 1;
		if (strcmp(*reason, "first sample") == 0)
			*reason = why_anew(
				mark,
				(uint64) DatumGetInt64(SPI_getbinval(row, desc, 2, &isnull)),
				DatumGetTimestampTz(SPI_getbinval(row, desc, 3, &isnull)),
				DatumGetTimestampTz(SPI_getbinval(row, desc, 4, &isnull)));
	}
	add_integer(&p, true, epoch);
	add_time(&p, mark->at);
	add_text(&p, *reason);
	add_bigint(&p, true, (int64) mark->system_identifier);
	add_time(&p, mark->started);
	add_time(&p, mark->reset_at);
	owned_write(
		"epoch",
		"INSERT INTO acu.epoch (slot, epoch, at, reason, system_identifier, started, reset_at)"
		" VALUES ($1 % 256, $1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (slot) DO UPDATE SET epoch = excluded.epoch, at = excluded.at,"
		" reason = excluded.reason, system_identifier = excluded.system_identifier,"
		" started = excluded.started, reset_at = excluded.reset_at",
		&p);
	return epoch;
}

TimestampTz
history_end(void)
{
	Parameters p = { 0 };
	bool isnull;
	Datum at;

	add_integer(&p, true, LOCAL_TARGET);
	(void) owned_read(
		"sample", "SELECT max(at) FROM acu.sample WHERE target_id = $1", &p, 1);
	at =
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? DT_NOBEGIN : DatumGetTimestampTz(at);
}

void
history_turn(TimestampTz now, Turned *turned)
{
	memset(turned, 0, sizeof(*turned));
	/* As many hours as the next ring has members for are unfolded at most. */
	query_recent_retention =
		Min(2 * LONGEST_QUERY_MINUTES, acu_query_retention / 4);
	for (size_t i = 0; i < lengthof(rings); i++)
		turn_ring(&rings[i], now, turned);
}

static void
add_query(Parameters *p, const QueryRow *row)
{
	const StatementCounters *counters = &row->counters;

	add_integer(p, true, LOCAL_TARGET);
	add_time(p, row->at);
	add_float(p, true, row->seconds);
	add_oid(p, row->key.userid);
	add_oid(p, row->key.dbid);
	add_bigint(p, true, row->key.queryid);
	add_boolean(p, row->key.toplevel);
	add_boolean(p, row->estimated);
	add_float(p, true, row->cpu_seconds);
	add_bigint(p, true, counters->calls);
	add_float(p, true, counters->exec_seconds);
	add_float(p, true, counters->plan_seconds);
	add_float(p, true, counters->io_seconds);
	add_bigint(p, true, counters->rows);
	add_bigint(p, true, counters->blks_hit);
	add_bigint(p, true, counters->blks_read);
	add_bigint(p, true, counters->blks_dirtied);
	add_bigint(p, true, counters->blks_written);
	add_bigint(p, true, counters->temp_blks);
	add_bigint(p, true, counters->wal_bytes);
}

/* Why the sampler knows nothing of the time before: it was begun anew. */
static const char *
why_anew(const ReadingMark *mark, uint64 system_identifier, TimestampTz started,
		 TimestampTz reset_at)
{
	if (mark->system_identifier != system_identifier)
		return "another server";
	if (mark->started != started)
		return "server restart";
	/* A crash of a session takes all others, and the counters, with it. */
	return mark->reset_at != reset_at ? "crash recovery" : "sampler restart";
}

static void
turn_ring(const Ring *ring, TimestampTz now, Turned *turned)
{
	Turn turn = { .ring = ring, .now = now };
	ErrorData *error;
	int member;

	if (!is_due(ring, now, &member))
		return;
	turn.member = member % ring->members + 1;
	error = attempt_inside(
		psprintf("could not make room in the ring \"%s\"", ring->name),
		empty_member, &turn);
	if (error == NULL)
		turned->lost_text |= turn.lost_text;
	else if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		turned->held = true;
	else
		turned->error = error;
}

/*
 * Whether the current member has been written to for its part of the
 * retention: all others together then hold the whole of it.  Parts begin at
 * multiples of their length, so that the rows of an hour are in one member.
 */
static bool
is_due(const Ring *ring, TimestampTz now, int *member)
{
	double period = *ring->retention * 60.0 / (ring->members - 1);
	Parameters p = { 0 };

	add_text(&p, ring->name);
	add_time(&p, now);
	add_float(&p, true, period);
	*member = owned_read_integer(
		"ring",
		"SELECT member FROM acu.ring WHERE name = $1 AND ($3 = 0"
		" OR floor(extract(epoch FROM $2) / nullif($3, 0))"
		" > floor(extract(epoch FROM since) / nullif($3, 0))"
		/* The clock was ahead when it turned. */
		" OR since > $2 + make_interval(secs => $3))",
		&p);
	return *member != 0;
}

static void
empty_member(void *arg)
{
	Turn *turn = arg;
	const Ring *ring = turn->ring;
	const char *table = member_name(ring->name, turn->member);
	int nest = NewGUCNestLevel();
	Parameters p = { 0 };

	set_config_option("lock_timeout", LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	owned_write(
		table,
		psprintf("LOCK TABLE acu_internal.%s IN ACCESS EXCLUSIVE MODE", table),
		NULL);
	if (ring->into != NULL)
	{
		int into = current_member(ring->into);

		owned_write(member_name(ring->into, into),
					psprintf(ring->fold, into, turn->member), NULL);
	}
	if (strcmp(ring->name, "query_recent") == 0)
		turn->lost_text = forget_texts(turn->member);
	owned_write(table, psprintf("TRUNCATE ONLY acu_internal.%s", table), NULL);
	add_text(&p, ring->name);
	add_integer(&p, true, turn->member);
	add_time(&p, turn->now);
	owned_write("ring",
				"UPDATE acu.ring SET member = $2, since = $3 WHERE name = $1",
				&p);
	AtEOXact_GUC(true, nest);
}

/*
 * Deletes the texts of queries that no row can be left of, and the oldest when
 * there are too many, as where every statement is another one, and returns
 * whether there were any.  member: of query_recent, whose queries have been
 * seen.
 */
static bool
forget_texts(int member)
{
	Parameters p = { 0 };

	owned_write(
		"query",
		psprintf(
			"UPDATE acu.query AS q SET last_seen = r.at FROM"
			" (SELECT userid, dbid, queryid, max(at) AS at"
			" FROM ONLY acu_internal.query_recent_%d GROUP BY 1, 2, 3) AS r"
			" WHERE (q.userid, q.dbid, q.queryid) = (r.userid, r.dbid, r.queryid)",
			member),
		NULL);
	add_float(&p, true,
			  2 * 60.0 * (acu_query_retention + acu_query_hour_retention));
	add_integer(&p, true, MOST_TEXTS);
	owned_write(
		"query",
		"DELETE FROM acu.query WHERE last_seen < now() - make_interval(secs => $1)"
		" OR last_seen < (SELECT last_seen FROM acu.query"
		" ORDER BY last_seen DESC OFFSET $2 LIMIT 1)",
		&p);
	return SPI_processed > 0;
}

static int
current_member(const char *ring)
{
	Parameters p = { 0 };
	int member;

	add_text(&p, ring);
	member = owned_read_integer(
		"ring", "SELECT member FROM acu.ring WHERE name = $1", &p);
	if (member == 0)
		elog(ERROR, "acu.ring has no row \"%s\"", ring);
	return member;
}

/* The table, without its schema. */
static char *
member_name(const char *ring, int member)
{
	return psprintf("%s_%d", ring, member);
}
