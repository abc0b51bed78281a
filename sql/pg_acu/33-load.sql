-- load: the history as reports.
--
-- A sample belongs to a span when its end is in (since, until]; NULL is unbounded.
-- In reports, at is the start of the time that a row is about, as in date_trunc() and
-- CloudWatch. (In acu.sample at is the end of an interval.)

-- Buckets of whole days and months begin at midnight in the session's time zone; weeks
-- begin on Mondays. All others are counted from 1970-01-01 in UTC.
CREATE FUNCTION acu_internal.bucket_start(at timestamptz, bucket interval) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'acu_bucket_start'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.bucket_start IS
'the start of the bucket of acu.load() that holds an instant; NULL for infinity';

CREATE TYPE acu_internal.bucket AS (
    at   timestamptz,
    ends timestamptz
);
COMMENT ON TYPE acu_internal.bucket IS
'a bucket of acu.load()';
COMMENT ON COLUMN acu_internal.bucket.at IS 'start of the bucket';
COMMENT ON COLUMN acu_internal.bucket.ends IS 'start of the next bucket';

CREATE FUNCTION acu_internal.buckets(since timestamptz, until timestamptz, bucket interval) RETURNS SETOF acu_internal.bucket
AS 'MODULE_PATHNAME', 'acu_buckets'
LANGUAGE C STABLE PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION acu_internal.buckets IS
'buckets of acu.load() that have a part of a span';

CREATE FUNCTION acu_internal.check_span(since timestamptz, until timestamptz) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF since > until THEN
        PERFORM acu_internal.raise('22023',
            format('since (%s) is after until (%s)', since, until),
            'Make since earlier than until.');
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_span IS
'raises an error when a span ends before it begins; NULL is unbounded';

CREATE TYPE acu_internal.span AS (
    target_id   int,
    after       timestamptz,
    up_to       timestamptz,
    first       timestamptz,
    last        timestamptz,
    known_until timestamptz
);
COMMENT ON TYPE acu_internal.span IS
'the span of acu.load(), checked';
COMMENT ON COLUMN acu_internal.span.target_id IS 'acu.target.id';
COMMENT ON COLUMN acu_internal.span.after IS 'samples of the span end after this; -infinity when it is unbounded';
COMMENT ON COLUMN acu_internal.span.up_to IS 'samples of the span end at this or before; infinity when it is unbounded';
COMMENT ON COLUMN acu_internal.span.first IS
'start of the first bucket''s part of the span; NULL when the span has no samples and is unbounded';
COMMENT ON COLUMN acu_internal.span.last IS
'end of the last bucket''s part of the span; NULL when the span has no samples and is unbounded';
COMMENT ON COLUMN acu_internal.span.known_until IS 'until then, time without samples is a gap; NULL as last is';

CREATE FUNCTION acu_internal.load_span(
    target text,
    since timestamptz,
    until timestamptz,
    bucket interval
) RETURNS acu_internal.span
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    span acu_internal.span;
BEGIN
    span.target_id := acu_internal.target_id(target);
    PERFORM acu_internal.check_span(since, until), acu_internal.bucket_start(NULL::timestamptz, bucket);
    span.after := coalesce(since, '-infinity');
    span.up_to := coalesce(until, 'infinity');
    SELECT min(s.at - make_interval(secs => s.seconds)), max(s.at) INTO span.first, span.last
    FROM acu.sample AS s
    WHERE s.target_id = span.target_id AND s.at > span.after AND s.at <= span.up_to;
    IF span.last IS NULL THEN
        PERFORM acu_internal.notice_elsewhere(target);
    END IF;
    span.first := CASE WHEN isfinite(span.after) THEN span.after ELSE span.first END;
    span.last := CASE WHEN isfinite(span.up_to) THEN span.up_to ELSE span.last END;
    span.known_until := CASE WHEN isfinite(span.up_to) THEN least(span.up_to, now()) ELSE span.last END;
    RETURN span;
END
$$;
COMMENT ON FUNCTION acu_internal.load_span IS
'checked arguments of acu.load()';

