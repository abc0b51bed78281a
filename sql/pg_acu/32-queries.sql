-- queries: what the statements of a server did, by minute and by hour.

CREATE TABLE acu.query_recent (
    target_id    int NOT NULL,
    at           timestamptz NOT NULL,
    seconds      double precision NOT NULL,
    userid       oid NOT NULL,
    dbid         oid NOT NULL,
    queryid      bigint NOT NULL,
    toplevel     boolean NOT NULL,
    estimated    boolean NOT NULL,
    cpu_seconds  double precision NOT NULL,
    calls        bigint NOT NULL,
    exec_seconds double precision NOT NULL,
    plan_seconds double precision NOT NULL,
    io_seconds   double precision NOT NULL,
    rows         bigint NOT NULL,
    blks_hit     bigint NOT NULL,
    blks_read    bigint NOT NULL,
    blks_dirtied bigint NOT NULL,
    blks_written bigint NOT NULL,
    temp_blks    bigint NOT NULL,
    wal_bytes    bigint NOT NULL
);
COMMENT ON TABLE acu.query_recent IS
'counters of queries in the last hours, as they were sampled; acu.query_sample and acu.query_hour describe the columns';

CREATE TABLE acu.query_packed (
    hour      timestamptz NOT NULL,
    queryid   bigint NOT NULL,
    target_id int NOT NULL,
    userid    oid NOT NULL,
    dbid      oid NOT NULL,
    toplevel  boolean NOT NULL,
    packed    bytea NOT NULL
);
COMMENT ON TABLE acu.query_packed IS
'counters of queries before that: a row an hour of a query, by minute for pg_acu.query_retention, then as one sum; acu.query_sample and acu.query_hour unpack it';
COMMENT ON COLUMN acu.query_packed.packed IS
'counters of the hour and of its minutes, each in as few bytes as it needs';

-- Comments of columns that other relations describe in full.
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT attrelid::regclass AS relation, attname
        FROM pg_catalog.pg_attribute
        WHERE attrelid IN ('acu.query_recent'::regclass, 'acu.query_packed'::regclass)
            AND attnum > 0 AND attname <> 'packed'
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', c.relation, c.attname,
                       'as in acu.query_sample and acu.query_hour');
    END LOOP;
END
$$;

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT ring, parent, partition
        FROM (VALUES ('query_recent', 'query_recent', 3), ('query_minute', 'query_packed', 9),
                     ('query_hour', 'query_packed', 7)) AS rings (ring, parent, partitions),
             LATERAL pg_catalog.generate_series(1, partitions) AS partition
    LOOP
        EXECUTE format('CREATE TABLE acu_internal.%I () INHERITS (acu.%I)',
                       r.ring || '_' || r.partition, r.parent);
        EXECUTE format('COMMENT ON TABLE acu_internal.%I IS %L', r.ring || '_' || r.partition,
                       'a partition of the ring ' || r.ring || '; read acu.' || r.parent);
        IF r.parent = 'query_packed' THEN
            EXECUTE format('CREATE INDEX ON acu_internal.%I (target_id, hour)', r.ring || '_' || r.partition);
        END IF;
        INSERT INTO acu.ring (name) VALUES (r.ring) ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;

-- A publication FOR ALL TABLES refuses to delete from a table without a replica identity.
-- Nothing but TRUNCATE removes rows of queries, which have no key; others may.
DO $$
DECLARE
    keyless regclass;
BEGIN
    FOR keyless IN
        SELECT c.oid FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND c.relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                            WHERE i.indrelid = c.oid AND i.indisprimary)
    LOOP
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', keyless);
    END LOOP;
END
$$;

