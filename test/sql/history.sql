-- The history: buckets, spans, what is refused, and how hours are packed.
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET datestyle = 'ISO';

INSERT INTO acu.target (name, kind) VALUES ('history', 'import');
SELECT acu_internal.target_id('history') AS target \gset
-- Two samples in one minute, one in the next but two; the second is four times
-- as long as the first.
INSERT INTO acu.sample (target_id, at, seconds, cpu_seconds, background_cpu_seconds, vcpus, connections,
    active_sessions, calls, exec_seconds, blks_hit, coverage, evictions, saturated)
VALUES (:target, '2026-01-01 00:00:10', 10, 10, 1, 2, 5, 1, 100, 5, 1000, 1, 0, false),
       (:target, '2026-01-01 00:00:50', 40, 20, 2, 4, 3, 2, 300, 15, 3000, 0.5, 2, true),
       (:target, '2026-01-01 00:03:00', 60, NULL, NULL, 4, 9, NULL, 30, 1, 10, NULL, NULL, false);
SELECT at, seconds, gap_seconds, vcpu_used, vcpus, cpu_seconds, background_cpu_seconds
FROM acu.load('history');
SELECT at, active_sessions, connections, calls, calls_per_second, exec_seconds, plan_seconds
FROM acu.load('history');
SELECT at, blks_hit, coverage, evictions, saturated_seconds FROM acu.load('history');
-- Averages are over the time in which they are known.
SELECT at, seconds, gap_seconds, vcpu_used, active_sessions, coverage
FROM acu.load('history', bucket => '1 day');

-- A sample is in a span when it ends after since, and not after until.
SELECT at, seconds, gap_seconds FROM acu.load('history', '2026-01-01 00:00:10', '2026-01-01 00:00:50', '10 s');
-- Time that a sample covers is no gap, whatever bucket it ends in; nor is time outside of the span.
SELECT at, seconds, gap_seconds FROM acu.load('history', '2025-12-31 23:59:57', '2026-01-01 00:02:04', '10 s');
SELECT sum(seconds), sum(gap_seconds) FROM acu.load('history', '2026-01-01 00:00:13', '2026-01-01 00:00:27', '1 s');
SELECT sum(gap_seconds) BETWEEN 1.5 AND 60 AS until_now
FROM acu.load('history', now() - interval '2 s', now() + interval '3 minutes');
SELECT count(*) FROM acu.load('history', 'infinity');
SELECT count(*) FROM acu.load('history', NULL, '-infinity');
SELECT at, seconds FROM acu.load('history', '2026-01-01 00:00:09.999', '2026-01-01 00:00:49.999', '10 s');
SELECT at, seconds FROM acu.load('history', NULL, '2026-01-01 00:00:10');
SELECT at, seconds FROM acu.load('history', '-infinity', 'infinity', '3 min');
SELECT count(*) FROM acu.load('history', '2026-01-01', '2026-01-01');
SELECT count(*), sum(seconds) FROM acu.load('history', '2027-01-01', '2027-01-01 00:10');

