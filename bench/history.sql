-- A day of history from the minute that has been sampled; run by dev/bench history, with
-- the seconds that this minute had. The numbers of its rows are multiplied at random, by
-- one half to one and a half. Everything is in the past, as nothing may overlap.
\set QUIET on
\pset footer off
SET client_min_messages = warning;
SET timezone = 'UTC';

CREATE TEMP TABLE minute AS
SELECT r.*, 60.0 / :seconds AS scale FROM acu.query_recent AS r
WHERE userid <> 0 AND calls > 1 OR userid = 0;
CREATE TEMP TABLE one_sample AS
SELECT * FROM acu.sample ORDER BY at DESC LIMIT 1;
SELECT format('%s queries and %s other rows in it, %s calls, %s CPU-seconds',
              count(*) FILTER (WHERE userid <> 0), count(*) FILTER (WHERE userid = 0),
              sum(calls), round(sum(cpu_seconds)::numeric, 1))
FROM minute \g (format=unaligned tuples_only=on)

-- Writes what the sampler writes at the end of each of an hour's minutes.
CREATE PROCEDURE pg_temp.write_hour(hour timestamptz) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($f$
        INSERT INTO acu_internal.query_recent_%s
        SELECT target_id, $1 + m * interval '1 minute', 60, userid, dbid, queryid, toplevel, estimated,
               cpu_seconds * f, ceil(calls * f), exec_seconds * f, plan_seconds * f, io_seconds * f,
               ceil(rows * f), ceil(blks_hit * f), blks_read * f, blks_dirtied * f, blks_written * f,
               temp_blks * f, wal_bytes * f
        FROM (SELECT *, scale * (0.5 + random()) AS f
              FROM generate_series(1, 60) AS m, minute) AS q
        ORDER BY m $f$, (SELECT partition FROM acu.ring WHERE name = 'query_recent')) USING hour;
    EXECUTE format($f$
        INSERT INTO acu_internal.sample_%s
        SELECT (s.r).* FROM (
            SELECT jsonb_populate_record(NULL::acu.sample, to_jsonb(one_sample) || jsonb_build_object(
                       'at', $1 + n * interval '10 seconds', 'seconds', 10)) AS r
            FROM generate_series(1, 360) AS n, one_sample) AS s $f$,
        (SELECT partition FROM acu.ring WHERE name = 'sample')) USING hour;
END
$$;

-- Rotates a ring, as the sampler does when the time of its partition is over.
CREATE PROCEDURE pg_temp.rotate(ring text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE acu.ring SET since = since - interval '1 year' WHERE name = rotate.ring;
    CALL acu.rotate_history();
    UPDATE acu.ring SET since = now() WHERE name = rotate.ring;
END
$$;

-- Bytes with indexes and all.
CREATE FUNCTION pg_temp.bytes(ring text) RETURNS numeric LANGUAGE sql AS $$
    SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c
    WHERE c.relnamespace = 'acu_internal'::regnamespace AND c.relkind = 'r'
        AND c.relname ~ ('^' || ring || '_\d+$')
$$;
CREATE FUNCTION pg_temp.rows(ring text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    total bigint := 0;
    c regclass;
BEGIN
    FOR c IN SELECT oid FROM pg_class WHERE relnamespace = 'acu_internal'::regnamespace AND relkind = 'r'
        AND relname ~ ('^' || ring || '_\d+$') LOOP
        EXECUTE 'SELECT count(*) FROM ONLY ' || c INTO n;
        total := total + n;
    END LOOP;
    RETURN total;
END
$$;
CREATE TEMP TABLE measured (ring text, rows bigint, bytes numeric, hours numeric, kept_days numeric);
CREATE PROCEDURE pg_temp.measure(ring text, hours numeric, kept_days numeric) LANGUAGE sql AS $$
    INSERT INTO measured VALUES (ring, pg_temp.rows(ring), pg_temp.bytes(ring), hours, kept_days)
$$;

-- Sizes before the day: empty members, and the minute itself.
CALL pg_temp.measure('empty', 0, 0);
UPDATE acu.ring SET since = now();
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT c.oid::regclass AS name FROM pg_class AS c WHERE c.relnamespace = 'acu_internal'::regnamespace
        AND c.relkind = 'r' AND c.relname ~ '^(sample|query)_.*\d+$' LOOP
        EXECUTE 'TRUNCATE ONLY ' || r.name;
    END LOOP;
END
$$;

SELECT pg_current_wal_insert_lsn() AS before \gset
DO $$
BEGIN
    FOR h IN 0..23 LOOP
        CALL pg_temp.write_hour('2020-01-01'::timestamptz + h * interval '1 hour');
        IF h = 0 THEN
            CALL pg_temp.measure('query_recent', 1, 3 / 24.0);
        END IF;
        CALL pg_temp.rotate('query_recent');
    END LOOP;
    CALL pg_temp.measure('sample', 24, 1.5);
    FOR i IN 1..3 LOOP
        CALL pg_temp.rotate('query_recent');
    END LOOP;
    CALL pg_temp.measure('query_minute', 24, 9);
    FOR i IN 1..3 LOOP
        CALL pg_temp.rotate('sample');
    END LOOP;
    CALL pg_temp.measure('sample_minute', 24, 365 * 13 / 12.0);
    FOR i IN 1..9 LOOP
        CALL pg_temp.rotate('query_minute');
    END LOOP;
    CALL pg_temp.measure('query_hour', 24, 90 * 7 / 6.0);
END
$$;
SELECT (pg_current_wal_insert_lsn() - :'before'::pg_lsn) / 1e6 AS wal_mb \gset

SELECT ring, rows, round(bytes / 1e6, 2) AS "MB", hours,
       CASE WHEN hours = 24 THEN round(bytes / 1e6, 2) END AS "MB a day",
       round(kept_days, 1) AS "days kept", round(bytes / 1e6 * 24 / hours * kept_days) AS "MB at most"
FROM measured WHERE hours > 0;
SELECT format('A day''s history, once in each ring that keeps a day: %s MB (goal 15).',
              round(sum(bytes) FILTER (WHERE hours = 24) / 1e6, 1)),
       format('Written to the write-ahead log meanwhile: %s MB.', round(:wal_mb)),
       format('All rings full, after 105 days of queries and 395 of samples: %s MB.',
              round(sum(bytes * 24 / nullif(hours, 0) * kept_days) / 1e6))
FROM measured \g (format=unaligned tuples_only=on fieldsep='\n')
