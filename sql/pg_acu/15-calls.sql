-- calls: how a request calls a function, why a route cannot have one, and what
-- pg_acu_httpd does in its session before a call.
--
-- pg_acu_httpd reads the results of these functions in acu.route_info. They run with a
-- search_path of pg_catalog alone, so that every name outside comes out qualified,
-- whatever the session's own path is.

CREATE FUNCTION acu_internal.signature(function oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes))
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.oid = signature.function
$$;
COMMENT ON FUNCTION acu_internal.signature IS
'signature of a function, as acu.route has it: schema.name(types)';

-- to_regprocedure raises an error, before PostgreSQL 16, when a type has gone, and
-- always when the caller may not use a schema: one function must not hide the other
-- routes, and a call of it is to fail for the reason that it has.
CREATE FUNCTION acu_internal.find_function(signature text) RETURNS oid
LANGUAGE plpgsql STABLE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN to_regprocedure(signature);
EXCEPTION
    WHEN undefined_object OR invalid_schema_name OR invalid_name OR
        syntax_error OR invalid_text_representation THEN
        RETURN NULL;
    WHEN insufficient_privilege THEN
        RETURN (SELECT p.oid
                FROM pg_proc AS p
                JOIN pg_namespace AS n ON n.oid = p.pronamespace
                WHERE starts_with(find_function.signature, format('%I.%I(', n.nspname, p.proname))
                    AND acu_internal.signature(p.oid) = find_function.signature);
END
$$;
COMMENT ON FUNCTION acu_internal.find_function IS
'the function that a signature of acu.route names, or NULL when it has gone';

-- The functions that others call for each route or argument are in plpgsql, which
-- plans their queries once for a session, not at each call.
CREATE FUNCTION acu_internal.base_type(type oid) RETURNS oid
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    below oid;
BEGIN
    LOOP
        below := (SELECT t.typbasetype FROM pg_type AS t WHERE t.oid = type AND t.typtype = 'd');
        IF below IS NULL THEN
            RETURN type;
        END IF;
        type := below;
    END LOOP;
END
$$;
COMMENT ON FUNCTION acu_internal.base_type IS
'the type below a domain, through domains over domains; any other type itself';

CREATE FUNCTION acu_internal.value_kind(type oid) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT CASE
            WHEN t.oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'json'
            WHEN t.typtype = 'c' THEN 'record'
            WHEN e.oid IS NULL THEN 'text'
            WHEN b.oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'json array'
            WHEN b.typtype = 'c' OR b.is_array OR e.typdelim <> ',' THEN 'record'
            ELSE 'array'
        END
        FROM pg_type AS t
        LEFT JOIN pg_type AS e ON e.oid = t.typelem AND e.typarray = t.oid
        LEFT JOIN LATERAL (
            SELECT i.oid, i.typtype,
                   EXISTS (SELECT FROM pg_type AS x WHERE x.typarray = i.oid) AS is_array
            FROM pg_type AS i
            WHERE i.oid = acu_internal.base_type(e.oid)
        ) AS b ON true
        WHERE t.oid = acu_internal.base_type(value_kind.type)
    );
END
$$;
COMMENT ON FUNCTION acu_internal.value_kind IS
'form in which pg_acu_httpd gives a value to an argument of the type: text; json; array or json array, which it writes as a literal; or record, which json_to_record reads';

CREATE TYPE acu_internal.argument AS (
    place       int,
    name        text,
    type        oid,
    has_default boolean
);
COMMENT ON TYPE acu_internal.argument IS
'an argument that a call of a function may give';
COMMENT ON COLUMN acu_internal.argument.place IS 'its place among them, from 1';
COMMENT ON COLUMN acu_internal.argument.name IS 'its name; NULL when it has none';
COMMENT ON COLUMN acu_internal.argument.type IS 'OID of its type';
COMMENT ON COLUMN acu_internal.argument.has_default IS 'whether a call may leave it out';

-- pg_proc has the types of the arguments that a call gives in one list, and the
-- names of all, OUT and TABLE columns included, in another.
CREATE FUNCTION acu_internal.arguments(function oid) RETURNS SETOF acu_internal.argument
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT ROWS 5
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT given.number::int, nullif(given.name, ''), given.type,
               given.number > p.pronargs - p.pronargdefaults
        FROM pg_proc AS p,
             LATERAL (
                 SELECT a.name, a.type, row_number() OVER (ORDER BY a.at)
                 FROM ROWS FROM (
                     unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])),
                     unnest(p.proargmodes),
                     unnest(p.proargnames)
                 ) WITH ORDINALITY AS a (type, mode, name, at)
                 WHERE a.type IS NOT NULL AND coalesce(a.mode, 'i') IN ('i', 'b', 'v')
             ) AS given (name, type, number)
        WHERE p.oid = arguments.function
        ORDER BY given.number;
END
$$;
COMMENT ON FUNCTION acu_internal.arguments IS
'arguments that a call of the function may give, in their order';

