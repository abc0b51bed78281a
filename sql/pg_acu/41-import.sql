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
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What a sample can hold (acu_internal.moment).
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
        problem := 'target has no name';
        advice := 'Choose one for the server that the history is of, such as ''shop''.';
    ELSIF length(target) > 256 THEN
        problem := format('the name of the target has %s characters', length(target));
        advice := 'Choose one of up to 256 characters.';
    ELSIF EXISTS (SELECT FROM acu.target AS t
                  WHERE t.name = check_import.target AND t.kind <> 'import') THEN
        problem := format('target "%s" is this server, which is sampled', target);
        advice := 'Choose another name for the server that the history is of, such as ''shop''.';
    ELSIF at IS NULL OR vcpu_used IS NULL THEN
        problem := 'at and vcpu_used must not be null';
        advice := 'at has the ends of the intervals, vcpu_used the vCPU-seconds a second in each.';
    ELSIF 1 <> ANY (ARRAY[array_ndims(at), array_ndims(seconds), array_ndims(vcpu_used),
                          array_ndims(working_set_bytes), array_ndims(connections),
                          array_ndims(vcpus), array_ndims(saturated)]) THEN
        problem := 'an array has more than one dimension';
        advice := 'Give plain lists.';
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
        problem := 'a series needs two points or more';
        advice := 'How far they are apart tells how long the intervals are.';
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
                SELECT 1, 'at is NULL', 'Leave out what has no time.'
                WHERE p.at IS NULL
                UNION ALL
                SELECT 2, format('at %s is out of range', p.at), 'Use times between 1970 and 2112.'
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
                       'Use times between 1970 and 2112.'
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
                SELECT 10, format('%s vCPUs are out of range', p.vcpus),
                       format('Give how many the server has, up to %s, or NULL when it is not known.', max_vcpus)
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
REVOKE EXECUTE ON FUNCTION acu_internal.check_import(text, timestamptz[], double precision[],
    double precision[], double precision[], int[], double precision[], boolean[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.check_import(text, timestamptz[], double precision[],
    double precision[], double precision[], int[], double precision[], boolean[]) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.check_import(text, timestamptz[], double precision[], double precision[],
    double precision[], int[], double precision[], boolean[]) IS
'an error when the arguments of acu.store_import are out of range, or are for a target that is not imported; NULL for seconds leaves the lengths of the intervals unchecked';

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
LANGUAGE plpgsql SECURITY DEFINER
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
    -- One import at a time: two would take the same id, or store the same span.
    LOCK TABLE acu.target IN SHARE ROW EXCLUSIVE MODE;
    SELECT t.id INTO id FROM acu.target AS t
    WHERE t.name = store_import.target AND t.kind = 'import';
    IF id IS NULL THEN
        INSERT INTO acu.target AS t (name, kind) VALUES (target, 'import') RETURNING t.id INTO id;
        -- What a target that had the number may have left.
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
REVOKE EXECUTE ON FUNCTION acu.store_import(text, timestamptz[], double precision[],
    double precision[], double precision[], int[], double precision[], boolean[]) FROM PUBLIC;
COMMENT ON FUNCTION acu.store_import(text, timestamptz[], double precision[], double precision[],
    double precision[], int[], double precision[], boolean[]) IS
'the last step of an import: makes the target where there is none, and stores intervals, in order, in the place of what was there; returns how many. Whoever may execute it may import';

CREATE FUNCTION acu.delete_import(target text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET session_replication_role = replica
AS $$
DECLARE
    wanted CONSTANT int := acu_internal.target_id(target);
    deleted bigint;
BEGIN
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
REVOKE EXECUTE ON FUNCTION acu.delete_import(text) FROM PUBLIC;
COMMENT ON FUNCTION acu.delete_import(text) IS
'acu.drop_target() with the rights of the owner of the extension. Whoever may execute it may drop imported targets';

CREATE FUNCTION acu_internal.check_may_import() RETURNS void
LANGUAGE plpgsql STABLE
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
REVOKE EXECUTE ON FUNCTION acu_internal.check_may_import() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.check_may_import() TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.check_may_import() IS
'an error with the GRANT that is missing when the current user may not import';

CREATE FUNCTION acu.drop_target(target text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM acu_internal.check_may_import();
    RETURN acu.delete_import(target);
END
$$;
REVOKE EXECUTE ON FUNCTION acu.drop_target(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.drop_target(text) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.drop_target(text) IS
'removes an imported target and its samples, and returns how many there were. Needs the right to execute acu.delete_import and acu.store_import';

CREATE FUNCTION acu.import_series(
    target text,
    at timestamptz[],
    vcpu_used double precision[],
    working_set_bytes double precision[] DEFAULT NULL,
    connections int[] DEFAULT NULL,
    vcpus double precision DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql
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
REVOKE EXECUTE ON FUNCTION acu.import_series(text, timestamptz[], double precision[],
    double precision[], int[], double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.import_series(text, timestamptz[], double precision[],
    double precision[], int[], double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.import_series(text, timestamptz[], double precision[], double precision[],
    int[], double precision) IS
'stores the history of another server as a target, in the place of what it has over the same span, and returns how many intervals. at: their ends, in order; each begins where the one before ends, but after a gap (above three times the smallest spacing) it has the smallest spacing as its length. vcpu_used: vCPU-seconds a second. working_set_bytes: bytes of memory that the data in use needs. connections: the most at a time. vcpus: that the server has; intervals that use 99 % of them are marked saturated. NULL where it is not known. Needs the right to execute acu.store_import and acu.delete_import';

-- CloudWatch. Its metrics come as aws cloudwatch get-metric-data prints them, one
-- object, or an array of such pages: {"MetricDataResults": [{"Id": "cpu", "Label":
-- "CPUUtilization", "Timestamps": [...], "Values": [...]}]}. The newest is first, and
-- the tool puts the pages it fetched into one object, so that a metric may come
-- more than once.

CREATE FUNCTION acu_internal.cloudwatch_series(
    metrics json,
    OUT metric text,
    OUT id text,
    OUT label text,
    OUT times json,
    OUT "values" json
) RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known CONSTANT text[] := ARRAY['CPUUtilization', 'DatabaseConnections', 'FreeableMemory',
                                   'ServerlessDatabaseCapacity', 'ACUUtilization'];
    shape CONSTANT text := 'Give what "aws cloudwatch get-metric-data --output json" prints: {"MetricDataResults": [{"Id": ..., "Label": ..., "Timestamps": [...], "Values": [...]}]}, or an array of such pages.';
    page json;
    series json;
BEGIN
    IF json_typeof(metrics) IS NULL OR json_typeof(metrics) NOT IN ('object', 'array') THEN
        PERFORM acu_internal.raise('22023',
            format('metrics is %s and not what CloudWatch returns',
                   coalesce('a JSON ' || json_typeof(metrics), 'NULL')),
            shape);
    END IF;
    FOR page IN
        SELECT p FROM json_array_elements(
            CASE json_typeof(metrics) WHEN 'array' THEN metrics
                 ELSE json_build_array(metrics) END) AS p
    LOOP
        IF json_typeof(page) <> 'object'
            OR json_typeof(page -> 'MetricDataResults') IS DISTINCT FROM 'array' THEN
            PERFORM acu_internal.raise('22023', 'metrics has no array MetricDataResults', shape);
        END IF;
        FOR series IN SELECT s FROM json_array_elements(page -> 'MetricDataResults') AS s LOOP
            IF json_typeof(series) <> 'object' THEN
                PERFORM acu_internal.raise('22023',
                    'an element of MetricDataResults is no object',
                    shape);
            END IF;
            id := series ->> 'Id';
            label := series ->> 'Label';
            times := series -> 'Timestamps';
            "values" := series -> 'Values';
            metric := coalesce(
                -- CloudWatch may write words before the name, such as the instance's, and
                -- the statistic behind it.
                (SELECT k.name
                 FROM regexp_split_to_table(label, '\s+') WITH ORDINALITY AS w (word, place)
                 JOIN unnest(known) AS k (name) ON lower(k.name) = lower(w.word)
                 ORDER BY w.place DESC LIMIT 1),
                (SELECT k.name FROM unnest(known) AS k (name)
                 WHERE starts_with(replace(lower(id), '_', ''), lower(k.name))));
            CONTINUE WHEN metric IS NULL;
            IF json_typeof(times) IS DISTINCT FROM 'array'
                OR json_typeof("values") IS DISTINCT FROM 'array'
                OR json_array_length(times) <> json_array_length("values") THEN
                PERFORM acu_internal.raise('22023',
                    format(
                        '%s has %s and %s', metric,
                        CASE json_typeof(times) WHEN 'array'
                            THEN json_array_length(times) || ' Timestamps'
                            ELSE 'no array Timestamps' END,
                        CASE json_typeof("values") WHEN 'array'
                            THEN json_array_length("values") || ' Values'
                            ELSE 'no array Values' END),
                    'There must be as many of one as of the other.');
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.cloudwatch_series(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.cloudwatch_series(json) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.cloudwatch_series(json) IS
'the results in what aws cloudwatch get-metric-data prints that acu.import_cloudwatch can use. metric: its name, after the label, else the id. id, label, times, values: as CloudWatch has them';

CREATE FUNCTION acu_internal.chosen_series(
    metrics json,
    wanted text,
    OUT metric text,
    OUT id text,
    OUT label text,
    OUT times json,
    OUT "values" json
) RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.metric, s.id, s.label, s.times, s."values"
    FROM (
        SELECT r.*, bool_or(r.fits) OVER (PARTITION BY r.metric) AS some_fit
        FROM (
            SELECT a.*,
                   coalesce(wanted = ANY (string_to_array(lower(a.label), ' ')), false)
                       OR coalesce(right(lower(a.id), length(wanted)) = wanted, false) AS fits
            FROM acu_internal.cloudwatch_series(metrics) AS a
        ) AS r
    ) AS s
    WHERE s.fits OR NOT s.some_fit
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.chosen_series(json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.chosen_series(json, text) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.chosen_series(json, text) IS
'those rows of acu_internal.cloudwatch_series whose label has the wanted word (in lower case), or whose id ends with it; all rows of a metric of which none has';

-- Times without a zone are in UTC, as all of CloudWatch's are.
CREATE FUNCTION acu_internal.cloudwatch_points(
    metrics json,
    statistic text,
    OUT at timestamptz,
    OUT cpu double precision,
    OUT connections double precision,
    OUT free_bytes double precision,
    OUT acu double precision,
    OUT acu_percent double precision
) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    wanted CONSTANT text := lower(statistic);
    several record;
    reason text;
BEGIN
    SELECT c.metric, string_agg(DISTINCT coalesce(c.id, c.label), ', ') AS names INTO several
    FROM acu_internal.chosen_series(metrics, wanted) AS c
    GROUP BY c.metric
    HAVING count(DISTINCT coalesce(c.id, c.label)) > 1
    LIMIT 1;
    IF FOUND THEN
        PERFORM acu_internal.raise('22023',
            format('%s comes more than once: %s', several.metric, several.names),
            'Say which with the argument statistic: a word of its Label, or the end of its Id, such as ''Average''. Import each instance as a target of its own.');
    END IF;

    BEGIN
        RETURN QUERY
        SELECT v.at,
               max(v.value) FILTER (WHERE v.metric = 'CPUUtilization'),
               max(v.value) FILTER (WHERE v.metric = 'DatabaseConnections'),
               max(v.value) FILTER (WHERE v.metric = 'FreeableMemory'),
               max(v.value) FILTER (WHERE v.metric = 'ServerlessDatabaseCapacity'),
               max(v.value) FILTER (WHERE v.metric = 'ACUUtilization')
        FROM (
            SELECT c.metric, p.value::float8 AS value,
                   CASE WHEN p.time ~ '^[0-9]+(\.[0-9]+)?$' THEN to_timestamp(p.time::float8)
                        ELSE p.time::timestamptz END AS at
            FROM acu_internal.chosen_series(metrics, wanted) AS c,
                 ROWS FROM (json_array_elements_text(c.times),
                            json_array_elements_text(c."values")) AS p ("time", value)
            WHERE p.value IS NOT NULL
        ) AS v
        GROUP BY v.at
        ORDER BY v.at;
    EXCEPTION WHEN data_exception THEN
        GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
        PERFORM acu_internal.raise('22023',
            format('cannot read the metrics: %s', reason),
            'Timestamps are as in 2026-11-23T04:40:00Z or seconds since 1970; Values are numbers.');
    END;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.cloudwatch_points(json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.cloudwatch_points(json, text) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.cloudwatch_points(json, text) IS
'the metrics of CloudWatch by time, each time once: of values for the same time the greatest. at: the beginning of the period. cpu: CPUUtilization, percent. connections: DatabaseConnections. free_bytes: FreeableMemory, bytes. acu: ServerlessDatabaseCapacity, ACU. acu_percent: ACUUtilization, percent';

CREATE FUNCTION acu_internal.buffers_of_memory(bytes double precision) RETURNS double precision
AS 'MODULE_PATHNAME', 'acu_buffers_of_memory'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION acu_internal.buffers_of_memory(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.buffers_of_memory(double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.buffers_of_memory(double precision) IS
'bytes of shared_buffers that an Aurora Serverless v2 with so many bytes of memory has';

-- FreeableMemory. On RDS it counts the page cache, and Aurora's provisioned
-- instances fill shared_buffers, three quarters of their memory, whatever the work
-- needs; a class does not even tell which of the two it is. So for an instance the
-- working set stays unknown. Serverless gives memory back that is not in use, and
-- counts FreeableMemory as if scaled to the maximum: what is missing from 2 GiB for
-- each ACU of the maximum is the memory that it held. All of it is not
-- shared_buffers; as working set goes what an Aurora of that size has as those. The
-- model makes of it memory / 2 GiB, which is never above the capacity there was:
-- a lower bound where capacity was at its maximum.
CREATE FUNCTION acu.import_cloudwatch(
    target text,
    metrics json,
    instance_class text DEFAULT NULL,
    max_acu double precision DEFAULT NULL,
    statistic text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    vcpu_per_acu CONSTANT float8 := (SELECT 1 / c.likely FROM acu.constants() AS c
                                     WHERE c.name = 'acu_per_vcpu');
    bytes_per_acu CONSTANT float8 := 2147483648;
    class CONSTANT text := nullif(instance_class, 'db.serverless');
    given_acu CONSTANT float8 := max_acu;
    class_vcpus float8;
    problem text;
    advice text;
    points bigint;
    period float8;
    usual_acu float8;
    s record;
BEGIN
    PERFORM acu_internal.check_may_import();
    IF class IS NOT NULL THEN
        PERFORM acu_internal.check_instance_class(class);
        class_vcpus := (SELECT c.vcpu FROM acu.current_instance_class AS c
                        WHERE c.instance_class = class);
        IF max_acu IS NOT NULL THEN
            PERFORM acu_internal.raise('22023',
                format('%s has no maximum capacity', class),
                'Leave out max_acu, or use the instance class db.serverless.');
        END IF;
    ELSIF NOT (max_acu BETWEEN 1 AND 256) THEN
        PERFORM acu_internal.raise('22023',
            format('a maximum capacity of %s ACU is out of range', max_acu),
            'Aurora takes 1 to 256 ACU.');
    END IF;

    -- While an Aurora is paused only its capacity is known: it does nothing, and below it
    -- holds no memory.
    SELECT array_agg(p.at ORDER BY p.at) AS starts,
           array_agg(p.cpu ORDER BY p.at) AS cpu,
           array_agg(ceil(CASE WHEN p.problem IS NULL THEN p.connections END)::int
                     ORDER BY p.at) AS connections,
           array_agg(p.free_bytes ORDER BY p.at) AS free_bytes,
           array_agg(p.acu ORDER BY p.at) AS acu,
           array_agg(p.acu_percent ORDER BY p.at) AS acu_percent,
           min(p.problem) AS problem
    INTO s
    FROM (
        SELECT c.at, c.free_bytes, c.acu, c.acu_percent,
               coalesce(c.cpu, CASE WHEN c.acu = 0 THEN 0 END) AS cpu,
               coalesce(c.connections, CASE WHEN c.acu = 0 THEN 0 END) AS connections,
               CASE
                   WHEN NOT (c.at BETWEEN '1970-01-02 00:00:00+00' AND '2111-12-01 00:00:00+00') THEN
                       format('Timestamp %s is out of range', c.at)
                   WHEN NOT (c.cpu >= 0 AND c.cpu < 1000) THEN
                       format('CPUUtilization %s is no percentage', c.cpu)
                   WHEN NOT (c.acu_percent >= 0 AND c.acu_percent < 1000) THEN
                       format('ACUUtilization %s is no percentage', c.acu_percent)
                   WHEN NOT (c.connections >= 0 AND c.connections < 2147483647) THEN
                       format('DatabaseConnections %s is out of range', c.connections)
                   WHEN NOT (c.free_bytes >= 0 AND c.free_bytes < 1e18) THEN
                       format('FreeableMemory %s is out of range', c.free_bytes)
                   WHEN NOT (c.acu >= 0 AND c.acu <= 256) THEN
                       format('ServerlessDatabaseCapacity %s is out of range', c.acu)
               END AS problem
        FROM acu_internal.cloudwatch_points(metrics, statistic) AS c
    ) AS p
    WHERE p.cpu IS NOT NULL OR p.problem IS NOT NULL;
    points := coalesce(cardinality(s.starts), 0);
    -- Taken from the points that have both; a changed maximum shows from then on.
    usual_acu := coalesce(given_acu, (
        SELECT mode() WITHIN GROUP (ORDER BY round(200 * a.acu / a.percent) / 2)
        FROM unnest(s.acu, s.acu_percent) AS a (acu, percent)
        WHERE a.acu > 0 AND a.percent > 0));

    IF s.problem IS NOT NULL THEN
        problem := s.problem;
        advice := 'Give the numbers as CloudWatch has them: percent, connections, bytes and ACU.';
    ELSIF points = 0
        AND EXISTS (SELECT FROM acu_internal.cloudwatch_series(metrics) AS c WHERE c.metric = 'CPUUtilization')
    THEN
        problem := 'CPUUtilization has no values';
        advice := 'Is the instance''s name right, and the region? CloudWatch returns an empty list for an instance that it does not know, and for times of which it knows nothing.';
    ELSIF points = 0 THEN
        problem := 'metrics has no CPUUtilization';
        advice := 'Its Label must end with CPUUtilization, or its Id begin with it; the capacity follows from the CPU.';
    ELSIF points = 1 THEN
        problem := 'metrics has CPUUtilization for one time alone';
        advice := 'Fetch two or more: how far they are apart tells the period.';
    ELSIF class IS NOT NULL
        AND EXISTS (SELECT FROM unnest(s.acu) AS a (acu) WHERE a.acu IS NOT NULL) THEN
        problem := format('metrics has ServerlessDatabaseCapacity, which %s has not', class);
        advice := 'Leave out instance_class: the CPUUtilization of serverless is a percentage of its maximum capacity.';
    ELSIF class IS NULL AND usual_acu IS NULL THEN
        problem := 'the maximum capacity is not known, of which CPUUtilization is a percentage';
        advice := 'Give max_acu, or fetch ServerlessDatabaseCapacity and ACUUtilization as well. For an instance that is not serverless, give instance_class.';
    ELSIF class IS NULL AND NOT (usual_acu BETWEEN 1 AND 256) THEN
        problem := format('ServerlessDatabaseCapacity and ACUUtilization make a maximum capacity of %s ACU', usual_acu);
        advice := 'Fetch the same statistic of both, or give max_acu.';
    END IF;
    IF problem IS NOT NULL THEN
        PERFORM acu_internal.raise('22023', problem, advice);
    END IF;

    IF (CASE json_typeof(metrics) WHEN 'array' THEN metrics -> -1 ELSE metrics END)
        ->> 'NextToken' IS NOT NULL
    THEN
        RAISE WARNING USING
            MESSAGE = 'metrics is not all there is: it ends with a NextToken',
            HINT = 'Fetch without --max-items and --no-paginate, and import that; it takes the place of this.';
    END IF;

    period := (SELECT min(extract(epoch FROM d.spacing))
               FROM (SELECT u.start - lag(u.start) OVER (ORDER BY u.n) AS spacing
                     FROM unnest(s.starts) WITH ORDINALITY AS u (start, n)) AS d);
    -- CloudWatch's times are the beginnings of periods, ours are their ends.
    RETURN (
        SELECT acu.store_import(
            target,
            array_agg(u.start + make_interval(secs => period) ORDER BY u.n),
            array_agg(period ORDER BY u.n),
            array_agg(u.cpu / 100 * u.vcpus ORDER BY u.n),
            array_agg(u.working_set_bytes ORDER BY u.n),
            array_agg(u.connections ORDER BY u.n),
            array_agg(u.vcpus ORDER BY u.n),
            array_agg(u.cpu >= 99 OR coalesce(u.acu >= 0.99 * u.max_acu, false)
                      OR coalesce(u.acu_percent >= 99, false) ORDER BY u.n))
        FROM (
            SELECT m.*,
                   coalesce(class_vcpus, vcpu_per_acu * m.max_acu) AS vcpus,
                   -- An instance has no max_acu: unknown.
                   CASE WHEN m.free_bytes <= bytes_per_acu * m.max_acu THEN
                       acu_internal.buffers_of_memory(bytes_per_acu * m.max_acu - m.free_bytes)
                       WHEN m.free_bytes IS NULL AND m.acu = 0 THEN 0
                   END AS working_set_bytes
            FROM (
                SELECT v.*,
                       CASE WHEN given_acu IS NULL AND v.acu > 0 AND v.acu_percent > 0
                               AND round(200 * v.acu / v.acu_percent) / 2 BETWEEN 1 AND 256
                           THEN round(200 * v.acu / v.acu_percent) / 2
                           ELSE usual_acu END AS max_acu
                FROM unnest(s.starts, s.cpu, s.connections, s.free_bytes, s.acu, s.acu_percent)
                    WITH ORDINALITY
                    AS v (start, cpu, connections, free_bytes, acu, acu_percent, n)
            ) AS m
        ) AS u);
END
$$;
REVOKE EXECUTE ON FUNCTION acu.import_cloudwatch(text, json, text, double precision, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.import_cloudwatch(text, json, text, double precision, text)
    TO pg_read_all_stats;
COMMENT ON FUNCTION acu.import_cloudwatch(text, json, text, double precision, text) IS
'stores what "aws cloudwatch get-metric-data" prints as a target, in the place of what it has over the same span, and returns how many intervals. metrics: an object, or an array of pages; CPUUtilization is needed, DatabaseConnections, FreeableMemory, ServerlessDatabaseCapacity and ACUUtilization are used. instance_class: whose CPUs CPUUtilization is a percentage of; db.serverless, or NULL: of max_acu, in ACU, else of the maximum that the metrics tell. statistic: which, where a metric comes with several, such as Average. Needs the right to execute acu.store_import and acu.delete_import';
