-- Histories of other servers.
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- Somebody's histories are as before in the end.
\set ON_ERROR_ROLLBACK on
BEGIN;

CREATE VIEW imported AS
SELECT t.name, s.at, s.seconds, s.cpu_seconds, s.cpu_source AS source, s.vcpus, s.connections AS conns,
       s.buffers_hot_bytes AS hot, s.buffers_used_bytes AS used, s.saturated AS sat
FROM acu.sample AS s JOIN acu.target AS t ON t.id = s.target_id
WHERE t.kind = 'import' ORDER BY t.name, s.at;

-- A series: the first interval is as long as the shortest, one after a gap too.
SELECT acu.import_series(
    'shop',
    '{2026-01-01 00:05, 2026-01-01 00:10, 2026-01-01 00:25, 2026-01-01 01:00}',
    '{1, 3.96, NULL, 0}', '{1e9, NULL, 0, 2000000000}', '{10, 20, NULL, 0}', 4);
TABLE imported;
SELECT kind, builtin FROM acu.target WHERE name = 'shop';
-- Again, over a part of it: what is there overlaps, and goes.
SELECT acu.import_series('shop', '{2026-01-01 00:12, 2026-01-01 00:14}', '{2, 2}');
SELECT at, seconds, cpu_seconds, vcpus, conns, hot, sat FROM imported;
-- Intervals that only touch the new ones stay.
SELECT acu.import_series('shop', '{2026-01-01 00:16, 2026-01-01 00:18}', '{2, 2}');
SELECT at, seconds FROM imported;
-- Arrays that do not begin at 1 are the same, and again take the place of what is there.
SELECT acu.import_series('shop', '[0:1]={2026-01-01 00:16, 2026-01-01 00:18}', '[5:6]={3, 2}');
SELECT acu.import_series('shop', '[0:1]={2026-01-01 00:16, 2026-01-01 00:18}', '{1, 2}', '[-1:0]={7, NULL}');
SELECT at, seconds, cpu_seconds, hot FROM imported;
-- Another target is another history.
SELECT acu.import_series('other', '{2026-01-01 00:16, 2026-01-01 00:18}', '{1, 1}');
SELECT name, count(*) FROM imported GROUP BY name ORDER BY name;
SELECT at, seconds, vcpu_used FROM acu.load('other', NULL, NULL, '4 minutes');

-- A notice says that nothing is known of the statements of an import.
SELECT * FROM acu.top_queries('other');
SELECT part, calls FROM acu.query_cost('other', max_acu => 8);

-- Refused, and nothing is changed.
SELECT acu.import_series(NULL, '{2026-01-01, 2026-01-02}', '{1, 1}');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_series('', '{2026-01-01, 2026-01-02}', '{1, 1}');
SELECT acu.import_series('local', '{2026-01-01, 2026-01-02}', '{1, 1}');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_series('shop', NULL, '{1, 1}');
SELECT acu.import_series('shop', '{}', '{}');
SELECT acu.import_series('shop', '{2026-01-01}', '{1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', '{}', '{1, 2, 3}');
SELECT acu.import_series('shop', '{{2026-01-01, 2026-01-02}}', '{1, 1}');
SELECT acu.import_series('shop', '{2026-01-01, NULL, 2026-01-02}', '{1, 1, 1}');
SELECT acu.import_series('shop', '{2026-01-02, 2026-01-01}', '{1, 1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02, 2026-01-02}', '{1, 1, 1}');
SELECT acu.import_series('shop', '{2026-01-01, infinity}', '{1, 1}');
SELECT acu.import_series('shop', '{1066-10-14, 2026-01-01}', '{1, 1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, -1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, NaN}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, Infinity}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', '{1, -1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', '{1, 1e300}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', NULL, '{1, -1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', NULL, '{1, 2000000000}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 100001}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-01 00:00:00.000001, 2026-01-01 00:00:00.000002}', '{1, 1, 1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-02-02}', '{1, 1}');
SELECT acu.import_series('shop', '{1970-01-02, 1970-02-01}', '{1, 1}');
SELECT acu.import_series('shop', '{1970-01-02, 2100-01-01}', '{1, 1}');
SELECT acu.import_series(repeat('x', 257), '{2026-01-01, 2026-01-02}', '{1, 1}');
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', vcpus => 0);
SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 1}', vcpus => 'NaN');
SELECT name, count(*) FROM imported GROUP BY name ORDER BY name;
SELECT count(*) AS samples_of_this_server_changed FROM acu.sample WHERE target_id = 1 AND cpu_source = 'import';
-- Dropped, with their samples; this server is not, nor what there is not.
SELECT name, acu.drop_target(name) FROM acu.target WHERE kind = 'import' ORDER BY name;
SELECT count(*) FROM imported;
SELECT acu.drop_target('local');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.drop_target('shop');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.drop_target(NULL);
\echo :LAST_ERROR_SQLSTATE

