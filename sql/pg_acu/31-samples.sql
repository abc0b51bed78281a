-- samples: what a server did, interval by interval.
--
-- A ring is a fixed number of partitions, tables that inherit from the one that is read.
-- One of them is written to. When its time is over the ring rotates: the next partition is
-- emptied, by TRUNCATE, and takes its place. On the way, rows are rolled up into the next
-- coarser ring. acu.ring has the current partition of each ring.

-- Intervals of a target never overlap, or reports would count time twice. No constraint
-- says so, as an index of ranges costs 20 times more than the rest of an import. It holds as
-- each writer sees to it: acu.store_import replaces what overlaps, and so do two of them one
-- after the other; the sampler, of which there is one, stores nothing that ends before its
-- last sample; and minutes that overlap others are left out when samples are rolled up.
CREATE TABLE acu.sample (
    target_id              int NOT NULL,
    at                     timestamptz NOT NULL,
    seconds                double precision NOT NULL
        CHECK (seconds > 0::double precision AND seconds < 'Infinity'::double precision),
    epoch                  int NOT NULL DEFAULT 1,
    cpu_seconds            double precision CHECK (cpu_seconds >= 0::double precision),
    background_cpu_seconds double precision CHECK (background_cpu_seconds >= 0::double precision),
    cpu_source             text,
    vcpus                  double precision CHECK (vcpus > 0::double precision),
    connections            int CHECK (connections >= 0),
    active_sessions        double precision CHECK (active_sessions >= 0::double precision),
    calls                  bigint,
    exec_seconds           double precision,
    plan_seconds           double precision,
    io_seconds             double precision,
    rows                   bigint,
    blks_hit               bigint,
    blks_read              bigint,
    blks_written           bigint,
    temp_blks              bigint,
    wal_bytes              bigint,
    shared_buffers_bytes   bigint,
    buffers_used_bytes     bigint,
    buffers_hot_bytes      bigint,
    coverage               double precision CHECK (coverage BETWEEN 0::double precision AND 1::double precision),
    evictions              bigint,
    saturated              boolean NOT NULL DEFAULT false,
    PRIMARY KEY (target_id, at)
);

-- Samples of this server are in the partitions of the rings, which are not dumped.
SELECT pg_catalog.pg_extension_config_dump('acu.sample', '');
COMMENT ON TABLE acu.sample IS
'load of the servers, interval by interval; an interval runs from the sample before to at, and intervals of a target never overlap. Kept as they were taken for pg_acu.sample_retention, then by minute for pg_acu.minute_retention';
COMMENT ON COLUMN acu.sample.target_id IS 'server: acu.target.id';
COMMENT ON COLUMN acu.sample.at IS 'the end of the interval, by the clock of that server';
COMMENT ON COLUMN acu.sample.seconds IS 'the length of the interval, in seconds';
COMMENT ON COLUMN acu.sample.epoch IS 'number of the epoch: between two epochs something was lost, as by a restart; acu.epoch has the reason';
COMMENT ON COLUMN acu.sample.cpu_seconds IS 'CPU-seconds of all processes of the server';
COMMENT ON COLUMN acu.sample.background_cpu_seconds IS 'CPU-seconds of processes that work for no client, such as autovacuum and the checkpointer; a part of cpu_seconds';
COMMENT ON COLUMN acu.sample.cpu_source IS 'source of cpu_seconds: proc (measured, from /proc) or import; NULL when they are not known';
COMMENT ON COLUMN acu.sample.vcpus IS 'CPUs that the server may use, a quota of its control group considered';
COMMENT ON COLUMN acu.sample.connections IS 'connections of clients, the most at a time, without those of pg_acu itself';
COMMENT ON COLUMN acu.sample.active_sessions IS 'sessions that ran a statement, on average; statements that still run are in it. NULL before PostgreSQL 14';
COMMENT ON COLUMN acu.sample.calls IS 'statements that ended; this column and the following ones are sums over toplevel statements, which include those that functions run';
COMMENT ON COLUMN acu.sample.exec_seconds IS 'seconds of execution, by the clock: waiting included';
COMMENT ON COLUMN acu.sample.plan_seconds IS 'seconds of planning; NULL when pg_stat_statements.track_planning is off';
COMMENT ON COLUMN acu.sample.io_seconds IS 'seconds of exec_seconds spent reading and writing blocks; NULL when track_io_timing is off';
COMMENT ON COLUMN acu.sample.rows IS 'rows returned or changed';
COMMENT ON COLUMN acu.sample.blks_hit IS 'shared blocks found in shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.sample.blks_read IS 'shared blocks read from outside shared_buffers (blocks of 8 kB)';
COMMENT ON COLUMN acu.sample.blks_written IS 'shared blocks written by statements themselves (blocks of 8 kB)';
COMMENT ON COLUMN acu.sample.temp_blks IS 'temporary blocks read and written (blocks of 8 kB)';
COMMENT ON COLUMN acu.sample.wal_bytes IS 'bytes of write-ahead log';
COMMENT ON COLUMN acu.sample.shared_buffers_bytes IS 'the setting shared_buffers, in bytes';
COMMENT ON COLUMN acu.sample.buffers_used_bytes IS 'bytes of shared_buffers that hold a block, at the last scan';
COMMENT ON COLUMN acu.sample.buffers_hot_bytes IS 'bytes of shared_buffers whose block has a usage count of 2 or more, at the last scan';
COMMENT ON COLUMN acu.sample.coverage IS 'share (0 to 1) of the shared blocks of all databases that the statements seen account for; NULL below 1,000 blocks';
COMMENT ON COLUMN acu.sample.evictions IS 'rounds in which pg_stat_statements evicted its rarest entries before they were sampled; NULL where it is older than 1.9';
COMMENT ON COLUMN acu.sample.saturated IS 'whether more sessions were active than there are CPUs, so that the work may have wanted more than it got';

