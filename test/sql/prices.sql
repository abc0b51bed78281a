-- Prices and sizes: what comes along, what users add, what is refused.

-- The prices may be somebody's: they are as before in the end.
SET datestyle = 'ISO';
\set ON_ERROR_ROLLBACK on
BEGIN;

-- As in the lists.
SELECT platform, pricing, deployment, count(*) AS prices, count(DISTINCT region) AS regions
FROM acu.price WHERE builtin GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT count(*) AS classes FROM acu.instance_class WHERE builtin;
SELECT item, pricing, usd, usd_io_optimized, as_of FROM acu.current_price
WHERE platform = 'aurora' AND region = 'us-east-1'
    AND item IN ('db.serverless', 'storage', 'io', 'db.r6g.large', 'db.r8g.xlarge')
ORDER BY item, pricing;
SELECT deployment, item, usd FROM acu.current_price
WHERE platform = 'rds' AND item IN ('db.m6g.xlarge', 'db.r6g.xlarge', 'db.t4g.micro')
ORDER BY item, deployment;
SELECT instance_class, vcpu, memory_gib FROM acu.current_instance_class
WHERE instance_class IN ('db.r6g.xlarge', 'db.t4g.medium', 'db.m5.large') ORDER BY 1;
-- Two prices in the list: the one that other sizes go with is used.
SELECT item, usd, usd_io_optimized FROM acu.price
WHERE region = 'ap-east-2' AND item IN ('db.r6g.large', 'db.r6g.2xlarge', 'db.r7g.16xlarge')
ORDER BY usd;
-- A price that nobody published is not made up.
SELECT count(*) AS r6a FROM acu.price WHERE item LIKE 'db.r6a.%';
SELECT count(*) AS rds_r_single FROM acu.price
WHERE platform = 'rds' AND deployment = 'single_az' AND item LIKE 'db.r%';
SELECT item FROM acu.price WHERE region = 'eu-central-1';

-- A user's row wins, and is taken back.
SELECT acu.set_price('us-east-1', 'db.serverless', 0.11, 0.15);
SELECT acu.set_price('us-east-1', 'db.serverless', 0.10);
SELECT usd, usd_io_optimized, source, as_of = current_date AS today, builtin
FROM acu.current_price WHERE item = 'db.serverless' AND region = 'us-east-1';
SELECT usd, builtin FROM acu.price WHERE item = 'db.serverless' AND region = 'us-east-1' ORDER BY usd;
SELECT acu.set_price('us-east-1', 'db.serverless', NULL);
SELECT acu.set_price('us-east-1', 'db.serverless', NULL);
SELECT usd, usd_io_optimized, builtin FROM acu.current_price
WHERE item = 'db.serverless' AND region = 'us-east-1';
SELECT acu.set_price('eu-central-1', 'db.r6g.large', 0.25, platform => 'rds',
                     pricing => 'reserved_1y', deployment => 'multi_az');
SELECT platform, pricing, deployment, item, region, usd, builtin FROM acu.current_price
WHERE region = 'eu-central-1' ORDER BY item;
SELECT acu.set_price('eu-central-1', 'db.r6g.large', NULL, NULL, 'rds', 'reserved_1y', 'multi_az');
SELECT acu.set_price('us-east-1', 'io', 0.22, 0);
SELECT acu.set_price('us-east-1', 'io', NULL);
-- A class without a size is told of.
SELECT acu.set_price('us-east-1', 'db.r6a.xlarge', 0.5);
SELECT acu.set_instance_class('db.r6a.xlarge', 4, 32);
SELECT acu.set_price('us-east-1', 'db.r6a.xlarge', 0.5);
SELECT acu.set_price('us-east-1', 'db.r6a.xlarge', NULL);
SELECT acu.set_instance_class('db.r6a.xlarge', 4, 31.5);
SELECT * FROM acu.current_instance_class WHERE instance_class = 'db.r6a.xlarge';
SELECT acu.set_instance_class('db.r6a.xlarge', NULL, NULL);
SELECT acu.set_instance_class('db.r6g.large', 3, 17);
SELECT * FROM acu.current_instance_class WHERE instance_class = 'db.r6g.large';
SELECT acu.set_instance_class('db.r6g.large', NULL, NULL);
SELECT count(*) AS users FROM acu.price WHERE NOT builtin;
SELECT count(*) AS users FROM acu.instance_class WHERE NOT builtin;

-- Refused.
SELECT acu.set_price('US East', 'db.serverless', 0.1);
\echo :LAST_ERROR_SQLSTATE
SELECT acu.set_price(NULL, 'db.serverless', 0.1);
SELECT acu.set_price('us-east-1', 'r6g.large', 0.1);
SELECT acu.set_price('us-east-1', NULL, 0.1);
SELECT acu.set_price('us-east-1', 'db.serverless', 0);
SELECT acu.set_price('us-east-1', 'db.serverless', -0.1);
SELECT acu.set_price('us-east-1', 'db.serverless', 'NaN');
-- PostgreSQL 13 has no infinite numeric and refuses it with a message of its own.
DO $$
BEGIN
    PERFORM acu.set_price('us-east-1', 'db.serverless', 'Infinity');
    RAISE 'it was accepted';
