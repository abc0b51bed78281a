-- Answers for samples of this server itself: its CPU is that of its own processes, so
-- Aurora's background comes on top; its memory and its queries are known.
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- Long ago, so that no real sample is among them, and not for long.
\set ON_ERROR_ROLLBACK on
BEGIN;
CREATE PROCEDURE sampled(begins timestamptz, minutes int, vcpu float8, connections int DEFAULT 1,
    hot_mib float8 DEFAULT 128, used_mib float8 DEFAULT 128, blks_read bigint DEFAULT 0, background float8 DEFAULT 0)
LANGUAGE sql AS $$
    INSERT INTO acu.sample (target_id, at, seconds, cpu_seconds, background_cpu_seconds, cpu_source, vcpus,
        connections, blks_read, shared_buffers_bytes, buffers_used_bytes, buffers_hot_bytes)
    SELECT 1, begins + n * interval '1 minute', 60, 60 * vcpu, 60 * background, 'proc', 4, connections, blks_read,
           20480 * 1048576::bigint, greatest(hot_mib, used_mib) * 1048576, hot_mib * 1048576
    FROM generate_series(1, minutes) AS n
$$;

-- Need, target and driver. A minute without CPU is a gap.
CALL sampled('2001-01-01 00:00', 1, 0.35);
CALL sampled('2001-01-01 00:01', 1, NULL);
CALL sampled('2001-01-01 00:02', 1, 0.1, hot_mib => 5504);
CALL sampled('2001-01-01 00:03', 1, 0, 500);
CALL sampled('2001-01-01 00:04', 1, 0);
SELECT to_char(at, 'HH24:MI') AS at, seconds, cpu_acu, memory_acu, round(connection_acu::numeric, 3) AS connections,
       need_acu, target_acu, driver
FROM acu.demand('local', '2001-01-01', '2001-01-02');
SELECT cpu_acu, need_acu, driver FROM acu.demand(since => '2001-01-01', until => '2001-01-02', background_vcpu => 0);
SELECT to_char(at, 'HH24:MI') AS at, need_acu, round(capacity_acu::numeric, 3) AS capacity,
       round(throttled_seconds::numeric, 3) AS throttled, round(backlog_seconds::numeric, 3) AS backlog, round(usd::numeric, 9) AS usd
FROM acu.simulate('local', '2001-01-01', '2001-01-02', max_acu => 8);
SELECT known_seconds, round(mean_acu::numeric, 3) AS mean, round(mean_used_acu::numeric, 3) AS used, round(score::numeric, 3) AS score,
       round(throttled_seconds::numeric, 3) AS throttled, round(longest_backlog_seconds::numeric, 3) AS backlog, paused_seconds
FROM acu.outcome('local', '2001-01-01', '2001-01-02', max_acu => 8);
SELECT option, usd, usd_per_month, usd_per_month_io_optimized, known_seconds, gap_seconds, lower_bound
FROM acu.options('local', '2001-01-01', '2001-01-02') WHERE option = 'serverless 4 ACU';

-- The bill. Of 0.5 vCPU, 0.05 work for no client, and Aurora's own 0.15 come on top; the
-- rarer queries together are a query, and what a function runs is in its caller's row.
CALL sampled('2001-01-02', 10, 0.5, background => 0.05);
INSERT INTO acu.query_recent
SELECT 1, '2001-01-02'::timestamptz + n * interval '5 minutes', 300, u, 0, q, t, false, cpu, 10, cpu, 0, 0, 0, blks, 0, 0, 0, 0, 0
FROM generate_series(1, 2) AS n,
     (VALUES (10, 11, true, 75, 300), (10, 12, true, 45, 100), (10, 13, false, 20, 100), (0, 1, true, 15, 0),
             (0, 2, true, 6, 0), (0, 3, true, 9, 50)) AS q (u, q, t, cpu, blks);
SELECT part, queryid, query, calls, cpu_seconds, round(acu_hours::numeric, 6) AS acu_hours, usd
FROM acu.query_cost('local', '2001-01-02', '2001-01-03', 4, 4);
SELECT sum(b.usd) = (SELECT round(sum(s.usd)::numeric, 9) FROM acu.simulate('local', '2001-01-02', '2001-01-03', 4, 4) AS s) AS equal
FROM acu.query_cost('local', '2001-01-02', '2001-01-03', 4, 4) AS b;

-- 2 vCPU for ten minutes where there is one: what waits is CPU's for ten more, though
-- connections need 2 ACU there; later they are what is needed.
CALL sampled('2001-01-03', 10, 2);
CALL sampled('2001-01-03 00:10', 20, 0, 400);
SELECT part, round(acu_hours::numeric, 4) AS acu_hours, round(usd, 5) AS usd
FROM acu.query_cost('local', '2001-01-03', '2001-01-04', 4, 4, background_vcpu => 0);
SELECT sum(b.usd) = (SELECT round(sum(s.usd)::numeric, 9) FROM acu.simulate('local', '2001-01-03', '2001-01-04', 4, 4) AS s) AS equal
FROM acu.query_cost('local', '2001-01-03', '2001-01-04', 4, 4) AS b;