CREATE TABLE acu.ring (
    name      text PRIMARY KEY,
    partition int NOT NULL DEFAULT 1,
    since     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE acu.ring IS 'rings of partitions that samples are kept in';
COMMENT ON COLUMN acu.ring.name IS 'name of the ring; its partitions are the tables acu_internal.name_1, acu_internal.name_2 and so on';
COMMENT ON COLUMN acu.ring.partition IS 'number of the partition that is written to';
COMMENT ON COLUMN acu.ring.since IS 'time from which it is written to';

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT ring, partition
        FROM (VALUES ('sample', 3), ('sample_minute', 13)) AS rings (ring, partitions),
             LATERAL pg_catalog.generate_series(1, partitions) AS partition
    LOOP
        EXECUTE format('CREATE TABLE acu_internal.%I () INHERITS (acu.sample)',
                       r.ring || '_' || r.partition);
        EXECUTE format('COMMENT ON TABLE acu_internal.%I IS %L', r.ring || '_' || r.partition,
                       'a partition of the ring ' || r.ring || '; read acu.sample');
        EXECUTE format('ALTER TABLE acu_internal.%I ADD PRIMARY KEY (target_id, at)', r.ring || '_' || r.partition);
        INSERT INTO acu.ring (name) VALUES (r.ring) ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;

CREATE TABLE acu.epoch (
    slot              int PRIMARY KEY,
    epoch             int NOT NULL,
    at                timestamptz NOT NULL,
    reason            text NOT NULL,
    system_identifier bigint NOT NULL,
    started           timestamptz NOT NULL,
    reset_at          timestamptz NOT NULL
);
COMMENT ON TABLE acu.epoch IS
'last 256 epochs of the samples of this server: what begins anew when something was lost';
COMMENT ON COLUMN acu.epoch.slot IS 'epoch modulo 256: the table does not grow';
COMMENT ON COLUMN acu.epoch.epoch IS 'number of the epoch: acu.sample.epoch';
COMMENT ON COLUMN acu.epoch.at IS 'time at which it began';
COMMENT ON COLUMN acu.epoch.reason IS 'reason for which it began';
COMMENT ON COLUMN acu.epoch.system_identifier IS 'system identifier of the server, as in pg_control_system()';
COMMENT ON COLUMN acu.epoch.started IS 'start of that server';
COMMENT ON COLUMN acu.epoch.reset_at IS 'last reset of its statement counters; 2000-01-01 where it is not known';

CREATE TABLE acu.sampler_state (
    target_id int PRIMARY KEY,
    state     bytea
);
COMMENT ON TABLE acu.sampler_state IS
'readings of the last sample, for acu.take_sample() without the worker';
COMMENT ON COLUMN acu.sampler_state.target_id IS 'server: acu.target.id';
COMMENT ON COLUMN acu.sampler_state.state IS
'counters at the last sample; the library begins an epoch when they are damaged or of another version';

CREATE TYPE acu.worker_report AS (
    pid               int,
    database_oid      oid,
    state             text,
    detail            text,
    at                timestamptz,
    sample_ms         double precision,
    lag_ms            double precision,
    call_cost_us      double precision,
    memory_scan_ms    double precision,
    cpu_unknown       text,
    blocked_rotations bigint,
    error             text,
    error_sqlstate    text,
    error_at          timestamptz
);
COMMENT ON TYPE acu.worker_report IS
'state of the worker, a row of acu.worker_status()';
COMMENT ON COLUMN acu.worker_report.pid IS 'process id of the worker; NULL when it does not run';
COMMENT ON COLUMN acu.worker_report.database_oid IS 'OID of the database that it is connected to; NULL before it is';
COMMENT ON COLUMN acu.worker_report.state IS
'a word: starting, sampling, waiting (for the clock), failing, standby, no_extension, other_version, not_running or no_slot (in max_worker_processes)';
COMMENT ON COLUMN acu.worker_report.detail IS 'why it does not sample, in a sentence; NULL when it does';
COMMENT ON COLUMN acu.worker_report.at IS 'end of its last sample; NULL before the first';
COMMENT ON COLUMN acu.worker_report.sample_ms IS 'duration of the last sample, in milliseconds; NULL before the first';
COMMENT ON COLUMN acu.worker_report.lag_ms IS 'delay of the last sample behind its time, in milliseconds; NULL before the first';
COMMENT ON COLUMN acu.worker_report.call_cost_us IS
'CPU time of a call beside its execution, in microseconds, estimated; NULL when not known yet';
COMMENT ON COLUMN acu.worker_report.memory_scan_ms IS
'duration of the last scan of shared_buffers, in milliseconds; NULL before the first';
COMMENT ON COLUMN acu.worker_report.cpu_unknown IS 'why cpu_seconds is NULL in its samples; NULL when it is known';
COMMENT ON COLUMN acu.worker_report.blocked_rotations IS
'rotations of the history that another session has blocked, by a lock on a table of it, since the server started';
COMMENT ON COLUMN acu.worker_report.error IS 'message of its last error; NULL when there was none';
COMMENT ON COLUMN acu.worker_report.error_sqlstate IS 'SQLSTATE of that error';
COMMENT ON COLUMN acu.worker_report.error_at IS 'time of that error';

CREATE FUNCTION acu.worker_status() RETURNS SETOF acu.worker_report
AS 'MODULE_PATHNAME', 'acu_worker_status'
LANGUAGE C VOLATILE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION acu.worker_status IS
'state of the worker, in one row; no row when pg_acu is not preloaded';

CREATE FUNCTION acu.take_sample(target text DEFAULT 'local') RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF acu_internal.target_id(target) <> 1 THEN
        PERFORM acu_internal.raise('22023',
            format('target "%s" is not this server', target),
            'Use the target local, as the others are filled by import.');
    ELSIF NOT EXISTS (SELECT FROM acu.worker_status() AS w JOIN pg_database AS d ON d.oid = w.database_oid
                      WHERE w.pid IS NOT NULL AND d.datname = current_database())
        AND NOT (has_table_privilege('acu.sampler_state', 'SELECT')
                 AND has_table_privilege('acu.sampler_state', 'INSERT')
                 AND has_table_privilege('acu.sampler_state', 'UPDATE'))
    THEN
        PERFORM acu_internal.raise('42501',
            format('role %I may not write samples, and no worker writes them', current_user),
            format('Add pg_acu to shared_preload_libraries, so that the worker writes them. Else their owner may allow it: GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA acu, acu_internal TO %I;',
                   current_user));
    END IF;
    RETURN acu_internal.take_local_sample();
END
$$;
COMMENT ON FUNCTION acu.take_sample IS
'takes a sample of the workload now and returns its time; by the worker where it runs in this database, else by itself: the first one only begins, and each of the next ends an interval of up to an hour';

CREATE FUNCTION acu_internal.take_local_sample() RETURNS timestamptz
AS 'MODULE_PATHNAME', 'acu_take_sample'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu_internal.take_local_sample IS
'acu.take_sample() for this server';

CREATE PROCEDURE acu.rotate_history()
LANGUAGE C
AS 'MODULE_PATHNAME', 'acu_rotate_history';
COMMENT ON PROCEDURE acu.rotate_history IS
'without the worker: rolls up and empties the partitions of the history whose time is over, and commits after each, so that it cannot run inside a transaction block; to be called every minute';

CREATE FUNCTION acu_internal.overdue_rings(last_sample timestamptz) RETURNS text
AS 'MODULE_PATHNAME', 'acu_overdue_rings'
LANGUAGE C STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu_internal.overdue_rings IS
'names of the rings that should have been rotated long before the last sample; NULL when there is none';

CREATE FUNCTION acu_internal.where_samples_are() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('The worker keeps the samples of this server in database %I: connect to that one.', d.datname)
    FROM acu.worker_status() AS w
    JOIN pg_database AS d ON d.oid = w.database_oid
    WHERE w.at IS NOT NULL AND d.datname <> current_database()
        AND NOT EXISTS (SELECT FROM acu.sample AS s WHERE s.target_id = 1)
$$;
COMMENT ON FUNCTION acu_internal.where_samples_are IS
'a hint that names the database in which the samples of this server are, for one that has none; NULL when that is not known, and when this one has samples';

CREATE FUNCTION acu_internal.notice_elsewhere(target text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hint CONSTANT text := CASE WHEN target = 'local' THEN acu_internal.where_samples_are() END;
BEGIN
    IF hint IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = 'this database has no samples', HINT = hint;
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.notice_elsewhere IS
'a notice, with the hint of acu_internal.where_samples_are(), when the samples of this server are in another database';
