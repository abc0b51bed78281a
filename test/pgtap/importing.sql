-- A role that may import can replace and drop imported targets, and do no harm to the
-- samples of this server.
BEGIN;
SELECT plan(44);
SET timezone = 'UTC';

CREATE ROLE acu_importer IN ROLE pg_read_all_stats;
CREATE FUNCTION pg_temp.of_this_server() RETURNS TABLE (targets bigint, samples bigint, newest timestamptz)
LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM acu.target AS t WHERE t.id = 1 AND t.name = 'local' AND t.kind = 'local'),
           count(*), max(s.at)
    FROM acu.sample AS s WHERE s.target_id = 1
$$;
INSERT INTO acu_internal.sample_1 (target_id, at, seconds) VALUES (1, '2001-01-01', 60);
INSERT INTO acu_internal.sample_minute_1 (target_id, at, seconds) VALUES (1, '2000-01-01', 60);
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.of_this_server();

-- Without the right: refused, with the command that gives it.
SET ROLE acu_importer;
SELECT throws_ok($$SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 2}')$$,
                 '42501', 'role acu_importer may not change imported targets', 'no import without the right');
SELECT throws_ok($$SELECT acu.import_cloudwatch('shop', '{}', 'db.r6g.large')$$,
                 '42501', 'role acu_importer may not change imported targets', 'nor of metrics');
SELECT throws_ok($$SELECT acu.drop_target('shop')$$,
                 '42501', 'role acu_importer may not change imported targets', 'nor dropping of targets');
\ir ../hint.sql
SELECT is(pg_temp.hint($$SELECT acu.drop_target('shop')$$),
          'The owner of the extension may allow it: GRANT EXECUTE ON FUNCTION acu.delete_import, acu.store_import TO acu_importer;',
          'the hint is the GRANT');
RESET ROLE;
DO $$
BEGIN
    EXECUTE substring(pg_temp.hint('SET LOCAL ROLE acu_importer; SELECT acu.drop_target(''shop'')') FROM 'GRANT.*;');
END
$$;

