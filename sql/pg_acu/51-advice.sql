-- advice: the ways to run a workload, and which to take.

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
COMMENT ON FUNCTION acu.options IS
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
COMMENT ON FUNCTION acu.advise IS
'which way to run a target: the cheapest that is feasible. advice: in sentences. The columns from option to score: as in acu.options, NULL when nothing suffices. runner_up: the next that is no other range of the same. flips_above, flips_below: the factor, from 1 to 8 or to an eighth, of CPU and connections at which another answer is the cheapest; flips_above_to, flips_below_to: which, NULL when nothing suffices. known_seconds, gap_seconds: of the span. The arguments are those of acu.options';
