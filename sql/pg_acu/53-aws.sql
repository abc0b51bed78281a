-- aws: AWS's own estimators, for comparison.

CREATE TYPE acu_internal.estimated_capacity AS (
    min_acu         double precision,
    typical_acu     double precision,
    peak_acu        double precision,
    max_acu         double precision,
    working_set_acu double precision,
    actual_acu      double precision,
    adjusted_acu    double precision,
    growth_factor   double precision
);
COMMENT ON TYPE acu_internal.estimated_capacity IS
'the capacities of acu.aws_estimate()';
COMMENT ON COLUMN acu_internal.estimated_capacity.min_acu IS 'minimum capacity, in ACU, of the Aurora toolkit of 2026';
COMMENT ON COLUMN acu_internal.estimated_capacity.typical_acu IS 'typical capacity, in ACU, of the toolkit';
COMMENT ON COLUMN acu_internal.estimated_capacity.peak_acu IS 'peak capacity, in ACU, of the toolkit';
COMMENT ON COLUMN acu_internal.estimated_capacity.max_acu IS 'maximum capacity, in ACU, of the toolkit';
COMMENT ON COLUMN acu_internal.estimated_capacity.working_set_acu IS
'minimum capacity for the working set, in ACU, which the toolkit only advises; NULL without working_set_gib';
COMMENT ON COLUMN acu_internal.estimated_capacity.actual_acu IS
'capacity in use, in ACU, of the migration assessment tool of 2025';
COMMENT ON COLUMN acu_internal.estimated_capacity.adjusted_acu IS 'capacity with growth, in ACU, of that tool';
COMMENT ON COLUMN acu_internal.estimated_capacity.growth_factor IS 'factor between the two';

CREATE FUNCTION acu_internal.estimate(
    instance_class text,
    vcpu double precision,
    cpu_p95 double precision,
    cpu_max double precision,
    cpu_avg double precision,
    connections double precision,
    working_set_gib double precision
) RETURNS SETOF acu_internal.estimated_capacity
AS 'MODULE_PATHNAME', 'acu_estimate'
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION acu_internal.estimate IS
'acu.aws_estimate() without the costs; vcpu: vCPUs of the instance class';

CREATE FUNCTION acu_internal.estimate_label(provisioned_usd numeric, typical_usd numeric, high_usd numeric)
RETURNS text
AS 'MODULE_PATHNAME', 'acu_estimate_label'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.estimate_label IS
'verdict of AWS''s estimator on three costs, in US dollars for the same time: recommended, consider, more_expensive or not_recommended';

CREATE FUNCTION acu.estimate_saving(provisioned_usd numeric, serverless_usd numeric)
RETURNS double precision
AS 'MODULE_PATHNAME', 'acu_estimate_saving'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION acu.estimate_saving IS
'saving of the second of two costs, in percent of the first, as AWS''s migration assessment tool rounds it; US dollars for the same time; NULL when the first is not above 0';

CREATE TYPE acu.aws_estimation AS (
    min_acu                   double precision,
    typical_acu               double precision,
    peak_acu                  double precision,
    max_acu                   double precision,
    working_set_acu           double precision,
    provisioned_usd_per_month numeric,
    usd_per_month             numeric,
    usd_per_month_low         numeric,
    usd_per_month_high        numeric,
    label                     text,
    actual_acu                double precision,
    adjusted_acu              double precision,
    adjusted_usd_per_hour     numeric,
    growth_factor             double precision,
    saving_percent            double precision
);
COMMENT ON TYPE acu.aws_estimation IS
'estimates of AWS''s own tools for an instance, the row of acu.aws_estimate(). NULL in columns of US dollars: no price in the region';
COMMENT ON COLUMN acu.aws_estimation.min_acu IS 'minimum capacity, in ACU, of the Aurora toolkit of 2026';
COMMENT ON COLUMN acu.aws_estimation.typical_acu IS 'typical capacity, in ACU, of the toolkit';
COMMENT ON COLUMN acu.aws_estimation.peak_acu IS 'peak capacity, in ACU, of the toolkit';
COMMENT ON COLUMN acu.aws_estimation.max_acu IS 'maximum capacity, in ACU, of the toolkit';
COMMENT ON COLUMN acu.aws_estimation.working_set_acu IS
'minimum capacity for the working set, in ACU, which the toolkit only advises; NULL without working_set_gib';
COMMENT ON COLUMN acu.aws_estimation.provisioned_usd_per_month IS 'US dollars a month for the instance, storage included';
COMMENT ON COLUMN acu.aws_estimation.usd_per_month IS 'US dollars a month at typical_acu, storage included';
COMMENT ON COLUMN acu.aws_estimation.usd_per_month_low IS 'US dollars a month at min_acu, storage included';
COMMENT ON COLUMN acu.aws_estimation.usd_per_month_high IS 'US dollars a month at max_acu, storage included';
COMMENT ON COLUMN acu.aws_estimation.label IS 'recommended, consider, more_expensive or not_recommended, as the toolkit says';
COMMENT ON COLUMN acu.aws_estimation.actual_acu IS 'capacity in use, in ACU, of the migration assessment tool of 2025';
COMMENT ON COLUMN acu.aws_estimation.adjusted_acu IS 'capacity with growth, in ACU, of that tool';
COMMENT ON COLUMN acu.aws_estimation.adjusted_usd_per_hour IS 'US dollars an hour at adjusted_acu';
COMMENT ON COLUMN acu.aws_estimation.growth_factor IS 'factor between the two';
COMMENT ON COLUMN acu.aws_estimation.saving_percent IS 'saving of adjusted_usd_per_hour, in percent of the price of the instance';

