-- import: the history of a server that is somewhere else.
--
-- Imported samples are in acu.sample itself and not in its rings, so they are kept
-- until they are imported again, and they are dumped.
--
-- acu.target and acu.sample are written by acu.store_import and acu.delete_import alone,
-- with the rights of the owner of the extension, so that nobody who imports needs rights on
-- these tables. Whoever may import may call the two directly: they check everything they
-- are given, and refuse the target local. The session_replication_role keeps triggers and
-- rules of other people on these tables from running with the owner's rights.

CREATE FUNCTION acu_internal.check_import(
    target text,
    at timestamptz[],
    seconds double precision[],
    vcpu_used double precision[],
    working_set_bytes double precision[],
    connections int[],
    vcpus double precision[],
    saturated boolean[]
) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Times outside are mistakes, such as milliseconds taken for seconds.
    earliest CONSTANT timestamptz := '1970-01-01 00:00:00+00';
    latest CONSTANT timestamptz := '2112-01-01 00:00:00+00';
    longest CONSTANT float8 := 31 * 86400;
    max_vcpus CONSTANT float8 := 100000;
    max_bytes CONSTANT float8 := 1e18;
    -- PostgreSQL's own limit of max_connections.
    max_connections CONSTANT int := 262143;
    problem text;
    advice text;
BEGIN
    IF target IS NULL OR target = '' THEN
        problem := 'target must not be NULL or empty';
        advice := 'Name the server that the history is of, such as ''shop''.';
    ELSIF length(target) > 256 THEN
        problem := format('target must have at most 256 characters, not %s', length(target));
        advice := 'Choose a shorter name for the server that the history is of.';
    ELSIF EXISTS (SELECT FROM acu.target AS t
                  WHERE t.name = check_import.target AND t.kind <> 'import') THEN
        problem := format('target "%s" is this server, which is sampled', target);
        advice := 'Choose another name for the server that the history is of, such as ''shop''.';
    ELSIF at IS NULL OR vcpu_used IS NULL THEN
        problem := 'at and vcpu_used must not be NULL';
        advice := 'Set at to the ends of the intervals, and vcpu_used to the vCPU-seconds a second of each.';
    ELSIF 1 <> ANY (ARRAY[array_ndims(at), array_ndims(seconds), array_ndims(vcpu_used),
                          array_ndims(working_set_bytes), array_ndims(connections),
                          array_ndims(vcpus), array_ndims(saturated)]) THEN
        problem := 'the arrays must have one dimension';
        advice := 'Give each argument as a plain list of values.';
    ELSIF cardinality(at) <> ANY (ARRAY[cardinality(seconds), cardinality(vcpu_used),
                                        cardinality(working_set_bytes), cardinality(connections),
                                        cardinality(vcpus), cardinality(saturated)]) THEN
        problem := format(
            'the arrays differ in length: %s',
            (SELECT string_agg(format('%s of %s', l.length, l.name), ', ' ORDER BY l.place)
             FROM (VALUES (1, 'at', cardinality(at)), (2, 'seconds', cardinality(seconds)),
                          (3, 'vcpu_used', cardinality(vcpu_used)),
                          (4, 'working_set_bytes', cardinality(working_set_bytes)),
                          (5, 'connections', cardinality(connections)),
                          (6, 'vcpus', cardinality(vcpus)),
                          (7, 'saturated', cardinality(saturated))) AS l (place, name, length)
             WHERE l.length IS NOT NULL));
        advice := 'Give a value for every time; NULL where it is not known.';
    ELSIF cardinality(at) < 2 THEN
        problem := 'at must have two elements or more';
        advice := 'Give two points or more, as their distance is the length of an interval.';
    END IF;
    IF problem IS NULL THEN
        SELECT format('%s (element %s)', w.problem, w.n), w.advice INTO problem, advice
        FROM (
            SELECT p.n, c.problem, c.advice
            FROM (
                SELECT u.*, lag(u.at) OVER (ORDER BY u.n) AS before
                FROM unnest(at, seconds, vcpu_used, working_set_bytes, connections, vcpus)
                    WITH ORDINALITY
                    AS u (at, seconds, vcpu_used, working_set_bytes, connections, vcpus, n)
            ) AS p,
            LATERAL (
                SELECT 1, 'at is NULL', 'Leave out elements without a time.'
                WHERE p.at IS NULL
                UNION ALL
                SELECT 2, format('at %s is out of range', p.at), 'Use times from 1970 to 2111.'
                WHERE p.at <= earliest OR p.at > latest
                UNION ALL
                SELECT 3, format('at %s is not after %s', p.at, p.before),
                       'Sort the arrays by time, and give each time once.'
                WHERE p.at <= p.before
                UNION ALL
                SELECT 4, format('an interval of %s seconds is out of range', coalesce(p.seconds::text, 'NULL')),
                       'Use times that are 1 second to 31 days apart.'
                WHERE check_import.seconds IS NOT NULL
                    AND coalesce(NOT (p.seconds >= 1 AND p.seconds <= longest), true)
                UNION ALL
                SELECT 5, format('the interval of %s seconds that ends at %s begins before 1970',
                                 p.seconds, p.at),
                       'Use times from 1970 to 2111.'
                WHERE extract(epoch FROM p.at) < p.seconds
                UNION ALL
                SELECT 6, format('the interval of %s seconds that ends at %s begins before the end of the one before, %s',
                                 p.seconds, p.at, p.before),
                       'Give each interval the time since the one before as its length, or less.'
                WHERE extract(epoch FROM p.at) - extract(epoch FROM p.before) + 0.0000005 < p.seconds
                UNION ALL
                SELECT 7, format('vcpu_used %s is out of range', p.vcpu_used),
                       format('Use vCPU-seconds a second, from 0 to %s; NULL where they are not known.', max_vcpus)
                WHERE NOT (p.vcpu_used >= 0 AND p.vcpu_used <= max_vcpus)
                UNION ALL
                SELECT 8, format('working_set_bytes %s is out of range', p.working_set_bytes),
                       format('Use bytes, from 0 to %s; NULL where they are not known.', max_bytes)
                WHERE NOT (p.working_set_bytes >= 0 AND p.working_set_bytes <= max_bytes)
                UNION ALL
                SELECT 9, format('connections %s is out of range', p.connections),
                       format('Use 0 to %s, the most that PostgreSQL can have; NULL where they are not known.',
                              max_connections)
                WHERE NOT (p.connections BETWEEN 0 AND max_connections)
                UNION ALL
                SELECT 10, format('vcpus %s is out of range', p.vcpus),
                       format('Set vcpus to the number that the server has, up to %s, or to NULL when it is not known.', max_vcpus)
                WHERE NOT (p.vcpus > 0 AND p.vcpus <= max_vcpus)
            ) AS c (place, problem, advice)
            ORDER BY p.n, c.place
            LIMIT 1
        ) AS w;
    END IF;
    IF problem IS NOT NULL THEN
        PERFORM acu_internal.raise('22023', problem, advice);
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_import IS
'raises an error when the arguments of acu.store_import are out of range, or are for a target that is not imported; NULL for seconds leaves the lengths of the intervals unchecked';

