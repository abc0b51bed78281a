-- advice: the ways to run a workload, and which to take.

CREATE TYPE acu.option AS (
    option                     text,
    kind                       text,
    instance_class             text,
    min_acu                    double precision,
    max_acu                    double precision,
    mean_acu                   double precision,
    acu_hours                  double precision,
    usd                        numeric,
    usd_per_month              numeric,
    usd_per_month_low          numeric,
    usd_per_month_high         numeric,
    compute_delta              double precision,
    score                      double precision,
    throttled_seconds          double precision,
    longest_backlog_seconds    double precision,
    known_seconds              double precision,
    gap_seconds                double precision,
    lower_bound                boolean,
    feasible                   boolean,
    reason                     text,
    usd_per_month_io_optimized numeric,
    usd_per_month_reserved     numeric,
    break_even_acu             double precision,
    assumptions                text
);
COMMENT ON TYPE acu.option IS
'a way to run a target, a row of acu.options()';
COMMENT ON COLUMN acu.option.option IS 'its name';
COMMENT ON COLUMN acu.option.kind IS 'serverless, aurora, rds, or instance when its price is not known';
COMMENT ON COLUMN acu.option.instance_class IS 'instance class; NULL for serverless';
COMMENT ON COLUMN acu.option.min_acu IS 'minimum of the range, in ACU; NULL for an instance';
COMMENT ON COLUMN acu.option.max_acu IS 'maximum of the range, in ACU; NULL for an instance';
COMMENT ON COLUMN acu.option.mean_acu IS 'ACU of the capacity, on average; of an instance, what it is worth, to 0.001';
COMMENT ON COLUMN acu.option.acu_hours IS 'ACU-hours of the capacity in the known time, to 0.01';
COMMENT ON COLUMN acu.option.usd IS 'US dollars for the known time, to a hundredth of a cent; NULL without a price, as in all columns of US dollars';
COMMENT ON COLUMN acu.option.usd_per_month IS 'US dollars for 730 hours like the known time, to the cent';
COMMENT ON COLUMN acu.option.usd_per_month_low IS
'usd_per_month by the set of constants that tends to the lower bill, to the cent; NULL when the option does not suffice';
COMMENT ON COLUMN acu.option.usd_per_month_high IS
'usd_per_month by the set of constants that tends to the higher bill, to the cent; NULL when the option does not suffice';
COMMENT ON COLUMN acu.option.compute_delta IS 'share (0 to 1) of the capacity that nobody needed, to 0.001; NULL without capacity';
COMMENT ON COLUMN acu.option.score IS 'ten times compute_delta, to 0.01';
COMMENT ON COLUMN acu.option.throttled_seconds IS 'seconds in which the need was above the capacity, or work waited, to the millisecond';
COMMENT ON COLUMN acu.option.longest_backlog_seconds IS 'longest time for which work waited at a stretch, in seconds, to the millisecond';
COMMENT ON COLUMN acu.option.known_seconds IS 'seconds of the span that samples cover, to the millisecond';
COMMENT ON COLUMN acu.option.gap_seconds IS 'seconds of the span without samples, to the millisecond';
COMMENT ON COLUMN acu.option.lower_bound IS 'whether the load may have wanted more than it got';
COMMENT ON COLUMN acu.option.feasible IS 'whether it suffices: within the limits, with enough memory and connections';
COMMENT ON COLUMN acu.option.reason IS 'why, or why not';
COMMENT ON COLUMN acu.option.usd_per_month_io_optimized IS 'usd_per_month with the storage I/O-Optimized, to the cent; NULL when not known';
COMMENT ON COLUMN acu.option.usd_per_month_reserved IS 'usd_per_month when reserved for a year, to the cent; NULL when not known';
COMMENT ON COLUMN acu.option.break_even_acu IS 'mean ACU at which serverless costs as much as this instance, to 0.001; NULL for serverless';
COMMENT ON COLUMN acu.option.assumptions IS 'assumptions that were made for the user, in words';

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
    pause_after interval DEFAULT '300 s'
) RETURNS SETOF acu.option
AS 'MODULE_PATHNAME', 'acu_options'
LANGUAGE C STABLE PARALLEL SAFE ROWS 300 COST 100000
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu.options IS
'ways to run a target: ranges of Aurora Serverless v2, and all instance classes; those that suffice first, the cheapest first. max_throttled_share (0 to 1, of the known time) and max_backlog_seconds: limits of what suffices. storage_gib (GiB) and million_requests (million I/O requests a month): storage that is added to the prices when given';

