-- Objects of the extension: names, signatures, comments, safety.
BEGIN;
SELECT plan(44);

SELECT has_extension('pg_acu');
SELECT set_eq(
    $$ SELECT oid::regprocedure::text COLLATE "C" FROM pg_proc
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) $$,
    ARRAY[
        'acu.root()',
        'acu."time"(text)',
        'acu.add_route(text,text,regprocedure,boolean,integer)',
        'acu_internal.check_max_age(integer,text,oid)',
        'acu_internal.check_triggers(regclass)',
        'acu.drop_route(text,text)',
        'acu.grant_http(regrole)',
        'acu_internal.notify_route()',
        'acu_internal.signature(oid)',
        'acu_internal.find_function(text)',
        'acu_internal.base_type(oid)',
        'acu_internal.value_kind(oid)',
        'acu_internal.arguments(oid)',
        'acu_internal.describe_function(oid)',
        'acu_internal.confused_with(oid)',
        'acu_internal.call_text(oid,boolean)',
        'acu_internal.check_call(oid)',
        'acu.add_route(text,text,text,boolean,integer)',
        'acu_internal.why_not_routable(oid,text)',
        'acu_internal.check_path(text)',
        'acu_internal.warn_http_role(name,oid)',
        'acu_internal.begin_session(integer,integer)',
        'acu_internal.begin_call(boolean,integer)',
        'acu_internal.read_statements()',
        'acu.query_text(oid,oid,bigint,boolean)',
        'acu.load_now()',
        'acu_internal.target_id(text)',
        'acu_internal.free_target_id()',
        'acu_internal.pack_step(internal,timestamp with time zone,boolean,double precision,bigint,double precision,double precision,double precision,bigint,bigint,bigint,bigint,bigint,bigint,bigint)',
        'acu_internal.pack_end(internal)',
        'acu_internal.pack_hour(timestamp with time zone,boolean,double precision,bigint,double precision,double precision,double precision,bigint,bigint,bigint,bigint,bigint,bigint,bigint)',
        'acu_internal.roll_up_hour(bytea)',
        'acu_internal.unpack_hour(timestamp with time zone,bytea)',
        'acu_internal.unpack_counters(bytea)',
        'acu_internal.row_kind(oid,bigint,boolean)',
        'acu.take_sample(text)', 'acu.rotate_history()', 'acu_internal.overdue_rings(timestamp with time zone)',
        'acu_internal.take_local_sample()',
        'acu_internal.raise(text,text,text)',
        'acu_internal.check_may_write(text)',
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
        'acu.worker_status()',
        'acu.sampler_status()',
        'acu.status()',
        'acu.workload()',
        'acu_internal.did_you_mean(text,text[])',
        'acu_internal.check_region(text)',
        'acu_internal.check_instance_class(text)',
        'acu.set_instance_class(text,double precision,double precision)',
        'acu.set_price(text,text,numeric,numeric,text,text,text)',
        'acu_internal.check_import(text,timestamp with time zone[],double precision[],double precision[],double precision[],integer[],double precision[],boolean[])',
        'acu.delete_import(text)',
        'acu_internal.check_may_import()',
        'acu.drop_target(text)',
        'acu.store_import(text,timestamp with time zone[],double precision[],double precision[],double precision[],integer[],double precision[],boolean[])',
        'acu.import_series(text,timestamp with time zone[],double precision[],double precision[],integer[],double precision)',
        'acu_internal.cloudwatch_series(json)',
        'acu_internal.chosen_series(json,text)',
        'acu_internal.cloudwatch_points(json,text)',
        'acu_internal.buffers_of_memory(double precision)',
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
        'acu.aws_estimate(text,double precision,double precision,double precision,double precision,double precision,double precision,text)'
    ],
    'schema acu has these functions and no others');
