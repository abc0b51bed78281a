-- bill: what each query costs.

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
COMMENT ON FUNCTION acu_internal.bill IS
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
COMMENT ON FUNCTION acu.query_cost IS
'the bill of Aurora Serverless v2 within a range of ACU, by query; the parts are the bill, exactly. part: query; background (processes that work for no client, Aurora''s own included); connections, floor (what they alone asked for); held (capacity that nobody needed); unattributed (need that no query explains). cpu_seconds: estimated. acu_hours, usd: its part. usd_per_million_calls: usd for a million calls. NULL without a price in the region';
