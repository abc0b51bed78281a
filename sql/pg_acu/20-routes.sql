-- routes: which HTTP request calls which function.
--
-- The functions are kept by name, not by OID: a column of type regprocedure
-- would keep pg_upgrade from running. Anyone may read the routes, as the root
-- page shows them; only the owner of the extension changes them.

CREATE TABLE acu.route (
    method    text NOT NULL
        CHECK (method IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
    path      text NOT NULL
        CHECK (path ~ '^/[A-Za-z0-9._~!$&''()*+,;=:@/-]*$'),
    function  text NOT NULL,
    pipelined boolean NOT NULL DEFAULT true,
    builtin   boolean NOT NULL DEFAULT false,
    max_age_seconds int
        CHECK (max_age_seconds IS NULL OR max_age_seconds BETWEEN 1 AND 86400 AND method = 'GET'),
    PRIMARY KEY (method, path)
);
GRANT SELECT ON acu.route TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('acu.route', 'WHERE NOT builtin');

COMMENT ON TABLE acu.route IS
'the HTTP routes: acu.add_route and acu.drop_route change them';
COMMENT ON COLUMN acu.route.method IS
'GET (which answers HEAD too), POST, PUT, PATCH or DELETE';
COMMENT ON COLUMN acu.route.path IS
'the whole path of the request, compared exactly; begins with /';
COMMENT ON COLUMN acu.route.function IS
'the function that answers: its signature, with every name outside pg_catalog qualified';
COMMENT ON COLUMN acu.route.pipelined IS
'whether calls share connections with other requests; false for functions that take long';
COMMENT ON COLUMN acu.route.builtin IS
'whether the route comes with the extension; such routes are not dumped and cannot be dropped';
COMMENT ON COLUMN acu.route.max_age_seconds IS
'how many seconds an answer may be used again for requests without arguments; NULL: every request calls the function';

-- The page changes with the routes only; one call a second is enough.
INSERT INTO acu.route (method, path, function, builtin, max_age_seconds) VALUES
    ('GET', '/', 'acu.root()', true, 1),
    ('GET', '/time', 'acu."time"(text)', true, NULL);

CREATE TABLE acu.http_role (
    role name PRIMARY KEY
);
SELECT pg_catalog.pg_extension_config_dump('acu.http_role', '');

COMMENT ON TABLE acu.http_role IS
'the roles that HTTP daemons log in as; acu.grant_http adds to it';
COMMENT ON COLUMN acu.http_role.role IS
'the name of the role';

-- The daemons LISTEN, so that a new route answers at once.
CREATE FUNCTION acu_internal.notify_route() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('pg_acu_route', '');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.notify_route() FROM PUBLIC;
COMMENT ON FUNCTION acu_internal.notify_route() IS
'trigger: tells the channel pg_acu_route that the routes have changed';

CREATE TRIGGER notify_route
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON acu.route
    FOR EACH STATEMENT EXECUTE FUNCTION acu_internal.notify_route();
COMMENT ON TRIGGER notify_route ON acu.route IS
'tells the channel pg_acu_route that the routes have changed';

-- What follows up to acu.route_info tells the daemon how to call a function. It
-- runs with a search_path of pg_catalog alone, so that every name outside comes
-- out qualified, whatever the session's own path is.

CREATE FUNCTION acu_internal.signature(function oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes))
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.oid = signature.function
$$;
COMMENT ON FUNCTION acu_internal.signature(oid) IS
'how acu.route names a function: schema.name(types)';

-- to_regprocedure raises an error, before PostgreSQL 16, when a type has gone, and
-- always when the caller may not use a schema: one function must not hide the other
-- routes, and a call of it is to fail for the reason that it has.
CREATE FUNCTION acu_internal.find_function(signature text) RETURNS oid
LANGUAGE plpgsql STABLE STRICT
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
COMMENT ON FUNCTION acu_internal.find_function(text) IS
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
COMMENT ON FUNCTION acu_internal.base_type(oid) IS
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
COMMENT ON FUNCTION acu_internal.value_kind(oid) IS
'how pg_acu_httpd gives a value to an argument of the type: as text, as json, as an array or a json array that it writes as a literal, or as a record that json_to_record reads';

