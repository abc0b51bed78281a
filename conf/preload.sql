-- Adds pg_stat_statements and pg_acu to shared_preload_libraries with ALTER SYSTEM, behind
-- what the list has already, and keeps the history in the database that runs this.
--
--     sudo -u postgres psql app <conf/preload.sql
--
-- A restart makes it take effect. To take it back:
--     ALTER SYSTEM RESET shared_preload_libraries; ALTER SYSTEM RESET pg_acu.database;
\set ON_ERROR_STOP on
\set QUIET on
LOAD 'pg_acu'; -- fails here, and not at the restart, when make install has not been run
SELECT format('ALTER SYSTEM SET pg_acu.database = %L', current_database()) \gexec

-- Each library is a literal of its own: 'a, b' would be one library of that name.
WITH present AS (
    SELECT btrim(name, E' \t\n"') AS name, position
    FROM unnest(string_to_array(current_setting('shared_preload_libraries'), ','))
         WITH ORDINALITY AS p (name, position)
), wanted AS (
    SELECT name, position FROM present WHERE name <> ''
    UNION ALL
    SELECT name, position
    FROM (VALUES ('pg_stat_statements', 1000001), ('pg_acu', 1000002)) AS v (name, position)
    WHERE NOT EXISTS (SELECT FROM present AS p WHERE p.name IN (v.name, '$libdir/' || v.name))
)
SELECT format('ALTER SYSTEM SET shared_preload_libraries = %s',
              string_agg(quote_literal(name), ', ' ORDER BY position))
FROM wanted \gexec

SELECT pg_reload_conf() \g /dev/null
\echo Restart PostgreSQL: it then preloads
\pset tuples_only on
\pset format unaligned
SELECT setting FROM pg_file_settings
WHERE name = 'shared_preload_libraries' ORDER BY seqno DESC LIMIT 1;