CREATE TYPE acu.load_bucket AS (
    at                     timestamptz,
    seconds                double precision,
    gap_seconds            double precision,
    vcpu_used              double precision,
    vcpus                  double precision,
    cpu_seconds            double precision,
    background_cpu_seconds double precision,
    active_sessions        double precision,
    connections            int,
    calls                  bigint,
    calls_per_second       double precision,
    exec_seconds           double precision,
    plan_seconds           double precision,
    io_seconds             double precision,
    rows                   bigint,
    blks_hit               bigint,
    blks_read              bigint,
    blks_written           bigint,
    temp_blks              bigint,
    wal_bytes              bigint,
    shared_buffers_bytes   bigint,
    buffers_used_bytes     bigint,
    buffers_hot_bytes      bigint,
    coverage               double precision,
    evictions              bigint,
    saturated_seconds      double precision
);
COMMENT ON TYPE acu.load_bucket IS
'the load of a target in a bucket of time, a row of acu.load(). Averages are weighted by time';
COMMENT ON COLUMN acu.load_bucket.at IS 'start of the bucket';
COMMENT ON COLUMN acu.load_bucket.seconds IS 'length of the samples that end in the bucket, in seconds; 0 without samples';
COMMENT ON COLUMN acu.load_bucket.gap_seconds IS 'seconds of the bucket, within the span and up to now, that no sample covers';
COMMENT ON COLUMN acu.load_bucket.vcpu_used IS 'CPU-seconds a second, times pg_acu.cpu_factor; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.vcpus IS 'CPUs of the server, the most at a time; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.cpu_seconds IS 'CPU-seconds of all processes of the server; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.background_cpu_seconds IS
'CPU-seconds of processes that work for no client, a part of cpu_seconds; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.active_sessions IS 'sessions that ran a statement, on average; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.connections IS 'connections of clients, the most at a time; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.calls IS 'toplevel statements that ended; NULL when not known, as in all columns of statements';
COMMENT ON COLUMN acu.load_bucket.calls_per_second IS 'calls a second';
COMMENT ON COLUMN acu.load_bucket.exec_seconds IS 'seconds of execution, by the clock: waiting included';
COMMENT ON COLUMN acu.load_bucket.plan_seconds IS 'seconds of planning; NULL when pg_stat_statements.track_planning is off';
COMMENT ON COLUMN acu.load_bucket.io_seconds IS
'seconds of exec_seconds spent reading and writing blocks; NULL when track_io_timing is off';
COMMENT ON COLUMN acu.load_bucket.rows IS 'rows returned or changed';
COMMENT ON COLUMN acu.load_bucket.blks_hit IS 'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_bucket.blks_read IS 'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_bucket.blks_written IS 'shared blocks written by statements themselves (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_bucket.temp_blks IS 'temporary blocks read and written (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_bucket.wal_bytes IS 'bytes of write-ahead log';
COMMENT ON COLUMN acu.load_bucket.shared_buffers_bytes IS 'the setting shared_buffers, in bytes';
COMMENT ON COLUMN acu.load_bucket.buffers_used_bytes IS
'bytes of shared_buffers that held a block, the most at a scan; NULL when not scanned';
COMMENT ON COLUMN acu.load_bucket.buffers_hot_bytes IS
'bytes of shared_buffers whose block had a usage count of 2 or more, the most at a scan; NULL when not scanned';
COMMENT ON COLUMN acu.load_bucket.coverage IS
'share (0 to 1) of the shared blocks of all databases that the statements account for, on average; NULL when not known';
COMMENT ON COLUMN acu.load_bucket.evictions IS
'rounds in which pg_stat_statements evicted its rarest entries; NULL where it is older than 1.9';
COMMENT ON COLUMN acu.load_bucket.saturated_seconds IS 'seconds in which more sessions were active than there are CPUs';

-- The planner cannot know how few rows a span has: compiling the query took seconds, and
-- running it milliseconds.
CREATE FUNCTION acu.load(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    bucket interval DEFAULT '1 minute'
) RETURNS SETOF acu.load_bucket
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1500 COST 10000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
    WITH span AS MATERIALIZED (
        SELECT * FROM acu_internal.load_span(load.target, load.since, load.until, load.bucket)
    ), sums AS (
        -- An interval belongs to the bucket that holds its last microsecond.
        SELECT acu_internal.bucket_start(s.at - interval '1 microsecond', load.bucket) AS at,
               sum(s.seconds) AS seconds,
               sum(s.seconds) FILTER (WHERE s.cpu_seconds IS NOT NULL) AS cpu_known_seconds,
               max(s.vcpus) AS vcpus,
               sum(s.cpu_seconds) AS cpu_seconds,
               sum(s.background_cpu_seconds) AS background_cpu_seconds,
               sum(s.active_sessions * s.seconds)
                   / sum(s.seconds) FILTER (WHERE s.active_sessions IS NOT NULL) AS active_sessions,
               max(s.connections) AS connections,
               sum(s.calls)::bigint AS calls,
               sum(s.exec_seconds) AS exec_seconds,
               sum(s.plan_seconds) AS plan_seconds,
               sum(s.io_seconds) AS io_seconds,
               sum(s.rows)::bigint AS rows,
               sum(s.blks_hit)::bigint AS blks_hit,
               sum(s.blks_read)::bigint AS blks_read,
               sum(s.blks_written)::bigint AS blks_written,
               sum(s.temp_blks)::bigint AS temp_blks,
               sum(s.wal_bytes)::bigint AS wal_bytes,
               max(s.shared_buffers_bytes) AS shared_buffers_bytes,
               max(s.buffers_used_bytes) AS buffers_used_bytes,
               max(s.buffers_hot_bytes) AS buffers_hot_bytes,
               sum(s.coverage * s.seconds)
                   / sum(s.seconds) FILTER (WHERE s.coverage IS NOT NULL) AS coverage,
               sum(s.evictions)::bigint AS evictions,
               coalesce(sum(s.seconds) FILTER (WHERE s.saturated), 0) AS saturated_seconds
        FROM span AS p
        JOIN acu.sample AS s ON s.target_id = p.target_id AND s.at > p.after AND s.at <= p.up_to
        GROUP BY 1
    ), covered AS (
        -- An interval may cover earlier buckets too.
        SELECT b.at,
               sum(extract(epoch FROM least(b.ends, i.ends) - greatest(b.at, i.begins))) AS seconds
        FROM span AS p,
             LATERAL (
                 SELECT greatest(s.at - make_interval(secs => s.seconds), p.first) AS begins,
                        least(s.at, p.known_until) AS ends
                 FROM acu.sample AS s
                 WHERE s.target_id = p.target_id AND s.at > p.after
                     AND s.at - make_interval(secs => s.seconds) < p.up_to
             ) AS i,
             LATERAL acu_internal.buckets(i.begins, i.ends, load.bucket) AS b
        GROUP BY b.at
    )
    SELECT b.at,
           coalesce(s.seconds, 0),
           greatest(round((extract(epoch FROM least(b.ends, p.known_until) - greatest(b.at, p.first))
                           - coalesce(c.seconds, 0))::numeric, 6), 0)::float8,
           s.cpu_seconds / nullif(s.cpu_known_seconds, 0)
               -- not known to a session that has not loaded the library
               * coalesce(nullif(current_setting('pg_acu.cpu_factor', true), ''), '1')::float8,
           s.vcpus, s.cpu_seconds, s.background_cpu_seconds, s.active_sessions,
           s.connections, s.calls, s.calls / nullif(s.seconds, 0), s.exec_seconds,
           s.plan_seconds, s.io_seconds, s.rows, s.blks_hit, s.blks_read, s.blks_written,
           s.temp_blks, s.wal_bytes, s.shared_buffers_bytes, s.buffers_used_bytes,
           s.buffers_hot_bytes, s.coverage, s.evictions, s.saturated_seconds
    FROM span AS p,
         LATERAL acu_internal.buckets(p.first, p.last, load.bucket) AS b
    LEFT JOIN sums AS s ON s.at = b.at
    LEFT JOIN covered AS c ON c.at = b.at
    ORDER BY b.at
$$;
COMMENT ON FUNCTION acu.load IS
'load of a target over time. Buckets of whole days or months begin at midnight in the session''s time zone, weeks on Mondays; all others are counted from 1970-01-01 in UTC. A sample belongs to the bucket in which it ends';

CREATE FUNCTION acu_internal.notice_import(target text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT int := acu_internal.target_id(target);
BEGIN
    IF id <> 1 AND NOT EXISTS (SELECT FROM acu.query_hour AS q WHERE q.target_id = id) THEN
        RAISE NOTICE USING
            MESSAGE = format('target "%s" was imported and has no statements', target),
            HINT = 'Use acu.load(), acu.demand() or acu.advise() for imported targets.';
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.notice_import IS
'a notice when nothing is known of the statements of an imported target';

CREATE FUNCTION acu_internal.check_top_queries(target text, since timestamptz, until timestamptz, max_queries int)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM acu_internal.notice_import(target), acu_internal.notice_elsewhere(target), acu_internal.check_span(since, until);
    IF max_queries IS NULL OR max_queries < 0 THEN
        PERFORM acu_internal.raise('22023',
            format('max_queries must be 0 or more, not %s', coalesce(max_queries::text, 'NULL')),
            'Set max_queries to the number of queries to show.');
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_top_queries IS
'raises an error when an argument of acu.top_queries() is wrong';

CREATE TYPE acu.top_query AS (
    part          text,
    queryid       bigint,
    user_name     text,
    database_name text,
    calls         bigint,
    exec_seconds  double precision,
    cpu_seconds   double precision,
    cpu_share     double precision,
    blks          bigint,
    estimated     boolean,
    query         text
);
COMMENT ON TYPE acu.top_query IS
'a query or another part of the CPU of a target, a row of acu.top_queries()';
COMMENT ON COLUMN acu.top_query.part IS
'query; others (rarer queries together); background (processes that work for no client); unexplained (CPU that no query explains); pending (CPU of the current minute, which is split by query at its end); nested (a statement that a function ran, inside its caller''s row too)';
COMMENT ON COLUMN acu.top_query.queryid IS 'hash of the normalised statement; NULL in rows of no single query';
COMMENT ON COLUMN acu.top_query.user_name IS
'role that ran it; NULL in rows of no single query, or when it is not known any more';
COMMENT ON COLUMN acu.top_query.database_name IS 'database that it ran in; NULL as user_name is';
COMMENT ON COLUMN acu.top_query.calls IS 'calls that ended; NULL in rows of no query';
COMMENT ON COLUMN acu.top_query.exec_seconds IS 'seconds of execution, by the clock; NULL in rows of no query';
COMMENT ON COLUMN acu.top_query.cpu_seconds IS 'CPU-seconds, estimated (docs/workload.md)';
COMMENT ON COLUMN acu.top_query.cpu_share IS 'share (0 to 1) of the CPU-seconds of all parts but nested; these sum to 1';
COMMENT ON COLUMN acu.top_query.blks IS 'shared blocks hit and read (blocks of 8 kB); NULL in rows of no query';
COMMENT ON COLUMN acu.top_query.estimated IS 'whether pg_stat_statements had lost it meanwhile: it did at least this';
COMMENT ON COLUMN acu.top_query.query IS 'text, with constants as $1, $2 and so on; NULL when not kept';

CREATE FUNCTION acu.top_queries(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    max_queries int DEFAULT 20
) RETURNS SETOF acu.top_query
LANGUAGE sql STABLE PARALLEL SAFE ROWS 25 COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.check_top_queries(target, since, until, max_queries);
    WITH done AS (
        SELECT acu_internal.row_kind(s.userid, s.queryid, s.toplevel) AS part,
               s.userid, s.dbid, s.queryid, s.calls, s.exec_seconds, s.cpu_seconds, s.blks,
               s.estimated
        FROM (
            SELECT q.userid, q.dbid, q.queryid, q.toplevel,
                   sum(q.calls)::bigint AS calls, sum(q.exec_seconds) AS exec_seconds,
                   sum(q.cpu_seconds) AS cpu_seconds, sum(q.blks)::bigint AS blks,
                   bool_or(q.estimated) AS estimated
            FROM acu.query_sample AS q
            WHERE q.target_id = (SELECT acu_internal.target_id(top_queries.target))
                AND q.hour >= coalesce(top_queries.since, '-infinity') - interval '1 hour'
                AND q.hour < coalesce(top_queries.until, 'infinity')
                AND q.at > coalesce(top_queries.since, '-infinity')
                AND q.at <= coalesce(top_queries.until, 'infinity')
            GROUP BY q.userid, q.dbid, q.queryid, q.toplevel
        ) AS s
        UNION ALL
        -- CPU-seconds of the current minute: the worker writes them by query at its end.
        SELECT 'pending', NULL, NULL, NULL, NULL, NULL, sum(s.cpu_seconds), NULL, NULL
        FROM acu.sample AS s
        WHERE (SELECT acu_internal.target_id(top_queries.target)) = 1 AND s.target_id = 1
            AND s.at > coalesce(top_queries.since, '-infinity')
            AND s.at <= coalesce(top_queries.until, 'infinity')
            AND s.at > greatest(now() - interval '1 hour',
                                (SELECT max(q.at) FROM acu.query_recent AS q WHERE q.target_id = 1))
            AND EXISTS (SELECT FROM acu.worker_status() AS w
                        JOIN pg_database AS h ON h.oid = w.database_oid AND h.datname = current_database()
                        WHERE w.pid IS NOT NULL)
        HAVING sum(s.cpu_seconds) > 0
    ), ranked AS (
        SELECT d.*,
               row_number() OVER (PARTITION BY d.part
                                  ORDER BY d.cpu_seconds DESC, d.exec_seconds DESC, d.queryid) AS place
        FROM done AS d
    ), shown AS (
        SELECT r.part, r.userid, r.dbid, r.queryid, r.calls, r.exec_seconds, r.cpu_seconds,
               r.blks, r.estimated
        FROM ranked AS r
        WHERE r.part IN ('query', 'nested') AND r.place <= top_queries.max_queries
        UNION ALL
        SELECT CASE r.part WHEN 'query' THEN 'others' ELSE r.part END, NULL, NULL, NULL,
               sum(r.calls)::bigint, sum(r.exec_seconds), sum(r.cpu_seconds),
               sum(r.blks)::bigint, bool_or(r.estimated)
        FROM ranked AS r
        WHERE r.part NOT IN ('query', 'nested') OR (r.part = 'query' AND r.place > top_queries.max_queries)
        GROUP BY 1
    )
    SELECT s.part, s.queryid, coalesce(u.rolname::text, q.user_name), coalesce(d.datname::text, q.database_name),
           CASE WHEN s.part IN ('background', 'unexplained', 'pending') THEN NULL ELSE s.calls END,
           CASE WHEN s.part IN ('background', 'unexplained', 'pending') THEN NULL ELSE s.exec_seconds END,
           s.cpu_seconds,
           s.cpu_seconds / nullif((SELECT sum(t.cpu_seconds) FROM shown AS t
                                   WHERE t.part <> 'nested'), 0),
           CASE WHEN s.part IN ('background', 'unexplained', 'pending') THEN NULL ELSE s.blks END,
           s.estimated, q.query
    FROM shown AS s
    LEFT JOIN acu.query AS q ON (q.userid, q.dbid, q.queryid) = (s.userid, s.dbid, s.queryid)
    LEFT JOIN pg_roles AS u ON u.oid = s.userid
    LEFT JOIN pg_database AS d ON d.oid = s.dbid
    ORDER BY s.part = 'nested', s.cpu_seconds DESC, s.exec_seconds DESC, s.queryid
$$;
COMMENT ON FUNCTION acu.top_queries IS
'queries that used the CPU of a target, at most max_queries of each of the parts query and nested. All parts but nested sum to all CPU-seconds of the span';

-- For GET /workload, which acu.grant_http does not grant: it shows queries.
CREATE FUNCTION acu.workload() RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT json_build_object(
        'since', now() - interval '1 hour',
        'until', now(),
        'load', (SELECT coalesce(json_agg(l ORDER BY l.at), '[]')
                 FROM acu.load('local'::text, now() - interval '1 hour', now(), interval '1 minute') AS l),
        -- Programs that read numbers of JSON as floating point would round a queryid.
        'queries', (SELECT coalesce(json_agg(q), '[]')
                    FROM (SELECT t.part, t.queryid::text AS queryid, t.user_name, t.database_name,
                                 t.calls, t.exec_seconds, t.cpu_seconds, t.cpu_share, t.blks,
                                 t.estimated, t.query
                          FROM acu.top_queries('local'::text, now() - interval '1 hour', now(), 20) AS t) AS q))
$$;
COMMENT ON FUNCTION acu.workload IS
'the load of the last hour by minute, and its queries, as JSON: acu.load and acu.top_queries; queryid is a string';
INSERT INTO acu.route (method, path, function, builtin, max_age_seconds) VALUES
    ('GET', '/workload', 'acu.workload()', true, 10);
