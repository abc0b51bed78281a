-- Privileges of each role, and those that acu.grant_http adds.
BEGIN;
SELECT plan(49);

CREATE ROLE acu_anybody;
CREATE ROLE acu_stats IN ROLE pg_read_all_stats;
CREATE ROLE acu_web LOGIN;
CREATE ROLE acu_web_nologin;
CREATE ROLE acu_boss SUPERUSER LOGIN;

-- Everybody: the example API, and looking at the routes.
SELECT set_eq(
    $$ SELECT oid::regprocedure::text COLLATE "C" FROM pg_proc
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)
       AND has_function_privilege('acu_anybody', oid, 'EXECUTE') $$,
    ARRAY['acu.root()', 'acu."time"(text)', 'acu_internal.signature(oid)', 'acu_internal.find_function(text)',
          'acu_internal.base_type(oid)', 'acu_internal.value_kind(oid)', 'acu_internal.arguments(oid)', 'acu_internal.describe_function(oid)',
          'acu_internal.why_not_routable(oid,text)', 'acu_internal.confused_with(oid)',
          'acu_internal.check_triggers(regclass)',
          'acu_internal.begin_session(integer,integer)', 'acu_internal.begin_call(boolean,integer)',
          'acu_internal.raise(text,text,text)',
          'acu_internal.check_may_write(text)'],
    'anybody may call the endpoints and describe functions');
SELECT set_eq(
    $$ SELECT oid::regclass::text COLLATE "C" FROM pg_class
       WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind IN ('r', 'v')
       AND has_table_privilege('acu_anybody', oid, 'SELECT') $$,
    ARRAY['acu.route', 'acu.route_info'], 'anybody may read the routes');
