-- status: how the sampling goes, and whether the rest can do its work.

CREATE TYPE acu.sampler_report AS (
    state               text,
    detail              text,
    database_name       text,
    last_sample_at      timestamptz,
    sample_interval     interval,
    sample_ms           double precision,
    lag_ms              double precision,
    samples             bigint,
    epoch               int,
    epoch_at            timestamptz,
    epoch_reason        text,
    coverage            double precision,
    evictions           bigint,
    call_cost_us        double precision,
    unexplained_share   double precision,
    memory_scan_ms      double precision,
    cpu_unknown         text,
    blocked_rotations   bigint,
    last_error          text,
    last_error_sqlstate text,
    last_error_at       timestamptz,
    unknown             text
);
COMMENT ON TYPE acu.sampler_report IS
'state of the sampling, the row of acu.sampler_status(); samples, coverage, evictions and unexplained_share are of the last hour';
COMMENT ON COLUMN acu.sampler_report.state IS
'a word: that of acu.worker_status(), or not_preloaded, no_database, other_database or off';
COMMENT ON COLUMN acu.sampler_report.detail IS 'why there are no samples, in a sentence; NULL when there are';
COMMENT ON COLUMN acu.sampler_report.database_name IS 'database that the samples are kept in';
COMMENT ON COLUMN acu.sampler_report.last_sample_at IS 'end of the last sample; NULL when there is none';
COMMENT ON COLUMN acu.sampler_report.sample_interval IS 'the setting pg_acu.sample_interval';
COMMENT ON COLUMN acu.sampler_report.sample_ms IS 'duration of the last sample, in milliseconds; NULL without a worker';
COMMENT ON COLUMN acu.sampler_report.lag_ms IS 'delay of the last sample behind its time, in milliseconds; NULL without a worker';
COMMENT ON COLUMN acu.sampler_report.samples IS 'number of samples';
COMMENT ON COLUMN acu.sampler_report.epoch IS 'number of the last epoch: acu.epoch.epoch';
COMMENT ON COLUMN acu.sampler_report.epoch_at IS 'time at which it began';
COMMENT ON COLUMN acu.sampler_report.epoch_reason IS 'why it began';
COMMENT ON COLUMN acu.sampler_report.coverage IS
'share (0 to 1) of the shared blocks of all databases that the statements account for; NULL when not known';
COMMENT ON COLUMN acu.sampler_report.evictions IS
'rounds in which pg_stat_statements evicted its rarest entries; NULL when not known';
COMMENT ON COLUMN acu.sampler_report.call_cost_us IS
'CPU time of a call beside its execution, in microseconds, estimated; NULL when not known';
COMMENT ON COLUMN acu.sampler_report.unexplained_share IS 'share (0 to 1) of the CPU that no query explains; NULL when not known';
COMMENT ON COLUMN acu.sampler_report.memory_scan_ms IS
'duration of the last scan of shared_buffers, in milliseconds; NULL when there was none';
COMMENT ON COLUMN acu.sampler_report.cpu_unknown IS 'why cpu_seconds is NULL; NULL when it is known';
COMMENT ON COLUMN acu.sampler_report.blocked_rotations IS
'rotations of the history that another session has blocked, by a lock on a table of it, since the server started; NULL without a worker';
COMMENT ON COLUMN acu.sampler_report.last_error IS 'message of the last error of the worker; NULL when there was none';
COMMENT ON COLUMN acu.sampler_report.last_error_sqlstate IS 'SQLSTATE of that error';
COMMENT ON COLUMN acu.sampler_report.last_error_at IS 'time of that error';
COMMENT ON COLUMN acu.sampler_report.unknown IS
'columns that samples cannot have, and the setting that is the reason; NULL when nothing is missing';