CREATE FUNCTION acu.aws_estimate(
    instance_class text,
    cpu_p95 double precision,
    cpu_max double precision,
    cpu_avg double precision DEFAULT NULL,
    connections double precision DEFAULT NULL,
    working_set_gib double precision DEFAULT NULL,
    storage_gib double precision DEFAULT NULL,
    region text DEFAULT NULL
) RETURNS acu.aws_estimation
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
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
    estimate acu.aws_estimation;
BEGIN
    IF NOT (storage_gib >= 0 AND storage_gib <= 1e9) THEN
        PERFORM acu_internal.raise('22023',
            format('storage_gib must be from 0 to 1e+09, not %s', storage_gib),
            'Set storage_gib to a number within this range, or to NULL to leave the storage out.');
    ELSIF storage_gib > 0 THEN
        stored_usd := storage_gib::numeric * (
            SELECT p.usd FROM acu.current_price AS p
            WHERE p.item = 'storage' AND p.platform = 'aurora' AND p.pricing = 'on_demand'
                AND p.region = place);
    END IF;
    SELECT e.min_acu, e.typical_acu, e.peak_acu, e.max_acu, e.working_set_acu,
           e.actual_acu, e.adjusted_acu, e.growth_factor
    INTO estimate.min_acu, estimate.typical_acu, estimate.peak_acu, estimate.max_acu,
         estimate.working_set_acu, estimate.actual_acu, estimate.adjusted_acu, estimate.growth_factor
    FROM acu.current_instance_class AS c,
         acu_internal.estimate(class, c.vcpu, cpu_p95, cpu_max, cpu_avg, connections,
                      working_set_gib) AS e
    WHERE c.instance_class = class;
    estimate.provisioned_usd_per_month := round(class_usd * month + stored_usd, 2);
    estimate.usd_per_month := round(estimate.typical_acu::numeric * acu_usd * month + stored_usd, 2);
    estimate.usd_per_month_low := round(estimate.min_acu::numeric * acu_usd * month + stored_usd, 2);
    estimate.usd_per_month_high := round(estimate.max_acu::numeric * acu_usd * month + stored_usd, 2);
    estimate.label := acu_internal.estimate_label(
        estimate.provisioned_usd_per_month, estimate.usd_per_month, estimate.usd_per_month_high);
    estimate.adjusted_usd_per_hour := round(estimate.adjusted_acu::numeric * acu_usd, 2);
    estimate.saving_percent := acu.estimate_saving(class_usd, estimate.adjusted_usd_per_hour);
    RETURN estimate;
END
$$;
COMMENT ON FUNCTION acu.aws_estimate IS
'estimates of AWS''s own tools for an instance, for comparison with acu.options(): they know no memory, no lag and no queries. cpu_p95, cpu_max, cpu_avg: percentile, maximum and mean of its CPU, in percent (0 to 100); cpu_avg is 0.6 of cpu_p95 by default. connections: number of connections; working_set_gib, storage_gib: GiB';