-- A target that takes the number of one that has gone begins without a history.
SELECT acu.import_series('gone', '{2026-01-01, 2026-01-02}', '{1, 1}');
DELETE FROM acu.target WHERE name = 'gone';
SELECT acu.import_series('new', '{2027-01-01, 2027-01-02}', '{1, 1}');
SELECT name, at FROM imported;
DELETE FROM acu.target WHERE name = 'new';

-- A day of a real instance, as CloudWatch tells it: the newest first, beginnings.
\set metrics `cat test/data/cloudwatch_rds.json`
SELECT acu.import_cloudwatch('rds', :'metrics', 'db.r6g.xlarge');
SELECT count(*), min(at), max(at), min(seconds), max(seconds),
       round(sum(cpu_seconds)::numeric, 3) AS cpu_seconds, min(vcpus),
       count(conns) AS conns, count(hot) AS hot, count(*) FILTER (WHERE sat) AS saturated
FROM imported;
SELECT at, round(cpu_seconds::numeric, 3) FROM imported LIMIT 2;
-- As an array of pages that overlap, it is the same.
SELECT sum(hashtext(imported::text)) AS before FROM imported \gset
SELECT acu.import_cloudwatch('rds', json_build_array(:'metrics'::json, :'metrics'::json), 'db.r6g.xlarge');
SELECT sum(hashtext(imported::text)) = :before AS same FROM imported;
DELETE FROM acu.sample WHERE target_id = (SELECT id FROM acu.target WHERE name = 'rds');

-- An instance: labels with words around the name, ids, a gap, percentages above.
-- FreeableMemory tells nothing there.
SELECT acu.import_cloudwatch('rds', '[
    {"MetricDataResults": [
        {"Id": "a", "Label": "AWS/RDS shop-1 CPUUtilization",
         "Timestamps": ["2026-01-01T00:10:00Z", "2026-01-01T00:05:00+00:00"], "Values": [99, 50]},
        {"Id": "b", "Label": "DatabaseConnections Maximum",
         "Timestamps": ["2026-01-01T00:10:00Z"], "Values": [12]},
        {"Id": "c", "Label": "FreeableMemory",
         "Timestamps": ["2026-01-01T00:10:00Z"], "Values": [1e9]},
        {"Id": "d", "Label": "ReadIOPS", "Timestamps": ["2026-01-01T00:10:00Z"], "Values": []}],
     "NextToken": "x"},
    {"MetricDataResults": [
        {"Id": "a", "Label": "AWS/RDS shop-1 CPUUtilization",
         "Timestamps": ["2026-01-01 00:30:00", 1767225600, "2026-01-01T00:20:00Z"],
         "Values": [1, 10, null]},
        {"Id": "b", "Label": "DatabaseConnections Maximum",
         "Timestamps": ["2026-01-01T01:05:00+01:00"], "Values": [2.5]}],
     "Messages": []}]', 'db.r6g.large', statistic => 'maximum');
SELECT * FROM imported;

