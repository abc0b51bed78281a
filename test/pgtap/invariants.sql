-- Invariants of the query load. Nobody else works on the server that this
-- runs on, so the counters can be reset, and be compared to the last block.
BEGIN;
SELECT current_setting('server_version_num')::int < 140000 AS before_14 \gset
\if :before_14
SELECT plan(1);
SELECT skip('pg_stat_statements tells nested statements apart since PostgreSQL 14');
\quit
\endif
SELECT plan(20);

SET pg_stat_statements.track = 'all';
CREATE TABLE acu_numbers AS SELECT n FROM generate_series(1, 20000) AS n;
CREATE FUNCTION acu_inner(times int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    total bigint := 0;
BEGIN
    FOR i IN 1..times LOOP
        total := total + (SELECT count(*) FROM acu_numbers);
    END LOOP;
    RETURN total;
END
$$;
CREATE FUNCTION acu_outer(times int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT acu_inner(times) FROM acu_numbers LIMIT 1);
END
$$;
CREATE TABLE acu_few AS SELECT n FROM generate_series(1, 5000) AS n;
SET work_mem = '64kB';
SELECT pg_stat_statements_reset();
SELECT acu_outer(50);
SELECT acu_outer(50);
SELECT count(*) FROM acu_numbers;
UPDATE acu_few SET n = -n;
SELECT count(*) FROM (SELECT n FROM acu_numbers ORDER BY -n OFFSET 0) AS spilled;

-- From here on nothing is counted.
SET pg_stat_statements.track = 'none';
CREATE TEMP TABLE load AS SELECT * FROM acu.statement_load;
CREATE TEMP TABLE total AS SELECT * FROM acu.load_now();
CREATE TEMP TABLE theirs AS SELECT * FROM pg_stat_statements;

SELECT is(count(*), (SELECT count(*) FROM theirs), 'a row for every entry') FROM load;
SELECT results_eq(
    $$ SELECT userid, dbid, queryid, toplevel, calls, exec_seconds::numeric(20, 6), rows,
              blks_hit, blks_read, blks_dirtied, blks_written, temp_blks, wal_bytes, split_part(query, '.track = ', 1)
       FROM load ORDER BY userid, dbid, queryid, toplevel $$,
    $$ SELECT userid, dbid, queryid, toplevel, calls, (total_exec_time / 1000)::numeric(20, 6), rows,
              shared_blks_hit, shared_blks_read, shared_blks_dirtied, shared_blks_written,
              temp_blks_read + temp_blks_written, wal_bytes::bigint, split_part(query, '.track = ', 1)
       FROM theirs ORDER BY userid, dbid, queryid, toplevel $$,
    'the counters of each are those of pg_stat_statements, and the texts but for the value of a setting');

SELECT ok(bool_or(blks_dirtied > 0) AND bool_or(wal_bytes > 0) AND bool_or(temp_blks > 0),
          'none of which are all 0') FROM load;
SELECT is(acu.query_text(userid, dbid, queryid, toplevel), query, 'a text by its key')
FROM load WHERE query LIKE 'UPDATE acu_few%';
SELECT is(acu.query_text(userid, dbid, queryid, NOT toplevel), NULL,
          'no text for a statement that did not run inside a function')
FROM load WHERE query LIKE 'UPDATE acu_few%';

-- The sums are over toplevel statements.
SELECT is((SELECT statements FROM total), (SELECT count(*) FROM load WHERE toplevel),
          'toplevel statements are counted');
SELECT is((SELECT calls FROM total), (SELECT sum(calls) FROM load WHERE toplevel)::bigint,
          'calls are a sum over toplevel statements');
SELECT is((SELECT calls FROM total), 7::bigint,
          'of the seven that ran: the reset, two calls, two counts, an UPDATE, and the SET after them');
SELECT is((SELECT rows FROM total), (SELECT sum(rows) FROM load WHERE toplevel)::bigint, 'rows too');
SELECT is((SELECT blks_hit + blks_read FROM total),
          (SELECT sum(blks_hit + blks_read) FROM load WHERE toplevel)::bigint, 'blocks too');
SELECT is((SELECT wal_bytes FROM total), (SELECT sum(wal_bytes) FROM load WHERE toplevel)::bigint,
          'WAL too');
SELECT is(round((SELECT exec_seconds FROM total)::numeric, 9),
          round((SELECT sum(exec_seconds) FROM load WHERE toplevel)::numeric, 9),
          'seconds of execution too');

-- A nested statement is inside its caller's row already.
SELECT is((SELECT count(*) FROM load WHERE NOT toplevel), 2::bigint,
          'both nested statements have a row');
SELECT ok((SELECT sum(blks_hit) FROM load WHERE NOT toplevel)
          > 0.8 * (SELECT sum(blks_hit) FROM load WHERE query LIKE 'SELECT acu_outer%'),
          'which would nearly double what their caller is counted for');
SELECT ok((SELECT blks_hit FROM load WHERE query LIKE 'SELECT acu_outer%')
          >= (SELECT blks_hit FROM load WHERE NOT toplevel AND query LIKE '%count(*)%'),
          'the caller''s blocks include the nested ones');

-- Rates and shares.
SELECT is(round(sum(share)::numeric, 9), 1.0, 'toplevel shares sum to 1') FROM load WHERE toplevel;
SELECT is(round((SELECT calls_per_second * seconds FROM total)::numeric, 6), 7.0,
          'calls per second times seconds are the calls');
SELECT is(round((SELECT mean_running * seconds FROM total)::numeric, 9),
          round((SELECT exec_seconds FROM total)::numeric, 9),
          'mean running times seconds is the time of execution');
SELECT is((SELECT since FROM total), (SELECT stats_reset FROM pg_stat_statements_info),
          'since is the reset');
SELECT is((SELECT evictions FROM total), (SELECT dealloc FROM pg_stat_statements_info),
          'evictions are pg_stat_statements'' deallocations');

SELECT * FROM finish();
ROLLBACK;