SELECT set_eq(
    $$ SELECT relname::text COLLATE "C" FROM pg_class AS c
       WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind = 'r'
       AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid) $$,
    ARRAY['route', 'http_role', 'target', 'sample', 'query_recent', 'query_packed', 'ring',
          'query', 'epoch', 'sampler_state', 'instance_class', 'price'],
    'these are the tables, beside the partitions of rings');
SELECT set_eq(
    $$ SELECT inhparent::regclass::text COLLATE "C", regexp_replace(relname, '_\d+$', ''),
              count(*)::int
       FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
       WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) GROUP BY 1, 2 $$,
    $$ VALUES ('acu.sample', 'sample', 3), ('acu.sample', 'sample_minute', 13),
              ('acu.query_recent', 'query_recent', 3), ('acu.query_packed', 'query_minute', 9),
              ('acu.query_packed', 'query_hour', 7) $$,
    'these are the rings and how many partitions they have');
SELECT results_eq(
    'SELECT name, partition FROM acu.ring ORDER BY name COLLATE "C"',
    $$ VALUES ('query_hour', 1), ('query_minute', 1), ('query_recent', 1), ('sample', 1),
              ('sample_minute', 1) $$, 'each ring begins with its first partition');
SELECT is_empty(
    $$ SELECT c.oid::regclass FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
       WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND inhparent = 'acu.sample'::regclass
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p') $$,
    'every partition of acu.sample refuses two samples that end at the same time');
SELECT views_are('acu', ARRAY['route_info', 'statement_load', 'query_sample', 'query_hour',
                               'current_instance_class', 'current_price']);
SELECT domains_are('acu', ARRAY['html']);
SELECT set_eq(
    $$ SELECT oid::regclass::text COLLATE "C" FROM pg_class
       WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind = 'c' $$,
    ARRAY['acu.advice', 'acu.article_stage', 'acu.aws_estimation', 'acu.constant', 'acu.cost_part',
          'acu.load_bucket', 'acu.load_since_reset', 'acu.option', 'acu.sample_demand', 'acu.sampler_report',
          'acu.simulated_sample', 'acu.simulation_summary', 'acu.status_topic', 'acu.top_query',
          'acu.worker_report', 'acu_internal.argument', 'acu_internal.bill_part', 'acu_internal.bucket',
          'acu_internal.estimated_capacity', 'acu_internal.function_description',
          'acu_internal.metric_point', 'acu_internal.metric_series', 'acu_internal.packed_counters',
          'acu_internal.packed_minute', 'acu_internal.span', 'acu_internal.statement_counters'],
    'these are the types of rows');
SELECT is_empty(
    $$ SELECT oid::regprocedure FROM pg_proc
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND proargmodes IS NOT NULL $$,
    'rows have a type, whose columns have comments, and no function has OUT arguments');

SELECT function_returns('acu', 'root', '{}'::name[], 'acu.html');
SELECT function_returns('acu', 'time', ARRAY['text'], 'json');
SELECT domain_type_is('acu', 'html', 'pg_catalog', 'text', 'acu.html is text');
SELECT is(
    pg_get_function_arguments('acu.time(text)'::regprocedure),
    $$timezone text DEFAULT 'UTC'::text$$, 'acu.time takes timezone, by default UTC');
SELECT is(
    pg_get_function_arguments('acu.add_route(text, text, regprocedure, boolean, int)'::regprocedure),
    'method text, path text, function regprocedure, pipelined boolean DEFAULT true, max_age_seconds integer DEFAULT NULL::integer',
    'acu.add_route takes method, path, function, pipelined, max_age_seconds');
SELECT columns_are('acu', 'route', ARRAY[
    'method', 'path', 'function', 'pipelined', 'builtin', 'max_age_seconds']);
SELECT col_is_pk('acu', 'route', ARRAY['method', 'path'], 'a route is a method and a path');
SELECT col_type_is('acu', 'route', 'function', 'text',
                   'acu.route keeps functions by name: pg_upgrade refuses regprocedure');
