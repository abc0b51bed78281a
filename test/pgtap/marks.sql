-- Properties of functions that the planner uses: parallel safety, volatility, cost and rows.
BEGIN;
SELECT plan(28);

CREATE TEMP TABLE functions AS
SELECT p.*, format('%s.%s', p.pronamespace::regnamespace, p.proname) AS name, l.lanname
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace);

-- Parallel unsafe: what changes data, settings or prepared statements, and what needs a
-- subtransaction, which a parallel query cannot have.
SELECT bag_eq(
    $$ SELECT name COLLATE "C" FROM functions WHERE proparallel = 'u' $$,
    ARRAY[-- change tables, or are triggers of them
          'acu.add_route', 'acu.add_route', 'acu.drop_route', 'acu.grant_http', 'acu_internal.notify_route',
          'acu.set_price', 'acu.set_instance_class', 'acu.store_import', 'acu.delete_import',
          'acu.drop_target', 'acu.import_series', 'acu.import_cloudwatch',
          'acu.take_sample', 'acu_internal.take_local_sample', 'acu.rotate_history',
          -- change settings and prepared statements of the session
          'acu_internal.begin_session', 'acu_internal.begin_call', 'acu_internal.check_call',
          -- catch errors, in a subtransaction, or call acu_internal.find_function, which does
          'acu_internal.find_function', 'acu.root', 'acu.query_text', 'acu_internal.cloudwatch_points'],
    'these functions keep a query from being parallel, for a reason');
-- Parallel restricted: only the leader sees its temporary schema, and what pg_stat_activity
-- and pg_stat_statements show is to be read once.
SELECT bag_eq(
    $$ SELECT name COLLATE "C" FROM functions WHERE proparallel = 'r' $$,
    ARRAY['acu_internal.why_not_routable', 'acu.status', 'acu_internal.read_statements', 'acu.load_now'],
    'these functions run in the leader of a parallel query, for a reason');

-- Volatile: what has an effect, or reads what changes within a statement.
SELECT bag_eq(
    $$ SELECT name COLLATE "C" FROM functions WHERE provolatile = 'v' AND proparallel <> 'u' $$,
    ARRAY[-- raises an error
          'acu_internal.raise',
          -- read rows of the same statement, shared memory, or counters
          'acu_internal.free_target_id', 'acu.worker_status', 'acu_internal.read_statements',
          'acu.load_now'],
    'these functions are volatile, for a reason');

-- Sets: 1000 rows is what a function has of which nobody thought.
SELECT is_empty($$ SELECT name FROM functions WHERE proretset AND prorows = 1000 $$,
                'every set has a number of rows');
SELECT bag_eq(
    $$ SELECT name COLLATE "C" FROM functions WHERE proretset AND prorows = 1 $$,
    ARRAY['acu.worker_status', 'acu.load_now', 'acu.outcome', 'acu.advise',
          'acu_internal.unpack_counters', 'acu_internal.estimate'],
    'a set of one row says so');

-- Cost: 100 for a function in SQL and 1 for one in C is the same.
SELECT bag_eq(
    $$ SELECT name COLLATE "C" FROM functions
       WHERE procost > CASE lanname WHEN 'c' THEN 1 WHEN 'internal' THEN 1 ELSE 100 END $$,
    ARRAY[-- read the history, or simulate it
          'acu.load', 'acu.top_queries', 'acu.workload', 'acu.sampler_status', 'acu.status', 'acu.demand',
          'acu.simulate', 'acu.outcome', 'acu.options', 'acu.advise', 'acu.query_cost', 'acu_internal.bill',
          'acu.stages',
          -- read all of pg_stat_statements, or the file of its texts
          'acu_internal.read_statements', 'acu.load_now', 'acu.query_text',
          -- take apart packed hours, arrays and what CloudWatch prints
          'acu_internal.roll_up_hour', 'acu_internal.unpack_hour', 'acu_internal.unpack_counters',
          'acu_internal.check_import', 'acu_internal.cloudwatch_series', 'acu_internal.chosen_series',
          'acu_internal.cloudwatch_points'],
    'these functions take long');
SELECT cmp_ok((SELECT procost FROM functions WHERE name = 'acu.advise'), '>',
              (SELECT procost FROM functions WHERE name = 'acu.options'), 'acu.advise takes longest');

-- Parallel safe functions do run in a worker.
SELECT acu.import_series('shop', ARRAY(SELECT '2026-01-01'::timestamptz + n * interval '1 minute'
                                       FROM generate_series(1, 100) AS n),
                         ARRAY(SELECT 0.1 * (n % 10) FROM generate_series(1, 100) AS n));
SELECT set_config(name, 'on', true) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
CREATE FUNCTION pg_temp.gathers(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING off, SUMMARY off) ' || query LOOP
        IF line ~ 'Workers Launched: [1-9]' THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;
SELECT ok(pg_temp.gathers('SELECT count(*) FROM ' || call), call || ' runs in a parallel worker')
FROM (VALUES ('acu.load(''shop'')'), ('acu.top_queries(''shop'')'), ('acu.workload()'), ('acu.sampler_status()'),
             ('acu.worker_status()'), ('acu.demand(''shop'')'), ('acu.simulate(''shop'')'),
             ('acu.outcome(''shop'')'), ('acu.options(''shop'')'), ('acu.advise(''shop'')'),
             ('acu.query_cost(''shop'')'), ('acu.stages(''shop'')'),
             ('acu.aws_estimate(''db.r5.large'', 6, 22)'), ('acu.query_sample'), ('acu.query_hour'),
             ('acu_internal.arguments(''acu.root()''::regprocedure)'),
             ('acu_internal.describe_function(''acu.root()''::regprocedure)'),
             ('acu_internal.confused_with(''acu.root()''::regprocedure)'),
             ('acu_internal.check_max_age(1, ''GET'', ''acu.root()''::regprocedure)'),
             ('acu.time()'), ('acu_internal.check_may_import()')) AS c (call);

SELECT * FROM finish();
ROLLBACK;