CREATE TYPE acu_internal.function_description AS (
    call_start        text,
    call_end          text,
    argument_names    text[],
    argument_types    text[],
    argument_defaults boolean[],
    volatility        text,
    returns_set       boolean,
    return_type       text,
    content_type      text,
    argument_kinds    text[]
);
COMMENT ON TYPE acu_internal.function_description IS
'call of a function for a route, and its answer; acu.route_info describes the columns';
COMMENT ON COLUMN acu_internal.function_description.call_start IS 'SQL of a call up to its arguments';
COMMENT ON COLUMN acu_internal.function_description.call_end IS 'SQL of a call after its arguments';
COMMENT ON COLUMN acu_internal.function_description.argument_names IS
'names of the arguments, in their order; NULL for one without a name';
COMMENT ON COLUMN acu_internal.function_description.argument_types IS 'types of the arguments';
COMMENT ON COLUMN acu_internal.function_description.argument_defaults IS 'whether a call may leave each argument out';
COMMENT ON COLUMN acu_internal.function_description.volatility IS 'immutable, stable or volatile';
COMMENT ON COLUMN acu_internal.function_description.returns_set IS 'whether the function returns rows';
COMMENT ON COLUMN acu_internal.function_description.return_type IS 'declared type of the result, a domain by its own name';
COMMENT ON COLUMN acu_internal.function_description.content_type IS 'media type of the answer; NULL for void';
COMMENT ON COLUMN acu_internal.function_description.argument_kinds IS
'form in which the daemon writes a value for each argument: text, json, array, json array or record';

CREATE FUNCTION acu_internal.describe_function(function oid) RETURNS acu_internal.function_description
LANGUAGE sql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    WITH called AS (
        SELECT p.*, n.nspname,
               p.prorettype IN ('json'::regtype, 'jsonb'::regtype, 'text'::regtype,
                                'xml'::regtype, 'bytea'::regtype,
                                'acu.html'::regtype) AS as_it_is,
               t.typtype = 'c' OR p.proargmodes && ARRAY['o', 'b', 't']::"char"[]
                   AS has_columns
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        JOIN pg_type AS t ON t.oid = acu_internal.base_type(p.prorettype)
        WHERE p.oid = describe_function.function
    )
    -- r.* is a whole row whatever its columns are called, where r alone would be
    -- a column of that name.
    SELECT format(
               CASE
                   WHEN proretset AND has_columns THEN
                       'SELECT coalesce(pg_catalog.json_agg(r.*), ''[]'') FROM (SELECT * FROM %I.%I('
                   WHEN proretset THEN
                       'SELECT coalesce(pg_catalog.json_agg(r.value), ''[]'') FROM %I.%I('
                   WHEN as_it_is OR prorettype = 'void'::regtype THEN
                       'SELECT %I.%I('
                   ELSE
                       'SELECT pg_catalog.to_json(%I.%I('
               END, nspname, proname),
           CASE
               WHEN proretset AND has_columns THEN ')) AS r'
               WHEN proretset THEN ') AS r (value)'
               WHEN as_it_is OR prorettype = 'void'::regtype THEN ')'
               ELSE '))'
           END,
           a.names, a.types, a.defaults,
           CASE provolatile
               WHEN 'i' THEN 'immutable'
               WHEN 's' THEN 'stable'
               ELSE 'volatile'
           END,
           proretset,
           format_type(prorettype, NULL),
           CASE
               WHEN proretset THEN 'application/json'
               WHEN prorettype = 'void'::regtype THEN NULL
               WHEN prorettype = 'acu.html'::regtype THEN 'text/html; charset=utf-8'
               WHEN prorettype = 'text'::regtype THEN 'text/plain; charset=utf-8'
               WHEN prorettype = 'xml'::regtype THEN 'application/xml; charset=utf-8'
               WHEN prorettype = 'bytea'::regtype THEN 'application/octet-stream'
               ELSE 'application/json'
           END,
           a.kinds
    FROM called,
         LATERAL (
             SELECT coalesce(array_agg(name ORDER BY place), '{}'),
                    -- Without a modifier, as -1 says: character(n) is bpchar, not
                    -- character, which a cast takes for character(1).
                    coalesce(array_agg(format_type(type, -1) ORDER BY place), '{}'),
                    coalesce(array_agg(has_default ORDER BY place), '{}'),
                    coalesce(array_agg(acu_internal.value_kind(type) ORDER BY place), '{}')
             FROM acu_internal.arguments(called.oid)
         ) AS a (names, types, defaults, kinds)
$$;
COMMENT ON FUNCTION acu_internal.describe_function IS
'call of a function for a route, and its answer';

