-- Need and cost of a load.
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- Without a history there is no answer.
SELECT * FROM acu.demand('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.simulate(since => '2000-01-02', until => '2000-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.options('local', '2000-01-01', '2000-01-02');
\echo :LAST_ERROR_SQLSTATE
SELECT name, unit, low, likely, high FROM acu.constants();

-- Somebody's histories are as before in the end.
\set ON_ERROR_ROLLBACK on
BEGIN;
CREATE FUNCTION hours(n int, vcpu float8) RETURNS bigint LANGUAGE sql AS $$
    SELECT acu.import_series('hours', array_agg('2026-01-01'::timestamptz + make_interval(hours => i)),
                             array_agg(vcpu), NULL, array_agg(0))
    FROM generate_series(1, n) AS i
$$;

-- Arithmetic that others published: an idle half ACU for 720 and for 730 hours, eight
-- ACU instead of it, and a range that does not move.
SELECT hours(720, 0);
SELECT round(sum(usd)::numeric, 6) AS usd FROM acu.simulate('hours', min_acu => 0.5, max_acu => 1);
SELECT usd_per_month, feasible FROM acu.options('hours') WHERE option = 'serverless 0.5 to 1 ACU';
SELECT round((730 * (avg(b.usd) - avg(a.usd)))::numeric, 6) AS usd
FROM acu.simulate('hours', min_acu => 0.5, max_acu => 8) AS a
JOIN acu.simulate('hours', min_acu => 8, max_acu => 8) AS b USING (at);
SELECT min(capacity_acu), max(capacity_acu), sum(throttled_seconds) AS throttled, sum(backlog_seconds) AS backlog
FROM acu.simulate('hours', min_acu => 8, max_acu => 8);
SELECT round((2 * 730 * sum(usd) / 720)::numeric, 6) AS pair FROM acu.simulate('hours', min_acu => 8, max_acu => 8);
-- Paused after 300 seconds without a connection.
SELECT round(sum(usd)::numeric, 9) AS usd, sum(throttled_seconds) AS throttled
FROM acu.simulate('hours', min_acu => 0, max_acu => 8);
SELECT known_seconds, mean_acu, compute_delta, paused_seconds
FROM acu.outcome('hours', min_acu => 0, max_acu => 8);
SELECT paused_seconds FROM acu.outcome('hours', min_acu => 0, max_acu => 8, pause_after => '1 hour');
SELECT option, usd_per_month FROM acu.options('hours') WHERE kind = 'serverless';

-- Need, target and driver.
SELECT acu.import_series('mixed',
    '{2026-01-01 00:01, 2026-01-01 00:02, 2026-01-01 00:03, 2026-01-01 00:04, 2026-01-01 00:05}',
    '{1, 0.1, 0.1, 0, 1.01}', '{0, 8589934592, 0, 0, 0}', '{1, 1, 500, 1, 1}');
SELECT to_char(at, 'HH24:MI') AS at, cpu_acu, round(memory_acu::numeric, 3) AS memory,
       round(connection_acu::numeric, 3) AS connections, need_acu, target_acu, driver
FROM acu.demand('mixed');
SELECT cpu_acu, need_acu, target_acu FROM acu.demand('mixed', background_vcpu => 0.25, floor_acu => 8);

-- Up by tokens, down in steps.
SELECT acu.import_series('burst', array_agg('2026-01-01'::timestamptz + make_interval(mins => i)),
                         array_agg(CASE WHEN i BETWEEN 5 AND 15 THEN 2.4 ELSE 0 END))
FROM generate_series(1, 40) AS i;
SELECT to_char(at, 'HH24:MI') AS at, need_acu, round(capacity_acu::numeric, 3) AS capacity,
       round(throttled_seconds::numeric, 3) AS throttled, round(backlog_seconds::numeric, 3) AS backlog
FROM acu.simulate('burst', min_acu => 0.5, max_acu => 16);

-- An instance: its size, and when it is too small.
SELECT mean_acu, mean_used_acu AS used, score, throttled_seconds
FROM acu.outcome('burst', vcpu => 4, memory_gib => 32);
SELECT mean_acu, throttled_seconds, longest_backlog_seconds
FROM acu.outcome('burst', vcpu => 2, memory_gib => 16);

-- Options: prices, limits, regions.
SELECT option, mean_acu, usd_per_month, break_even_acu AS break_even, feasible, reason
FROM acu.options('burst') WHERE instance_class IN ('db.r6g.large', 'db.r6g.xlarge', 'db.t4g.medium', 'db.r6a.xlarge');
SELECT option, usd_per_month, reason FROM acu.options('burst', region => 'eu-west-1')
WHERE instance_class = 'db.r6g.xlarge';
SELECT count(*) > 20 AS many, bool_and(lower_bound) AS lower_bound,
       bool_and(usd_per_month_low <= usd_per_month AND usd_per_month <= usd_per_month_high) AS ordered,
       bool_and(compute_delta BETWEEN 0 AND 1 AND abs(score - 10 * compute_delta) < 0.01) AS deltas,
       min(known_seconds) AS known, min(gap_seconds) AS gaps
FROM acu.options('burst') WHERE kind = 'serverless';
SELECT min(usd_per_month) FROM acu.options('burst') WHERE kind = 'serverless' AND feasible;
SELECT min(usd_per_month) FROM acu.options('burst', max_throttled_share => 0.5, max_backlog_seconds => 10000)
WHERE kind = 'serverless' AND feasible;
SELECT usd_per_month, usd_per_month_io_optimized, usd_per_month_reserved
FROM acu.options('burst', storage_gib => 100, million_requests => 1000) WHERE option = 'aurora db.r6g.xlarge';
SELECT usd_per_month IS NULL AS unknown, reason
FROM acu.options('burst', region => 'us-east-2', storage_gib => 100) WHERE option = 'aurora db.r6g.xlarge';
-- The price of RDS storage is not known, and no region has another's prices.
SELECT acu.set_price('us-east-2', 'storage', 0.10);
SELECT option, usd_per_month, reason FROM acu.options('burst', region => 'us-east-2', storage_gib => 100)
WHERE option IN ('rds db.m6g.4xlarge', 'serverless 10 ACU');
SELECT acu.set_price('us-east-2', 'storage', 0.11, platform => 'rds');
SELECT option, usd_per_month FROM acu.options('burst', region => 'us-east-2', storage_gib => 100)
WHERE option IN ('rds db.m6g.4xlarge', 'serverless 10 ACU');
SELECT bool_and(break_even_acu IS NULL) FROM acu.options('burst') WHERE kind = 'serverless';
-- Options with a price come before those without, the cheapest first.
SELECT count(*) AS wrong
FROM (SELECT usd_per_month, lag(usd_per_month) OVER (ORDER BY n) AS before, n, feasible,
             lag(feasible) OVER (ORDER BY n) AS feasible_before
      FROM acu.options('burst', region => 'ap-southeast-2') WITH ORDINALITY AS o
          (option, kind, instance_class, min_acu, max_acu, mean_acu, acu_hours, usd, usd_per_month,
           low, high, delta, score, throttled, backlog, known, gap, bound, feasible, reason, io, reserved,
           break_even, assumptions, n)) AS o
WHERE n > 1 AND feasible = feasible_before AND (before IS NULL AND usd_per_month IS NOT NULL OR before > usd_per_month);
SELECT assumptions FROM acu.options('burst') LIMIT 1;
SELECT option, runner_up, round(flips_above::numeric, 3) AS flips_above, flips_above_to, lower_bound, advice FROM acu.advise('burst') \gx
SELECT option, advice FROM acu.advise('burst', max_throttled_share => 0, max_backlog_seconds => 0, region => 'eu-west-1') \gx

-- A saturated load wanted more.
SELECT acu.import_series('full', '{2026-01-01 00:01, 2026-01-01 00:02, 2026-01-01 00:03, 2026-01-01 00:04}',
                         '{1, 0.5, 0.5, 0.5}', '{1e6, 1e6, 1e6, 1e6}', NULL, 1);
SELECT lower_bound, advice ~ '^Lower bound: for 25 % of the time' AS says_so FROM acu.advise('full');
SELECT lower_bound FROM acu.options('full', since => '2026-01-01 00:01') LIMIT 1;

-- The bill: what nobody's statements explain, and the parts that equal it.
SELECT part, round(acu_hours::numeric, 6) AS acu_hours, usd FROM acu.query_cost('mixed', max_acu => 16);
SELECT sum(b.usd) = (SELECT sum(s.usd) FROM acu.simulate('mixed', max_acu => 16) AS s) AS equal
FROM acu.query_cost('mixed', max_acu => 16) AS b;
INSERT INTO acu.query_recent
SELECT t.id, '2026-01-01 00:05', 300, 10, 5, q.queryid, q.queryid > 0, false, q.cpu, 100, 1, 0, 0, 0, q.blks, 0, 0, 0, 0, 0
FROM acu.target AS t, (VALUES (11, 30, 100), (12, 90, 300), (-13, 50, 50)) AS q (queryid, cpu, blks)
WHERE t.name = 'mixed';
SELECT part, queryid, calls, cpu_seconds, round(acu_hours::numeric, 6) AS acu_hours, usd, usd_per_million_calls
FROM acu.query_cost('mixed', max_acu => 16);
SELECT sum(b.usd) = (SELECT sum(s.usd) FROM acu.simulate('mixed', max_acu => 16) AS s) AS equal
FROM acu.query_cost('mixed', max_acu => 16) AS b;
SELECT part, usd FROM acu.query_cost('mixed', region => 'us-gov-west-1') LIMIT 1;

-- The article's table.
SELECT stage, tier, way, unit, round(purchased::numeric, 3) AS purchased, round(necessary::numeric, 3) AS necessary,
       round(score::numeric, 2) AS score, article_score AS article, round(usd_per_hour::numeric, 4) AS usd, reason
FROM acu.stages('burst', compute_vcpu_used => 0.1);
SELECT stage, score, reason FROM acu.stages('burst') WHERE tier = 'compute';
SELECT stage, necessary, score, reason FROM acu.stages('burst', compute_vcpu_used => 0.5) WHERE tier = 'compute';
SELECT * FROM acu.stages('burst', compute_vcpu_used => 'NaN');
SELECT * FROM acu.stages('burst', ec2_usd_per_hour => 'NaN');
SELECT * FROM acu.stages('burst', fargate_usd_per_hour => -0.01);
-- With a floor there are no ranges below it; what I/O costs decides as well.
SELECT min(min_acu), min(max_acu), bool_or(min_acu = 0) AS pauses
FROM acu.options('burst', floor_acu => 8) WHERE kind = 'serverless';
SELECT option, usd_per_month, advice ~ 'with I/O-Optimized\s+storage, \$\d+\s+with\s+Standard' AS says_which
FROM acu.advise('burst', storage_gib => 100, million_requests => 2400);
SELECT option, round(usd_per_month::numeric, 2) AS standard, round(usd_per_month_io_optimized::numeric, 2) AS optimized
FROM acu.options('burst', storage_gib => 100, million_requests => 2400) LIMIT 3;
-- No line is longer than 78 characters.
SELECT max(length(line)) <= 78 AS short
FROM acu.options('burst') AS o, regexp_split_to_table(o.reason || E'\n' || o.assumptions, '\n') AS line;
-- A short history says so.
SELECT advice ~ 'All this rests on [0-9.]+ (hours|seconds): a week' AS says_how_long FROM acu.advise('burst');
SELECT acu_internal.buffers_of_memory('Infinity'), acu_internal.buffers_of_memory(-1e300), acu_internal.buffers_of_memory('NaN');

-- AWS's own arithmetic, with the examples of AWS's own tools.
SELECT min_acu, typical_acu, peak_acu, max_acu, provisioned_usd_per_month AS provisioned, usd_per_month AS usd,
       usd_per_month_low AS low, usd_per_month_high AS high, label
FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, storage_gib => 500);
SELECT actual_acu, adjusted_acu, adjusted_usd_per_hour, growth_factor FROM acu.aws_estimate('db.r5.xlarge', 5.03, 5.8);
SELECT actual_acu, adjusted_acu, adjusted_usd_per_hour, growth_factor FROM acu.aws_estimate('db.r5.xlarge', 6, 22.7);
SELECT * FROM acu.aws_estimate('db.r5.xlarge', 101, 22.7);
SELECT * FROM acu.aws_estimate('db.r5.xlagre', 6, 22.7);
SELECT * FROM acu.aws_estimate('db.r5.xlarge', NULL, 22.7);