-- pg_proc has the types of the arguments that a call gives in one list, and the
-- names of all, OUT and TABLE columns included, in another.
CREATE FUNCTION acu_internal.arguments(
    function oid,
    OUT "position" int,
    OUT name text,
    OUT type oid,
    OUT has_default boolean
) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
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
COMMENT ON FUNCTION acu_internal.arguments(oid) IS
'the arguments that a call of the function may give, in their order';

CREATE FUNCTION acu_internal.describe_function(
    function oid,
    OUT call_start text,
    OUT call_end text,
    OUT argument_names text[],
    OUT argument_types text[],
    OUT argument_defaults boolean[],
    OUT volatility text,
    OUT returns_set boolean,
    OUT return_type text,
    OUT content_type text,
    OUT argument_kinds text[]
)
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
             SELECT coalesce(array_agg(name ORDER BY "position"), '{}'),
                    -- Without a modifier, as -1 says: character(n) is bpchar, not
                    -- character, which a cast takes for character(1).
                    coalesce(array_agg(format_type(type, -1) ORDER BY "position"), '{}'),
                    coalesce(array_agg(has_default ORDER BY "position"), '{}'),
                    coalesce(array_agg(acu_internal.value_kind(type) ORDER BY "position"), '{}')
             FROM acu_internal.arguments(called.oid)
         ) AS a (names, types, defaults, kinds)
$$;
COMMENT ON FUNCTION acu_internal.describe_function(oid) IS
'how to call a function for a route, and what it answers; the columns are those of acu.route_info';

CREATE FUNCTION acu_internal.why_not_routable(function oid, method text) RETURNS text
LANGUAGE plpgsql STABLE STRICT
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
            WHEN a.temporary OR pg_is_other_temp_schema(r.typnamespace)
                OR r.typnamespace = pg_my_temp_schema() THEN
                'it takes or returns a temporary type'
        END
        FROM pg_proc AS p
        JOIN pg_type AS r ON r.oid = p.prorettype,
             LATERAL (
                 SELECT min(a."position") FILTER (WHERE a.name IS NULL),
                        min(t.typname) FILTER (WHERE t.typtype = 'p'),
                        bool_and(acu_internal.value_kind(a.type) = 'json'),
                        bool_or(pg_is_other_temp_schema(t.typnamespace)
                                OR t.typnamespace = pg_my_temp_schema())
                 FROM acu_internal.arguments(p.oid) AS a
                 JOIN pg_type AS t ON t.oid = a.type
             ) AS a (unnamed, pseudo_type, takes_json, temporary),
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
COMMENT ON FUNCTION acu_internal.why_not_routable(oid, text) IS
'why no request with this method could ever be answered by the function; NULL when it could';

-- A call names its arguments, so functions of one name are told apart by the names
-- and types of those that are given. Two cannot be when what both require is enough
-- for both: PostgreSQL does not prefer the one with fewer defaults.
CREATE FUNCTION acu_internal.confused_with(function oid) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT acu_internal.signature(g.oid)
    FROM pg_proc AS f
    JOIN pg_proc AS g
        ON g.pronamespace = f.pronamespace AND g.proname = f.proname AND g.oid <> f.oid
    WHERE f.oid = confused_with.function
        AND NOT EXISTS (
            SELECT
            FROM (SELECT *, CASE WHEN f.proargnames IS NULL THEN "position"::text ELSE name END
                  FROM acu_internal.arguments(f.oid)) AS a ("position", name, type, has_default, key)
            FULL JOIN (SELECT *, CASE WHEN f.proargnames IS NULL THEN "position"::text ELSE name END
                       FROM acu_internal.arguments(g.oid)) AS b ("position", name, type, has_default, key)
                ON b.key = a.key
            WHERE (NOT a.has_default OR NOT b.has_default) AND a.type IS DISTINCT FROM b.type
        )
    ORDER BY g.oid
    LIMIT 1
$$;
COMMENT ON FUNCTION acu_internal.confused_with(oid) IS
'a function of the same name that some calls of this one cannot be told from, so that they fail; NULL when there is none';

CREATE VIEW acu.route_info AS
SELECT r.method, r.path, r.function, r.pipelined, r.builtin,
       f.call_start, f.call_end,
       f.argument_names, f.argument_types, f.argument_defaults,
       f.volatility, f.returns_set, f.return_type, f.content_type,
       CASE WHEN f.volatility <> 'volatile' THEN r.max_age_seconds END AS max_age_seconds,
       f.argument_kinds,
       CASE
           WHEN found.function IS NULL THEN 'it does not exist'
           ELSE coalesce(acu_internal.why_not_routable(found.function, r.method),
                         'its calls cannot all be told from those of '
                         || acu_internal.confused_with(found.function))
       END AS trouble
