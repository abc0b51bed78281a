-- Refusals for a user without any right in the extension; "api" has what anybody may do.
-- Run as the owner of a database who is not the owner of the extension.
\set SHOW_CONTEXT never
SELECT rolsuper FROM pg_roles WHERE rolname = current_user;

-- The routes are public; the owner of the extension changes them.
SELECT method, path FROM acu.route WHERE builtin ORDER BY path COLLATE "C";
SELECT method, path, trouble FROM acu.route_info WHERE builtin ORDER BY path COLLATE "C";
SELECT acu.add_route('GET', '/denied', 'pg_catalog.version()');
SELECT acu.drop_route('GET', '/time');

-- Statements of other users, samples and reports are for members of pg_read_all_stats.
SELECT * FROM acu.statement_load;
SELECT * FROM acu.load_now();
SELECT acu.query_text(0, 0, 0, true);
SELECT * FROM acu.load();
SELECT * FROM acu.top_queries();
SELECT acu.workload();
SELECT state FROM acu.sampler_status();
SELECT count(*) FROM acu.sample;
SELECT * FROM acu_internal.buckets('2026-01-01', '2026-01-02', '1 day');

-- So are the model and its answers.
SELECT * FROM acu.demand('nowhere');
SELECT * FROM acu.simulate(since => '2000-01-02', until => '2000-01-01');
SELECT * FROM acu.options('local', '2000-01-01', '2000-01-02');
SELECT acu.advise();
SELECT name, unit, low, likely, high FROM acu.constants();
SELECT typical_acu, usd_per_month FROM acu.aws_estimate('db.r6g.xlarge', 35, 72);
SELECT * FROM acu.current_price;
SELECT acu_internal.check_region('us-east-1');

-- Writing takes more than that.
SELECT acu.take_sample();
INSERT INTO acu.sample (target_id, at, seconds) VALUES (1, '2001-01-01', 60);
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 2}');
SELECT acu.import_cloudwatch('shop', '{}');
SELECT acu.drop_target('local');
SELECT acu.set_price('us-east-1', 'db.serverless', 0.11);
SELECT acu.set_instance_class('db.r6g.large', 2, 16);