-- Refused arguments.
SELECT * FROM acu.load('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.demand(NULL);
\echo :LAST_ERROR_SQLSTATE
-- The hint names only near ones of more than ten targets.
\set ON_ERROR_ROLLBACK on
BEGIN;
INSERT INTO acu.target (name, kind) SELECT 'history-' || n, 'import' FROM generate_series(1, 8) AS n;
SELECT acu_internal.target_id('histry-7');
INSERT INTO acu.target (name, kind) VALUES ('history-9', 'import');
SELECT acu_internal.target_id('histry-7');
SELECT acu_internal.target_id('nowhere');
ROLLBACK;
\set ON_ERROR_ROLLBACK off
SELECT * FROM acu.load('history', bucket => '0 s');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load('history', bucket => '1.5 s');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load('history', bucket => '1 month');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load('history', bucket => NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load('history', '2026-01-02', '2026-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load('history', '2026-01-01', '2026-02-01', '1 s');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.top_queries('history', max_queries => -1);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.top_queries('history', max_queries => NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT acu.take_sample('history');
\echo :LAST_ERROR_SQLSTATE
-- Samples of two targets may overlap, and those of one may touch.
INSERT INTO acu.sample (target_id, at, seconds) VALUES (:target, '2026-01-01 00:01:50', 60);
INSERT INTO acu.target (name, kind) VALUES ('beside', 'import');
INSERT INTO acu.sample (target_id, at, seconds)
VALUES (acu_internal.target_id('beside'), '2026-01-01 00:00:15', 20);
INSERT INTO acu.sample (target_id, at, seconds) VALUES (:target, '2026-01-02', 0);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO acu.sample (target_id, at, seconds) VALUES (:target, '2026-01-02', 'NaN');
\echo :LAST_ERROR_SQLSTATE

-- Queries: the busiest, then the others together, then what functions ran.
INSERT INTO acu.query_recent
SELECT :target, '2026-01-01 00:01', 60, u, 0, q, t, e, c, 10, c, 0, 0, 1, 2, 3, 0, 0, 0, 0
FROM (VALUES (10, 101, true, false, 4.0), (10, 102, true, true, 3.0), (10, 103, true, false, 2.0),
             (10, 101, false, false, 1.0), (0, 1, true, false, 0.5), (0, 2, true, false, 0.5))
    AS q (u, q, t, e, c);
INSERT INTO acu.query VALUES (10, 0, 101, 'SELECT busiest', '2026-01-01');
SELECT part, queryid, calls, cpu_seconds, cpu_share, blks, estimated, query
FROM acu.top_queries('history', max_queries => 2);
SELECT part, queryid, cpu_seconds FROM acu.top_queries('history', max_queries => 0);
SELECT count(*) FROM acu.top_queries('history', since => '2026-01-01 00:01');

-- Packed and unpacked, an hour is what it was.
CREATE TABLE packed AS
SELECT acu_internal.pack_hour('2026-01-01 00:00:00'::timestamptz + n * interval '1 minute', n = 2, n / 4.0, n, n / 8.0,
                     n / 16.0, n / 32.0, n * 10, n * 100, 7, n, 0, n * 3, n * 1000) AS packed
FROM generate_series(1, 3) AS n;
SELECT u.* FROM packed, acu_internal.unpack_hour('2026-01-01', packed) AS u;
\x on
SELECT u.* FROM packed, acu_internal.unpack_counters(packed) AS u;
SELECT u.* FROM packed, acu_internal.unpack_counters(acu_internal.roll_up_hour(packed)) AS u;
SELECT u.* FROM packed, acu_internal.unpack_hour('2026-01-01', acu_internal.roll_up_hour(packed)) AS u;
\x off
SELECT * FROM acu_internal.unpack_hour('2026-01-01', '\x');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu_internal.unpack_hour('2026-01-01', '\xffffffffffffffffffff');
\echo :LAST_ERROR_SQLSTATE

-- Without a worker sessions take samples: the first begins, the next is kept.
SELECT state FROM acu.sampler_status();
SELECT count(*) AS samples FROM acu.sample WHERE target_id = 1;
SELECT acu.take_sample() AS first \gset
SELECT count(*) AS samples FROM acu.sample WHERE target_id = 1;
SELECT acu.take_sample() AS second \gset
SELECT count(*) AS samples, bool_and(at = :'second') AS at_its_time,
       bool_and(at - make_interval(secs => seconds) = :'first') AS since_the_first,
       bool_and(cpu_seconds >= 0 AND cpu_source = 'proc' AND vcpus > 0) AS cpu
FROM acu.sample WHERE target_id = 1;
SELECT samples, epoch, epoch_reason, last_sample_at = :'second' AS last, last_error FROM acu.sampler_status();
-- At a glance: a row a topic, in a fixed order; what to do stands beside what is not well.
SELECT topic, state, hint FROM acu.status() WHERE topic <> 'settings';
SELECT detail FROM acu.status() WHERE topic = 'sampler';
BEGIN;
SET LOCAL pg_acu.region = 'mars-north-1';
INSERT INTO acu.route (method, path, function) VALUES ('GET', '/gone', 'acu.gone()');
DELETE FROM acu.sample;
SELECT topic, state, detail, hint FROM acu.status() WHERE topic IN ('sampler', 'samples', 'statements', 'cpu', 'prices', 'http');
ROLLBACK;

-- The last hour as JSON, for GET /workload.
SELECT json_array_length(w -> 'load') BETWEEN 60 AND 61 AS minutes,
       (w ->> 'until')::timestamptz - (w ->> 'since')::timestamptz AS span,
       (SELECT sum((l ->> 'calls')::bigint) FROM json_array_elements(w -> 'load') AS l)
           = (SELECT sum(calls) FROM acu.sample WHERE target_id = 1) AS calls,
       (SELECT count(*) FROM json_array_elements(w -> 'queries') AS q WHERE q ->> 'part' = 'query') > 0 AS queries
FROM acu.workload() AS w;
-- A queryid has more digits than floating point: it is a string.
SELECT DISTINCT q ->> 'part' AS part, json_typeof(q -> 'queryid') AS queryid, json_typeof(q -> 'calls') AS calls
FROM acu.workload() AS w, json_array_elements(w -> 'queries') AS q WHERE q ->> 'part' = 'query';

-- A role that may not see statistics is told so.
CREATE ROLE regress_acu_stranger;
SET ROLE regress_acu_stranger;
SELECT * FROM acu.load('history');
SELECT acu.take_sample();
SELECT count(*) FROM acu.sample;
RESET ROLE;

DROP TABLE packed;
DROP ROLE regress_acu_stranger;
DELETE FROM acu.query;
TRUNCATE acu.query_recent, acu.sample, acu.epoch, acu.sampler_state;
DELETE FROM acu.target WHERE NOT builtin;