CREATE FUNCTION acu.store_import(
    target text,
    at timestamptz[],
    seconds double precision[],
    vcpu_used double precision[],
    working_set_bytes double precision[],
    connections int[],
    vcpus double precision[],
    saturated boolean[]
) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET session_replication_role = replica
AS $$
DECLARE
    id int;
    first timestamptz;
    last timestamptz;
    stored bigint;
BEGIN
    -- NULL for seconds would leave the lengths unchecked.
    PERFORM acu_internal.check_import(target, at, coalesce(seconds, '{}'), vcpu_used, working_set_bytes,
                             connections, vcpus, saturated);
    SELECT min(u.at - make_interval(secs => u.seconds)), max(u.at) INTO first, last
    FROM unnest(at, seconds) AS u (at, seconds);
    -- One import at a time: two would take the same id, or store intervals that overlap. In
    -- REPEATABLE READ the snapshot may be older than an import that this one waited for; the
    -- UPDATE and the INSERT then fail (40001), where the DELETE would miss its intervals.
    LOCK TABLE acu.target IN SHARE ROW EXCLUSIVE MODE;
    UPDATE acu.target AS t SET kind = t.kind
    WHERE t.name = store_import.target AND t.kind = 'import' RETURNING t.id INTO id;
    IF id IS NULL THEN
        INSERT INTO acu.target AS t (name, kind) VALUES (target, 'import')
        ON CONFLICT DO NOTHING RETURNING t.id INTO id;
        -- Rows that a dropped target with this id may have left.
        DELETE FROM ONLY acu.sample AS s WHERE s.target_id = id;
    END IF;

    DELETE FROM ONLY acu.sample AS s
    WHERE s.target_id = id AND s.at > first
        AND s.at - make_interval(secs => s.seconds) < last;
    INSERT INTO acu.sample AS s (target_id, at, seconds, cpu_seconds, cpu_source, vcpus,
                                 connections, buffers_used_bytes, buffers_hot_bytes, saturated)
    SELECT id, p.at, p.seconds, p.vcpu_used * p.seconds,
           CASE WHEN p.vcpu_used IS NOT NULL THEN 'import' END, p.vcpus, p.connections,
           p.working_set_bytes::bigint, p.working_set_bytes::bigint, coalesce(p.saturated, false)
    FROM unnest(at, seconds, vcpu_used, working_set_bytes, connections, vcpus, saturated)
        AS p (at, seconds, vcpu_used, working_set_bytes, connections, vcpus, saturated);
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored;
END
$$;
COMMENT ON FUNCTION acu.store_import IS
'the last step of an import: makes the target where there is none, and stores intervals, in order, in the place of what was there; returns how many. Whoever may execute it may import';

