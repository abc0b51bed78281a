-- model: the capacity that a workload needs, and how Aurora would follow it.
--
-- The model is in the library (src/model, src/capacity); docs/model.md explains it. NULL
-- for region is pg_acu.region, for background_vcpu what fits the target: 0.15 for this
-- server, 0 for an imported one, whose CPU is that of a managed server.

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
COMMENT ON FUNCTION acu.constants IS
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
COMMENT ON FUNCTION acu.demand IS
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
COMMENT ON FUNCTION acu.simulate IS
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
COMMENT ON FUNCTION acu.outcome IS
'what a range of ACU does with the load of a target, or an instance when its vcpu and memory_gib are given. known_seconds: of the load. mean_acu: of the capacity; mean_used_acu: of it, what the work needed. compute_delta: the share that nobody needed, 0 to 1; score: ten times that. throttled_seconds: the need was above the capacity, or work waited. longest_backlog_seconds: for which work waited at a stretch. paused_seconds: at 0 ACU';
