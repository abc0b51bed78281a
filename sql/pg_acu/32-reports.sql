-- reports: the history, to be looked at.
--
-- A sample belongs to a span when at is in (since, until]; NULL is unbounded.
-- Buckets are counted from 1970-01-01 in UTC, and bear the name of their end.

CREATE FUNCTION acu.take_sample(target text DEFAULT 'local') RETURNS timestamptz
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF acu.target_id(target) <> 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('target "%s" is not this server', target),
            HINT = 'Only the target local is sampled; the others are filled by import.';
    END IF;
    RETURN acu.take_local_sample();
END
$$;
REVOKE EXECUTE ON FUNCTION acu.take_sample(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.take_sample(text) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.take_sample(text) IS
'takes a sample of the workload now and returns its time; by the worker where it runs in this database, else by itself: the first one only begins, and each of the next ends an interval of up to an hour';

CREATE FUNCTION acu.take_local_sample() RETURNS timestamptz
AS 'MODULE_PATHNAME', 'acu_take_sample'
LANGUAGE C VOLATILE
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu.take_local_sample() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.take_local_sample() TO pg_read_all_stats;
COMMENT ON FUNCTION acu.take_local_sample() IS
'acu.take_sample() for this server';

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
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    id CONSTANT int := acu.target_id(target);
    width CONSTANT float8 := extract(epoch FROM bucket);
    most_buckets CONSTANT int := 1000000;
    first bigint;
    last bigint;
    -- Of the span, in seconds: where nothing is known outside of it is no gap.
    begins float8;
    ends float8;
BEGIN
    IF bucket IS NULL OR width < 1 OR extract(month FROM bucket) <> 0
        OR extract(year FROM bucket) <> 0 OR width <> floor(width) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('bucket %s is no span of whole seconds', coalesce('"' || bucket || '"', 'NULL')),
            HINT = 'Use 1 second or more, and days instead of months: ''10 s'', ''1 h'', ''7 days''.';
    ELSIF since > until THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('since (%s) is after until (%s)', since, until),
            HINT = 'Exchange them.';
    END IF;
    IF since = 'infinity' OR until = '-infinity' THEN
        RETURN;
    END IF;
    -- Number n ends at n * width.
    SELECT ceil(extract(epoch FROM min(s.at)) / width), ceil(extract(epoch FROM max(s.at)) / width),
           extract(epoch FROM min(s.at - make_interval(secs => s.seconds))), extract(epoch FROM max(s.at))
    INTO first, last, begins, ends
    FROM acu.sample AS s
    WHERE s.target_id = id AND s.at > coalesce(since, '-infinity')
        AND s.at <= coalesce(until, 'infinity');
    IF since > '-infinity' THEN
        first := floor(extract(epoch FROM since) / width) + 1;
        begins := extract(epoch FROM since);
    END IF;
    IF until < 'infinity' THEN
        last := ceil(extract(epoch FROM until) / width);
        ends := extract(epoch FROM least(until, now()));
    END IF;
    IF last - first >= most_buckets THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('%s buckets are too many', last - first + 1),
            HINT = format('Use a wider bucket, or a shorter span: up to %s.', most_buckets);
    END IF;

    RETURN QUERY
    SELECT to_timestamp(b.number * width),
           coalesce(s.seconds, 0),
           round(greatest(least(b.number * width, ends) - greatest((b.number - 1) * width, begins)
                          - coalesce(c.seconds, 0), 0)::numeric, 6)::float8,
           s.cpu_seconds / nullif(s.cpu_known_seconds, 0)
               -- not known to a session that has not loaded the library
               * coalesce(nullif(current_setting('pg_acu.cpu_factor', true), ''), '1')::float8,
           s.vcpus, s.cpu_seconds, s.background_cpu_seconds, s.active_sessions,
           s.connections, s.calls, s.calls / nullif(s.seconds, 0), s.exec_seconds,
           s.plan_seconds, s.io_seconds, s.rows, s.blks_hit, s.blks_read, s.blks_written,
           s.temp_blks, s.wal_bytes, s.shared_buffers_bytes, s.buffers_used_bytes,
           s.buffers_hot_bytes, s.coverage, s.evictions, s.saturated_seconds
    FROM generate_series(first, last) AS b (number)
    LEFT JOIN (
        SELECT ceil(extract(epoch FROM s.at) / width)::bigint AS number,
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
        FROM acu.sample AS s
        WHERE s.target_id = id AND s.at > coalesce(since, '-infinity')
            AND s.at <= coalesce(until, 'infinity')
        GROUP BY 1
    ) AS s ON s.number = b.number
    LEFT JOIN (
        -- A sample is in the bucket that it ends in, but covers those before as well.
        SELECT n AS number,
               sum(least(n * width, i.until, ends) - greatest((n - 1) * width, i.since, begins)) AS seconds
        FROM (
            SELECT extract(epoch FROM s.at)::float8 - s.seconds AS since,
                   extract(epoch FROM s.at)::float8 AS until
            FROM acu.sample AS s
            WHERE s.target_id = id AND s.at > coalesce(since, '-infinity')
                AND s.at - make_interval(secs => s.seconds) < coalesce(until, 'infinity')
        ) AS i, generate_series(floor(greatest(i.since, begins) / width)::bigint + 1,
                                ceil(least(i.until, ends) / width)::bigint) AS n
        GROUP BY n
    ) AS c ON c.number = b.number
    ORDER BY b.number;
END
$$;
REVOKE EXECUTE ON FUNCTION acu.load(text, timestamptz, timestamptz, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.load(text, timestamptz, timestamptz, interval) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.load(text, timestamptz, timestamptz, interval) IS
'the load of a target over time. at: the end of the bucket. seconds: of the samples that end in it; gap_seconds: of it that no sample covers, within the span and up to now. vcpu_used: CPU-seconds a second, times pg_acu.cpu_factor. vcpus: CPUs there are. active_sessions: on average. connections: at most. saturated_seconds: in which more sessions were active than CPUs. Seconds, blocks (of 8 kB), bytes: as in acu.sample. Averages are weighted by time; unknown is NULL.';

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
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    id CONSTANT int := acu.target_id(target);
    most CONSTANT int := "limit";
BEGIN
    IF most IS NULL OR most < 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('limit must be 0 or more, not %s', coalesce(most::text, 'NULL')),
            HINT = 'It is how many queries are shown by themselves.';
    END IF;
    RETURN QUERY
    WITH done AS (
        SELECT acu.part(s.userid, s.queryid, s.toplevel) AS part,
               s.userid, s.dbid, s.queryid, s.calls, s.exec_seconds, s.cpu_seconds, s.blks,
               s.estimated
        FROM (
            SELECT q.userid, q.dbid, q.queryid, q.toplevel,
                   sum(q.calls)::bigint AS calls, sum(q.exec_seconds) AS exec_seconds,
                   sum(q.cpu_seconds) AS cpu_seconds, sum(q.blks)::bigint AS blks,
                   bool_or(q.estimated) AS estimated
            FROM acu.query_sample AS q
            WHERE q.target_id = id
                AND q.hour >= coalesce(since, '-infinity') - interval '1 hour'
                AND q.hour < coalesce(until, 'infinity')
                AND q.at > coalesce(since, '-infinity') AND q.at <= coalesce(until, 'infinity')
            GROUP BY q.userid, q.dbid, q.queryid, q.toplevel
        ) AS s
    ), ranked AS (
        SELECT d.*,
               row_number() OVER (PARTITION BY d.part
                                  ORDER BY d.cpu_seconds DESC, d.exec_seconds DESC, d.queryid) AS place
        FROM done AS d
    ), shown AS (
        SELECT r.part, r.userid, r.dbid, r.queryid, r.calls, r.exec_seconds, r.cpu_seconds,
               r.blks, r.estimated
        FROM ranked AS r
        WHERE r.part IN ('query', 'nested') AND r.place <= most
        UNION ALL
        SELECT CASE r.part WHEN 'query' THEN 'others' ELSE r.part END, NULL, NULL, NULL,
               sum(r.calls)::bigint, sum(r.exec_seconds), sum(r.cpu_seconds),
               sum(r.blks)::bigint, bool_or(r.estimated)
        FROM ranked AS r
        WHERE r.part NOT IN ('query', 'nested') OR (r.part = 'query' AND r.place > most)
        GROUP BY 1
    )
    SELECT s.part, s.queryid, u.rolname::text, d.datname::text,
           CASE WHEN s.part IN ('background', 'unexplained') THEN NULL ELSE s.calls END,
           CASE WHEN s.part IN ('background', 'unexplained') THEN NULL ELSE s.exec_seconds END,
           s.cpu_seconds,
           s.cpu_seconds / nullif((SELECT sum(t.cpu_seconds) FROM shown AS t
                                   WHERE t.part <> 'nested'), 0),
           CASE WHEN s.part IN ('background', 'unexplained') THEN NULL ELSE s.blks END,
           s.estimated, q.query
    FROM shown AS s
    LEFT JOIN acu.query AS q ON (q.userid, q.dbid, q.queryid) = (s.userid, s.dbid, s.queryid)
    LEFT JOIN pg_roles AS u ON u.oid = s.userid
    LEFT JOIN pg_database AS d ON d.oid = s.dbid
    ORDER BY s.part = 'nested', s.cpu_seconds DESC, s.exec_seconds DESC, s.queryid;
END
$$;
REVOKE EXECUTE ON FUNCTION acu.top_queries(text, timestamptz, timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.top_queries(text, timestamptz, timestamptz, int) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.top_queries(text, timestamptz, timestamptz, int) IS
'which queries used the CPU of a target. part: query; others (rarer ones together); background (processes that work for no client); unexplained (CPU that no query explains): these sum to all CPU-seconds, cpu_share to 1; then nested, which functions ran, inside their callers. cpu_seconds are estimates (docs/workload.md). exec_seconds: by the clock. blks: shared blocks hit and read, of 8 kB. estimated: pg_stat_statements had lost it meanwhile, it did at least this.';

CREATE FUNCTION acu.worker_status(
    OUT pid int,
    OUT database_oid oid,
    OUT state text,
    OUT at timestamptz,
    OUT sample_ms double precision,
    OUT lag_ms double precision,
    OUT call_cost_us double precision,
    OUT memory_scan_ms double precision,
    OUT cpu_unknown text,
    OUT locked_turns bigint,
    OUT error text,
    OUT error_sqlstate text,
    OUT error_at timestamptz
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_worker_status'
LANGUAGE C VOLATILE ROWS 1;
REVOKE EXECUTE ON FUNCTION acu.worker_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.worker_status() TO pg_read_all_stats;
COMMENT ON FUNCTION acu.worker_status() IS
'what the worker is doing, in one row; none when pg_acu is not preloaded. acu.status() describes the columns';

CREATE FUNCTION acu.status(
    OUT state text,
    OUT database_name text,
    OUT last_sample_at timestamptz,
    OUT sample_interval interval,
    OUT sample_ms double precision,
    OUT lag_ms double precision,
    OUT samples bigint,
    OUT epoch int,
    OUT epoch_at timestamptz,
    OUT epoch_reason text,
    OUT coverage double precision,
    OUT evictions bigint,
    OUT call_cost_us double precision,
    OUT unexplained_share double precision,
    OUT memory_scan_ms double precision,
    OUT cpu_unknown text,
    OUT locked_turns bigint,
    OUT last_error text,
    OUT last_error_sqlstate text,
    OUT last_error_at timestamptz
) RETURNS record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
               WHEN w.state IS NULL THEN
                   'no worker: add pg_acu to shared_preload_libraries and restart the server, or call acu.take_sample() regularly'
               WHEN h.datname IS NULL THEN
                   format('no worker: it has no database, or not yet; pg_acu.database is %L, and the server log has more',
                          current_setting('pg_acu.database', true))
               WHEN w.database_oid <> d.oid THEN
                   format('the worker keeps its samples in database %I', h.datname)
               WHEN i.seconds = 0 AND w.pid IS NOT NULL THEN
                   'off: pg_acu.sample_interval is 0'
               ELSE w.state
           END,
           coalesce(h.datname, d.datname),
           coalesce(w.at, s.last_at),
           make_interval(secs => i.seconds), w.sample_ms, w.lag_ms,
           s.samples, e.epoch, e.at, e.reason, s.coverage, s.evictions, w.call_cost_us,
           q.unexplained_share, w.memory_scan_ms, w.cpu_unknown, w.locked_turns,
           w.error, w.error_sqlstate, w.error_at
    FROM pg_database AS d
    CROSS JOIN (SELECT extract(epoch FROM current_setting('pg_acu.sample_interval')::interval)) AS i (seconds)
    LEFT JOIN acu.worker_status() AS w ON true
    LEFT JOIN pg_database AS h ON h.oid = w.database_oid
    LEFT JOIN LATERAL (SELECT * FROM acu.epoch AS e ORDER BY e.epoch DESC LIMIT 1) AS e ON true
    CROSS JOIN (
        SELECT max(s.at), count(*) FILTER (WHERE s.at > now() - interval '1 hour'),
               sum(s.coverage * s.seconds)
                   / sum(s.seconds) FILTER (WHERE s.coverage IS NOT NULL),
               sum(s.evictions)::bigint
        FROM acu.sample AS s
        WHERE s.target_id = 1 AND s.at > now() - interval '1 hour'
    ) AS s (last_at, samples, coverage, evictions)
    CROSS JOIN (
        SELECT sum(q.cpu_seconds) FILTER (WHERE acu.part(q.userid, q.queryid, q.toplevel) = 'unexplained')
                   / nullif(sum(q.cpu_seconds) FILTER (WHERE q.toplevel), 0)
        FROM acu.query_sample AS q
        WHERE q.target_id = 1 AND q.at > now() - interval '1 hour'
            AND q.hour >= now() - interval '2 hours'
    ) AS q (unexplained_share)
    WHERE d.datname = current_database()
$$;
REVOKE EXECUTE ON FUNCTION acu.status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.status() TO pg_read_all_stats;
COMMENT ON FUNCTION acu.status() IS
'how the sampling goes. state: sampling, or why not. sample_ms, lag_ms: what the last sample took, and how late it was. samples, coverage, evictions, unexplained_share: of the last hour; coverage and unexplained_share from 0 to 1. epoch: the last time that samples began anew, since epoch_at, because of epoch_reason. call_cost_us: CPU-microseconds that a call costs beside its execution. memory_scan_ms: what the last look at shared_buffers took. cpu_unknown: why cpu_seconds is NULL. locked_turns: how often a report kept a ring from turning, since the server started. last_error: of the worker. NULL where there is no worker in this server.';

-- For GET /workload, which acu.grant_http does not grant: it shows queries.
CREATE FUNCTION acu.workload() RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT json_build_object(
        'since', now() - interval '1 hour',
        'until', now(),
        'load', (SELECT coalesce(json_agg(l ORDER BY l.at), '[]')
                 FROM acu.load('local', now() - interval '1 hour', now(), '1 minute') AS l),
        'queries', (SELECT coalesce(json_agg(t), '[]')
                    FROM acu.top_queries('local', now() - interval '1 hour', now()) AS t))
$$;
REVOKE EXECUTE ON FUNCTION acu.workload() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.workload() TO pg_read_all_stats;
COMMENT ON FUNCTION acu.workload() IS
'the load of the last hour by minute, and its queries, as JSON: acu.load and acu.top_queries';
INSERT INTO acu.route (method, path, function, builtin, max_age_seconds) VALUES
    ('GET', '/workload', 'acu.workload()', true, 10);