CREATE FUNCTION acu.delete_import(target text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET session_replication_role = replica
AS $$
DECLARE
    wanted int;
    deleted bigint;
BEGIN
    PERFORM acu_internal.check_may_write('imported targets');
    wanted := acu_internal.target_id(target);
    LOCK TABLE acu.target IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM acu.target AS t WHERE t.id = wanted AND t.kind = 'import';
    IF NOT FOUND THEN
        PERFORM acu_internal.raise('22023',
            format('target "%s" was not imported', target),
            'Only imported targets can be dropped; the samples of this server are removed by age (pg_acu.sample_retention).');
    END IF;
    DELETE FROM ONLY acu.sample AS s WHERE s.target_id = wanted;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;
COMMENT ON FUNCTION acu.delete_import IS
'acu.drop_target() with the rights of the owner of the extension. Whoever may execute it may drop imported targets';

CREATE FUNCTION acu_internal.check_may_import() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing CONSTANT text := (
        SELECT string_agg(format('acu.%I', p.proname), ', ' ORDER BY p.proname)
        FROM pg_proc AS p
        WHERE p.pronamespace = 'acu'::regnamespace AND p.proname IN ('store_import', 'delete_import')
            AND NOT has_function_privilege(p.oid, 'EXECUTE'));
BEGIN
    PERFORM acu_internal.check_may_write('imported targets');
    IF missing IS NOT NULL THEN
        PERFORM acu_internal.raise('42501',
            format('role %I may not change imported targets', current_user),
            format('The owner of the extension may allow it: GRANT EXECUTE ON FUNCTION %s TO %I;',
                   missing, current_user));
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_may_import IS
'raises an error with the GRANT that is missing when the current user may not import';

CREATE FUNCTION acu.drop_target(target text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM acu_internal.check_may_import();
    RETURN acu.delete_import(target);
END
$$;
COMMENT ON FUNCTION acu.drop_target IS
'removes an imported target and its samples, and returns how many there were. Needs the right to execute acu.delete_import and acu.store_import';

CREATE FUNCTION acu.import_series(
    target text,
    at timestamptz[],
    vcpu_used double precision[],
    working_set_bytes double precision[] DEFAULT NULL,
    connections int[] DEFAULT NULL,
    vcpus double precision DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    points CONSTANT int := cardinality(at);
    capacity CONSTANT float8 := vcpus;
    lengths float8[];
BEGIN
    PERFORM acu_internal.check_may_import();
    PERFORM acu_internal.check_import(target, at, NULL::float8[], vcpu_used, working_set_bytes, connections,
                             CASE WHEN capacity IS NOT NULL THEN array_fill(capacity, ARRAY[coalesce(points, 0)]) END,
                             NULL::boolean[]);

    -- A point that is far from the one before tells of its own interval alone.
    WITH spaced AS (
        SELECT u.n, extract(epoch FROM u.at - lag(u.at) OVER (ORDER BY u.n))::float8 AS seconds
        FROM unnest(at) WITH ORDINALITY AS u (at, n)
    ), least_spaced AS (
        SELECT min(s.seconds) AS seconds FROM spaced AS s
    )
    SELECT array_agg(CASE WHEN s.seconds <= 3 * l.seconds THEN s.seconds ELSE l.seconds END
                     ORDER BY s.n)
    INTO lengths
    FROM spaced AS s, least_spaced AS l;

    RETURN acu.store_import(
        target, at, lengths, vcpu_used, working_set_bytes, connections,
        CASE WHEN capacity IS NOT NULL THEN array_fill(capacity, ARRAY[points]) END,
        CASE WHEN capacity IS NOT NULL THEN
            ARRAY(SELECT u.vcpu_used >= 0.99 * capacity
                  FROM unnest(vcpu_used) WITH ORDINALITY AS u (vcpu_used, n) ORDER BY u.n)
        END);
END
$$;
COMMENT ON FUNCTION acu.import_series IS
'stores the history of another server as a target, in the place of what it has over the same span, and returns how many intervals. at: their ends, in order; each begins where the one before ends, but after a gap (above three times the smallest spacing) it has the smallest spacing as its length. vcpu_used: vCPU-seconds a second. working_set_bytes: bytes of memory that the data in use needs. connections: the most at a time. vcpus: that the server has; intervals that use 99 % of them are marked saturated. NULL where it is not known. Needs the right to execute acu.store_import and acu.delete_import';
