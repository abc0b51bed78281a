-- api: the example API's two endpoints.
--
-- Everyone may call them: they show nothing that pg_timezone_names and a clock do not show.

CREATE DOMAIN acu.html AS text;
COMMENT ON DOMAIN acu.html IS
'text that is an HTML page: a route whose function returns it answers text/html';

-- Parallel unsafe: a route whose function has gone is found out in a subtransaction.
CREATE FUNCTION acu.root() RETURNS acu.html
AS 'MODULE_PATHNAME', 'acu_root'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION acu.root IS
'the root page of the example API: how to ask for the time, every time zone, and links to the other routes';

CREATE FUNCTION acu.time(timezone text DEFAULT 'UTC') RETURNS json
AS 'MODULE_PATHNAME', 'acu_time'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION acu.time IS
'the time at which the statement began, in a time zone of pg_timezone_names (in any letter case): {"time": "2026-11-23 04:41:16.798676-05:00", "timezone": "America/New_York"}';
