-- errors: how the functions in PL/pgSQL raise them.

CREATE FUNCTION acu_internal.raise(sqlstate text, message text, hint text DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'acu_raise'
LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.raise(text, text, text) IS
'raises an error with this SQLSTATE, message and hint, and without a CONTEXT: the functions and queries of the extension that found it say nothing to whoever gave the wrong argument';


CREATE FUNCTION acu_internal.check_may_write(what text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        PERFORM acu_internal.raise('25006',
            format('cannot change %s in a read-only transaction', what),
            CASE WHEN pg_is_in_recovery() THEN 'This server is a standby: change it on the primary.'
                 ELSE 'Begin a transaction that is READ WRITE; default_transaction_read_only may be on.' END);
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_may_write(text) IS
'an error when the transaction is read-only';

