-- The example API's two endpoints, as anyone may call them.
\set SHOW_CONTEXT never

-- Two keys, the name as it was given, the statement's own time.
SELECT regexp_replace(acu.time('America/New_York')::text,
                      '\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?-0[45]:00', 'TIME');
SELECT acu.time('Asia/Kathmandu')->>'time' ~ '\+05:45$' AS offset_with_minutes;
SELECT (acu.time('Europe/Berlin')->>'time')::timestamptz = statement_timestamp() AS now;
BEGIN;
SELECT pg_sleep(0.01);
SELECT (acu.time()->>'time')::timestamptz = statement_timestamp() AS statement,
       (acu.time()->>'time')::timestamptz > now() AS not_transaction;
COMMIT;
SELECT acu.time()->>'timezone' AS default_zone;
SELECT acu.time(timezone => 'asia/tokyo')->>'timezone' AS any_case_echoed;

-- Every zone is known, and the result is the same moment in each.
SELECT count(*) > 300 AS many,
       bool_and((acu.time(name)->>'time')::timestamptz = statement_timestamp()) AS same_moment,
       bool_and((acu.time(name)->>'time')::timestamp
                = statement_timestamp() AT TIME ZONE name) AS same_clock
FROM pg_timezone_names
WHERE name !~ '^(posix|right)/' AND name NOT IN ('posixrules', 'localtime', 'Factory');

-- The session's own settings change nothing.
SET timezone = 'Pacific/Auckland';
SET datestyle = 'SQL, DMY';
SELECT acu.time('UTC')->>'time' ~ '^\d\d\d\d-\d\d-\d\d .*\+00:00$' AS same_form;
RESET timezone;
RESET datestyle;

-- Unknown names are refused, and the error says what to do.
SELECT acu.time('Atlantis/Capital');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.time(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT acu.time('');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.time('America/New York');
SELECT acu.time('tokio');
SELECT acu.time('UTC+3');
SELECT acu.time('<+03>-3');
SELECT acu.time('GMT+5');
SELECT acu.time('Nowhere');
SELECT acu.time('posix/UTC');
SELECT acu.time('localtime');
SELECT acu.time('../../../etc/passwd');
SELECT acu.time(' UTC');
SELECT acu.time($$UTC'; DROP TABLE acu.route; --$$);
SELECT acu.time('"}, {"');
SELECT acu.time(repeat('x', 300));
SELECT acu.time(repeat('x', 256) || 'never shown');

-- The root page: how to ask, every zone, nothing unescaped.
SELECT pg_typeof(acu.root());
SELECT acu.root() LIKE '<!DOCTYPE html>%</html>' || E'\n' AS page,
       acu.root() LIKE '%<title>Time API</title>%' AS title,
       acu.root() LIKE '%GET /time?timezone={timezone}%' AS endpoint,
       acu.root() LIKE '%href="/time?timezone=America/New_York"%' AS example;
SELECT array_agg(option ORDER BY at) = (
           SELECT array_agg(name ORDER BY lower(name) COLLATE "C") FROM pg_timezone_names
           WHERE name !~ '^(posix|right)/' AND name NOT IN ('posixrules', 'localtime', 'Factory')
       ) AS every_zone
FROM regexp_matches(acu.root(), '<option>([^<]*)</option>', 'g') WITH ORDINALITY AS o (matched, at),
     unnest(matched) AS option;
SELECT acu.root() = acu.root() AS same_again;

-- Right volatility: neither is folded into a plan; root needs a subtransaction, which no parallel query has.
SELECT proname, provolatile, proparallel, proisstrict
FROM pg_proc
WHERE pronamespace = 'acu'::regnamespace AND proname IN ('root', 'time')
ORDER BY proname;
