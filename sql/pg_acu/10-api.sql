-- api: the example API's two endpoints, and the schemas that all parts live in.
--
-- Everyone may call them: they show nothing that pg_timezone_names and a clock
-- do not show. The schemas are made here and not by the control file, so that
-- DROP EXTENSION takes it along.

CREATE SCHEMA acu;
GRANT USAGE ON SCHEMA acu TO PUBLIC;
COMMENT ON SCHEMA acu IS
'pg_acu: the Aurora capacity that this workload needs, and an example API';

-- Functions that others call, and the partitions of the history, are in a schema of
-- their own, so that tab completion in acu shows what people use. Everyone may use the
-- schema, as functions of acu run with the rights of their caller.
CREATE SCHEMA acu_internal;
GRANT USAGE ON SCHEMA acu_internal TO PUBLIC;
COMMENT ON SCHEMA acu_internal IS
'pg_acu: functions that those of the schema acu call, and the tables that its history is kept in; they may change with any version';

CREATE DOMAIN acu.html AS text;
COMMENT ON DOMAIN acu.html IS
'text that is an HTML page: a route whose function returns it answers text/html';

CREATE FUNCTION acu.root() RETURNS acu.html
AS 'MODULE_PATHNAME', 'acu_root'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION acu.root() IS
'the root page of the example API: how to ask for the time, every time zone, and links to the other routes';

CREATE FUNCTION acu.time(timezone text DEFAULT 'UTC') RETURNS json
AS 'MODULE_PATHNAME', 'acu_time'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION acu.time(text) IS
'the time at which the statement began, in a time zone of pg_timezone_names (in any letter case): {"time": "2026-11-23 04:41:16.798676-05:00", "timezone": "America/New_York"}';