-- Arguments that cannot be.
SELECT * FROM acu.simulate('burst', min_acu => 8, max_acu => 4);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.simulate('burst', max_acu => 4.25);
SELECT * FROM acu.simulate('burst', max_acu => 300);
SELECT * FROM acu.simulate('burst', min_acu => -1);
SELECT * FROM acu.simulate('burst', max_acu => 'NaN');
SELECT * FROM acu.simulate('burst', max_acu => 0.5);
SELECT * FROM acu.simulate('burst', max_acu => NULL);
SELECT * FROM acu.simulate('burst', pause_after => NULL);
SELECT * FROM acu.demand('burst', floor_acu => NULL);
SELECT * FROM acu.options('burst', max_throttled_share => NULL);
SELECT * FROM acu.advise('burst', max_backlog_seconds => NULL);
SELECT * FROM acu.simulate('burst', pause_after => '0');
SELECT * FROM acu.simulate('burst', region => 'us-east-11');
SELECT * FROM acu.demand('burst', background_vcpu => 'Infinity');
SELECT * FROM acu.options('burst', max_throttled_share => 2);
SELECT * FROM acu.outcome('burst', vcpu => 4);
SELECT acu.import_series('one', '{2026-01-01 00:01, 2026-01-01 00:02}', '{1, NULL}');
SELECT count(*) FROM acu.demand('one');
SELECT * FROM acu.simulate('one');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.simulate('burst', since => '2030-01-01');
SELECT acu.import_series('blind', '{2026-01-01 00:01, 2026-01-01 00:02}', '{NULL, NULL}');
SELECT * FROM acu.simulate('blind');

-- Gaps are not known: they cost nothing, and capacity begins anew after them.
SELECT acu.import_series('gap', '{2026-01-01 00:01, 2026-01-01 00:02, 2026-01-01 01:00, 2026-01-01 01:01}', '{4, 4, 4, 0}');
SELECT to_char(at, 'HH24:MI') AS at, seconds, round(capacity_acu::numeric, 3) AS capacity
FROM acu.simulate('gap', min_acu => 1, max_acu => 16);
SELECT known_seconds, gap_seconds FROM acu.options('gap') LIMIT 1;
ROLLBACK;