CREATE FUNCTION acu.sampler_status() RETURNS acu.sampler_report
LANGUAGE sql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.state, c.detail,
           coalesce(h.datname, d.datname),
           coalesce(w.at, s.last_at),
           make_interval(secs => i.seconds), w.sample_ms, w.lag_ms,
           s.samples, e.epoch, e.at, e.reason, s.coverage, s.evictions, w.call_cost_us,
           q.unexplained_share, w.memory_scan_ms, w.cpu_unknown, w.blocked_rotations,
           w.error, w.error_sqlstate, w.error_at,
           -- reset_val is the server's value; the session may have set another.
           (SELECT string_agg(u.reason, '; ' ORDER BY u.place)
            FROM (
                SELECT 1, 'pg_stat_statements is not preloaded, so that no statements are known: add it to shared_preload_libraries and restart the server'
                WHERE NOT EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max')
                UNION ALL
                SELECT 2, format('%s is %s, so that %s', g.name, g.reset_val, v.lost)
                FROM pg_settings AS g
                JOIN (VALUES ('compute_query_id', 'off', 'no statements are counted'),
                             ('pg_stat_statements.track', 'none', 'no statements are counted'),
                             ('track_activities', 'off', 'active_sessions is not known'),
                             ('track_io_timing', 'off', 'io_seconds is not known'),
                             ('pg_stat_statements.track_planning', 'off', 'plan_seconds is not known'))
                    AS v (name, value, lost) ON v.name = g.name AND v.value = g.reset_val
                UNION ALL
                SELECT 3, format('pg_stat_statements.max is %s, so that entries were evicted %s times in the last hour, some of them unseen',
                                 current_setting('pg_stat_statements.max', true), s.evictions)
                WHERE s.evictions > 0) AS u (place, reason))
    FROM pg_database AS d
    CROSS JOIN (SELECT extract(epoch FROM current_setting('pg_acu.sample_interval')::interval)) AS i (seconds)
    LEFT JOIN acu.worker_status() AS w ON true
    LEFT JOIN pg_database AS h ON h.oid = w.database_oid
    CROSS JOIN LATERAL (
        SELECT v.state, v.detail
        FROM (VALUES
            (1, w.state IS NULL, 'not_preloaded',
             'there is no worker: add pg_acu to shared_preload_libraries and restart the server, or call acu.take_sample() and acu.rotate_history() regularly'),
            (2, w.state = 'no_slot', w.state,
             format('there is no worker: max_worker_processes (%s) is too small for it: raise it and restart the server, or call acu.take_sample() and acu.rotate_history() regularly',
                    current_setting('max_worker_processes'))),
            (3, h.datname IS NULL, 'no_database',
             format('the worker has no database, or not yet; pg_acu.database is %L, and the server log has more',
                    current_setting('pg_acu.database', true))),
            (4, w.database_oid <> d.oid, 'other_database',
             'the worker keeps its samples in database ' || quote_ident(h.datname)),
            (5, i.seconds = 0 AND w.pid IS NOT NULL, 'off', 'pg_acu.sample_interval is 0'),
            (6, true, w.state, w.detail)) AS v (place, holds, state, detail)
        WHERE v.holds
        ORDER BY v.place
        LIMIT 1
    ) AS c
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
        SELECT sum(q.cpu_seconds) FILTER (WHERE acu_internal.row_kind(q.userid, q.queryid, q.toplevel) = 'unexplained')
                   / nullif(sum(q.cpu_seconds) FILTER (WHERE q.toplevel), 0)
        FROM acu.query_sample AS q
        WHERE q.target_id = 1 AND q.at > now() - interval '1 hour'
            AND q.hour >= now() - interval '2 hours'
    ) AS q (unexplained_share)
    WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION acu.sampler_status IS
'state of the sampling, in numbers';

