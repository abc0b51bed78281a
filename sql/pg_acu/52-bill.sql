-- bill: what each query costs.

CREATE TYPE acu_internal.bill_part AS (
    part        text,
    userid      oid,
    dbid        oid,
    queryid     bigint,
    calls       bigint,
    cpu_seconds double precision,
    acu_hours   double precision,
    nano_usd    bigint
);
COMMENT ON TYPE acu_internal.bill_part IS
'a part of the bill, without names and texts';
COMMENT ON COLUMN acu_internal.bill_part.part IS 'query, background, connections, floor, held or unattributed';
COMMENT ON COLUMN acu_internal.bill_part.userid IS 'OID of the role; NULL in rows of no single query';
COMMENT ON COLUMN acu_internal.bill_part.dbid IS 'OID of the database; NULL in rows of no single query';
COMMENT ON COLUMN acu_internal.bill_part.queryid IS 'hash of the normalised statement; NULL in rows of no single query';
COMMENT ON COLUMN acu_internal.bill_part.calls IS 'calls that ended; NULL in rows of no query';
COMMENT ON COLUMN acu_internal.bill_part.cpu_seconds IS 'CPU-seconds, estimated, to the millisecond; NULL in rows without CPU';
COMMENT ON COLUMN acu_internal.bill_part.acu_hours IS 'ACU-hours of the part, to a millionth';
COMMENT ON COLUMN acu_internal.bill_part.nano_usd IS 'billionths of a US dollar for the part; NULL without a price';

CREATE FUNCTION acu_internal.bill(
    target text,
    since timestamptz,
    until timestamptz,
    min_acu double precision,
    max_acu double precision,
    pause_after interval,
    region text,
    background_vcpu double precision,
    floor_acu double precision
) RETURNS SETOF acu_internal.bill_part
AS 'MODULE_PATHNAME', 'acu_bill'
LANGUAGE C STABLE PARALLEL SAFE ROWS 500 COST 100000
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION acu_internal.bill IS
'acu.query_cost() without names and texts';

CREATE TYPE acu.cost_part AS (
    part                  text,
    queryid               bigint,
    query                 text,
    calls                 bigint,
    cpu_seconds           double precision,
    acu_hours             double precision,
    usd                   numeric,
    usd_per_million_calls numeric,
    user_name             text,
    database_name         text
);
COMMENT ON TYPE acu.cost_part IS
'a part of the bill, a row of acu.query_cost()';
COMMENT ON COLUMN acu.cost_part.part IS
'query; background (processes that work for no client, Aurora''s own included); connections, floor (capacity that they alone asked for); held (capacity that nobody needed); unattributed (need that no query explains)';
COMMENT ON COLUMN acu.cost_part.queryid IS 'hash of the normalised statement; NULL in rows of no single query';
COMMENT ON COLUMN acu.cost_part.query IS 'text, with constants as $1, $2 and so on; NULL in rows of no query, or when not kept';
COMMENT ON COLUMN acu.cost_part.calls IS 'calls that ended; NULL in rows of no query';
COMMENT ON COLUMN acu.cost_part.cpu_seconds IS 'CPU-seconds, estimated, to the millisecond; NULL in rows without CPU';
COMMENT ON COLUMN acu.cost_part.acu_hours IS 'ACU-hours of the part, to a millionth';
COMMENT ON COLUMN acu.cost_part.usd IS 'US dollars for the part, to the billionth; NULL without a price in the region';
COMMENT ON COLUMN acu.cost_part.usd_per_million_calls IS 'US dollars for a million calls, to a millionth; NULL without calls or a price';
COMMENT ON COLUMN acu.cost_part.user_name IS
'role that ran it; NULL in rows of no single query, or when it is not known any more';
COMMENT ON COLUMN acu.cost_part.database_name IS 'database that it ran in; NULL as user_name is';

CREATE FUNCTION acu.query_cost(
    target text DEFAULT 'local',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    min_acu double precision DEFAULT 0.5,
    max_acu double precision DEFAULT 10,
    pause_after interval DEFAULT '300 s',
    region text DEFAULT NULL,
    background_vcpu double precision DEFAULT NULL,
    floor_acu double precision DEFAULT 0
) RETURNS SETOF acu.cost_part
LANGUAGE sql STABLE PARALLEL SAFE ROWS 500 COST 100000
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
'bill of Aurora Serverless v2 within a range of ACU, by query; the parts sum to the bill, exactly';
