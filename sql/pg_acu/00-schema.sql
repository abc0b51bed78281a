-- schema: the two schemas, and the functions that all parts use for errors.

-- The search_path of the whole script, which has no effect after it.
--
-- CREATE EXTENSION adds the schemas of the required extensions to the path, and
-- pg_stat_statements is usually in public, where others may create functions and
-- operators. A call for which pg_catalog has no exact match would then run theirs, as
-- the superuser who creates the extension. Each delta (sql/pg_acu--OLD--NEW.sql) must
-- begin with the same statement.
SET LOCAL search_path = pg_catalog, pg_temp;

CREATE SCHEMA acu;
COMMENT ON SCHEMA acu IS
'pg_acu: the Aurora capacity that this workload needs, and an example API';

-- Functions that others call, and the partitions of the history, are in a schema of
-- their own, so that tab completion in acu shows what people use. Everyone may use the
-- schema, as functions of acu run with the rights of their caller.
CREATE SCHEMA acu_internal;
COMMENT ON SCHEMA acu_internal IS
'pg_acu: functions that those of the schema acu call, and the tables that its history is kept in; they may change with any version';

CREATE FUNCTION acu_internal.raise(sqlstate text, message text, hint text DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'acu_raise'
LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.raise IS
'raises an error with this SQLSTATE, message and hint, and without a CONTEXT: the functions and queries of the extension that found it say nothing to whoever gave the wrong argument';

CREATE FUNCTION acu_internal.check_may_write(what text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
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
COMMENT ON FUNCTION acu_internal.check_may_write IS
'raises an error when the transaction is read-only';

CREATE FUNCTION acu_internal.did_you_mean(wanted text, names text[]) RETURNS text
AS 'MODULE_PATHNAME', 'acu_did_you_mean'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION acu_internal.did_you_mean IS
'a sentence for a hint, with up to three of the names that differ from the wanted one in few letters, the nearest first: Perhaps you meant "us-east-1" or "us-east-2". NULL when there are none';