CREATE TYPE acu.status_topic AS (
    topic  text,
    state  text,
    detail text,
    hint   text
);
COMMENT ON TYPE acu.status_topic IS
'the state of a part of pg_acu, a row of acu.status()';
COMMENT ON COLUMN acu.status_topic.topic IS
'sampler, samples, errors, statements, cpu, memory, history, texts, imports, prices, http or settings';
COMMENT ON COLUMN acu.status_topic.state IS 'ok, warning or off';
COMMENT ON COLUMN acu.status_topic.detail IS 'finding, in words';
COMMENT ON COLUMN acu.status_topic.hint IS 'what to do; NULL when nothing is to be done';

-- Readable at a glance: a row a topic. Of the cases of a topic (those with the same hundreds)
-- the first that holds is shown, so that a new reason is a new line.
CREATE FUNCTION acu.status() RETURNS SETOF acu.status_topic
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 12 COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- The settings pg_acu.* are known once the library is loaded, which this call does.
    PERFORM FROM acu.worker_status();
    RETURN QUERY
    SELECT DISTINCT ON (c.place / 100) c.topic, c.state, c.detail, c.hint
    FROM acu.sampler_status() AS s
    LEFT JOIN acu.worker_status() AS w ON true
    CROSS JOIN (SELECT current_setting('pg_acu.database'), current_setting('pg_acu.region'),
                       current_setting('pg_acu.memory_interval') <> '0',
                       current_setting('pg_acu.track_query_text')::boolean,
                       -- reset_val is the server's value; the session may have set another.
                       (SELECT max(v.reset_val) FROM pg_settings AS v WHERE v.name = 'compute_query_id'),
                       (SELECT max(v.reset_val) FROM pg_settings AS v WHERE v.name = 'pg_stat_statements.track'))
        AS g (database, region, memory, texts, query_ids, track)
    CROSS JOIN (SELECT min(s.at), max(s.at) FROM acu.sample AS s WHERE s.target_id = 1) AS h (oldest, newest)
    CROSS JOIN LATERAL (SELECT acu_internal.overdue_rings(h.newest)) AS o (overdue)
    LEFT JOIN LATERAL (SELECT * FROM acu.sample AS l WHERE l.target_id = 1 AND l.at = h.newest) AS l ON true
    CROSS JOIN (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c
                WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND c.relkind = 'r') AS d (bytes)
    CROSS JOIN (SELECT count(*) FROM acu.query AS q) AS t (texts)
    CROSS JOIN (SELECT count(*), string_agg(r.method || ' ' || r.path, ', ' ORDER BY r.path, r.method)
                                     FILTER (WHERE to_regprocedure(r.function) IS NULL)
                FROM acu.route AS r) AS r (routes, broken)
    CROSS JOIN (SELECT count(*) FROM pg_stat_activity AS a
                WHERE a.application_name = 'pg_acu_httpd' AND a.datname = current_database()) AS a (daemons)
    LEFT JOIN LATERAL (SELECT count(*) AS prices, max(p.as_of) AS as_of,
                              bool_or(p.item = 'db.serverless') AS serverless
                       FROM acu.current_price AS p WHERE p.region = g.region) AS p ON true
    CROSS JOIN (SELECT string_agg(i.name, ', ' ORDER BY i.name) FROM acu.target AS i
                WHERE i.kind = 'import') AS i (names)
    CROSS JOIN LATERAL (VALUES
        (101, 'sampler', w.state IS NULL AND s.samples > 0, 'ok',
         format('sessions take the samples: %s in the last hour', s.samples), NULL),
        (102, 'sampler', w.state IS NULL, 'off', 'pg_acu is not preloaded, so there is no worker',
         'Add pg_acu to shared_preload_libraries and restart the server, or call acu.take_sample() and acu.rotate_history() regularly.'),
        (103, 'sampler', w.state = 'no_slot', 'off', w.detail,
         'Raise max_worker_processes and restart the server, or call acu.take_sample() and acu.rotate_history() regularly.'),
        (104, 'sampler', w.pid IS NULL OR w.database_oid IS NULL, 'off',
         format('the worker does not run; its database is to be %I', g.database),
         'The server log has the reason: the database must exist (pg_acu.database).'),
        (105, 'sampler', s.database_name <> current_database(), 'off',
         format('the samples are kept in database %I', s.database_name), 'Connect to that database.'),
        (106, 'sampler', w.state = 'failing', 'warning', 'the last sample failed', 'The row errors says why.'),
        (107, 'sampler', s.sample_interval = interval '0', 'off', 'pg_acu.sample_interval is 0',
         'ALTER SYSTEM SET pg_acu.sample_interval = ''10s''; SELECT pg_reload_conf();'),
        (108, 'sampler', w.state = 'sampling', 'ok',
         format('every %s s; the last sample took %s ms', extract(epoch FROM s.sample_interval)::int,
                round(s.sample_ms::numeric, 1)), NULL),
        (109, 'sampler', w.state = 'standby', 'off', w.detail,
         'Samples are taken on the primary; their history is here too.'),
        (110, 'sampler', true, 'warning', coalesce(w.detail, w.state), NULL),

        (201, 'samples', h.newest IS NULL, 'off', 'there are none', 'The row sampler says why.'),
        (202, 'samples', h.newest < now() - greatest(3 * s.sample_interval, interval '5 minutes'), 'warning',
         format('the last one ended at %s', date_trunc('second', h.newest)),
         'The rows above and below say why.'),
        (203, 'samples', true, 'ok',
         format('%s in the last hour, the last one at %s; without a gap since %s (%s)', s.samples,
                date_trunc('second', h.newest), date_trunc('second', s.epoch_at), s.epoch_reason), NULL),

        (301, 'errors', s.last_error_at > coalesce(h.newest, '-infinity'), 'warning',
         format('%s (SQLSTATE %s) at %s', s.last_error, s.last_error_sqlstate, date_trunc('second', s.last_error_at)),
         'No sample has been taken since; the server log may have more.'),
        (302, 'errors', s.last_error IS NOT NULL, 'ok',
         format('samples go on since the last one, at %s: %s', date_trunc('second', s.last_error_at), s.last_error), NULL),
        (303, 'errors', true, 'ok', 'none', NULL),

        (401, 'statements', g.track IS NULL, 'off', 'pg_stat_statements is not preloaded',
         'Add pg_stat_statements to shared_preload_libraries and restart the server.'),
        (402, 'statements', g.query_ids = 'off', 'off', 'compute_query_id is off, so no statement is counted',
         'Set compute_query_id to auto.'),
        (403, 'statements', g.track = 'none', 'off', 'pg_stat_statements.track is none', 'Set pg_stat_statements.track to all or top.'),
        (404, 'statements', h.newest IS NULL, 'off', 'there are no samples', NULL),
        (405, 'statements', s.coverage < 0.7, 'warning',
         format('in the last hour %s %% of the blocks were of statements that were seen; %s evictions',
                round(s.coverage::numeric * 100), coalesce(s.evictions::text, 'unknown')),
         CASE WHEN s.evictions IS DISTINCT FROM 0 THEN 'Raise pg_stat_statements.max.'
              ELSE 'The other blocks are of autovacuum, of statements that failed or have not ended, or of those that pg_stat_statements does not track.' END),
        (406, 'statements', true, 'ok',
         concat_ws('; ', format('%s calls in the last sample', coalesce(l.calls::text, 'unknown')),
                   CASE WHEN s.coverage IS NOT NULL THEN
                       format('%s %% of the blocks of the last hour were of statements that were seen',
                              round(s.coverage::numeric * 100)) END), NULL),

        (501, 'cpu', h.newest IS NULL, 'off', 'there are no samples', NULL),
        (502, 'cpu', l.cpu_seconds IS NULL, 'off', coalesce(s.cpu_unknown, 'not known in the last sample'),
         'The CPU is read from /proc of the machine that the server runs on.'),
        (503, 'cpu', s.unexplained_share > 0.5 AND s.samples >= 30, 'warning',
         format('%s %% of the last hour is explained by no statement', round(s.unexplained_share::numeric * 100)),
         'The CPU is of statements that have not ended, that failed, or that pg_stat_statements does not track.'),
        (504, 'cpu', true, 'ok',
         format('%s of %s vCPUs in the last sample, from %s', round((l.cpu_seconds / l.seconds)::numeric, 2),
                coalesce(l.vcpus::text, 'unknown'), l.cpu_source), NULL),

        (601, 'memory', NOT g.memory, 'off', 'pg_acu.memory_interval is 0',
         'ALTER SYSTEM SET pg_acu.memory_interval = ''60s''; SELECT pg_reload_conf();'),
        (602, 'memory', l.buffers_hot_bytes IS NULL, 'off', 'not known in the last sample', NULL),
        (603, 'memory', true, 'ok',
         format('%s of %s shared_buffers are in use, %s with a usage count of 2 or more', pg_size_pretty(l.buffers_used_bytes),
                pg_size_pretty(l.shared_buffers_bytes), pg_size_pretty(l.buffers_hot_bytes)), NULL),

        (701, 'history', h.oldest IS NULL, 'off', 'there is none', NULL),
        (702, 'history', o.overdue IS NOT NULL, 'warning',
         format('overdue for rotation, so that it grows: %s', o.overdue),
         CASE WHEN w.pid IS NULL THEN 'Run CALL acu.rotate_history(), and then every minute.'
              ELSE 'End the session that holds one of its tables, or drop the foreign key that refers to one; the row errors may say more.' END),
        (703, 'history', true, 'ok',
         concat_ws('; ', format('since %s, %s', date_trunc('second', h.oldest), pg_size_pretty(d.bytes)),
                   CASE WHEN s.blocked_rotations > 0 THEN
                       format('other sessions have blocked %s rotations', s.blocked_rotations) END), NULL),

        (801, 'texts', NOT g.texts, 'off', format('pg_acu.track_query_text is off; %s are stored from before', t.texts), NULL),
        (802, 'texts', true, 'ok', format('%s stored', t.texts), NULL),

        (901, 'imports', i.names IS NULL, 'off', 'there are none', NULL),
        (902, 'imports', true, 'ok', i.names, NULL),

        (1001, 'prices', p.prices = 0, 'warning', format('none for region %s', g.region),
         'Choose another with pg_acu.region (acu.current_price lists the regions), or add them with acu.set_price.'),
        (1002, 'prices', NOT p.serverless, 'warning', format('none of an ACU-hour for region %s', g.region),
         format('Add it: SELECT acu.set_price(%L, ''db.serverless'', ...);', g.region)),
        (1003, 'prices', true, 'ok', format('%s for region %s, the newest of %s', p.prices, g.region, p.as_of), NULL),

        (1101, 'http', r.broken IS NOT NULL, 'warning', format('the functions of these routes have gone: %s', r.broken),
         'Create them again, or remove the routes with acu.drop_route.'),
        (1102, 'http', a.daemons = 0, 'off', format('%s routes; no pg_acu_httpd is connected to this database', r.routes),
         'Start pg_acu_httpd to have the routes answered.'),
        (1103, 'http', true, 'ok', format('%s routes; %s connections of pg_acu_httpd', r.routes, a.daemons), NULL),

        (1201, 'settings', s.unknown IS NULL, 'ok', 'no setting hides a column of the samples', NULL),
        (1202, 'settings', true, 'off', s.unknown, 'Change the settings whose columns you need.')
    ) AS c (place, topic, holds, state, detail, hint)
    WHERE c.holds
    ORDER BY c.place / 100, c.place;
END
$$;
COMMENT ON FUNCTION acu.status IS
'state of pg_acu, a row a topic; acu.sampler_status() has the numbers of the sampler';