FROM acu.route AS r
CROSS JOIN LATERAL acu_internal.find_function(r.function) AS found (function)
LEFT JOIN LATERAL acu_internal.describe_function(found.function) AS f ON true;
GRANT SELECT ON acu.route_info TO PUBLIC;

COMMENT ON VIEW acu.route_info IS
'the HTTP routes with all that a daemon needs to answer them; call_start is NULL where the function has gone';
COMMENT ON COLUMN acu.route_info.method IS
'GET (which answers HEAD too), POST, PUT, PATCH or DELETE';
COMMENT ON COLUMN acu.route_info.path IS
'the whole path of the request, compared exactly';
COMMENT ON COLUMN acu.route_info.function IS
'the signature of the function';
COMMENT ON COLUMN acu.route_info.pipelined IS
'whether calls share connections with other requests';
COMMENT ON COLUMN acu.route_info.builtin IS
'whether the route comes with the extension';
COMMENT ON COLUMN acu.route_info.call_start IS
'the SQL of a call up to its arguments, which follow as: name => $1::type, ...; of the kind record as what json_to_record makes of {"v": the value}';
COMMENT ON COLUMN acu.route_info.call_end IS
'the SQL of a call after its arguments; the result has one row of one column';
COMMENT ON COLUMN acu.route_info.argument_names IS
'the names of the arguments, in their order; one that is NULL takes the body of the request';
COMMENT ON COLUMN acu.route_info.argument_types IS
'the types of the arguments';
COMMENT ON COLUMN acu.route_info.argument_defaults IS
'whether each argument may be left out';
COMMENT ON COLUMN acu.route_info.volatility IS
'immutable, stable or volatile: only calls that are not volatile may be sent twice';
COMMENT ON COLUMN acu.route_info.returns_set IS
'whether the function returns rows, which become a JSON array';
COMMENT ON COLUMN acu.route_info.return_type IS
'the type that the function is declared to return, a domain by its own name';
COMMENT ON COLUMN acu.route_info.content_type IS
'the media type of the answer; NULL when there is none (void)';
COMMENT ON COLUMN acu.route_info.max_age_seconds IS
'how many seconds an answer may be used again; NULL: not at all, as always when the function is volatile';
COMMENT ON COLUMN acu.route_info.argument_kinds IS
'how the daemon writes a value for each argument: text, json, array, json array or record, which acu_internal.value_kind tells apart';
COMMENT ON COLUMN acu.route_info.trouble IS
'why the function answers no requests, or not all of them; NULL: it answers them';

-- What follows changes the routes, with the rights of the caller. The privilege TRIGGER
-- on a table would let others have code run with these rights.

CREATE FUNCTION acu_internal.check_triggers(changed regclass) RETURNS void
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other record;
BEGIN
    SELECT t.tgname, p.proowner::regrole AS owner INTO other
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_proc AS p ON p.oid = t.tgfoid
    JOIN pg_roles AS r ON r.oid = p.proowner
    WHERE t.tgrelid = changed AND NOT t.tgisinternal AND t.tgenabled <> 'D'
        AND p.proowner <> c.relowner AND NOT r.rolsuper AND r.rolname <> current_user
    ORDER BY t.tgname
    LIMIT 1;
    IF FOUND THEN
        PERFORM acu_internal.raise('42501',
            format('table %s has the trigger "%s", whose function belongs to role %s',
                   changed, other.tgname, other.owner),
            format('It would run with your rights. DROP TRIGGER %I ON %s removes it.',
                   other.tgname, changed));
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_triggers(regclass) IS
'an error when a change of the table would run a function of somebody who is neither its owner nor a superuser';

CREATE FUNCTION acu_internal.check_path(path text) RETURNS void
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reserved CONSTANT text[] := ARRAY[
        '/healthz', '/readyz', '/metrics', '/workload', '/report',
        -- the protocols of Neon and of the RDS Data API
        '/sql', '/Execute', '/BatchExecute', '/ExecuteSql',
        '/BeginTransaction', '/CommitTransaction', '/RollbackTransaction'];
    longest CONSTANT int := 1024;
