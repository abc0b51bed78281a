-- AWS's own estimators, beside the examples of AWS's tools, which capacity.sql has.
\set SHOW_CONTEXT never

-- A session that has not loaded the library, and so has no setting pg_acu.region.
-- (estimates_1.out is for those who may not ask.)
\c -
SELECT typical_acu, usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72);
\echo :LAST_ERROR_SQLSTATE
SELECT NOT rolsuper AS ordinary FROM pg_roles WHERE rolname = current_user \gset
\if :ordinary
\quit
\endif
SET pg_acu.region = 'ap-southeast-2';
SELECT usd_per_month, provisioned_usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72);
SELECT usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72, region => 'us-east-1');
RESET pg_acu.region;
