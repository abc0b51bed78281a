-- statements: the query load since the counters of pg_stat_statements were last reset.
--
-- Nothing here refers to pg_stat_statements in SQL: a view that did would make
-- ALTER EXTENSION pg_stat_statements UPDATE fail, which drops its own view.
--
-- The statements of all users are shown to members of pg_read_all_stats. The functions run
-- with the rights of the caller, and pg_stat_statements itself hides the text and the
-- queryid of other users' statements from everybody else.

CREATE TYPE acu_internal.statement_counters AS (
    userid           oid,
    dbid             oid,
    queryid          bigint,
    toplevel         boolean,
    calls_per_second double precision,
    share            double precision,
    calls            bigint,
    exec_seconds     double precision,
    plan_seconds     double precision,
    io_seconds       double precision,
    rows             bigint,
    blks_hit         bigint,
    blks_read        bigint,
    blks_dirtied     bigint,
    blks_written     bigint,
    temp_blks        bigint,
    wal_bytes        bigint
);
COMMENT ON TYPE acu_internal.statement_counters IS
'an entry of pg_stat_statements; acu.statement_load describes the columns';
COMMENT ON COLUMN acu_internal.statement_counters.userid IS 'OID of the role';
COMMENT ON COLUMN acu_internal.statement_counters.dbid IS 'OID of the database';
COMMENT ON COLUMN acu_internal.statement_counters.queryid IS
'hash of the normalised statement; NULL where the reader may not see it';
COMMENT ON COLUMN acu_internal.statement_counters.toplevel IS
'false when a function ran the statement; NULL where pg_stat_statements is older than 1.9';
COMMENT ON COLUMN acu_internal.statement_counters.calls_per_second IS
'calls a second since the counters were reset; NULL where pg_stat_statements is older than 1.9';
COMMENT ON COLUMN acu_internal.statement_counters.share IS 'share (0 to 1) of the seconds of all toplevel statements';
COMMENT ON COLUMN acu_internal.statement_counters.calls IS 'calls that ended';
COMMENT ON COLUMN acu_internal.statement_counters.exec_seconds IS 'seconds of execution, by the clock';
COMMENT ON COLUMN acu_internal.statement_counters.plan_seconds IS
'seconds of planning; NULL when pg_stat_statements.track_planning is off';
COMMENT ON COLUMN acu_internal.statement_counters.io_seconds IS
'seconds of exec_seconds spent reading and writing blocks; NULL when track_io_timing is off';
COMMENT ON COLUMN acu_internal.statement_counters.rows IS 'rows returned or changed';
COMMENT ON COLUMN acu_internal.statement_counters.blks_hit IS 'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.statement_counters.blks_read IS 'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.statement_counters.blks_dirtied IS 'shared blocks made dirty (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.statement_counters.blks_written IS
'shared blocks written by the statement itself (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.statement_counters.temp_blks IS 'temporary blocks read and written (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.statement_counters.wal_bytes IS 'bytes of write-ahead log';

CREATE FUNCTION acu_internal.read_statements() RETURNS SETOF acu_internal.statement_counters
AS 'MODULE_PATHNAME', 'acu_read_statements'
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 5000 COST 1000;
COMMENT ON FUNCTION acu_internal.read_statements IS
'entries of pg_stat_statements, of any version, without the texts';

-- STABLE, so that a query that does not select the text does not run this; the
-- cost makes ORDER BY and LIMIT come first. Not in parallel queries, which allow no
-- subtransaction: a text that cannot be converted is found out in one.
CREATE FUNCTION acu.query_text(userid oid, dbid oid, queryid bigint, toplevel boolean)
RETURNS text
AS 'MODULE_PATHNAME', 'acu_query_text'
LANGUAGE C STABLE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION acu.query_text IS
'the text of a statement of acu.statement_load, or NULL when it is not known; the first call of a query reads the file of all texts';

CREATE VIEW acu.statement_load AS
SELECT s.userid,
       s.dbid,
       s.queryid,
       s.toplevel,
       r.rolname AS user_name,
       d.datname AS database_name,
       s.calls,
       s.calls_per_second,
       s.exec_seconds,
       s.plan_seconds,
       s.io_seconds,
       s.share,
       s.rows,
       s.blks_hit,
       s.blks_read,
       s.blks_dirtied,
       s.blks_written,
       s.temp_blks,
       s.wal_bytes,
       acu.query_text(s.userid, s.dbid, s.queryid, s.toplevel) AS query
FROM acu_internal.read_statements() AS s
LEFT JOIN pg_roles AS r ON r.oid = s.userid
LEFT JOIN pg_database AS d ON d.oid = s.dbid;
COMMENT ON VIEW acu.statement_load IS
'the query load by statement, since the counters of pg_stat_statements were last reset; the texts are read only when the column query is selected';
COMMENT ON COLUMN acu.statement_load.userid IS
'OID of the role that ran the statement';
COMMENT ON COLUMN acu.statement_load.dbid IS
'OID of the database that it ran in';
COMMENT ON COLUMN acu.statement_load.queryid IS
'hash of the normalised statement; NULL where the reader may not see it (grant pg_read_all_stats)';
COMMENT ON COLUMN acu.statement_load.toplevel IS
'false when a function ran the statement: it is then inside its caller''s row too; NULL where pg_stat_statements is older than 1.9 and does not tell';
COMMENT ON COLUMN acu.statement_load.user_name IS
'name of that role; NULL when it has been dropped';
COMMENT ON COLUMN acu.statement_load.database_name IS
'name of that database; NULL when it has been dropped';
COMMENT ON COLUMN acu.statement_load.calls IS
'calls that ended';
COMMENT ON COLUMN acu.statement_load.calls_per_second IS
'calls per second since the counters were reset; NULL where pg_stat_statements is older than 1.9 and does not tell when that was';
COMMENT ON COLUMN acu.statement_load.exec_seconds IS
'seconds of execution, by the clock: waiting included';
COMMENT ON COLUMN acu.statement_load.plan_seconds IS
'seconds of planning; NULL when pg_stat_statements.track_planning is off';
COMMENT ON COLUMN acu.statement_load.io_seconds IS
'seconds of exec_seconds spent reading and writing blocks; NULL when track_io_timing is off';
COMMENT ON COLUMN acu.statement_load.share IS
'seconds of execution and planning as a share (0 to 1) of those of all toplevel statements; the shares of toplevel statements sum to 1';
COMMENT ON COLUMN acu.statement_load.rows IS
'rows returned or changed';
COMMENT ON COLUMN acu.statement_load.blks_hit IS
'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.statement_load.blks_read IS
'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.statement_load.blks_dirtied IS
'shared blocks made dirty (blocks of 8 kB)';
COMMENT ON COLUMN acu.statement_load.blks_written IS
'shared blocks written by the statement itself (blocks of 8 kB)';
COMMENT ON COLUMN acu.statement_load.temp_blks IS
'temporary blocks read and written, as when work_mem was too small (blocks of 8 kB)';
COMMENT ON COLUMN acu.statement_load.wal_bytes IS
'bytes of write-ahead log';
COMMENT ON COLUMN acu.statement_load.query IS
'the text of the statement, with constants as $1, $2 and so on';

CREATE TYPE acu.load_since_reset AS (
    at               timestamptz,
    since            timestamptz,
    seconds          double precision,
    statements       bigint,
    calls_per_second double precision,
    mean_running     double precision,
    calls            bigint,
    exec_seconds     double precision,
    plan_seconds     double precision,
    io_seconds       double precision,
    rows             bigint,
    blks_hit         bigint,
    blks_read        bigint,
    blks_dirtied     bigint,
    blks_written     bigint,
    temp_blks        bigint,
    wal_bytes        bigint,
    evictions        bigint,
    includes_nested  boolean
);
COMMENT ON TYPE acu.load_since_reset IS
'the query load of the whole server since the counters were reset, the row of acu.load_now()';
COMMENT ON COLUMN acu.load_since_reset.at IS 'now';
COMMENT ON COLUMN acu.load_since_reset.since IS 'time of that reset; NULL where pg_stat_statements is older than 1.9';
COMMENT ON COLUMN acu.load_since_reset.seconds IS 'seconds between the two; NULL as since is';
COMMENT ON COLUMN acu.load_since_reset.statements IS 'distinct statements';
COMMENT ON COLUMN acu.load_since_reset.calls_per_second IS 'calls a second; NULL as since is';
COMMENT ON COLUMN acu.load_since_reset.mean_running IS 'statements running at a time, on average; NULL as since is';
COMMENT ON COLUMN acu.load_since_reset.calls IS 'calls that ended';
COMMENT ON COLUMN acu.load_since_reset.exec_seconds IS 'seconds of execution, by the clock: waiting included';
COMMENT ON COLUMN acu.load_since_reset.plan_seconds IS 'seconds of planning; NULL when pg_stat_statements.track_planning is off';
COMMENT ON COLUMN acu.load_since_reset.io_seconds IS
'seconds of exec_seconds spent reading and writing blocks; NULL when track_io_timing is off';
COMMENT ON COLUMN acu.load_since_reset.rows IS 'rows returned or changed';
COMMENT ON COLUMN acu.load_since_reset.blks_hit IS 'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_since_reset.blks_read IS 'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_since_reset.blks_dirtied IS 'shared blocks made dirty (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_since_reset.blks_written IS 'shared blocks written by statements themselves (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_since_reset.temp_blks IS 'temporary blocks read and written (blocks of 8 kB)';
COMMENT ON COLUMN acu.load_since_reset.wal_bytes IS 'bytes of write-ahead log';
COMMENT ON COLUMN acu.load_since_reset.evictions IS
'rounds in which pg_stat_statements evicted its rarest entries, whose calls are not counted here; NULL where it is older than 1.9';
COMMENT ON COLUMN acu.load_since_reset.includes_nested IS
'whether pg_stat_statements is older than 1.9 and cannot tell nested statements apart, so that they may count twice';

CREATE FUNCTION acu.load_now() RETURNS SETOF acu.load_since_reset
AS 'MODULE_PATHNAME', 'acu_load_now'
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 1 COST 1000;
COMMENT ON FUNCTION acu.load_now IS
'query load of the whole server since the counters of pg_stat_statements were last reset, summed over toplevel statements';