-- The working set may be larger when 95 % of shared_buffers are in use, and blocks are read.
CALL sampled('2001-01-04 00:00', 2, 0, used_mib => 19456, blks_read => 1);
CALL sampled('2001-01-04 01:00', 2, 0, used_mib => 19455, blks_read => 1);
CALL sampled('2001-01-04 02:00', 2, 0, used_mib => 20480, blks_read => 0);
CALL sampled('2001-01-04 03:00', 2, 0, used_mib => 20480, blks_read => NULL);
SELECT hour, bool_and(o.lower_bound) AS lower_bound
FROM generate_series('2001-01-04'::timestamptz, '2001-01-04 03:00', '1 hour') AS hour,
     acu.options('local', hour, hour + interval '1 hour') AS o GROUP BY hour ORDER BY hour;

-- Memory for 8.5 ACU, seldom, when all else is allowed; db.r6g.large has 8.
CALL sampled('2001-01-05 00:00', 98, 0.1);
CALL sampled('2001-01-05 01:38', 2, 0.1, hot_mib => 11840);
SELECT max_acu >= 8.5 AS enough, bool_or(feasible) AS some, bool_and(feasible) AS every
FROM acu.options('local', '2001-01-05', '2001-01-06', max_throttled_share => 1, max_backlog_seconds => 1e9)
WHERE kind = 'serverless' GROUP BY enough ORDER BY enough;
SELECT option, mean_acu, feasible
FROM acu.options('local', '2001-01-05', '2001-01-06') WHERE option IN ('aurora db.r6g.large', 'aurora db.r6g.xlarge') ORDER BY option;

-- Connections: 16 GiB / 9531392 is 1802; a minimum below 1 ACU allows 2000; nothing more than 5000.
CALL sampled('2001-01-06 00:00', 2, 0, 1802);
CALL sampled('2001-01-06 01:00', 2, 0, 1803);
CALL sampled('2001-01-06 02:00', 2, 0, 2000);
CALL sampled('2001-01-06 03:00', 2, 0, 2001);
CALL sampled('2001-01-06 04:00', 2, 0, 5000);
CALL sampled('2001-01-06 05:00', 2, 0, 5001);
SELECT (SELECT round(max(d.connection_acu) * 204.8) FROM acu.demand('local', hour, hour + interval '1 hour') AS d) AS connections,
       bool_or(o.feasible) FILTER (WHERE o.min_acu < 1) AS below_1_acu,
       bool_or(o.feasible) FILTER (WHERE o.min_acu >= 1) AS others,
       bool_or(o.feasible) FILTER (WHERE o.option = 'aurora db.r6g.large') AS large,
       bool_or(o.feasible) FILTER (WHERE o.option = 'aurora db.r6g.4xlarge') AS "4xlarge"
FROM generate_series('2001-01-06'::timestamptz, '2001-01-06 05:00', '1 hour') AS hour,
     acu.options('local', hour, hour + interval '1 hour', max_throttled_share => 1, max_backlog_seconds => 1e9) AS o
GROUP BY hour ORDER BY hour;

-- An instance of 2 vCPU has Aurora's background to do as well.
CALL sampled('2001-01-07 00:00', 2, 1.84);
CALL sampled('2001-01-07 01:00', 2, 1.86);
SELECT i.throttled_seconds, o.throttled_seconds AS of_option, o.feasible
FROM generate_series('2001-01-07'::timestamptz, '2001-01-07 01:00', '1 hour') AS hour,
     acu.outcome('local', hour, hour + interval '1 hour', vcpu => 2, memory_gib => 16) AS i,
     acu.options('local', hour, hour + interval '1 hour') AS o
WHERE o.option = 'aurora db.r6g.large' ORDER BY hour;

-- An hour without anybody: paused after five minutes, or when one says.
CALL sampled('2001-01-08', 60, 0, 0);
SELECT known_seconds, mean_acu AS mean, paused_seconds FROM acu.outcome('local', '2001-01-08', '2001-01-09', 0, 1);
SELECT option, mean_acu AS mean, usd, usd_per_month, usd_per_month_io_optimized
FROM acu.options('local', '2001-01-08', '2001-01-09') WHERE option = 'serverless 0 to 1 ACU';
SELECT option, mean_acu AS mean, usd
FROM acu.options('local', '2001-01-08', '2001-01-09', pause_after => '10 minutes') WHERE option = 'serverless 0 to 1 ACU';

-- More load has more connections.
CALL sampled('2001-01-09', 2, 0, 1000);
SELECT flips_above > 1 AS flips FROM acu.advise('local', '2001-01-09', '2001-01-10', background_vcpu => 0);
ROLLBACK;