CREATE TABLE acu.query (
    userid        oid NOT NULL,
    dbid          oid NOT NULL,
    queryid       bigint NOT NULL,
    query         text,
    last_seen     timestamptz NOT NULL,
    user_name     text,
    database_name text,
    PRIMARY KEY (userid, dbid, queryid)
);
COMMENT ON TABLE acu.query IS
'texts of queries, with the names of their roles and databases, as long as there are rows of them; 20,000 at most';
COMMENT ON COLUMN acu.query.userid IS 'OID of the role that ran it';
COMMENT ON COLUMN acu.query.dbid IS 'OID of the database that it ran in';
COMMENT ON COLUMN acu.query.queryid IS 'hash of the normalised statement';
COMMENT ON COLUMN acu.query.query IS
'the text, with constants as $1, $2 and so on, cut at pg_acu.query_text_length bytes; ''***'' stands for a literal that may be a secret and all behind it, a backslash with x and two hexadecimal digits for a byte that is no character. NULL when pg_acu.track_query_text is off, or the text is lost';
COMMENT ON COLUMN acu.query.last_seen IS 'time of its last run, to some hours';
COMMENT ON COLUMN acu.query.user_name IS 'name of the role when the text was stored; it may have been dropped since';
COMMENT ON COLUMN acu.query.database_name IS 'name of the database when the text was stored; it may have been dropped since';

-- Packed hours. The library packs them and rolls them up when it rotates the rings; roles
-- that may read them may unpack them.
CREATE FUNCTION acu_internal.pack_step(internal, at timestamptz, estimated boolean,
    cpu_seconds double precision, calls bigint, exec_seconds double precision,
    plan_seconds double precision, io_seconds double precision, rows bigint,
    blks_hit bigint, blks_read bigint, blks_dirtied bigint, blks_written bigint,
    temp_blks bigint, wal_bytes bigint) RETURNS internal
AS 'MODULE_PATHNAME', 'acu_pack_step'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.pack_step IS 'step of the aggregate acu_internal.pack_hour';

