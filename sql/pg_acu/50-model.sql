-- model: the capacity that a workload needs, and how Aurora would follow it.
--
-- The model is in the library (src/model, src/capacity); docs/model.md explains it. NULL
-- for region is pg_acu.region, for background_vcpu what fits the target: 0.15 for this
-- server, 0 for an imported one, whose CPU is that of a managed server.

CREATE TYPE acu.constant AS (
    name   text,
    unit   text,
    low    double precision,
    likely double precision,
    high   double precision,
    source text
);
COMMENT ON TYPE acu.constant IS
'a constant of the model, a row of acu.constants()';
COMMENT ON COLUMN acu.constant.name IS 'its name';
COMMENT ON COLUMN acu.constant.unit IS 'unit of the three values';
COMMENT ON COLUMN acu.constant.low IS 'value in the set that tends to the lower bill';
COMMENT ON COLUMN acu.constant.likely IS 'value in the likely set';
COMMENT ON COLUMN acu.constant.high IS 'value in the set that tends to the higher bill';
COMMENT ON COLUMN acu.constant.source IS 'source of the values';

CREATE FUNCTION acu.constants() RETURNS SETOF acu.constant
AS 'MODULE_PATHNAME', 'acu_constants'
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 17;
COMMENT ON FUNCTION acu.constants IS
'constants of the model';

CREATE TYPE acu.sample_demand AS (
    at             timestamptz,
    seconds        double precision,
    cpu_acu        double precision,
    memory_acu     double precision,
    connection_acu double precision,
    need_acu       double precision,
    target_acu     double precision,
    driver         text
);
COMMENT ON TYPE acu.sample_demand IS
'the capacity that a sample needs, a row of acu.demand()';
COMMENT ON COLUMN acu.sample_demand.at IS 'start of the interval';
COMMENT ON COLUMN acu.sample_demand.seconds IS 'its length, in seconds';
COMMENT ON COLUMN acu.sample_demand.cpu_acu IS 'ACU for the CPU, to 0.001; NULL when not known';
COMMENT ON COLUMN acu.sample_demand.memory_acu IS 'ACU for the memory, to 0.001; NULL when not known';
COMMENT ON COLUMN acu.sample_demand.connection_acu IS 'ACU for the connections, to 0.001; NULL when not known';
COMMENT ON COLUMN acu.sample_demand.need_acu IS 'ACU that the work needs, a multiple of 0.5';
COMMENT ON COLUMN acu.sample_demand.target_acu IS 'ACU that Aurora would aim at, with its headroom and floor_acu';
COMMENT ON COLUMN acu.sample_demand.driver IS 'cpu, memory, connections or floor: what makes the need';

CREATE FUNCTION acu.demand(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0
) RETURNS SETOF acu.sample_demand
AS 'MODULE_PATHNAME', 'acu_demand'
LANGUAGE C STABLE PARALLEL SAFE ROWS 10000 COST 10000
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu.demand IS
'capacity that each sample of a target needs. background_vcpu: vCPU of Aurora''s own background. floor_acu: least that Aurora aims at, in ACU: AWS recommends 2 for Performance Insights, 8 for a global database';

CREATE TYPE acu.simulated_sample AS (
    at                timestamptz,
    seconds           double precision,
    need_acu          double precision,
    capacity_acu      double precision,
    throttled_seconds double precision,
    backlog_seconds   double precision,
    usd               numeric
);
COMMENT ON TYPE acu.simulated_sample IS
'the capacity that would follow a sample, a row of acu.simulate()';
COMMENT ON COLUMN acu.simulated_sample.at IS 'start of the interval';
COMMENT ON COLUMN acu.simulated_sample.seconds IS 'its length, in seconds';
COMMENT ON COLUMN acu.simulated_sample.need_acu IS 'ACU that the work needs';
COMMENT ON COLUMN acu.simulated_sample.capacity_acu IS 'ACU of the capacity, on average, to 0.001';
COMMENT ON COLUMN acu.simulated_sample.throttled_seconds IS 'seconds in which the need was above the capacity, or work waited, to the millisecond';
COMMENT ON COLUMN acu.simulated_sample.backlog_seconds IS 'seconds in which work waited, to the millisecond';
COMMENT ON COLUMN acu.simulated_sample.usd IS 'US dollars for the capacity, to the billionth; NULL without a price in the region';

CREATE FUNCTION acu.simulate(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    min_acu double precision DEFAULT 0.5,
    max_acu double precision DEFAULT 10,
    pause_after interval DEFAULT '300 s',
    region text DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0
) RETURNS SETOF acu.simulated_sample
AS 'MODULE_PATHNAME', 'acu_simulate'
LANGUAGE C STABLE PARALLEL SAFE ROWS 10000 COST 20000
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu.simulate IS
'capacity of an Aurora Serverless v2 that follows a target within a range of ACU, by default that of the article. A minimum of 0 pauses after pause_after without connections';

CREATE TYPE acu.simulation_summary AS (
    known_seconds           double precision,
    mean_acu                double precision,
    mean_used_acu           double precision,
    compute_delta           double precision,
    score                   double precision,
    throttled_seconds       double precision,
    longest_backlog_seconds double precision,
    paused_seconds          double precision
);
COMMENT ON TYPE acu.simulation_summary IS
'the sums of a simulation, the row of acu.outcome()';
COMMENT ON COLUMN acu.simulation_summary.known_seconds IS 'seconds of the load, to the millisecond';
COMMENT ON COLUMN acu.simulation_summary.mean_acu IS 'ACU of the capacity, on average, to 0.001';
COMMENT ON COLUMN acu.simulation_summary.mean_used_acu IS 'ACU of it that the work needed, on average, to 0.001';
COMMENT ON COLUMN acu.simulation_summary.compute_delta IS
'share (0 to 1) of the capacity that nobody needed, to 0.001; NULL without capacity';
COMMENT ON COLUMN acu.simulation_summary.score IS 'ten times compute_delta, to 0.01';
COMMENT ON COLUMN acu.simulation_summary.throttled_seconds IS 'seconds in which the need was above the capacity, or work waited, to the millisecond';
COMMENT ON COLUMN acu.simulation_summary.longest_backlog_seconds IS 'longest time for which work waited at a stretch, in seconds, to the millisecond';
COMMENT ON COLUMN acu.simulation_summary.paused_seconds IS 'seconds at 0 ACU, to the millisecond';

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
    floor_acu double precision DEFAULT 0
) RETURNS SETOF acu.simulation_summary
AS 'MODULE_PATHNAME', 'acu_outcome'
LANGUAGE C STABLE PARALLEL SAFE ROWS 1 COST 20000
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu.outcome IS
'sums of a simulation: of a range of ACU for the load of a target, or of an instance when its vcpu and memory_gib are given';
