-- sessions: what pg_acu_httpd does before it calls a function of a route.
--
-- Anyone may call these: they change nothing but the caller's own session, and
-- nothing there that SET, RESET and DISCARD could not.

CREATE FUNCTION acu_internal.begin_session(backend int, statement_timeout int) RETURNS boolean
AS 'MODULE_PATHNAME', 'acu_begin_session'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION acu_internal.begin_session(int, int) IS
'makes this session one that calls from HTTP share, with a statement timeout in milliseconds; false, and no change, when the process that the client knows is not the one it talks to, as behind a connection pooler';

CREATE FUNCTION acu_internal.begin_call(read_only boolean, statement_timeout int) RETURNS boolean
AS 'MODULE_PATHNAME', 'acu_begin_call'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION acu_internal.begin_call(boolean, int) IS
'before a call from HTTP: takes away what earlier calls have left in the session, and makes the transaction read-only if asked; where the session is not the daemon''s own it sets the statement timeout, in milliseconds, for this transaction instead; always false';