BEGIN
    IF path NOT LIKE '/%' THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" does not begin with "/"', left(path, longest)),
            format('Use "/%s".', left(path, longest)));
    ELSIF path = ANY (reserved) THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" is reserved', path),
            'pg_acu_httpd answers it itself, or will; choose another.');
    ELSIF length(path) > longest THEN
        PERFORM acu_internal.raise('22023',
            format('path of %s characters is too long', length(path)),
            format('Use at most %s.', longest));
    ELSIF path !~ '^/[A-Za-z0-9._~!$&''()*+,;=:@/-]*$' THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" has a character that no path is matched with', path),
            'Use letters, digits, "/" and any of .-_~!$&''()*+,;=:@; what follows "?" is matched with the function''s arguments.');
    ELSIF path LIKE '//%' OR path ~ '/\.{1,2}(/|$)' THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" is changed by clients before they send it', path),
            'Leave out a leading "//" and the parts "." and "..".');
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.check_path(text) FROM PUBLIC;
COMMENT ON FUNCTION acu_internal.check_path(text) IS
'raises an error when no request could ever reach a route of this path';

CREATE FUNCTION acu_internal.check_max_age(max_age_seconds int, method text, function oid) RETURNS void
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF max_age_seconds NOT BETWEEN 1 AND 86400 THEN
        PERFORM acu_internal.raise('22023',
            format('max_age_seconds %s is out of range', max_age_seconds),
            'Use 1 to 86400 seconds, or NULL to call the function for every request.');
    ELSIF method <> 'GET' THEN
        PERFORM acu_internal.raise('22023',
            format('an answer to %s cannot be used again', method),
            'Leave out max_age_seconds.');
    ELSIF (SELECT p.provolatile FROM pg_proc AS p WHERE p.oid = check_max_age.function) = 'v' THEN
        PERFORM acu_internal.raise('22023',
            format('an answer of the volatile function %s cannot be used again',
                   acu_internal.signature(function)),
            'Leave out max_age_seconds, or declare the function STABLE if it changes nothing.');
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.check_max_age(int, text, oid) FROM PUBLIC;
COMMENT ON FUNCTION acu_internal.check_max_age(int, text, oid) IS
'raises an error when answers of a route must not be used again, or not for that long';

-- The daemon writes the same, of the arguments that a request gives.
CREATE FUNCTION acu_internal.call_text(function oid, all_arguments boolean) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.call_start || coalesce(a.list, '') || f.call_end
    FROM acu_internal.describe_function(function) AS f,
         LATERAL (
             SELECT string_agg(
                 CASE WHEN name IS NOT NULL THEN format('%I => ', name) ELSE '' END
                 || format(CASE kind
                               WHEN 'record' THEN
                                   '(SELECT r.v FROM pg_catalog.json_to_record($%s::pg_catalog.json) AS r (v %s))'
                               ELSE '$%s::%s'
                           END, at, type),
                 ', ' ORDER BY at)
             FROM unnest(f.argument_names, f.argument_types, f.argument_kinds, f.argument_defaults)
                 WITH ORDINALITY AS a (name, type, kind, has_default, at)
             WHERE all_arguments OR NOT has_default
         ) AS a (list)
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.call_text(oid, boolean) FROM PUBLIC;
COMMENT ON FUNCTION acu_internal.call_text(oid, boolean) IS
'the SQL of a call with all arguments, or with those alone that have no default';

CREATE FUNCTION acu_internal.check_call(function oid) RETURNS void
LANGUAGE plpgsql STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other CONSTANT text := acu_internal.confused_with(function);
    reason text;
BEGIN
    IF other IS NOT NULL THEN
        PERFORM acu_internal.raise('42725',
            format('calls of %s cannot all be told from those of %s',
                   acu_internal.signature(function), other),
            'A call names the arguments that a request gives. Rename one of the two functions, or an argument that both require, or drop a default.');
    END IF;
    FOR all_arguments IN 0..1 LOOP
        EXECUTE format('PREPARE "acu_internal.check_call" AS %s',
                       acu_internal.call_text(function, all_arguments = 1));
        DEALLOCATE "acu_internal.check_call";
    END LOOP;
EXCEPTION
    WHEN ambiguous_function THEN
        RAISE;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
        PERFORM acu_internal.raise('22023',
            format('a call of %s cannot be prepared: %s', acu_internal.signature(function), reason),
            'Try the call yourself: SELECT * FROM the function, with its arguments by name.');
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.check_call(oid) FROM PUBLIC;
COMMENT ON FUNCTION acu_internal.check_call(oid) IS
'raises an error when the call that the daemon makes for a route cannot be prepared';

