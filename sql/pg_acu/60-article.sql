-- article: the table of the article "Serverless Upgrade Path in AWS (part 1)".

CREATE FUNCTION acu_internal.check_stages(
    compute_vcpu_used double precision,
    ec2_usd_per_hour numeric,
    fargate_usd_per_hour numeric
) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT coalesce(compute_vcpu_used >= 0 AND compute_vcpu_used <= 1e6, true) THEN
        PERFORM acu_internal.raise('22023',
            format('compute_vcpu_used must be from 0 to 1e+06, not %s', compute_vcpu_used),
            'Set compute_vcpu_used to the vCPUs that the programs in front of the database use on average.');
    ELSIF NOT coalesce(least(ec2_usd_per_hour, fargate_usd_per_hour) >= 0
                       AND greatest(ec2_usd_per_hour, fargate_usd_per_hour) <= 1e6, true) THEN
        PERFORM acu_internal.raise('22023',
            format('ec2_usd_per_hour and fargate_usd_per_hour must be from 0 to 1e+06, not %s',
                   concat_ws(' and ', ec2_usd_per_hour, fargate_usd_per_hour)),
            'Give US dollars an hour, or NULL when they are not known.');
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_stages IS
'raises an error when an argument of acu.stages() is out of range';

CREATE TYPE acu.article_stage AS (
    stage         int,
    tier          text,
    unit          text,
    purchased     double precision,
    necessary     double precision,
    delta         double precision,
    score         double precision,
    article_score int,
    usd_per_hour  numeric,
    reason        text,
    way           text
);
COMMENT ON TYPE acu.article_stage IS
'a row of the article''s table, of acu.stages()';
COMMENT ON COLUMN acu.article_stage.stage IS '1 or 2';
COMMENT ON COLUMN acu.article_stage.tier IS 'database or compute';
COMMENT ON COLUMN acu.article_stage.unit IS 'unit of purchased and necessary: ACU or vCPU';
COMMENT ON COLUMN acu.article_stage.purchased IS 'capacity that is paid for, on average over the known time';
COMMENT ON COLUMN acu.article_stage.necessary IS 'capacity that was needed, on average over the known time; NULL when not known';
COMMENT ON COLUMN acu.article_stage.delta IS 'share (0 to 1) of the purchased that is not necessary, to 0.001; NULL when not known';
COMMENT ON COLUMN acu.article_stage.score IS 'ten times delta, to 0.01';
COMMENT ON COLUMN acu.article_stage.article_score IS 'score that the article gave by eye';
COMMENT ON COLUMN acu.article_stage.usd_per_hour IS 'US dollars an hour; NULL when not known';
COMMENT ON COLUMN acu.article_stage.reason IS 'assumption of the row, or the reason for which it is NULL';
COMMENT ON COLUMN acu.article_stage.way IS 'service that runs the tier';

CREATE FUNCTION acu.stages(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    compute_vcpu_used double precision DEFAULT NULL,
    ec2_usd_per_hour numeric DEFAULT NULL,
    fargate_usd_per_hour numeric DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL
) RETURNS SETOF acu.article_stage
LANGUAGE sql STABLE PARALLEL SAFE ROWS 4 COST 50000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.check_stages(compute_vcpu_used, ec2_usd_per_hour, fargate_usd_per_hour);
    -- The prices are the article's: RDS on demand, and Aurora in ap-southeast-2.
    SELECT 1, 'database', 'ACU', o.mean_acu, o.mean_used_acu,
           o.compute_delta, o.score, 10, 0.2718,
           '4 vCPU and 32 GiB, all the time', 'RDS r6a.xlarge'
    FROM acu.outcome(target, since, until, 0.5::float8, 10::float8, interval '300 s',
                     4::float8, 32::float8, background_vcpu, 0::float8) AS o
    UNION ALL
    SELECT 1, 'compute', 'vCPU', 2::float8, c.necessary,
           round((1 - c.necessary / 2)::numeric, 3)::float8,
           round((10 * (1 - c.necessary / 2))::numeric, 2)::float8, 8, ec2_usd_per_hour,
           CASE WHEN compute_vcpu_used IS NULL THEN
                    'not known: the database does not see it; give compute_vcpu_used'
                ELSE '2 vCPU, of which 20 % are there all the time' END,
           'EC2 t4g.medium'
    FROM (SELECT CASE WHEN compute_vcpu_used IS NOT NULL THEN least(compute_vcpu_used, 2) END) AS c (necessary)
    UNION ALL
    SELECT 2, 'database', 'ACU', o.mean_acu,
           o.mean_used_acu, o.compute_delta, o.score, 4, round(o.mean_acu::numeric * 0.20, 4),
           format('$0.20 an ACU-hour; throttled %s of %s s',
                  round(o.throttled_seconds), round(o.known_seconds)),
           'Aurora Serverless v2, 0.5 to 10 ACU'
    FROM acu.outcome(target, since, until, 0.5::float8, 10::float8, interval '300 s',
                     NULL::float8, NULL::float8, background_vcpu, 0::float8) AS o
    UNION ALL
    SELECT 2, 'compute', 'vCPU', 0.25::float8, c.necessary,
           round((1 - c.necessary / 0.25)::numeric, 3)::float8,
           round((10 * (1 - c.necessary / 0.25))::numeric, 2)::float8, 5,
           fargate_usd_per_hour,
           CASE WHEN compute_vcpu_used IS NULL THEN
                    'not known: the database does not see it; give compute_vcpu_used'
                WHEN compute_vcpu_used > 0.25 THEN 'too small: more instances are needed'
                ELSE '0.25 vCPU, all the time' END,
           'Fargate 0.25 vCPU'
    FROM (SELECT CASE WHEN compute_vcpu_used IS NOT NULL THEN least(compute_vcpu_used, 0.25) END) AS c (necessary)
$$;
COMMENT ON FUNCTION acu.stages IS
'table of the article "Serverless Upgrade Path in AWS (part 1)" for the load of a target: stage 1 is EC2 and RDS, stage 2 Fargate and Aurora Serverless v2, in ap-southeast-2. compute_vcpu_used: vCPUs that the programs in front of the database use on average, which the database does not see. ec2_usd_per_hour, fargate_usd_per_hour: their prices';
