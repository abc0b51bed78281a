-- aws: AWS's own estimators, for comparison.

-- AWS's own estimators, for comparison.
CREATE FUNCTION acu_internal.estimate(
    instance_class text, vcpu double precision, cpu_p95 double precision,
    cpu_max double precision, cpu_avg double precision, connections double precision,
    working_set_gib double precision,
    OUT min_acu double precision,
    OUT typical_acu double precision,
    OUT peak_acu double precision,
    OUT max_acu double precision,
    OUT working_set_acu double precision,
    OUT actual_acu double precision,
    OUT adjusted_acu double precision,
    OUT growth_factor double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_estimate'
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION acu_internal.estimate IS
'acu.aws_estimate() without the costs; vcpu: of the instance class';

CREATE FUNCTION acu_internal.estimate_label(provisioned_usd double precision,
    typical_usd double precision, high_usd double precision) RETURNS text
AS 'MODULE_PATHNAME', 'acu_estimate_label'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.estimate_label IS
'what AWS''s estimator makes of three costs, in usd of the same time: recommended, consider, more_expensive or not_recommended';

CREATE FUNCTION acu.estimate_saving(provisioned_usd double precision,
    serverless_usd double precision) RETURNS double precision
AS 'MODULE_PATHNAME', 'acu_estimate_saving'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION acu.estimate_saving IS
'how much less the second of two costs is, in percent of the first, as AWS''s migration assessment tool rounds it; usd of the same time; NULL when the first is not above 0';

CREATE FUNCTION acu.aws_estimate(
    instance_class text,
    cpu_p95 double precision,
    cpu_max double precision,
    cpu_avg double precision DEFAULT NULL,
    connections double precision DEFAULT NULL,
    working_set_gib double precision DEFAULT NULL,
    storage_gib double precision DEFAULT NULL,
    region text DEFAULT NULL,
    OUT min_acu double precision,
    OUT typical_acu double precision,
    OUT peak_acu double precision,
    OUT max_acu double precision,
    OUT working_set_acu double precision,
    OUT provisioned_usd_per_month numeric,
    OUT usd_per_month numeric,
    OUT usd_per_month_low numeric,
    OUT usd_per_month_high numeric,
    OUT label text,
    OUT actual_acu double precision,
    OUT adjusted_acu double precision,
    OUT adjusted_usd_per_hour numeric,
    OUT growth_factor double precision,
    OUT saving_percent double precision
) RETURNS record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    class CONSTANT text := acu_internal.check_instance_class(instance_class);
    place CONSTANT text := acu_internal.check_region(region);
    month CONSTANT numeric := 730;
    acu_usd CONSTANT numeric := (SELECT p.usd FROM acu.current_price AS p
                                 WHERE p.item = 'db.serverless' AND p.platform = 'aurora'
                                     AND p.pricing = 'on_demand' AND p.region = place);
    class_usd CONSTANT numeric := (SELECT p.usd FROM acu.current_price AS p
                                   WHERE p.item = class AND p.platform = 'aurora'
                                       AND p.pricing = 'on_demand' AND p.region = place);
    stored_usd numeric := 0;
BEGIN
    IF NOT (storage_gib >= 0 AND storage_gib <= 1e9) THEN
        PERFORM acu_internal.raise('22023',
            format('storage_gib must be from 0 to 1e+09, not %s', storage_gib),
            'Give GiB, or NULL to leave the storage out.');
    ELSIF storage_gib > 0 THEN
        stored_usd := storage_gib::numeric * (
            SELECT p.usd FROM acu.current_price AS p
            WHERE p.item = 'storage' AND p.platform = 'aurora' AND p.pricing = 'on_demand'
                AND p.region = place);
    END IF;
    SELECT e.min_acu, e.typical_acu, e.peak_acu, e.max_acu, e.working_set_acu,
           e.actual_acu, e.adjusted_acu, e.growth_factor
    INTO min_acu, typical_acu, peak_acu, max_acu, working_set_acu, actual_acu, adjusted_acu,
         growth_factor
    FROM acu.current_instance_class AS c,
         acu_internal.estimate(class, c.vcpu, cpu_p95, cpu_max, cpu_avg, connections,
                      working_set_gib) AS e
    WHERE c.instance_class = class;
    provisioned_usd_per_month := round(class_usd * month + stored_usd, 2);
    usd_per_month := round(typical_acu::numeric * acu_usd * month + stored_usd, 2);
    usd_per_month_low := round(min_acu::numeric * acu_usd * month + stored_usd, 2);
    usd_per_month_high := round(max_acu::numeric * acu_usd * month + stored_usd, 2);
    label := acu_internal.estimate_label(provisioned_usd_per_month::float8, usd_per_month::float8,
                                usd_per_month_high::float8);
    adjusted_usd_per_hour := round(adjusted_acu::numeric * acu_usd, 2);
    saving_percent := acu.estimate_saving(class_usd::float8, adjusted_usd_per_hour::float8);
END
$$;
COMMENT ON FUNCTION acu.aws_estimate IS
'what AWS''s own estimators say of an instance, by percentiles of its CPU (0 to 100): no memory, no lag, no queries; for comparison with acu.options. min_acu to usd_per_month_high, and label: the Aurora toolkit of 2026, working_set_acu only its advice; actual_acu to saving_percent: the migration assessment tool of 2025, the saving in percent of the instance''s price. usd: storage_gib included, NULL without a price in the region. cpu_avg: 0.6 of cpu_p95 by default. connections: how many; working_set_gib: GiB';
