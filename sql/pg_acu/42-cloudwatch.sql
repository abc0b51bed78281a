-- cloudwatch: the history of an RDS or Aurora instance, from its CloudWatch metrics.
--
-- The metrics come as aws cloudwatch get-metric-data prints them, one
-- object, or an array of such pages: {"MetricDataResults": [{"Id": "cpu", "Label":
-- "CPUUtilization", "Timestamps": [...], "Values": [...]}]}. The newest is first, and
-- the tool puts the pages it fetched into one object, so that a metric may come
-- more than once.

CREATE TYPE acu_internal.metric_series AS (
    metric   text,
    id       text,
    label    text,
    times    json,
    readings json
);
COMMENT ON TYPE acu_internal.metric_series IS
'a metric in what aws cloudwatch get-metric-data prints';
COMMENT ON COLUMN acu_internal.metric_series.metric IS 'name of the metric, after the label, else the id';
COMMENT ON COLUMN acu_internal.metric_series.id IS 'Id, as CloudWatch has it; NULL when missing';
COMMENT ON COLUMN acu_internal.metric_series.label IS 'Label, as CloudWatch has it; NULL when missing';
COMMENT ON COLUMN acu_internal.metric_series.times IS 'Timestamps, as CloudWatch has them';
COMMENT ON COLUMN acu_internal.metric_series.readings IS 'Values, as CloudWatch has them';

CREATE FUNCTION acu_internal.cloudwatch_series(metrics json) RETURNS SETOF acu_internal.metric_series
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 5 COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known CONSTANT text[] := ARRAY['CPUUtilization', 'DatabaseConnections', 'FreeableMemory',
                                   'ServerlessDatabaseCapacity', 'ACUUtilization'];
    shape CONSTANT text := 'Give what "aws cloudwatch get-metric-data --output json" prints: {"MetricDataResults": [{"Id": ..., "Label": ..., "Timestamps": [...], "Values": [...]}]}, or an array of such pages.';
    page json;
    series json;
    found acu_internal.metric_series;
BEGIN
    IF json_typeof(metrics) IS NULL OR json_typeof(metrics) NOT IN ('object', 'array') THEN
        PERFORM acu_internal.raise('22023',
            format('metrics must be an object or an array of objects, not %s',
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
                    'invalid element of MetricDataResults: it must be an object',
                    shape);
            END IF;
            found.id := series ->> 'Id';
            found.label := series ->> 'Label';
            found.times := series -> 'Timestamps';
            found.readings := series -> 'Values';
            found.metric := coalesce(
                -- CloudWatch may write words before the name, such as the instance's, and
                -- the statistic behind it.
                (SELECT k.name
                 FROM regexp_split_to_table(found.label, '[[:space:]]+') WITH ORDINALITY AS w (word, place)
                 JOIN unnest(known) AS k (name) ON lower(k.name) = lower(w.word)
                 ORDER BY w.place DESC LIMIT 1),
                (SELECT k.name FROM unnest(known) AS k (name)
                 WHERE starts_with(replace(lower(found.id), '_', ''), lower(k.name))));
            CONTINUE WHEN found.metric IS NULL;
            IF json_typeof(found.times) IS DISTINCT FROM 'array'
                OR json_typeof(found.readings) IS DISTINCT FROM 'array'
                OR json_array_length(found.times) <> json_array_length(found.readings) THEN
                PERFORM acu_internal.raise('22023',
                    format(
                        '%s has %s and %s', found.metric,
                        CASE json_typeof(found.times) WHEN 'array'
                            THEN json_array_length(found.times) || ' Timestamps'
                            ELSE 'no array Timestamps' END,
                        CASE json_typeof(found.readings) WHEN 'array'
                            THEN json_array_length(found.readings) || ' Values'
                            ELSE 'no array Values' END),
                    'Give as many Timestamps as Values.');
            END IF;
            RETURN NEXT found;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION acu_internal.cloudwatch_series IS
'results in what aws cloudwatch get-metric-data prints that acu.import_cloudwatch can use';

CREATE FUNCTION acu_internal.chosen_series(metrics json, wanted text) RETURNS SETOF acu_internal.metric_series
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5 COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.metric, s.id, s.label, s.times, s.readings
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
COMMENT ON FUNCTION acu_internal.chosen_series IS
'rows of acu_internal.cloudwatch_series whose label has the wanted word (in lower case), or whose id ends with it; all rows of a metric of which none has';

CREATE TYPE acu_internal.metric_point AS (
    at          timestamptz,
    cpu         double precision,
    connections double precision,
    free_bytes  double precision,
    acu         double precision,
    acu_percent double precision
);
COMMENT ON TYPE acu_internal.metric_point IS
'the metrics of CloudWatch for a period; NULL where a metric has no value for it';
COMMENT ON COLUMN acu_internal.metric_point.at IS 'start of the period';
COMMENT ON COLUMN acu_internal.metric_point.cpu IS 'CPUUtilization, percent';
COMMENT ON COLUMN acu_internal.metric_point.connections IS 'DatabaseConnections';
COMMENT ON COLUMN acu_internal.metric_point.free_bytes IS 'FreeableMemory, bytes';
COMMENT ON COLUMN acu_internal.metric_point.acu IS 'ServerlessDatabaseCapacity, ACU';
COMMENT ON COLUMN acu_internal.metric_point.acu_percent IS 'ACUUtilization, percent';

-- Times without a zone are in UTC, as all of CloudWatch's are.
CREATE FUNCTION acu_internal.cloudwatch_points(metrics json, statistic text) RETURNS SETOF acu_internal.metric_point
LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1500 COST 10000
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
            'Set statistic to a word of its Label, or to the end of its Id, such as ''Average'', and import each instance as a target of its own.');
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
                   CASE WHEN p.stamp ~ '^[0-9]+([.][0-9]+)?$' THEN to_timestamp(p.stamp::float8)
                        ELSE p.stamp::timestamptz END AS at
            FROM acu_internal.chosen_series(metrics, wanted) AS c,
                 ROWS FROM (json_array_elements_text(c.times),
                            json_array_elements_text(c.readings)) AS p (stamp, value)
            WHERE p.value IS NOT NULL
        ) AS v
        GROUP BY v.at
        ORDER BY v.at;
    EXCEPTION WHEN data_exception THEN
        GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
        PERFORM acu_internal.raise('22023',
            format('cannot read the metrics: %s', reason),
            'Give Timestamps as in 2026-11-23T04:40:00Z or as seconds since 1970, and Values as numbers.');
    END;