CREATE TYPE acu.advice AS (
    advice                  text,
    option                  text,
    kind                    text,
    instance_class          text,
    min_acu                 double precision,
    max_acu                 double precision,
    usd_per_month           numeric,
    usd_per_month_low       numeric,
    usd_per_month_high      numeric,
    compute_delta           double precision,
    score                   double precision,
    runner_up               text,
    runner_up_usd_per_month numeric,
    flips_above             double precision,
    flips_above_to          text,
    flips_below             double precision,
    flips_below_to          text,
    lower_bound             boolean,
    known_seconds           double precision,
    gap_seconds             double precision,
    assumptions             text
);
COMMENT ON TYPE acu.advice IS
'which way to run a target, the row of acu.advise(). The columns from option to score are NULL when no option suffices';
COMMENT ON COLUMN acu.advice.advice IS 'the advice, in sentences';
COMMENT ON COLUMN acu.advice.option IS 'the option to take';
COMMENT ON COLUMN acu.advice.kind IS 'its kind, as in acu.options()';
COMMENT ON COLUMN acu.advice.instance_class IS 'its instance class; NULL for serverless';
COMMENT ON COLUMN acu.advice.min_acu IS 'minimum of its range, in ACU; NULL for an instance';
COMMENT ON COLUMN acu.advice.max_acu IS 'maximum of its range, in ACU; NULL for an instance';
COMMENT ON COLUMN acu.advice.usd_per_month IS 'US dollars for 730 hours like the known time, to the cent';
COMMENT ON COLUMN acu.advice.usd_per_month_low IS 'usd_per_month by the set of constants that tends to the lower bill, to the cent';
COMMENT ON COLUMN acu.advice.usd_per_month_high IS 'usd_per_month by the set of constants that tends to the higher bill, to the cent';
COMMENT ON COLUMN acu.advice.compute_delta IS 'share (0 to 1) of its capacity that nobody needed, to 0.001';
COMMENT ON COLUMN acu.advice.score IS 'ten times compute_delta, to 0.01';
COMMENT ON COLUMN acu.advice.runner_up IS 'best option of another kind or size; NULL when there is none';
COMMENT ON COLUMN acu.advice.runner_up_usd_per_month IS 'US dollars of the runner-up for 730 hours, to the cent';
COMMENT ON COLUMN acu.advice.flips_above IS
'factor (above 1, up to 8) of CPU and connections from which another option is the cheapest, found to 3 %; NULL when none is';
COMMENT ON COLUMN acu.advice.flips_above_to IS 'that option; NULL when none suffices';
COMMENT ON COLUMN acu.advice.flips_below IS
'factor (below 1, down to an eighth) of CPU and connections below which another option is the cheapest, found to 3 %; NULL when none is';
COMMENT ON COLUMN acu.advice.flips_below_to IS 'that option; NULL when none suffices';
COMMENT ON COLUMN acu.advice.lower_bound IS 'whether the load may have wanted more than it got';
COMMENT ON COLUMN acu.advice.known_seconds IS 'seconds of the span that samples cover, to the millisecond';
COMMENT ON COLUMN acu.advice.gap_seconds IS 'seconds of the span without samples, to the millisecond';
COMMENT ON COLUMN acu.advice.assumptions IS 'assumptions that were made for the user, in words';

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
    pause_after interval DEFAULT '300 s'
) RETURNS SETOF acu.advice
AS 'MODULE_PATHNAME', 'acu_advise'
LANGUAGE C STABLE PARALLEL SAFE ROWS 1 COST 1000000
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu.advise IS
'which way to run a target: the cheapest that suffices. The arguments are those of acu.options()';