CREATE FUNCTION acu_internal.why_not_routable(function oid, method text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT CASE
            WHEN p.prokind = 'p' THEN 'it is a procedure'
            WHEN p.prokind = 'a' THEN 'it is an aggregate'
            WHEN p.prokind = 'w' THEN 'it is a window function'
            WHEN p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) THEN
                'it is a trigger function'
            WHEN r.typtype = 'p'
                AND p.prorettype NOT IN ('void'::regtype, 'record'::regtype) THEN
                format('it returns the pseudo-type %s', r.typname)
            WHEN p.proretset AND p.prorettype = 'record'::regtype
                AND p.proargmodes IS NULL THEN
                'it returns rows whose columns are not declared'
            WHEN c.twice IS NOT NULL THEN
                format('two of its columns are called "%s"', c.twice)
            WHEN p.pronargs > 64 THEN
                format('it takes %s arguments, and a route at most 64', p.pronargs)
            WHEN a.pseudo_type IS NOT NULL THEN
                format('it takes an argument of the pseudo-type %s', a.pseudo_type)
            WHEN p.provariadic <> 0 THEN 'it takes a variable number of arguments'
            WHEN a.unnamed IS NOT NULL AND p.pronargs > 1 THEN
                format('argument %s has no name', a.unnamed)
            WHEN a.unnamed IS NOT NULL AND NOT a.takes_json THEN
                'its argument has no name, and is neither json nor jsonb'
            WHEN a.unnamed IS NOT NULL AND method IN ('GET', 'DELETE') THEN
                format('its argument without a name takes the body, which a %s has not', method)
            WHEN pg_is_other_temp_schema(p.pronamespace)
                OR p.pronamespace = pg_my_temp_schema() THEN
                'it is temporary'
            WHEN EXISTS (
                SELECT FROM pg_type AS t
                WHERE t.oid = ANY (p.prorettype || p.proargtypes::oid[] || p.proallargtypes)
                    AND (pg_is_other_temp_schema(t.typnamespace)
                         OR t.typnamespace = pg_my_temp_schema())
            ) THEN 'it takes or returns a temporary type'
        END
        FROM pg_proc AS p
        JOIN pg_type AS r ON r.oid = p.prorettype,
             LATERAL (
                 SELECT min(a.place) FILTER (WHERE a.name IS NULL),
                        min(t.typname) FILTER (WHERE t.typtype = 'p'),
                        bool_and(acu_internal.value_kind(a.type) = 'json')
                 FROM acu_internal.arguments(p.oid) AS a
                 JOIN pg_type AS t ON t.oid = a.type
             ) AS a (unnamed, pseudo_type, takes_json),
             -- A column without a name is called by its place.
             LATERAL (
                 SELECT min(o.name) FROM (
                     SELECT coalesce(nullif(o.name, ''), 'column' || row_number() OVER (ORDER BY o.at))
                     FROM unnest(p.proargmodes, p.proargnames) WITH ORDINALITY AS o (mode, name, at)
                     WHERE o.mode IN ('o', 'b', 't')
                 ) AS o (name)
                 GROUP BY o.name HAVING count(*) > 1
                 UNION ALL SELECT NULL
                 LIMIT 1
             ) AS c (twice)
        WHERE p.oid = why_not_routable.function
    );
END
$$;
COMMENT ON FUNCTION acu_internal.why_not_routable IS
'reason for which the function can answer no request with this method; NULL when it can answer';

-- A call names its arguments, so functions of one name are told apart by the names
-- and types of those that are given. Two cannot be when what both require is enough
-- for both: PostgreSQL does not prefer the one with fewer defaults.
CREATE FUNCTION acu_internal.confused_with(function oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.signature(g.oid)
    FROM pg_proc AS f
    JOIN pg_proc AS g
        ON g.pronamespace = f.pronamespace AND g.proname = f.proname AND g.oid <> f.oid
    WHERE f.oid = confused_with.function
        AND NOT EXISTS (
            SELECT
            FROM (SELECT *, CASE WHEN f.proargnames IS NULL THEN place::text ELSE name END
                  FROM acu_internal.arguments(f.oid)) AS a (place, name, type, has_default, key)
            FULL JOIN (SELECT *, CASE WHEN f.proargnames IS NULL THEN place::text ELSE name END
                       FROM acu_internal.arguments(g.oid)) AS b (place, name, type, has_default, key)
                ON b.key = a.key
            WHERE (NOT a.has_default OR NOT b.has_default) AND a.type IS DISTINCT FROM b.type
        )
    ORDER BY g.oid
    LIMIT 1
$$;
COMMENT ON FUNCTION acu_internal.confused_with IS
'a function of the same name with which some calls of this one are ambiguous, so that they fail; NULL when there is none';

-- Anyone may call the two functions below: they change nothing but the caller's own
-- session, and nothing there that SET, RESET and DISCARD could not.

CREATE FUNCTION acu_internal.begin_session(backend int, statement_timeout int) RETURNS boolean
AS 'MODULE_PATHNAME', 'acu_begin_session'
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT;
COMMENT ON FUNCTION acu_internal.begin_session IS
'makes this session one that calls from HTTP share, with a statement timeout in milliseconds; false, and no change, when the process that the client knows is not the one it talks to, as behind a connection pooler';

CREATE FUNCTION acu_internal.begin_call(read_only boolean, statement_timeout int) RETURNS boolean
AS 'MODULE_PATHNAME', 'acu_begin_call'
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT;
COMMENT ON FUNCTION acu_internal.begin_call IS
'before a call from HTTP: takes away what earlier calls have left in the session, and makes the transaction read-only if asked; where the session is not the daemon''s own it sets the statement timeout, in milliseconds, for this transaction instead; always false';