-- Serverless: of the maximum that the metrics tell, or the argument. A paused Aurora
-- uses nothing. What it held of its memory is a working set.
\set serverless '{"MetricDataResults": [ {"Id": "cpuutilization_average", "Label": "x", "Timestamps": ["2026-01-01T00:10:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:00:00Z"], "Values": [50, 99.5, 10]}, {"Id": "c", "Label": "ServerlessDatabaseCapacity", "Timestamps": ["2026-01-01T00:15:00Z", "2026-01-01T00:10:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:00:00Z"], "Values": [0, 8, 16, 2]}, {"Id": "d", "Label": "ACUUtilization", "Timestamps": ["2026-01-01T00:15:00Z", "2026-01-01T00:10:00Z", "2026-01-01T00:05:00Z"], "Values": [0, 50, 100]}, {"Id": "e", "Label": "FreeableMemory", "Timestamps": ["2026-01-01T00:10:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:00:00Z"], "Values": [17179869184, 0, 99999999999]}]}'
SELECT acu.import_cloudwatch('serverless', :'serverless');
SELECT at, seconds, cpu_seconds, vcpus, conns, hot / 1048576 AS hot_mib, used = hot AS same, sat
FROM imported WHERE name = 'serverless';
SELECT acu.import_cloudwatch('serverless', :'serverless', 'db.serverless', 32);
SELECT at, cpu_seconds, vcpus, conns, hot / 1048576 AS hot_mib, sat
FROM imported WHERE name = 'serverless';
-- So of one that was paused for half of the time all is known.
SELECT acu.import_cloudwatch('paused', '{"MetricDataResults": [
    {"Id": "a", "Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [10, 10]},
    {"Id": "b", "Label": "DatabaseConnections", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [1, 1]},
    {"Id": "c", "Label": "FreeableMemory", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [16e9, 16e9]},
    {"Id": "d", "Label": "ServerlessDatabaseCapacity", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z", "2026-01-01T00:15:00Z"], "Values": [1, 1, 0, 0]}]}', max_acu => 8);
SELECT at, cpu_seconds, conns, hot / 1048576 AS hot_mib FROM imported WHERE name = 'paused';
SELECT DISTINCT lower_bound, known_seconds, gap_seconds FROM acu.options('paused');
SELECT acu, acu_internal.buffers_of_memory(acu * 2147483648) / 1048576 AS mib
FROM unnest('{0, 0.25, 0.5, 1, 2.5, 4, 8}'::float8[]) AS acu;

-- Cut short.
SELECT acu.import_cloudwatch('cut', '{"MetricDataResults": [{"Id": "cpuutilization", "Timestamps": [864600, 864300, 864000], "Values": [1, 2, 3]}], "NextToken": "x"}', 'db.r6g.large');

-- Several statistics: one is to be named.
\set two '{"MetricDataResults": [ {"Id": "cpu_avg", "Label": "CPUUtilization Average", "Timestamps": ["2026-02-01T00:05:00Z", "2026-02-01T00:00:00Z"], "Values": [20, 10]}, {"Id": "cpu_max", "Label": "CPUUtilization Maximum", "Timestamps": ["2026-02-01T00:05:00Z", "2026-02-01T00:00:00Z"], "Values": [40, 30]}]}'
SELECT acu.import_cloudwatch('two', :'two', 'db.r6g.large');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_cloudwatch('two', :'two', 'db.r6g.large', statistic => 'Sum');
SELECT acu.import_cloudwatch('two', :'two', 'db.r6g.large', statistic => 'Average');
SELECT at, cpu_seconds FROM imported WHERE name = 'two';
SELECT acu.import_cloudwatch('two', :'two', 'db.r6g.large', statistic => 'max');
SELECT at, cpu_seconds FROM imported WHERE name = 'two';

-- Refused.
SELECT acu.import_cloudwatch('x', NULL, 'db.r6g.large');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_cloudwatch('x', 'null', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"Datapoints": []}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '[]', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '[1]', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [1]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": []}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": [], "Values": []}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z"], "Values": [null]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z"]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z"], "Values": [1, 2]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z"], "Values": [1]}]}', 'db.r6g.large');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["yesteryear", "2026-01-01T00:05:00Z"], "Values": [1, 2]}]}', 'db.r6g.large');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [1, "much"]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [1, -1]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [1, "NaN"]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', '{"MetricDataResults": [{"Label": "CPUUtilization", "Timestamps": ["2026-01-01T00:00:00Z", "infinity"], "Values": [1, 2]}]}', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', :'two', 'db.r6a.large', statistic => 'max');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_cloudwatch('x', :'two', 'db.r6g.large', 16, 'max');
SELECT acu.import_cloudwatch('x', :'serverless', 'db.r6g.large');
SELECT acu.import_cloudwatch('x', :'two', NULL, NULL, 'max');
SELECT acu.import_cloudwatch('x', :'two', NULL, 0.5, 'max');
SELECT acu.import_cloudwatch('local', :'two', NULL, 16, 'max');
SELECT count(*) AS targets FROM acu.target WHERE name = 'x';

ROLLBACK;

-- A transaction that is read-only is said to be, in one line.
BEGIN READ ONLY;
SELECT acu.import_series('x', '{2026-01-01, 2026-01-02}', '{1, 2}');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.import_cloudwatch('x', :'two', 'db.r6g.large', statistic => 'max');
SELECT acu.drop_target('two');
SELECT acu.delete_import('two');
SELECT acu.set_price('us-east-1', 'db.serverless', 1);
SELECT acu.set_instance_class('db.r6g.large', 2, 16);
ROLLBACK;