CREATE FUNCTION acu_internal.pack_end(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'acu_pack_end'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.pack_end IS 'end of the aggregate acu_internal.pack_hour';

CREATE AGGREGATE acu_internal.pack_hour(at timestamptz, estimated boolean,
    cpu_seconds double precision, calls bigint, exec_seconds double precision,
    plan_seconds double precision, io_seconds double precision, rows bigint,
    blks_hit bigint, blks_read bigint, blks_dirtied bigint, blks_written bigint,
    temp_blks bigint, wal_bytes bigint) (
    SFUNC = acu_internal.pack_step, STYPE = internal, SSPACE = 3072, FINALFUNC = acu_internal.pack_end,
    PARALLEL = SAFE
);
COMMENT ON FUNCTION acu_internal.pack_hour IS 'packs rows of acu.query_recent, of one query and one hour';

CREATE FUNCTION acu_internal.roll_up_hour(packed bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'acu_roll_up_hour'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION acu_internal.roll_up_hour IS 'packed hour without its minutes';

CREATE TYPE acu_internal.packed_minute AS (
    at           timestamptz,
    seconds      double precision,
    estimated    boolean,
    calls        bigint,
    exec_seconds double precision,
    cpu_seconds  double precision,
    blks         bigint
);
COMMENT ON TYPE acu_internal.packed_minute IS
'a minute of a packed hour; acu.query_sample describes the columns';
COMMENT ON COLUMN acu_internal.packed_minute.at IS 'end of the minute or hour';
COMMENT ON COLUMN acu_internal.packed_minute.seconds IS 'its length, in seconds';
COMMENT ON COLUMN acu_internal.packed_minute.estimated IS
'whether pg_stat_statements had lost the query meanwhile: it did at least this';
COMMENT ON COLUMN acu_internal.packed_minute.calls IS 'calls that ended';
COMMENT ON COLUMN acu_internal.packed_minute.exec_seconds IS 'seconds of execution, by the clock';
COMMENT ON COLUMN acu_internal.packed_minute.cpu_seconds IS 'CPU-seconds, estimated';
COMMENT ON COLUMN acu_internal.packed_minute.blks IS 'shared blocks hit and read (blocks of 8 kB)';

CREATE FUNCTION acu_internal.unpack_hour(hour timestamptz, packed bytea) RETURNS SETOF acu_internal.packed_minute
AS 'MODULE_PATHNAME', 'acu_unpack_hour'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 60 COST 100;
COMMENT ON FUNCTION acu_internal.unpack_hour IS
'minutes of a packed hour, or the whole of it when it has none';

CREATE TYPE acu_internal.packed_counters AS (
    estimated    boolean,
    cpu_seconds  double precision,
    calls        bigint,
    exec_seconds double precision,
    plan_seconds double precision,
    io_seconds   double precision,
    rows         bigint,
    blks_hit     bigint,
    blks_read    bigint,
    blks_dirtied bigint,
    blks_written bigint,
    temp_blks    bigint,
    wal_bytes    bigint
);
COMMENT ON TYPE acu_internal.packed_counters IS
'sums of a packed hour; acu.query_hour describes the columns';
COMMENT ON COLUMN acu_internal.packed_counters.estimated IS
'whether pg_stat_statements had lost the query meanwhile: it did at least this';
COMMENT ON COLUMN acu_internal.packed_counters.cpu_seconds IS 'CPU-seconds, estimated';
COMMENT ON COLUMN acu_internal.packed_counters.calls IS 'calls that ended';
COMMENT ON COLUMN acu_internal.packed_counters.exec_seconds IS 'seconds of execution, by the clock';
COMMENT ON COLUMN acu_internal.packed_counters.plan_seconds IS 'seconds of planning';
COMMENT ON COLUMN acu_internal.packed_counters.io_seconds IS 'seconds of exec_seconds spent reading and writing blocks';
COMMENT ON COLUMN acu_internal.packed_counters.rows IS 'rows returned or changed';
COMMENT ON COLUMN acu_internal.packed_counters.blks_hit IS 'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.packed_counters.blks_read IS 'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.packed_counters.blks_dirtied IS 'shared blocks made dirty (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.packed_counters.blks_written IS 'shared blocks written by the query itself (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.packed_counters.temp_blks IS 'temporary blocks read and written (blocks of 8 kB)';
COMMENT ON COLUMN acu_internal.packed_counters.wal_bytes IS 'bytes of write-ahead log';

CREATE FUNCTION acu_internal.unpack_counters(packed bytea) RETURNS SETOF acu_internal.packed_counters
AS 'MODULE_PATHNAME', 'acu_unpack_counters'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1 COST 100;
COMMENT ON FUNCTION acu_internal.unpack_counters IS
'sums of a packed hour';

-- Rows of no single query have userid 0, and one of these numbers as queryid.
CREATE FUNCTION acu_internal.row_kind(userid oid, queryid bigint, toplevel boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN userid <> 0 THEN CASE WHEN toplevel THEN 'query' ELSE 'nested' END
        WHEN queryid = 1 THEN 'background'
        WHEN queryid = 2 THEN 'unexplained'
        ELSE 'others'
    END
$$;
COMMENT ON FUNCTION acu_internal.row_kind IS
'kind of a row of acu.query_sample: query; nested (run by a function, inside its caller''s row too); others (rarer queries together); background (processes that work for no client); unexplained (CPU that no query explains)';

CREATE VIEW acu.query_sample AS
SELECT r.target_id, date_trunc('hour', r.at - interval '1 microsecond', 'UTC') AS hour,
       r.at, r.seconds, r.userid, r.dbid, r.queryid, r.toplevel, r.estimated,
       r.calls, r.exec_seconds, r.cpu_seconds, r.blks_hit + r.blks_read AS blks
FROM acu.query_recent AS r
UNION ALL
SELECT p.target_id, p.hour,
       u.at, u.seconds, p.userid, p.dbid, p.queryid, p.toplevel, u.estimated,
       u.calls, u.exec_seconds, u.cpu_seconds, u.blks
FROM acu.query_packed AS p, LATERAL acu_internal.unpack_hour(p.hour, p.packed) AS u;
COMMENT ON VIEW acu.query_sample IS
'counters of each query, by minute for pg_acu.query_retention and then by hour';
COMMENT ON COLUMN acu.query_sample.target_id IS 'server: acu.target.id';
COMMENT ON COLUMN acu.query_sample.hour IS 'start of the hour, in UTC';
COMMENT ON COLUMN acu.query_sample.at IS 'end of the minute or hour';
COMMENT ON COLUMN acu.query_sample.seconds IS 'length of the minute or hour, in seconds; packed rows have 60, also where pg_acu.sample_interval is above a minute, or 3600';
COMMENT ON COLUMN acu.query_sample.userid IS 'OID of the role that ran it; 0 in rows of no single query, see acu_internal.row_kind';
COMMENT ON COLUMN acu.query_sample.dbid IS 'OID of the database that it ran in';
COMMENT ON COLUMN acu.query_sample.queryid IS 'hash of the normalised statement; with userid 0: 1 background, 2 unexplained, 3 others';
COMMENT ON COLUMN acu.query_sample.toplevel IS 'false when a function ran it: it is then inside its caller''s row too';
COMMENT ON COLUMN acu.query_sample.estimated IS 'whether pg_stat_statements had lost the query meanwhile: it did at least this';
COMMENT ON COLUMN acu.query_sample.calls IS 'calls that ended';
COMMENT ON COLUMN acu.query_sample.exec_seconds IS 'seconds of execution, by the clock: waiting included';
COMMENT ON COLUMN acu.query_sample.cpu_seconds IS 'CPU-seconds, estimated (docs/workload.md)';
COMMENT ON COLUMN acu.query_sample.blks IS 'shared blocks hit and read (blocks of 8 kB)';

CREATE VIEW acu.query_hour AS
SELECT r.target_id, date_trunc('hour', r.at - interval '1 microsecond', 'UTC') AS hour,
       r.userid, r.dbid, r.queryid, r.toplevel, r.estimated, r.cpu_seconds, r.calls,
       r.exec_seconds, r.plan_seconds, r.io_seconds, r.rows, r.blks_hit, r.blks_read,
       r.blks_dirtied, r.blks_written, r.temp_blks, r.wal_bytes
FROM acu.query_recent AS r
UNION ALL
SELECT p.target_id, p.hour,
       p.userid, p.dbid, p.queryid, p.toplevel, u.estimated, u.cpu_seconds, u.calls,
       u.exec_seconds, u.plan_seconds, u.io_seconds, u.rows, u.blks_hit, u.blks_read,
       u.blks_dirtied, u.blks_written, u.temp_blks, u.wal_bytes
FROM acu.query_packed AS p, LATERAL acu_internal.unpack_counters(p.packed) AS u;
COMMENT ON VIEW acu.query_hour IS
'counters of each query, by hour; rows of the same query and hour are to be added up';
COMMENT ON COLUMN acu.query_hour.target_id IS 'server: acu.target.id';
COMMENT ON COLUMN acu.query_hour.hour IS 'start of the hour, in UTC';
COMMENT ON COLUMN acu.query_hour.userid IS 'OID of the role that ran it; 0 in rows of no single query, see acu_internal.row_kind';
COMMENT ON COLUMN acu.query_hour.dbid IS 'OID of the database that it ran in';
COMMENT ON COLUMN acu.query_hour.queryid IS 'hash of the normalised statement; with userid 0: 1 background, 2 unexplained, 3 others';
COMMENT ON COLUMN acu.query_hour.toplevel IS 'false when a function ran it: it is then inside its caller''s row too';
COMMENT ON COLUMN acu.query_hour.estimated IS 'whether pg_stat_statements had lost the query meanwhile: it did at least this';
COMMENT ON COLUMN acu.query_hour.cpu_seconds IS 'CPU-seconds, estimated (docs/workload.md)';
COMMENT ON COLUMN acu.query_hour.calls IS 'calls that ended';
COMMENT ON COLUMN acu.query_hour.exec_seconds IS 'seconds of execution, by the clock: waiting included';
COMMENT ON COLUMN acu.query_hour.plan_seconds IS 'seconds of planning; 0 when pg_stat_statements.track_planning is off';
COMMENT ON COLUMN acu.query_hour.io_seconds IS 'seconds of exec_seconds spent reading and writing blocks; 0 when track_io_timing is off';
COMMENT ON COLUMN acu.query_hour.rows IS 'rows returned or changed';
COMMENT ON COLUMN acu.query_hour.blks_hit IS 'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.query_hour.blks_read IS 'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.query_hour.blks_dirtied IS 'shared blocks made dirty (blocks of 8 kB)';
COMMENT ON COLUMN acu.query_hour.blks_written IS 'shared blocks written by the query itself (blocks of 8 kB)';
COMMENT ON COLUMN acu.query_hour.temp_blks IS 'temporary blocks read and written (blocks of 8 kB)';
COMMENT ON COLUMN acu.query_hour.wal_bytes IS 'bytes of write-ahead log';