SELECT columns_are('acu', 'statement_load', ARRAY[
    'userid', 'dbid', 'queryid', 'toplevel', 'user_name', 'database_name', 'calls',
    'calls_per_second', 'exec_seconds', 'plan_seconds', 'io_seconds', 'share', 'rows',
    'blks_hit', 'blks_read', 'blks_dirtied', 'blks_written', 'temp_blks', 'wal_bytes', 'query']);
SELECT is(
    pg_get_function_arguments('acu.set_price(text, text, numeric, numeric, text, text, text)'::regprocedure),
    'region text, item text, usd numeric, usd_io_optimized numeric DEFAULT NULL::numeric, '
    'platform text DEFAULT ''aurora''::text, pricing text DEFAULT ''on_demand''::text, '
    'deployment text DEFAULT ''single_az''::text', 'the arguments of acu.set_price');
SELECT is(
    pg_get_function_arguments('acu.import_series(text, timestamptz[], float8[], float8[], int[], float8)'::regprocedure),
    'target text, at timestamp with time zone[], vcpu_used double precision[], '
    'working_set_bytes double precision[] DEFAULT NULL::double precision[], '
    'connections integer[] DEFAULT NULL::integer[], '
    'vcpus double precision DEFAULT NULL::double precision', 'the arguments of acu.import_series');
SELECT is(
    pg_get_function_arguments('acu.import_cloudwatch(text, json, text, float8, text)'::regprocedure),
    'target text, metrics json, instance_class text DEFAULT NULL::text, '
    'max_acu double precision DEFAULT NULL::double precision, statistic text DEFAULT NULL::text',
    'the arguments of acu.import_cloudwatch');
SELECT col_is_pk('acu', 'price', ARRAY['platform', 'pricing', 'deployment', 'item', 'region', 'builtin'],
                 'a price is one of the extension or one of a user');
SELECT col_is_pk('acu', 'instance_class', ARRAY['instance_class', 'builtin'],
                 'a size is one of the extension or one of a user');
SELECT results_eq(
    $$ SELECT attname::text COLLATE "C" FROM pg_attribute
       WHERE attrelid = 'acu.price'::regclass AND attnum > 0 ORDER BY attnum $$,
    $$ SELECT attname::text COLLATE "C" FROM pg_attribute
       WHERE attrelid = 'acu.current_price'::regclass AND attnum > 0 ORDER BY attnum $$,
    'acu.current_price has the columns of acu.price');
SELECT results_eq(
    $$ SELECT attname::text COLLATE "C" FROM pg_attribute
       WHERE attrelid = 'acu.instance_class'::regclass AND attnum > 0 ORDER BY attnum $$,
    $$ SELECT attname::text COLLATE "C" FROM pg_attribute
       WHERE attrelid = 'acu.current_instance_class'::regclass AND attnum > 0 ORDER BY attnum $$,
    'acu.current_instance_class has the columns of acu.instance_class');
LOAD 'pg_acu';
SELECT is((SELECT setting FROM pg_settings WHERE name = 'pg_acu.region'), 'us-east-1',
          'the region is us-east-1 by default');
SELECT trigger_is('acu', 'route', 'notify_route', 'acu_internal', 'notify_route');

-- Money has one type.
SELECT is_empty(
    $$ SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
       WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)
       AND a.attname ~ 'usd' AND a.attname <> 'nano_usd' AND a.atttypid <> 'numeric'::regtype
       UNION ALL
       SELECT p.oid::regprocedure::text, n.name FROM pg_proc AS p,
              unnest(p.proargnames, p.proargtypes::oid[]) AS n (name, type)
       WHERE p.pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)
       AND n.name ~ 'usd' AND n.type <> 'numeric'::regtype $$,
    'every column and argument of US dollars is numeric');

-- psql's \d and \df answer the next question.
SELECT is_empty(
    $$ SELECT oid::regprocedure FROM pg_proc
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND obj_description(oid, 'pg_proc') IS NULL $$,
    'every function has a comment');
