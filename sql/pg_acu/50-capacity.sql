-- capacity: what a workload needs, and what that costs.
--
-- The model is in the library (src/capacity); docs/model.md explains it. NULL
-- for region is pg_acu.region, for background_vcpu what fits the target: 0.15
-- for this server, 0 for what was imported from a managed one.

CREATE FUNCTION acu.constants(
    OUT name text,
    OUT unit text,
    OUT low double precision,
    OUT likely double precision,
    OUT high double precision,
    OUT source text
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_constants'
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 17;
REVOKE EXECUTE ON FUNCTION acu.constants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.constants() TO pg_read_all_stats;
COMMENT ON FUNCTION acu.constants() IS
'the constants of the model. unit: of the values. low, likely, high: three sets, of which low tends to the lower bill. source: where they come from';

CREATE FUNCTION acu.demand(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0,
    OUT at timestamptz,
    OUT seconds double precision,
    OUT cpu_acu double precision,
    OUT memory_acu double precision,
    OUT connection_acu double precision,
    OUT need_acu double precision,
    OUT target_acu double precision,
    OUT driver text
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_demand'
LANGUAGE C STABLE ROWS 10000
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu.demand(text, timestamptz, timestamptz, double precision,
    double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.demand(text, timestamptz, timestamptz, double precision,
    double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.demand(text, timestamptz, timestamptz, double precision, double precision) IS
'the capacity that each sample of a target needs, in ACU. at: the start of the interval; seconds: its length. cpu_acu, memory_acu, connection_acu: what each of them asks for, NULL when unknown. need_acu: what the work needs, a multiple of 0.5. target_acu: what Aurora would aim at, with its headroom and floor_acu (2 for Performance Insights, 8 for a global database, as AWS recommends). driver: which of them makes the need: cpu, memory, connections, or floor, the least there is. background_vcpu: vCPU of Aurora''s own background';

CREATE FUNCTION acu.simulate(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    min_acu double precision DEFAULT 0.5,
    max_acu double precision DEFAULT 10,
    pause_after interval DEFAULT '300 s',
    region text DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0,
    OUT at timestamptz,
    OUT seconds double precision,
    OUT need_acu double precision,
    OUT capacity_acu double precision,
    OUT throttled_seconds double precision,
    OUT backlog_seconds double precision,
    OUT usd double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_simulate'
LANGUAGE C STABLE ROWS 10000
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu.simulate(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.simulate(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.simulate(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) IS
'how Aurora Serverless v2 would follow a target within a range of ACU. A minimum of 0 pauses after pause_after without connections. at: the start of the interval; seconds: its length. need_acu, capacity_acu: means over it, in ACU. throttled_seconds: of it, in which the need was above the capacity, or work waited; backlog_seconds: in which work waited. usd: what the capacity costs; NULL without a price in the region. By default the range of the article, 0.5 to 10 ACU';

CREATE FUNCTION acu.outcome(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    min_acu double precision DEFAULT 0.5,
    max_acu double precision DEFAULT 10,
    pause_after interval DEFAULT '300 s',
    vcpu double precision DEFAULT NULL,
    memory_gib double precision DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0,
    OUT known_seconds double precision,
    OUT mean_acu double precision,
    OUT mean_used_acu double precision,
    OUT compute_delta double precision,
    OUT score double precision,
    OUT throttled_seconds double precision,
    OUT longest_backlog_seconds double precision,
    OUT paused_seconds double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_outcome'
LANGUAGE C STABLE ROWS 1
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu.outcome(text, timestamptz, timestamptz, double precision,
    double precision, interval, double precision, double precision, double precision,
    double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.outcome(text, timestamptz, timestamptz, double precision,
    double precision, interval, double precision, double precision, double precision,
    double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.outcome(text, timestamptz, timestamptz, double precision,
    double precision, interval, double precision, double precision, double precision,
    double precision) IS
'what a range of ACU does with the load of a target, or an instance when its vcpu and memory_gib are given. known_seconds: of the load. mean_acu: of the capacity; mean_used_acu: of it, what the work needed. compute_delta: the share that nobody needed, 0 to 1; score: ten times that. throttled_seconds: the need was above the capacity, or work waited. longest_backlog_seconds: for which work waited at a stretch. paused_seconds: at 0 ACU';

CREATE FUNCTION acu.options(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    region text DEFAULT NULL,
    max_throttled_share double precision DEFAULT 0.001,
    max_backlog_seconds double precision DEFAULT 60,
    storage_gib double precision DEFAULT NULL,
    million_requests double precision DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0,
    pause_after interval DEFAULT '300 s',
    OUT option text,
    OUT kind text,
    OUT instance_class text,
    OUT min_acu double precision,
    OUT max_acu double precision,
    OUT mean_acu double precision,
    OUT acu_hours double precision,
    OUT usd double precision,
    OUT usd_per_month double precision,
    OUT usd_per_month_low double precision,
    OUT usd_per_month_high double precision,
    OUT compute_delta double precision,
    OUT score double precision,
    OUT throttled_seconds double precision,
    OUT longest_backlog_seconds double precision,
    OUT known_seconds double precision,
    OUT gap_seconds double precision,
    OUT lower_bound boolean,
    OUT feasible boolean,
    OUT reason text,
    OUT usd_per_month_io_optimized double precision,
    OUT usd_per_month_reserved double precision,
    OUT break_even_acu double precision,
    OUT assumptions text
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_options'
LANGUAGE C STABLE ROWS 300
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu.options(text, timestamptz, timestamptz, text, double precision,
    double precision, double precision, double precision, double precision, double precision,
    interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.options(text, timestamptz, timestamptz, text, double precision,
    double precision, double precision, double precision, double precision, double precision,
    interval) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.options(text, timestamptz, timestamptz, text, double precision,
    double precision, double precision, double precision, double precision, double precision,
    interval) IS
'every way to run a target that is worth a look: ranges of Aurora Serverless v2, and all instance classes; the feasible first, cheapest first. kind: serverless, aurora, rds, or instance, whose price is not known. mean_acu, acu_hours: of the capacity, for an instance what it is worth. usd: of the known time; usd_per_month: of 730 hours like it; low and high: by the other two sets of constants. compute_delta: the share that nobody needed, 0 to 1; score: ten times that. throttled_seconds, longest_backlog_seconds: as in acu.outcome. known_seconds, gap_seconds: of the span. lower_bound: the load may have wanted more. feasible: within max_throttled_share (of the known time, 0 to 1) and max_backlog_seconds, and with memory and connections enough. reason: why, or why not. usd_per_month_io_optimized, usd_per_month_reserved: the same with I/O-Optimized, or reserved for a year. break_even_acu: the mean ACU at which serverless costs as much as this instance. storage_gib, million_requests: GiB, and million I/O requests a month, that are added to the prices when given. assumptions: what was chosen for you';

CREATE FUNCTION acu.advise(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    region text DEFAULT NULL,
    max_throttled_share double precision DEFAULT 0.001,
    max_backlog_seconds double precision DEFAULT 60,
    storage_gib double precision DEFAULT NULL,
    million_requests double precision DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0,
    pause_after interval DEFAULT '300 s',
    OUT advice text,
    OUT option text,
    OUT kind text,
    OUT instance_class text,
    OUT min_acu double precision,
    OUT max_acu double precision,
    OUT usd_per_month double precision,
    OUT usd_per_month_low double precision,
    OUT usd_per_month_high double precision,
    OUT compute_delta double precision,
    OUT score double precision,
    OUT runner_up text,
    OUT runner_up_usd_per_month double precision,
    OUT flips_above double precision,
    OUT flips_above_to text,
    OUT flips_below double precision,
    OUT flips_below_to text,
    OUT lower_bound boolean,
    OUT known_seconds double precision,
    OUT gap_seconds double precision,
    OUT assumptions text
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_advise'
LANGUAGE C STABLE ROWS 1
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu.advise(text, timestamptz, timestamptz, text, double precision,
    double precision, double precision, double precision, double precision, double precision,
    interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.advise(text, timestamptz, timestamptz, text, double precision,
    double precision, double precision, double precision, double precision, double precision,
    interval) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.advise(text, timestamptz, timestamptz, text, double precision,
    double precision, double precision, double precision, double precision, double precision,
    interval) IS
'which way to run a target: the cheapest that is feasible. advice: in sentences. The columns from option to score: as in acu.options, NULL when nothing suffices. runner_up: the next that is no other range of the same. flips_above, flips_below: the factor, from 1 to 8 or to an eighth, of CPU and connections at which another answer is the cheapest; flips_above_to, flips_below_to: which, NULL when nothing suffices. known_seconds, gap_seconds: of the span. The arguments are those of acu.options';

CREATE FUNCTION acu_internal.bill(
    target text, since timestamptz, until timestamptz,
    min_acu double precision, max_acu double precision, pause_after interval,
    region text, background_vcpu double precision, floor_acu double precision,
    OUT part text,
    OUT userid oid,
    OUT dbid oid,
    OUT queryid bigint,
    OUT calls bigint,
    OUT cpu_seconds double precision,
    OUT acu_hours double precision,
    OUT nano_usd bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'acu_bill'
LANGUAGE C STABLE
SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION acu_internal.bill(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.bill(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.bill(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) IS
'acu.query_cost() without names and texts, in nano-dollars';

CREATE FUNCTION acu.query_cost(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    min_acu double precision DEFAULT 0.5,
    max_acu double precision DEFAULT 10,
    pause_after interval DEFAULT '300 s',
    region text DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0,
    OUT part text,
    OUT queryid bigint,
    OUT query text,
    OUT calls bigint,
    OUT cpu_seconds double precision,
    OUT acu_hours double precision,
    OUT usd numeric,
    OUT usd_per_million_calls numeric,
    OUT user_name text,
    OUT database_name text
) RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.notice_import(target);
    SELECT b.part, b.queryid,
           CASE WHEN b.part = 'query' AND b.queryid IS NULL THEN '(rarer queries together)'
                ELSE q.query END,
           b.calls, b.cpu_seconds, b.acu_hours,
           b.nano_usd * 0.000000001,
           round(b.nano_usd * 0.001 / nullif(b.calls, 0), 6),
           coalesce(u.rolname::text, q.user_name), coalesce(d.datname::text, q.database_name)
    FROM acu_internal.bill(target, since, until, min_acu, max_acu, pause_after, region,
                  background_vcpu, floor_acu) AS b
    LEFT JOIN acu.query AS q ON (q.userid, q.dbid, q.queryid) = (b.userid, b.dbid, b.queryid)
    LEFT JOIN pg_roles AS u ON u.oid = b.userid
    LEFT JOIN pg_database AS d ON d.oid = b.dbid
    ORDER BY b.acu_hours DESC, b.part, b.queryid
$$;
REVOKE EXECUTE ON FUNCTION acu.query_cost(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.query_cost(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.query_cost(text, timestamptz, timestamptz, double precision,
    double precision, interval, text, double precision, double precision) IS
'the bill of Aurora Serverless v2 within a range of ACU, by query; the parts are the bill, exactly. part: query; background (processes that work for no client, Aurora''s own included); connections, floor (what they alone asked for); held (capacity that nobody needed); unattributed (need that no query explains). cpu_seconds: estimated. acu_hours, usd: its part. usd_per_million_calls: usd for a million calls. NULL without a price in the region';

CREATE FUNCTION acu_internal.check_stages(
    compute_vcpu_used double precision,
    ec2_usd_per_hour double precision,
    fargate_usd_per_hour double precision
) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT coalesce(compute_vcpu_used >= 0 AND compute_vcpu_used <= 1e6, true) THEN
        PERFORM acu_internal.raise('22023',
            format('compute_vcpu_used must be from 0 to 1e+06, not %s', compute_vcpu_used),
            'It is how many vCPUs the programs in front of the database use on average.');
    ELSIF NOT coalesce(least(ec2_usd_per_hour, fargate_usd_per_hour) >= 0
                       AND greatest(ec2_usd_per_hour, fargate_usd_per_hour) <= 1e6, true) THEN
        PERFORM acu_internal.raise('22023',
            format('ec2_usd_per_hour and fargate_usd_per_hour must be from 0 to 1e+06, not %s',
                   concat_ws(' and ', ec2_usd_per_hour, fargate_usd_per_hour)),
            'Give USD an hour, or NULL for what is not known.');
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.check_stages(double precision, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.check_stages(double precision, double precision, double precision)
    TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.check_stages(double precision, double precision, double precision) IS
'an error when an argument of acu.stages() is out of range';

CREATE FUNCTION acu.stages(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    compute_vcpu_used double precision DEFAULT NULL,
    ec2_usd_per_hour double precision DEFAULT NULL,
    fargate_usd_per_hour double precision DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    OUT stage int,
    OUT tier text,
    OUT unit text,
    OUT purchased double precision,
    OUT necessary double precision,
    OUT delta double precision,
    OUT score double precision,
    OUT article_score int,
    OUT usd_per_hour double precision,
    OUT reason text,
    OUT way text
) RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.check_stages(compute_vcpu_used, ec2_usd_per_hour, fargate_usd_per_hour);
    -- The prices are the article's: RDS on demand, and Aurora in ap-southeast-2.
    SELECT 1, 'database', 'ACU', o.mean_acu, o.mean_used_acu,
           o.compute_delta, o.score, 10, 0.2718::float8,
           '4 vCPU and 32 GiB, all the time', 'RDS r6a.xlarge'
    FROM acu.outcome(target, since, until, 0.5::float8, 10::float8, interval '300 s',
                     4::float8, 32::float8, background_vcpu, 0::float8) AS o
    UNION ALL
    SELECT 1, 'compute', 'vCPU', 2::float8, c.necessary,
           1 - c.necessary / 2, 10 * (1 - c.necessary / 2), 8, ec2_usd_per_hour,
           CASE WHEN compute_vcpu_used IS NULL THEN
                    'not known: the database does not see it; give compute_vcpu_used'
                ELSE '2 vCPU, of which 20 % are there all the time' END,
           'EC2 t4g.medium'
    FROM (SELECT CASE WHEN compute_vcpu_used IS NOT NULL THEN least(compute_vcpu_used, 2) END) AS c (necessary)
    UNION ALL
    SELECT 2, 'database', 'ACU', o.mean_acu,
           o.mean_used_acu, o.compute_delta, o.score, 4, o.mean_acu * 0.20,
           format('$0.20 an ACU-hour; throttled %s of %s s',
                  round(o.throttled_seconds), round(o.known_seconds)),
           'Aurora Serverless v2, 0.5 to 10 ACU'
    FROM acu.outcome(target, since, until, 0.5::float8, 10::float8, interval '300 s',
                     NULL::float8, NULL::float8, background_vcpu, 0::float8) AS o
    UNION ALL
    SELECT 2, 'compute', 'vCPU', 0.25::float8, c.necessary,
           1 - c.necessary / 0.25, 10 * (1 - c.necessary / 0.25), 5,
           fargate_usd_per_hour,
           CASE WHEN compute_vcpu_used IS NULL THEN
                    'not known: the database does not see it; give compute_vcpu_used'
                WHEN compute_vcpu_used > 0.25 THEN 'too small: more instances are needed'
                ELSE '0.25 vCPU, all the time' END,
           'Fargate 0.25 vCPU'
    FROM (SELECT CASE WHEN compute_vcpu_used IS NOT NULL THEN least(compute_vcpu_used, 0.25) END) AS c (necessary)
$$;
REVOKE EXECUTE ON FUNCTION acu.stages(text, timestamptz, timestamptz, double precision,
    double precision, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.stages(text, timestamptz, timestamptz, double precision,
    double precision, double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.stages(text, timestamptz, timestamptz, double precision,
    double precision, double precision, double precision) IS
'the table of the article "Serverless Upgrade Path in AWS (part 1)", for the load of a target: stage 1 is EC2 and RDS, stage 2 Fargate and Aurora Serverless v2, in ap-southeast-2. tier: database or compute; way: what runs it; unit: of purchased and necessary, ACU or vCPU, means over the known time. delta: the share of the purchased that is not necessary, 0 to 1; score: ten times that; article_score: what the article gave by eye. usd_per_hour: what it costs. reason: what it rests on, or why it is NULL. compute_vcpu_used: vCPUs that the programs in front of the database use on average, which it cannot see; ec2_usd_per_hour, fargate_usd_per_hour: what they cost';

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
REVOKE EXECUTE ON FUNCTION acu_internal.estimate(text, double precision, double precision, double precision,
    double precision, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.estimate(text, double precision, double precision, double precision,
    double precision, double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.estimate(text, double precision, double precision, double precision,
    double precision, double precision, double precision) IS
'acu.aws_estimate() without the costs; vcpu: of the instance class';

CREATE FUNCTION acu_internal.estimate_label(provisioned_usd double precision,
    typical_usd double precision, high_usd double precision) RETURNS text
AS 'MODULE_PATHNAME', 'acu_estimate_label'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION acu_internal.estimate_label(double precision, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu_internal.estimate_label(double precision, double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu_internal.estimate_label(double precision, double precision, double precision) IS
'what AWS''s estimator makes of three costs, in usd of the same time: recommended, consider, more_expensive or not_recommended';

CREATE FUNCTION acu.estimate_saving(provisioned_usd double precision,
    serverless_usd double precision) RETURNS double precision
AS 'MODULE_PATHNAME', 'acu_estimate_saving'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION acu.estimate_saving(double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.estimate_saving(double precision, double precision) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.estimate_saving(double precision, double precision) IS
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
REVOKE EXECUTE ON FUNCTION acu.aws_estimate(text, double precision, double precision, double precision,
    double precision, double precision, double precision, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acu.aws_estimate(text, double precision, double precision, double precision,
    double precision, double precision, double precision, text) TO pg_read_all_stats;
COMMENT ON FUNCTION acu.aws_estimate(text, double precision, double precision, double precision,
    double precision, double precision, double precision, text) IS
'what AWS''s own estimators say of an instance, by percentiles of its CPU (0 to 100): no memory, no lag, no queries; for comparison with acu.options. min_acu to usd_per_month_high, and label: the Aurora toolkit of 2026, working_set_acu only its advice; actual_acu to saving_percent: the migration assessment tool of 2025, the saving in percent of the instance''s price. usd: storage_gib included, NULL without a price in the region. cpu_avg: 0.6 of cpu_p95 by default. connections: how many; working_set_gib: GiB';