-- A role with the right to import.
SET ROLE acu_importer;
SELECT is(acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 2}'), 2::bigint, 'a series is imported');
SELECT is(acu.import_cloudwatch('metrics', '{"MetricDataResults": [{"Label": "CPUUtilization",
    "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [1, 2]}]}', 'db.r6g.large'),
    2::bigint, 'and metrics are');
SELECT is(acu.import_series('shop', '{2026-01-02, 2026-01-03}', '{3, 4}'), 2::bigint, 'and replaced');
SELECT results_eq($$SELECT s.at::date, s.cpu_seconds / s.seconds FROM acu.sample AS s
                    WHERE s.target_id = acu_internal.target_id('shop') ORDER BY s.at$$,
                  $$VALUES ('2026-01-01'::date, 1::float8), ('2026-01-02', 3), ('2026-01-03', 4)$$,
                  'where they overlap');
SELECT is(acu.drop_target('shop'), 3::bigint, 'a target is dropped with its samples');
SELECT throws_ok($$SELECT acu.drop_target('shop')$$, 'P0002', NULL, 'once');

-- The tables are out of reach.
SELECT throws_ok($$INSERT INTO acu.sample (target_id, at, seconds) VALUES (1, '2111-01-01', 60)$$, '42501', NULL,
                 'no row from the future stops the sampling');
SELECT throws_ok($$INSERT INTO acu_internal.sample_1 (target_id, at, seconds) VALUES (1, '2111-01-01', 60)$$, '42501', NULL,
                 'not in a ring either');
SELECT throws_ok('UPDATE acu.sample SET at = at', '42501', NULL, 'samples are not changed');
SELECT throws_ok('DELETE FROM acu.sample', '42501', NULL, 'nor deleted');
SELECT throws_ok('DELETE FROM ONLY acu.sample', '42501', NULL, 'nor those that were imported');
SELECT throws_ok('TRUNCATE acu.sample', '42501', NULL, 'nor truncated');
SELECT throws_ok('TRUNCATE acu_internal.sample_1', '42501', NULL, 'no ring is');
SELECT throws_ok('DELETE FROM acu.query_recent', '42501', NULL, 'nor are its queries deleted');
SELECT throws_ok('DELETE FROM acu.target', '42501', NULL, 'no target is deleted');
SELECT throws_ok($$UPDATE acu.target SET kind = 'import'$$, '42501', NULL, 'nor changed');
SELECT throws_ok($$INSERT INTO acu.target (name, kind) VALUES ('x', 'local')$$, '42501', NULL, 'nor made');
SELECT throws_ok('UPDATE acu.ring SET partition = 2', '42501', NULL, 'no ring is changed');
SELECT throws_ok('DELETE FROM acu.sampler_state', '42501', NULL, 'no state is lost');

-- The functions that have the owner's rights refuse what the others would not give them.
SELECT throws_ok($$SELECT acu.import_series('local', '{2026-01-01, 2026-01-02}', '{1, 2}')$$, '22023',
                 'target "local" is this server, which is sampled', 'no import into local');
SELECT throws_ok($$SELECT acu.store_import('local', '{2110-01-01, 2111-01-01}', '{60, 60}', '{1, 1}', NULL, NULL, NULL, NULL)$$,
                 '22023', 'target "local" is this server, which is sampled', 'not at once either');
SELECT throws_ok($$SELECT acu.drop_target('local')$$, '22023', 'target "local" was not imported', 'local is not dropped');
SELECT throws_ok($$SELECT acu.delete_import('local')$$, '22023', 'target "local" was not imported', 'not at once either');
SELECT throws_ok(format($$SELECT acu.store_import('x', %L, %L, '{1, 1}', NULL, NULL, NULL, NULL)$$, t.at, t.seconds),
                 '22023', NULL, t.description)
FROM (VALUES ('{2026-01-01, 2026-01-02}', NULL, 'no lengths'),
             ('{2026-01-01, 2026-01-02}', '{60, NULL}', 'an unknown length'),
             ('{2026-01-01, 2026-01-02}', '{60, NaN}', 'a length that is no number'),
             ('{2026-01-01, 2026-01-02}', '{60, -60}', 'a negative length'),
             ('{2026-01-01, 2026-01-02}', '{60, 1e10}', 'a length of centuries'),
             ('{1970-01-02, 2026-01-02}', '{2000000, 60}', 'an interval that reaches into another target'),
             ('{2026-01-01, 2113-01-01}', '{60, 60}', 'a time after the last that can be stored'),
             ('{2026-01-01, infinity}', '{60, 60}', 'a time without end'),
             ('{2026-01-01, NULL}', '{60, 60}', 'an unknown time')) AS t (at, seconds, description);
SELECT throws_ok($$SELECT acu.store_import('x', '{2026-01-01, 2026-01-02}', '{60, 86400}', '{1, 1}', NULL, NULL, NULL, '{f, f, t}')$$,
                 '22023', NULL, 'one mark too many');
-- Two intervals that overlap.
SELECT throws_ok($$SELECT acu.store_import('x', '{2026-01-01 00:01, 2026-01-01 00:02}', '{60, 90}', '{1, 1}', NULL, NULL, NULL, NULL)$$,
                 '22023', NULL, 'intervals that overlap');
-- Years between two points would make the first interval begin before 1970.
SELECT throws_ok($$SELECT acu.import_series('x', '{1970-01-02, 2030-01-01}', '{1, 1}')$$, '22023', NULL,
                 'nor does a series reach into another target');
-- Functions of one's own schema of temporary tables are not called with the owner's rights.
CREATE TEMP TABLE target (id int, name text, kind text);
CREATE TEMP TABLE sample (target_id int);
SELECT is(acu.import_series('y', '{2026-01-01, 2026-01-02}', '{1, 1}'), 2::bigint, 'temporary tables do not matter');
RESET ROLE;

-- Nor are other people's triggers, should they have been granted them.
GRANT TRIGGER ON acu.sample, acu.target TO acu_importer;
CREATE TABLE public.caught (who name);
GRANT INSERT ON public.caught TO PUBLIC;
GRANT CREATE ON SCHEMA public TO acu_importer;
SET ROLE acu_importer;
CREATE FUNCTION public.catch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.caught VALUES (current_user);
    RETURN NULL;
END
$$;
CREATE TRIGGER catch AFTER INSERT OR UPDATE OR DELETE ON acu.sample FOR EACH ROW EXECUTE FUNCTION public.catch();
CREATE TRIGGER catch AFTER INSERT OR UPDATE OR DELETE ON acu.target FOR EACH ROW EXECUTE FUNCTION public.catch();
SELECT is(acu.import_series('z', '{2026-01-01, 2026-01-02}', '{1, 1}'), 2::bigint, 'import with triggers on the tables');
SELECT is(acu.drop_target('z'), 2::bigint, 'and drop');
RESET ROLE;
SELECT is_empty('SELECT * FROM public.caught', 'no trigger ran');

SELECT results_eq('SELECT * FROM pg_temp.of_this_server()', 'SELECT * FROM before', 'this server''s history is as it was');

SELECT * FROM finish();
ROLLBACK;