END
$$;
COMMENT ON FUNCTION acu_internal.cloudwatch_points IS
'metrics of CloudWatch by time, each time once: of values for the same time the greatest';

CREATE FUNCTION acu_internal.buffers_of_memory(bytes double precision) RETURNS double precision
AS 'MODULE_PATHNAME', 'acu_buffers_of_memory'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.buffers_of_memory IS
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
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
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
                format('max_acu must not be given for instance class %s', class),
                'Leave out max_acu, or set instance_class to db.serverless.');
        END IF;
    ELSIF NOT (max_acu BETWEEN 1 AND 256) THEN
        PERFORM acu_internal.raise('22023',
            format('max_acu must be from 1 to 256, not %s', max_acu),
            'Set max_acu to the maximum capacity of the cluster, in ACU.');
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
                       format('CPUUtilization %s is out of range', c.cpu)
                   WHEN NOT (c.acu_percent >= 0 AND c.acu_percent < 1000) THEN
                       format('ACUUtilization %s is out of range', c.acu_percent)
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
        advice := 'Check the name of the instance, and the region: CloudWatch returns an empty list for an instance that it does not know, and for times without data.';
    ELSIF points = 0 THEN
        problem := 'metrics has no CPUUtilization';
        advice := 'Fetch CPUUtilization, from which the capacity follows: its Label must end with that name, or its Id begin with it.';
    ELSIF points = 1 THEN
        problem := 'metrics has only one value of CPUUtilization';
        advice := 'Fetch two values or more, as their distance is the length of the period.';
    ELSIF class IS NOT NULL
        AND EXISTS (SELECT FROM unnest(s.acu) AS a (acu) WHERE a.acu IS NOT NULL) THEN
        problem := format('metrics has ServerlessDatabaseCapacity, which instance class %s does not have', class);
        advice := 'Leave out instance_class, as the CPUUtilization of serverless is a percentage of its maximum capacity.';
    ELSIF class IS NULL AND usual_acu IS NULL THEN
        problem := 'max_acu is needed, as CPUUtilization is a percentage of it';
        advice := 'Give max_acu, or fetch ServerlessDatabaseCapacity and ACUUtilization as well. For an instance that is not serverless, give instance_class.';
    ELSIF class IS NULL AND NOT (usual_acu BETWEEN 1 AND 256) THEN
        problem := format('invalid maximum capacity from ServerlessDatabaseCapacity and ACUUtilization: %s ACU', usual_acu);
        advice := 'Fetch the same statistic of both, or give max_acu.';
    END IF;
    IF problem IS NOT NULL THEN
        PERFORM acu_internal.raise('22023', problem, advice);
    END IF;

    IF (CASE json_typeof(metrics) WHEN 'array' THEN metrics -> -1 ELSE metrics END)
        ->> 'NextToken' IS NOT NULL
    THEN
        RAISE WARNING USING
            MESSAGE = 'metrics is incomplete: it ends with a NextToken',
            HINT = 'Fetch without --max-items and --no-paginate, and import that: it replaces this import.';
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
COMMENT ON FUNCTION acu.import_cloudwatch IS
'stores what "aws cloudwatch get-metric-data" prints as a target, in the place of what it has over the same span, and returns how many intervals. metrics: an object, or an array of pages; CPUUtilization is needed, DatabaseConnections, FreeableMemory, ServerlessDatabaseCapacity and ACUUtilization are used. instance_class: whose CPUs CPUUtilization is a percentage of; db.serverless, or NULL: of max_acu, in ACU, else of the maximum that the metrics tell. statistic: which, where a metric comes with several, such as Average. Needs the right to execute acu.store_import and acu.delete_import';
