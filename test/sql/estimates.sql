-- AWS's own estimators, beside the examples of AWS's tools, which capacity.sql has.

-- A session that has not loaded the library, and so has no setting pg_acu.region.
\c -
SELECT typical_acu, usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72);
\echo :LAST_ERROR_SQLSTATE
SET pg_acu.region = 'ap-southeast-2';
SELECT usd_per_month, provisioned_usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72);
SELECT usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, region => 'us-east-1');
RESET pg_acu.region;

-- Savings by the migration tool: its own examples, and an instance.
SELECT acu.estimate_saving(16.20, 4.00), acu.estimate_saving(275.928, 3.92), acu.estimate_saving(6.96, 4.32),
       acu.estimate_saving(0, 1) AS nothing;
SELECT adjusted_usd_per_hour, saving_percent FROM acu.aws_estimate('db.r5.xlarge', 6, 22.7);
SELECT adjusted_usd_per_hour, saving_percent FROM acu.aws_estimate('db.r5.xlarge', 6, 22.7, region => 'eu-west-1');

-- Impossible arguments.
SELECT * FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, storage_gib => 'NaN');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, storage_gib => 'Infinity');
SELECT * FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, storage_gib => -1);
SELECT usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, storage_gib => 0);
SELECT * FROM acu.aws_estimate('db.r6g.xlarge', 72, 35);
SELECT * FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, 80);
SELECT * FROM acu_internal.estimate('db.r6g.xlarge', 0, 35, 72, NULL, NULL, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu_internal.estimate('db.r6g.xlarge', 'NaN', 35, 72, NULL, NULL, NULL);
SELECT * FROM acu_internal.estimate('db.r6g.xlarge', 'Infinity', 35, 72, NULL, NULL, NULL);
SELECT * FROM acu_internal.estimate('db.r6g.xlarge', NULL, 35, 72, NULL, NULL, NULL);
SELECT * FROM acu_internal.estimate('db.r6g.xlarge', 4, 'NaN', 72, NULL, NULL, NULL);
-- Nothing is 0, and not -0.
SELECT * FROM acu_internal.estimate('db.r6g.xlarge', 4, 0, 0, 0, 0, 0);
