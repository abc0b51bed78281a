-- errors: how the functions in PL/pgSQL raise them.

CREATE FUNCTION acu.raise(sqlstate text, message text, hint text DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'acu_raise'
LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION acu.raise(text, text, text) IS
'raises an error with this SQLSTATE, message and hint, and without a CONTEXT: the functions and queries of the extension that found it say nothing to whoever gave the wrong argument';