CREATE FUNCTION acu_internal.warn_http_role(role name, function oid) RETURNS void
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    schema CONSTANT regnamespace := (SELECT pronamespace FROM pg_proc WHERE oid = function);
    missing CONSTANT text := concat_ws(
        ' ',
        CASE WHEN NOT has_schema_privilege(role, schema, 'USAGE') THEN
            format('GRANT USAGE ON SCHEMA %s TO %I;', schema, role)
        END,
        CASE WHEN NOT has_function_privilege(role, function, 'EXECUTE') THEN
            format('GRANT EXECUTE ON FUNCTION %s TO %I;', acu_internal.signature(function), role)
        END);
BEGIN
    IF missing <> '' THEN
        RAISE WARNING USING
            MESSAGE = format('role %I may not run function %s', role, acu_internal.signature(function)),
            HINT = 'Run ' || missing;
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION acu_internal.warn_http_role(name, oid) FROM PUBLIC;
COMMENT ON FUNCTION acu_internal.warn_http_role(name, oid) IS
'warns when a role of acu.grant_http may not run the function of a route';

CREATE FUNCTION acu.add_route(
    method text,
    path text,
    function regprocedure,
    pipelined boolean DEFAULT true,
    max_age_seconds int DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    signature CONSTANT text := acu_internal.signature(function::oid);
    refusal text;
BEGIN
    IF method IS NULL OR path IS NULL OR function IS NULL OR pipelined IS NULL THEN
        PERFORM acu_internal.raise('22004',
            'method, path, function and pipelined of a route must not be null',
            'For example: SELECT acu.add_route(''GET'', ''/hello'', ''app.hello(text)'').');
    END IF;
    method := upper(method);
    IF method NOT IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE') THEN
        PERFORM acu_internal.raise('22023',
            format('method "%s" cannot have a route', left(method, 64)),
            'Use GET (which answers HEAD too), POST, PUT, PATCH or DELETE.');
    END IF;
    PERFORM acu_internal.check_path(path);
    IF signature IS NULL THEN
        PERFORM acu_internal.raise('42883',
            format('function with OID %s does not exist', function::oid));
    END IF;
    refusal := acu_internal.why_not_routable(function::oid, method);
    IF refusal IS NOT NULL THEN
        PERFORM acu_internal.raise('22023',
            format('function %s could never answer %s %s: %s',
                   signature, method, path, refusal),
            'Use a function whose arguments have names and ordinary types, or with one json or jsonb argument, without a name, for the body of a POST, PUT or PATCH.');
    END IF;
    PERFORM acu_internal.check_call(function::oid);
    PERFORM acu_internal.check_max_age(max_age_seconds, method, function::oid);
    IF method = 'GET' AND (SELECT p.provolatile = 'v' FROM pg_proc AS p WHERE p.oid = function) THEN
        RAISE NOTICE USING
            MESSAGE = format('function %s is volatile, and GET calls it in a read-only transaction',
                             signature),
            HINT = 'A write in it is answered 405. Add the route for POST, PUT, PATCH or DELETE if the function changes data, or declare it STABLE if it changes nothing.';
    END IF;
    PERFORM acu_internal.check_triggers('acu.route'::regclass);

    BEGIN
        INSERT INTO acu.route (method, path, function, pipelined, max_age_seconds)
        VALUES (method, path, signature, pipelined, max_age_seconds);
    EXCEPTION WHEN unique_violation THEN
        PERFORM acu_internal.raise('23505',
            format('route %s %s exists already', method, path),
            'Choose another path, or run acu.drop_route first; built-in routes stay.');
    END;

    PERFORM acu_internal.warn_http_role(h.role, function::oid)
    FROM acu.http_role AS h JOIN pg_roles AS r ON r.rolname = h.role;
END
$$;
REVOKE EXECUTE ON FUNCTION acu.add_route(text, text, regprocedure, boolean, int) FROM PUBLIC;
COMMENT ON FUNCTION acu.add_route(text, text, regprocedure, boolean, int) IS
'makes requests with this method and path call the function: SELECT acu.add_route(''GET'', ''/hello'', ''app.hello(text)'')';

CREATE FUNCTION acu.add_route(
    method text,
    path text,
    function text,
    pipelined boolean DEFAULT true,
    max_age_seconds int DEFAULT NULL
) RETURNS void
AS 'MODULE_PATHNAME', 'acu_add_route'
LANGUAGE C;
REVOKE EXECUTE ON FUNCTION acu.add_route(text, text, text, boolean, int) FROM PUBLIC;
COMMENT ON FUNCTION acu.add_route(text, text, text, boolean, int) IS
'the same with the function as text, a name alone where that is unique: SELECT acu.add_route(''GET'', ''/hello'', ''app.hello'')';

CREATE FUNCTION acu.drop_route(method text, path text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    is_builtin boolean;
BEGIN
    SELECT r.builtin INTO is_builtin FROM acu.route AS r
    WHERE r.method = upper(drop_route.method) AND r.path = drop_route.path;
    IF is_builtin IS NULL THEN
        PERFORM acu_internal.raise('P0002',
            format('route %s %s does not exist', coalesce(upper(method), 'null'),
                   coalesce(path, 'null')),
            'The table acu.route lists the routes.');
    ELSIF is_builtin THEN
        PERFORM acu_internal.raise('22023',
            format('route %s %s is built in', upper(method), path),
            'To leave it unanswered, revoke EXECUTE on its function from the role of the daemon and from PUBLIC.');
    END IF;
    PERFORM acu_internal.check_triggers('acu.route'::regclass);
    DELETE FROM acu.route AS r
    WHERE r.method = upper(drop_route.method) AND r.path = drop_route.path;
END
$$;
REVOKE EXECUTE ON FUNCTION acu.drop_route(text, text) FROM PUBLIC;
COMMENT ON FUNCTION acu.drop_route(text, text) IS
'takes back what acu.add_route did';

CREATE FUNCTION acu.grant_http(role regrole) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    daemon pg_roles := (SELECT r FROM pg_roles AS r WHERE r.oid = role);
BEGIN
    IF role IS NULL THEN
        PERFORM acu_internal.raise('22004',
            'role must not be null',
            'For example: SELECT acu.grant_http(''acu_web'').');
    ELSIF daemon.rolname IS NULL THEN
        PERFORM acu_internal.raise('42704', format('role with OID %s does not exist', role::oid));
    ELSIF daemon.rolsuper THEN
        PERFORM acu_internal.raise('22023',
            format('role %I is a superuser', daemon.rolname),
            'What HTTP brings must not run as one. Use a role of its own: CREATE ROLE acu_web LOGIN.');
    END IF;

    EXECUTE format('GRANT USAGE ON SCHEMA acu, acu_internal TO %s', role);
    EXECUTE format('GRANT SELECT ON acu.route, acu.route_info TO %s', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION acu.root(), acu.time(text),'
                   ' acu_internal.find_function(text), acu_internal.base_type(oid), acu_internal.value_kind(oid),'
                   ' acu_internal.arguments(oid), acu_internal.describe_function(oid),'
                   ' acu_internal.signature(oid), acu_internal.why_not_routable(oid, text), acu_internal.confused_with(oid),'
                   ' acu_internal.begin_session(int, int), acu_internal.begin_call(boolean, int)'
                   ' TO %s', role);
    IF NOT has_database_privilege(daemon.rolname, current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %s', current_database(), role);
    END IF;
    PERFORM acu_internal.check_triggers('acu.http_role'::regclass);
    INSERT INTO acu.http_role AS h (role) VALUES (daemon.rolname) ON CONFLICT DO NOTHING;

    IF NOT daemon.rolcanlogin THEN
        RAISE WARNING USING
            MESSAGE = format('role %I may not log in', daemon.rolname),
            HINT = format('Run ALTER ROLE %I LOGIN.', daemon.rolname);
    END IF;
    PERFORM acu_internal.warn_http_role(daemon.rolname, acu_internal.find_function(routed.function))
    FROM (SELECT DISTINCT r.function FROM acu.route AS r WHERE NOT r.builtin
          ORDER BY r.function) AS routed;
END
$$;
REVOKE EXECUTE ON FUNCTION acu.grant_http(regrole) FROM PUBLIC;
COMMENT ON FUNCTION acu.grant_http(regrole) IS
'gives a role what pg_acu_httpd needs to log in as it and answer the built-in routes, and records it, so that acu.add_route can warn of functions that it may not run';