EXCEPTION WHEN OTHERS THEN
    IF SQLERRM !~ 'Infinity' THEN
        RAISE;
    END IF;
END
$$;
SELECT acu.set_price('us-east-1', 'db.serverless', 0.1, 0);
SELECT acu.set_price('us-east-1', 'io', 0.1, -1);
SELECT acu.set_price('us-east-1', 'db.serverless', NULL, 0.1);
SELECT acu.set_price('us-east-1', 'db.serverless', 0.1, platform => 'azure');
SELECT acu.set_price('us-east-1', 'db.serverless', 0.1, platform => 'rds');
SELECT acu.set_price('us-east-1', 'db.r6g.large', 0.1, 0.2, platform => 'rds');
SELECT acu.set_price('us-east-1', 'db.r6g.large', 0.1, pricing => 'spot');
SELECT acu.set_price('us-east-1', 'db.r6g.large', 0.1, deployment => 'multi_az');
SELECT acu.set_price('us-east-1', 'db.r6g.large', 0.1, deployment => NULL);
SELECT acu.set_instance_class('r6a', 4, 32);
\echo :LAST_ERROR_SQLSTATE
SELECT acu.set_instance_class('db.r6a.xlarge', 0, 32);
SELECT acu.set_instance_class('db.r6a.xlarge', 'NaN', 32);
SELECT acu.set_instance_class('db.r6a.xlarge', 4, 'Infinity');
SELECT acu.set_instance_class('db.r6a.xlarge', 4, NULL);
-- Nor by hand.
\set VERBOSITY terse
INSERT INTO acu.price (platform, pricing, deployment, item, region, usd)
VALUES ('aurora', 'on_demand', 'single_az', 'io', 'us-east-1', 'NaN');
INSERT INTO acu.price (platform, pricing, deployment, item, region, usd, usd_io_optimized)
VALUES ('rds', 'on_demand', 'single_az', 'db.r6g.large', 'us-east-1', 1, 1);
INSERT INTO acu.instance_class (instance_class, vcpu, memory_gib) VALUES ('db.x1.large', 'NaN', 1);
\set VERBOSITY default

-- Near names, and the setting.
SELECT acu_internal.check_region('eu-west-1'), acu_internal.check_region(NULL);
SET pg_acu.region = 'us-west-2';
SELECT acu_internal.check_region(NULL);
SET pg_acu.region = 'us-wst-2';
SELECT acu_internal.check_region(NULL);
\echo :LAST_ERROR_SQLSTATE
RESET pg_acu.region;
SELECT acu_internal.check_region('Frankfurt');
SELECT acu_internal.check_region('');
SELECT acu_internal.check_instance_class('db.r6g.large');
SELECT acu_internal.check_instance_class('db.r6g.lrage');
\echo :LAST_ERROR_SQLSTATE
SELECT acu_internal.check_instance_class('r6a.xlarge');
SELECT acu_internal.check_instance_class(NULL);
SELECT acu_internal.did_you_mean('us-east1', ARRAY['us-east-1', 'us-east-2', 'us-west-1', 'eu-north-1']),
       acu_internal.did_you_mean('US-EAST-2', ARRAY['us-east-1', 'us-east-2']) AS letter_case,
       acu_internal.did_you_mean('us-east-9', ARRAY['us-west-1', 'us-east-3', 'us-east-2', 'us-east-1', NULL]) AS nearest,
       acu_internal.did_you_mean('', ARRAY['us-east-1']) AS nothing,
       acu_internal.did_you_mean(repeat('x', 100000), ARRAY['us-east-1', 'x', '']) AS long,
       acu_internal.did_you_mean('xxxxxx', ARRAY[repeat('x', 100000)]) AS long_name,
       acu_internal.did_you_mean('us-east-1', '{}') AS no_names,
       acu_internal.did_you_mean('us-east-1', NULL) AS not_given;

-- A class of which only the price is known is among the options, and no choice until its size is told.
SELECT acu.import_series('shop', '{2026-01-01 00:05, 2026-01-01 00:10}', '{1, 1}');
SELECT option, mean_acu, acu_hours, usd_per_month, compute_delta, throttled_seconds, feasible, reason
FROM acu.options('shop', region => 'us-east-2') WHERE instance_class = 'db.r5d.12xlarge' ORDER BY option;
SELECT acu.set_instance_class('db.r5d.12xlarge', 48, 384);
SELECT option, mean_acu, feasible FROM acu.options('shop', region => 'us-east-2')
WHERE instance_class = 'db.r5d.12xlarge' ORDER BY option;
SELECT (SELECT count(*) FROM acu.options('shop', region => 'us-east-2') WHERE kind IN ('aurora', 'rds'))
       = (SELECT count(*) FROM acu.current_price
          WHERE region = 'us-east-2' AND pricing = 'on_demand' AND item LIKE 'db.%.%') AS every_price;
ROLLBACK;
