-- Two weeks of two real RDS instances, as somebody would ask about them. Which
-- instances they were is not known: taken as ones of 4 vCPU.
SET timezone = 'UTC';
\set ON_ERROR_ROLLBACK on
BEGIN;
CREATE FUNCTION load_series(target text, csv text) RETURNS bigint LANGUAGE sql AS $$
    SELECT acu.import_series(target, array_agg(split_part(line, ',', 1)::timestamptz ORDER BY n),
                             array_agg(split_part(line, ',', 2)::float8 / 100 * 4 ORDER BY n), vcpus => 4)
    FROM unnest(string_to_array(csv, E'\n')) WITH ORDINALITY AS lines (line, n)
$$;
\set csv `sed -n '2,$p' data/traces/nab_rds_cpu_utilization_e47b3b.csv`
SELECT load_series('busy', :'csv');
\set csv `sed -n '2,$p' data/traces/nab_rds_cpu_utilization_cc0c53.csv`
SELECT load_series('calm', :'csv');

SELECT option, round(mean_acu::numeric, 2) AS mean_acu, round(usd_per_month::numeric, 2) AS month, round(usd_per_month_low::numeric, 2) AS low,
       round(usd_per_month_high::numeric, 2) AS high, round(score::numeric, 1) AS score, feasible, reason
FROM acu.options('busy') LIMIT 24;
SELECT advice FROM acu.advise('busy');
SELECT assumptions FROM acu.advise('busy');
SELECT option, round(mean_acu::numeric, 2) AS mean_acu, round(usd_per_month::numeric, 2) AS month, round(usd_per_month_low::numeric, 2) AS low,
       round(usd_per_month_high::numeric, 2) AS high, round(score::numeric, 1) AS score, feasible, reason
FROM acu.options('calm') LIMIT 24;
SELECT advice FROM acu.advise('calm');
-- Where it is dearer.
SELECT advice FROM acu.advise('calm', region => 'ap-southeast-2');
-- Where no instance has a price.
SELECT advice FROM acu.advise('calm', region => 'eu-west-1');
SELECT stage, tier, round(purchased::numeric, 2) AS purchased, round(necessary::numeric, 2) AS necessary,
       round(score::numeric, 1) AS score, article_score AS article, round(usd_per_hour::numeric, 4) AS usd
FROM acu.stages('calm') WHERE tier = 'database';
ROLLBACK;
