-- The query load, as SQL.
--
-- The server may be somebody's and at work: nothing is reset, and only the
-- statements of this test are looked at.
\set SHOW_CONTEXT never

SET pg_stat_statements.track = 'all';
SET pg_stat_statements.track_planning = off;
SET track_io_timing = off;
CREATE TABLE acu_probe (n int);
CREATE FUNCTION acu_probe_inside(times int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        PERFORM count(*) AS acu_probe_nested FROM acu_probe;
    END LOOP;
END
$$;
INSERT INTO acu_probe SELECT generate_series(1, 5000);
SELECT acu_probe_inside(4);
SELECT acu_probe_inside(6);
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT n AS acu_probe_sorted FROM acu_probe ORDER BY -n OFFSET 0) AS s;
RESET work_mem;

-- pg_stat_statements tells some things since PostgreSQL 14 only. Before, they must be NULL;
-- then this function returns the value that they have since.
CREATE FUNCTION since_14(told anyelement, as_since anyelement) RETURNS anyelement LANGUAGE sql AS $$
    SELECT CASE WHEN current_setting('server_version_num')::int >= 140000 THEN told
                WHEN told IS NULL THEN as_since END
$$;

-- Counted, by whom, where, and whether inside a function.
CREATE VIEW probes AS
    SELECT * FROM acu.statement_load
    WHERE query LIKE '%acu_probe%' AND database_name = current_database();
SELECT query, since_14(toplevel, query NOT LIKE '%nested%') AS toplevel, calls, rows FROM probes
WHERE query LIKE '%acu_probe_inside($1)%' OR query LIKE '%acu_probe_nested FROM acu_probe'
ORDER BY query;
SELECT count(*) AS inserts, sum(rows) AS rows, bool_and(wal_bytes > 5000 * 20) AS wal,
       bool_and(blks_dirtied > 0) AS dirtied
FROM probes WHERE query LIKE 'INSERT%';
SELECT bool_and(temp_blks > 0) AS sorted_on_disk FROM probes WHERE query LIKE '%acu_probe_sorted%';
SELECT bool_and(user_name = current_user) AS mine,
       bool_and(userid = current_user::regrole) AS my_oid,
       bool_and(dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS here,
       bool_and(exec_seconds BETWEEN 0 AND 60) AS exec,
       bool_and(blks_hit + blks_read > 0) FILTER (WHERE query LIKE '%nested%') AS blocks,
       since_14(bool_and(calls_per_second > 0), true) AS rate
FROM probes;

-- Unknown is NULL, and not 0.
SELECT bool_and(plan_seconds IS NULL) AS planning_unknown,
       bool_and(io_seconds IS NULL) AS io_unknown
FROM probes WHERE query LIKE '%acu_probe_inside($1)%';
SET pg_stat_statements.track_planning = on;
SET track_io_timing = on;
SELECT acu_probe_inside(1);
SELECT bool_and(plan_seconds > 0) AS planning, bool_and(io_seconds >= 0) AS io
FROM probes WHERE query LIKE '%acu_probe_inside($1)%';
RESET pg_stat_statements.track_planning;
RESET track_io_timing;

-- Shares are of toplevel time: those of nested statements come on top.
SELECT since_14(round(sum(share) FILTER (WHERE toplevel)::numeric, 6), 1.000000) AS toplevel,
       bool_and(share >= 0) AS none_negative
FROM acu.statement_load;

-- One row of totals, and consistent with itself.
SELECT count(*) AS rows,
       since_14(bool_and(at > since), true) AS span,
       since_14(bool_and(abs(seconds - extract(epoch FROM at - since)) < 0.001), true) AS seconds,
       since_14(bool_and(abs(calls_per_second * seconds - calls) < 0.01), true) AS rate,
       since_14(bool_and(mean_running > 0), true) AS running,
       bool_and(statements > 5 AND calls > 5) AS counted,
       since_14(bool_and(evictions >= 0), true) AS evictions,
       bool_and(includes_nested = (since IS NULL)) AS nested_where_unknown
FROM acu.load_now();

-- The texts are read only by those who ask.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query;
END
$$;
SELECT count(*) AS reads_texts FROM plan_of('SELECT calls, share FROM acu.statement_load')
WHERE plan_of LIKE '%query_text%';
SELECT count(*) > 0 AS reads_texts FROM plan_of('SELECT calls, query FROM acu.statement_load')
WHERE plan_of LIKE '%query_text%';
SELECT acu.query_text(NULL, 0, 0, true) IS NULL AS no_user,
       acu.query_text(0, 0, 0, true) IS NULL AS no_such_statement;

-- A role without rights sees nobody's statements.
CREATE ROLE regress_acu_curious;
GRANT USAGE ON SCHEMA public TO regress_acu_curious;
SET ROLE regress_acu_curious;
SELECT * FROM acu.statement_load;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.load_now();
\echo :LAST_ERROR_SQLSTATE
SELECT acu.query_text(0, 0, 0, true);
SELECT * FROM acu_internal.read_statements();
RESET ROLE;
-- Even the run of the place shows it counters only, without the texts.
GRANT SELECT ON acu.statement_load TO regress_acu_curious;
GRANT EXECUTE ON FUNCTION acu_internal.read_statements(), acu.query_text(oid, oid, bigint, boolean)
    TO regress_acu_curious;
SET ROLE regress_acu_curious;
SELECT count(*) > 5 AS counters, count(queryid) AS ids, count(query) AS texts
FROM acu.statement_load WHERE user_name <> current_user;
RESET ROLE;
REVOKE SELECT ON acu.statement_load FROM regress_acu_curious;
REVOKE EXECUTE ON FUNCTION acu_internal.read_statements(), acu.query_text(oid, oid, bigint, boolean)
    FROM regress_acu_curious;
-- pg_read_all_stats is what it takes.
GRANT pg_read_all_stats TO regress_acu_curious;
SET ROLE regress_acu_curious;
SELECT count(queryid) > 5 AS ids, count(query) > 5 AS texts FROM acu.statement_load
WHERE user_name <> current_user;
SELECT calls > 5 AS totals FROM acu.load_now();
RESET ROLE;

DROP VIEW probes;
DROP FUNCTION plan_of(text), acu_probe_inside(int);
DROP TABLE acu_probe;
REVOKE USAGE ON SCHEMA public FROM regress_acu_curious;
DROP ROLE regress_acu_curious;