SELECT is_empty(
    $$ SELECT oid::regclass FROM pg_class
       WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind IN ('r', 'v')
       AND obj_description(oid, 'pg_class') IS NULL $$,
    'every table and view has a comment');
SELECT is_empty(
    $$ SELECT a.attrelid::regclass, a.attname
       FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
       WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND c.relkind IN ('r', 'v', 'c') AND a.attnum > 0
       AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)
       AND col_description(a.attrelid, a.attnum) IS NULL $$,
    'every column of a table, view or type has a comment, but for the members of rings');
SELECT is_empty(
    $$ SELECT t.oid::regtype FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
       WHERE t.typnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)
       AND (t.typtype = 'd' OR c.relkind = 'c') AND obj_description(t.oid, 'pg_type') IS NULL $$,
    'every type has a comment');

-- Nobody's search_path reaches into our SQL.
\ir ../outside.sql
SELECT is_empty('SELECT * FROM pg_temp.outside()',
                'nothing refers to what is outside of pg_catalog and the extension');
SELECT is_empty(
    $$ SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
       WHERE p.pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND l.lanname <> 'c' AND p.prokind <> 'a'
       AND NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false) $$,
    'every function in SQL has its search_path pinned');
SELECT set_eq(
    $$ SELECT proname::text COLLATE "C" FROM pg_proc
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND prosecdef
       AND proconfig = ARRAY['search_path=pg_catalog, pg_temp', 'session_replication_role=replica'] $$,
    ARRAY['delete_import', 'store_import'],
    'the functions that run with the rights of their owner run no code of others');
SELECT is_empty(
    $$ SELECT oid::regprocedure FROM pg_proc AS p
       WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND prosecdef
       AND (proconfig IS NULL
            OR EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee <> p.proowner)) $$,
    'and nobody else may call them at first');

-- A publication FOR ALL TABLES would else make imports and samples fail.
SELECT is_empty(
    $$ SELECT c.oid::regclass FROM pg_class AS c
       WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND c.relkind = 'r'
       AND c.relreplident <> 'f' AND NOT EXISTS (
           SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary) $$,
    'every table has a replica identity');

-- ALTER EXTENSION pg_stat_statements UPDATE drops its own view and functions.
SELECT is_empty(
    $$ SELECT d.objid FROM pg_depend AS d
       JOIN pg_depend AS theirs ON theirs.classid = d.refclassid AND theirs.objid = d.refobjid
       JOIN pg_extension AS e ON e.oid = theirs.refobjid AND theirs.deptype = 'e'
       JOIN pg_depend AS ours ON ours.classid = d.classid AND ours.objid = d.objid
           AND ours.deptype = 'e'
       JOIN pg_extension AS a ON a.oid = ours.refobjid
       WHERE e.extname = 'pg_stat_statements' AND a.extname = 'pg_acu' $$,
    'nothing depends on a part of pg_stat_statements');

-- A library that is older or newer than the script does not return rows of another shape.
SAVEPOINT other_version;
ALTER TYPE acu.constant ADD ATTRIBUTE later text;
SELECT throws_ok('SELECT * FROM acu.constants()', '55000', 'function returns 6 columns, but is declared with 7',
                 'a type with another number of columns is refused');
ROLLBACK TO other_version;

-- DROP EXTENSION leaves nothing, and CREATE EXTENSION works again.
SELECT acu.add_route('GET', '/mine', 'pg_catalog.version()');
DROP EXTENSION pg_acu;
SELECT hasnt_schema('acu');
SELECT hasnt_schema('acu_internal');

SELECT is_empty(
    $$ SELECT proname FROM pg_proc WHERE probin LIKE '%pg_acu%' $$,
    'no function of the library is left');
CREATE EXTENSION pg_acu;
SELECT results_eq(
    $$ SELECT path FROM acu.route ORDER BY path COLLATE "C" $$, ARRAY['/', '/time', '/workload'],
    'a new extension has the built-in routes alone');

SELECT * FROM finish();
ROLLBACK;
