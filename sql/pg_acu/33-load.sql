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

CREATE FUNCTION acu_internal.buckets(
    since timestamptz,
    until timestamptz,
    bucket interval,
    OUT at timestamptz,
    OUT ends timestamptz
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_buckets'
LANGUAGE C STABLE PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION acu_internal.buckets IS
'the buckets of acu.load() that have a part of a span: at: the start; ends: the start of the next';

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
'an error when a span ends before it begins; NULL is unbounded';

CREATE FUNCTION acu_internal.load_span(
    target text,
    since timestamptz,
    until timestamptz,
    bucket interval,
    OUT target_id int,
    OUT after timestamptz,
    OUT up_to timestamptz,
    OUT first timestamptz,
    OUT last timestamptz,
    OUT known_until timestamptz
) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    target_id := acu_internal.target_id(target);
    PERFORM acu_internal.check_span(since, until), acu_internal.bucket_start(NULL::timestamptz, bucket);
    after := coalesce(since, '-infinity');
    up_to := coalesce(until, 'infinity');
    SELECT min(s.at - make_interval(secs => s.seconds)), max(s.at) INTO first, last
    FROM acu.sample AS s
    WHERE s.target_id = load_span.target_id AND s.at > after AND s.at <= up_to;
    IF last IS NULL THEN
        PERFORM acu_internal.notice_elsewhere(target);
    END IF;
    first := CASE WHEN isfinite(after) THEN after ELSE first END;
    last := CASE WHEN isfinite(up_to) THEN up_to ELSE last END;
    known_until := CASE WHEN isfinite(up_to) THEN least(up_to, now()) ELSE last END;
END
$$;
COMMENT ON FUNCTION acu_internal.load_span IS
'the checked arguments of acu.load(). Samples belong to it when their end is in (after, up_to]; first, last: what its buckets cover, NULL when there is nothing; known_until: what is not covered until then is a gap';

-- The planner cannot know how few rows a span has: compiling the query took seconds, and
-- running it milliseconds.
CREATE FUNCTION acu.load(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    bucket interval DEFAULT '1 minute',
    OUT at timestamptz,
    OUT seconds double precision,
    OUT gap_seconds double precision,
    OUT vcpu_used double precision,
    OUT vcpus double precision,
    OUT cpu_seconds double precision,
    OUT background_cpu_seconds double precision,
    OUT active_sessions double precision,
    OUT connections int,
    OUT calls bigint,
    OUT calls_per_second double precision,
    OUT exec_seconds double precision,
    OUT plan_seconds double precision,
    OUT io_seconds double precision,
    OUT rows bigint,
    OUT blks_hit bigint,
    OUT blks_read bigint,
    OUT blks_written bigint,
    OUT temp_blks bigint,
    OUT wal_bytes bigint,
    OUT shared_buffers_bytes bigint,
    OUT buffers_used_bytes bigint,
    OUT buffers_hot_bytes bigint,
    OUT coverage double precision,
    OUT evictions bigint,
    OUT saturated_seconds double precision
) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
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
'the load of a target over time. at: the start of the bucket; buckets of whole days or months begin at midnight in the session''s time zone, weeks on Mondays, all others are counted from 1970-01-01 in UTC. seconds: of the samples that end in it; gap_seconds: of it that no sample covers, within the span and up to now. vcpu_used: CPU-seconds a second, times pg_acu.cpu_factor. vcpus: CPUs there are. active_sessions: on average. connections: at most. saturated_seconds: in which more sessions were active than CPUs. Seconds, blocks (of 8 kB), bytes: as in acu.sample. Averages are weighted by time; unknown is NULL.';

CREATE FUNCTION acu_internal.notice_import(target text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT int := acu_internal.target_id(target);
BEGIN
    IF id <> 1 AND NOT EXISTS (SELECT FROM acu.query_hour AS q WHERE q.target_id = id) THEN
        RAISE NOTICE USING
            MESSAGE = format('target "%s" was imported, and imports know no statements', target),
            HINT = 'acu.load(), acu.demand() and acu.advise() show what they know.';
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.notice_import IS
'a notice when nothing is known of the statements of an imported target';

CREATE FUNCTION acu_internal.check_top_queries(target text, since timestamptz, until timestamptz, "limit" int)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM acu_internal.notice_import(target), acu_internal.notice_elsewhere(target), acu_internal.check_span(since, until);
    IF "limit" IS NULL OR "limit" < 0 THEN
        PERFORM acu_internal.raise('22023',
            format('limit must be 0 or more, not %s', coalesce("limit"::text, 'NULL')),
            'It is how many queries are shown by themselves.');
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_top_queries IS
'an error when an argument of acu.top_queries() is wrong';

CREATE FUNCTION acu.top_queries(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    "limit" int DEFAULT 20,
    OUT part text,
    OUT queryid bigint,
    OUT user_name text,
    OUT database_name text,
    OUT calls bigint,
    OUT exec_seconds double precision,
    OUT cpu_seconds double precision,
    OUT cpu_share double precision,
    OUT blks bigint,
    OUT estimated boolean,
    OUT query text
) RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.check_top_queries(target, since, until, "limit");
    WITH done AS (
        SELECT acu_internal.part(s.userid, s.queryid, s.toplevel) AS part,
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
        WHERE r.part IN ('query', 'nested') AND r.place <= top_queries."limit"
        UNION ALL
        SELECT CASE r.part WHEN 'query' THEN 'others' ELSE r.part END, NULL, NULL, NULL,
               sum(r.calls)::bigint, sum(r.exec_seconds), sum(r.cpu_seconds),
               sum(r.blks)::bigint, bool_or(r.estimated)
        FROM ranked AS r
        WHERE r.part NOT IN ('query', 'nested') OR (r.part = 'query' AND r.place > top_queries."limit")
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
'which queries used the CPU of a target. part: query; others (rarer ones together); background (processes that work for no client); unexplained (CPU that no query explains); pending (of the last minute, by query when it is over): these sum to all CPU-seconds, cpu_share to 1; then nested, which functions ran, inside their callers. cpu_seconds are estimates (docs/workload.md). exec_seconds: by the clock. blks: shared blocks hit and read, of 8 kB. estimated: pg_stat_statements had lost it meanwhile, it did at least this.';

-- For GET /workload, which acu.grant_http does not grant: it shows queries.
CREATE FUNCTION acu.workload() RETURNS json
LANGUAGE sql STABLE
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