SELECT is_empty(
    $$ SELECT oid::regclass FROM pg_class
       WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind IN ('r', 'v')
       AND (has_table_privilege('acu_anybody', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
            OR has_table_privilege('acu_stats', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')) $$,
    'only the owner writes tables');

-- Members of pg_read_all_stats may read the query load too, and no more.
SELECT set_eq(
    $$ SELECT oid::regprocedure::text COLLATE "C" FROM pg_proc
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)
       AND has_function_privilege('acu_stats', oid, 'EXECUTE')
       AND NOT has_function_privilege('acu_anybody', oid, 'EXECUTE') $$,
    ARRAY['acu_internal.read_statements()', 'acu.query_text(oid,oid,bigint,boolean)', 'acu.load_now()',
          'acu_internal.target_id(text)', 'acu.take_sample(text)', 'acu_internal.take_local_sample()', 'acu.rotate_history()',
          'acu_internal.overdue_rings(timestamp with time zone)',
          'acu_internal.notice_import(text)',
          'acu_internal.check_top_queries(text,timestamp with time zone,timestamp with time zone,integer)',
          'acu_internal.check_stages(double precision,numeric,numeric)',
          'acu_internal.check_may_change(regclass)',
          'acu_internal.where_samples_are()',
          'acu_internal.notice_elsewhere(text)',
          'acu_internal.bucket_start(timestamp with time zone,interval)',
          'acu_internal.buckets(timestamp with time zone,timestamp with time zone,interval)',
          'acu_internal.check_span(timestamp with time zone,timestamp with time zone)',
          'acu_internal.load_span(text,timestamp with time zone,timestamp with time zone,interval)',
          'acu.load(text,timestamp with time zone,timestamp with time zone,interval)',
          'acu.top_queries(text,timestamp with time zone,timestamp with time zone,integer)',
          'acu.worker_status()', 'acu.status()', 'acu.sampler_status()', 'acu.workload()',
          'acu_internal.unpack_hour(timestamp with time zone,bytea)', 'acu_internal.unpack_counters(bytea)',
          'acu_internal.row_kind(oid,bigint,boolean)', 'acu_internal.did_you_mean(text,text[])', 'acu_internal.check_region(text)',
          'acu_internal.check_instance_class(text)',
          'acu.set_instance_class(text,double precision,double precision)',
          'acu.set_price(text,text,numeric,numeric,text,text,text)',
          'acu_internal.check_import(text,timestamp with time zone[],double precision[],double precision[],double precision[],integer[],double precision[],boolean[])',
          'acu_internal.check_may_import()', 'acu.drop_target(text)',
          'acu.import_series(text,timestamp with time zone[],double precision[],double precision[],integer[],double precision)',
          'acu_internal.cloudwatch_series(json)', 'acu_internal.chosen_series(json,text)',
          'acu_internal.cloudwatch_points(json,text)', 'acu_internal.buffers_of_memory(double precision)',
          'acu.import_cloudwatch(text,json,text,double precision,text)',
          'acu.constants()',
          'acu.demand(text,timestamp with time zone,timestamp with time zone,double precision,double precision)',
          'acu.simulate(text,timestamp with time zone,timestamp with time zone,double precision,double precision,interval,text,double precision,double precision)',
          'acu.outcome(text,timestamp with time zone,timestamp with time zone,double precision,double precision,interval,double precision,double precision,double precision,double precision)',
          'acu.options(text,timestamp with time zone,timestamp with time zone,text,double precision,double precision,double precision,double precision,double precision,double precision,interval)',
          'acu.advise(text,timestamp with time zone,timestamp with time zone,text,double precision,double precision,double precision,double precision,double precision,double precision,interval)',
          'acu_internal.bill(text,timestamp with time zone,timestamp with time zone,double precision,double precision,interval,text,double precision,double precision)',
          'acu.query_cost(text,timestamp with time zone,timestamp with time zone,double precision,double precision,interval,text,double precision,double precision)',
          'acu.stages(text,timestamp with time zone,timestamp with time zone,double precision,numeric,numeric,double precision)',
          'acu_internal.estimate(text,double precision,double precision,double precision,double precision,double precision,double precision)',
          'acu_internal.estimate_label(numeric,numeric,numeric)',
          'acu.estimate_saving(numeric,numeric)',
          'acu.aws_estimate(text,double precision,double precision,double precision,double precision,double precision,double precision,text)'],
    'pg_read_all_stats may read the query load, and call what changes prices and targets');
SELECT set_eq(
    $$ SELECT oid::regclass::text COLLATE "C" FROM pg_class
       WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind IN ('r', 'v')
       AND has_table_privilege('acu_stats', oid, 'SELECT')
       AND NOT has_table_privilege('acu_anybody', oid, 'SELECT') $$,
    ARRAY['acu.statement_load', 'acu.target', 'acu.sample', 'acu.query', 'acu.query_sample',
          'acu.query_recent', 'acu.query_hour', 'acu.epoch', 'acu.ring', 'acu.instance_class', 'acu.price',
          'acu.current_instance_class', 'acu.current_price'],
    'pg_read_all_stats may read the load and its history, and prices');

SET ROLE acu_anybody;
SELECT lives_ok('SELECT acu.root()', 'anybody reads the root page');
SELECT lives_ok('SELECT acu.time()', 'anybody asks for the time');
SELECT isnt_empty('SELECT * FROM acu.route_info', 'anybody describes the routes');
SELECT throws_ok('SELECT * FROM acu.statement_load', '42501', NULL, 'not the query load');
SELECT throws_ok('SELECT * FROM acu.load_now()', '42501', NULL, 'nor its totals');
SELECT throws_ok($$SELECT acu.add_route('GET', '/x', 'version()')$$, '42501', NULL, 'adds no route');
SELECT throws_ok($$SELECT acu.drop_route('GET', '/')$$, '42501', NULL, 'drops no route');
SELECT throws_ok($$SELECT acu.grant_http('acu_anybody')$$, '42501', NULL, 'grants nothing');
SELECT throws_ok($$INSERT INTO acu.route VALUES ('GET', '/x', 'f()')$$, '42501', NULL,
                 'writes no route by hand');
SELECT throws_ok('SELECT * FROM acu.http_role', '42501', NULL, 'reads no roles');
RESET ROLE;

-- Functions that change prices and targets have the rights of their caller alone.
SET ROLE acu_anybody;
SELECT throws_ok($$SELECT acu.set_price('us-east-1', 'db.serverless', 1)$$, '42501', NULL, 'sets no price');
SELECT throws_ok($$SELECT acu.import_series('x', '{2026-01-01, 2026-01-02}', '{1, 1}')$$, '42501', NULL,
                 'imports nothing');
SET ROLE acu_stats;
SELECT lives_ok('SELECT * FROM acu.current_price', 'pg_read_all_stats reads prices');
SELECT lives_ok('SELECT * FROM acu.load()', 'and the load');
SELECT lives_ok('SELECT * FROM acu.top_queries()', 'and who used the CPU');
SELECT lives_ok('SELECT * FROM acu.status()', 'and how the sampling goes');
SELECT lives_ok('SELECT acu.workload()', 'and the last hour as JSON');
SELECT is(acu_internal.check_region('us-east-1'), 'us-east-1', 'and checks regions');
SELECT throws_ok($$SELECT acu.set_price('us-east-1', 'db.serverless', 1)$$, '42501', NULL,
                 'but sets no price');
SELECT throws_ok($$SELECT acu.set_instance_class('db.r6g.large', 2, 16)$$, '42501', NULL, 'nor a size');
SELECT throws_ok($$SELECT acu.import_series('x', '{2026-01-01, 2026-01-02}', '{1, 1}')$$, '42501', NULL,
                 'and imports nothing');
-- The hint is the command that gives the right.
\ir ../hint.sql
SELECT matches(pg_temp.hint(command), '(^|: )' || regexp_replace(grants, '([().])', '\\\1', 'g') || ' TO acu_stats;$', 'hint of ' || command)
FROM (VALUES ($$SELECT acu.set_price('us-east-1', 'db.serverless', 1)$$, 'GRANT INSERT, UPDATE, DELETE ON acu.price'),
             ($$SELECT acu.set_instance_class('db.r6g.large', 2, 16)$$, 'GRANT INSERT, UPDATE, DELETE ON acu.instance_class'),
             ($$SELECT acu.import_series('x', '{2026-01-01, 2026-01-02}', '{1, 1}')$$,
              'GRANT EXECUTE ON FUNCTION acu.delete_import, acu.store_import'),
             ($$SELECT acu.take_sample()$$,
              'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA acu, acu_internal')) AS t (command, grants);
RESET ROLE;
GRANT INSERT, UPDATE, DELETE ON acu.price, acu.instance_class TO acu_stats;
SET ROLE acu_stats;
SELECT lives_ok($$SELECT acu.set_price('us-east-1', 'db.serverless', 1),
                         acu.set_instance_class('db.r6g.large', 2, 16)$$,
                'with the rights on the tables it sets them');
RESET ROLE;

-- The daemon's role works where PUBLIC has lost everything.
REVOKE USAGE ON SCHEMA acu, acu_internal FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION acu.root(), acu.time(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION acu_internal.signature(oid), acu_internal.find_function(text), acu_internal.arguments(oid),
    acu_internal.describe_function(oid), acu_internal.begin_session(int, int), acu_internal.begin_call(boolean, int) FROM PUBLIC;
REVOKE SELECT ON acu.route, acu.route_info FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
SELECT lives_ok($$SELECT acu.grant_http('acu_web')$$, 'acu.grant_http takes a role');
SELECT ok(has_database_privilege('acu_web', current_database(), 'CONNECT'), 'it may connect');
SELECT results_eq('SELECT role FROM acu.http_role', ARRAY['acu_web'::name], 'and is recorded');
SELECT lives_ok($$SELECT acu.grant_http('acu_web')$$, 'twice is once');
SET ROLE acu_web;
SELECT lives_ok('SELECT acu.root()', 'the role reads the root page');
SELECT lives_ok('SELECT acu.time()', 'asks for the time');
SELECT lives_ok('SELECT acu_internal.begin_session(0, 60000), acu_internal.begin_call(false, 60000)', 'begins sessions and calls');
SELECT is((SELECT count(*) FROM acu.route_info WHERE call_start IS NOT NULL), 3::bigint,
          'reads all that it needs of the routes');
SELECT throws_ok('SELECT * FROM acu.statement_load', '42501', NULL, 'not the query load');
SELECT throws_ok($$SELECT acu.add_route('GET', '/x', 'version()')$$, '42501', NULL, 'adds no route');
RESET ROLE;

-- Refusals. (What the warnings say is in the pg_regress test routes.)
SET client_min_messages = error;
SELECT throws_ok($$SELECT acu.grant_http('acu_boss')$$, '22023', 'role acu_boss is a superuser');
SELECT throws_ok($$SELECT acu.grant_http('acu_nobody_at_all')$$, '42704', NULL, 'no such role');

CREATE SCHEMA acu_shop;
CREATE FUNCTION acu_shop.item(id int) RETURNS int LANGUAGE sql AS 'SELECT id';
SELECT ok(NOT has_schema_privilege('acu_web', 'acu_shop', 'USAGE'), 'a schema of somebody''s');
SELECT lives_ok($$SELECT acu.add_route('GET', '/item', 'acu_shop.item(int)')$$,
                'a route that a role may not use is added, with a warning');
SELECT lives_ok($$SELECT acu.grant_http('acu_web_nologin')$$,
                'a role that may not log in is granted, with a warning');
SELECT is((SELECT count(*) FROM acu.http_role), 2::bigint, 'and recorded');

-- A role that has gone is in nobody's way.
DROP OWNED BY acu_web_nologin;
DROP ROLE acu_web_nologin;
SELECT lives_ok($$SELECT acu.add_route('GET', '/item2', 'acu_shop.item(int)')$$,
                'a recorded role that has gone is passed over');
SELECT lives_ok($$SELECT acu.grant_http('acu_web')$$, 'and other roles can be granted');

SELECT * FROM finish();
ROLLBACK;
