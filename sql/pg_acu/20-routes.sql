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
'seconds for which the answer to requests without arguments may be cached; NULL: every request calls the function';

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
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('pg_acu_route', '');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION acu_internal.notify_route IS
'trigger: tells the channel pg_acu_route that the routes have changed';

CREATE TRIGGER notify_route
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON acu.route
    FOR EACH STATEMENT EXECUTE FUNCTION acu_internal.notify_route();

COMMENT ON TRIGGER notify_route ON acu.route IS
'tells the channel pg_acu_route that the routes have changed';

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
                         'its calls are ambiguous with calls of '
                         || acu_internal.confused_with(found.function))
       END AS trouble
FROM acu.route AS r
CROSS JOIN LATERAL acu_internal.find_function(r.function) AS found (function)
LEFT JOIN LATERAL acu_internal.describe_function(found.function) AS f ON true;
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
'seconds for which an answer may be cached; NULL: not at all, as always when the function is volatile';
COMMENT ON COLUMN acu.route_info.argument_kinds IS
'form in which the daemon writes a value for each argument: text, json, array, json array or record, which acu_internal.value_kind tells apart';
COMMENT ON COLUMN acu.route_info.trouble IS
'reason for which the function answers no requests, or not all of them; NULL when it answers them';

-- The functions below change the routes, with the rights of the caller. The privilege
-- TRIGGER on a table would let others have code run with these rights.
CREATE FUNCTION acu_internal.check_triggers(changed regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
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
COMMENT ON FUNCTION acu_internal.check_triggers IS
'raises an error when a change of the table would run a function of somebody who is neither its owner nor a superuser';

CREATE FUNCTION acu_internal.check_path(path text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reserved CONSTANT text[] := ARRAY[
        '/healthz', '/readyz', '/metrics', '/workload', '/report',
        -- the protocols of Neon and of the RDS Data API
        '/sql', '/Execute', '/BatchExecute', '/ExecuteSql',
        '/BeginTransaction', '/CommitTransaction', '/RollbackTransaction'];
    max_length CONSTANT int := 1024;
BEGIN
    IF path NOT LIKE '/%' THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" must begin with "/"', left(path, max_length)),
            format('Use "/%s".', left(path, max_length)));
    ELSIF path = ANY (reserved) THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" is reserved', path),
            'Choose another path, as pg_acu_httpd answers this one itself, or will.');
    ELSIF length(path) > max_length THEN
        PERFORM acu_internal.raise('22023',
            format('path must have at most %s characters, not %s', max_length, length(path)),
            'Choose a shorter path.');
    ELSIF path !~ '^/[A-Za-z0-9._~!$&''()*+,;=:@/-]*$' THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" has an invalid character', path),
            'Use letters, digits, "/" and any of .-_~!$&''()*+,;=:@; leave out the query behind "?", which is matched with the arguments of the function.');
    ELSIF path LIKE '//%' OR path ~ '/[.]{1,2}(/|$)' THEN
        PERFORM acu_internal.raise('22023',
            format('path "%s" is changed by clients before they send it', path),
            'Leave out a leading "//" and the parts "." and "..".');
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_path IS
'raises an error when no request can reach a route of this path';

CREATE FUNCTION acu_internal.check_max_age(max_age_seconds int, method text, function oid) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF max_age_seconds NOT BETWEEN 1 AND 86400 THEN
        PERFORM acu_internal.raise('22023',
            format('max_age_seconds must be from 1 to 86400, not %s', max_age_seconds),
            'Set max_age_seconds within this range, or to NULL to call the function for every request.');
    ELSIF method <> 'GET' THEN
        PERFORM acu_internal.raise('22023',
            format('answers to %s cannot be cached', method),
            'Leave out max_age_seconds.');
    ELSIF (SELECT p.provolatile FROM pg_proc AS p WHERE p.oid = check_max_age.function) = 'v' THEN
        PERFORM acu_internal.raise('22023',
            format('answers of the volatile function %s cannot be cached',
                   acu_internal.signature(function)),
            'Leave out max_age_seconds, or declare the function STABLE if it changes nothing.');
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_max_age IS
'raises an error when answers of a route must not be cached, or not for that long';

-- The daemon writes the same, of the arguments that a request gives.
CREATE FUNCTION acu_internal.call_text(function oid, all_arguments boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT
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
COMMENT ON FUNCTION acu_internal.call_text IS
'the SQL of a call with all arguments, or with those alone that have no default';

CREATE FUNCTION acu_internal.check_call(function oid) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other CONSTANT text := acu_internal.confused_with(function);
    reason text;
BEGIN
    IF other IS NOT NULL THEN
        PERFORM acu_internal.raise('42725',
            format('calls of %s are ambiguous with calls of %s',
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
COMMENT ON FUNCTION acu_internal.check_call IS
'raises an error when the call that the daemon makes for a route cannot be prepared';

CREATE FUNCTION acu_internal.warn_http_role(role name, function oid) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
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
COMMENT ON FUNCTION acu_internal.warn_http_role IS
'warns when a role of acu.grant_http may not run the function of a route';

CREATE FUNCTION acu.add_route(
    method text,
    path text,
    function regprocedure,
    pipelined boolean DEFAULT true,
    max_age_seconds int DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    signature CONSTANT text := acu_internal.signature(function::oid);
    refusal text;
BEGIN
    IF method IS NULL OR path IS NULL OR function IS NULL OR pipelined IS NULL THEN
        PERFORM acu_internal.raise('22004',
            'method, path, function and pipelined must not be NULL',
            'For example: SELECT acu.add_route(''GET'', ''/hello'', ''app.hello(text)'').');
    END IF;
    method := upper(method);
    IF method NOT IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE') THEN
        PERFORM acu_internal.raise('22023',
            format('invalid method "%s"', left(method, 64)),
            'Set method to GET (which answers HEAD too), POST, PUT, PATCH or DELETE.');
    END IF;
    PERFORM acu_internal.check_path(path);
    IF signature IS NULL THEN
        PERFORM acu_internal.raise('42883',
            format('function with OID %s does not exist', function::oid));
    END IF;
    refusal := acu_internal.why_not_routable(function::oid, method);
    IF refusal IS NOT NULL THEN
        PERFORM acu_internal.raise('22023',
            format('function %s cannot answer %s %s: %s',
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
            format('route %s %s already exists', method, path),
            'Choose another path, or run acu.drop_route first; built-in routes stay.');
    END;

    PERFORM acu_internal.warn_http_role(h.role, function::oid)
    FROM acu.http_role AS h JOIN pg_roles AS r ON r.rolname = h.role;
END
$$;
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
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION acu.add_route(text, text, text, boolean, int) IS
'adds a route like the other acu.add_route, with the function as text, a name alone where that is unique: SELECT acu.add_route(''GET'', ''/hello'', ''app.hello'')';

CREATE FUNCTION acu.drop_route(method text, path text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
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
COMMENT ON FUNCTION acu.drop_route IS
'removes a route that acu.add_route has added';

CREATE FUNCTION acu.grant_http(role regrole) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    daemon pg_roles := (SELECT r FROM pg_roles AS r WHERE r.oid = role);
BEGIN
    IF role IS NULL THEN
        PERFORM acu_internal.raise('22004',
            'role must not be NULL',
            'For example: SELECT acu.grant_http(''acu_web'').');
    ELSIF daemon.rolname IS NULL THEN
        PERFORM acu_internal.raise('42704', format('role with OID %s does not exist', role::oid));
    ELSIF daemon.rolsuper THEN
        PERFORM acu_internal.raise('22023',
            format('role %I is a superuser', daemon.rolname),
            'Create a role of its own for requests: CREATE ROLE acu_web LOGIN.');
    END IF;

    EXECUTE format('GRANT USAGE ON SCHEMA acu, acu_internal TO %s', role);
    EXECUTE format('GRANT SELECT ON acu.route, acu.route_info TO %s', role);
    -- Argument types are given, as somebody else may have made functions of these names since.
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
COMMENT ON FUNCTION acu.grant_http IS
'gives a role what pg_acu_httpd needs to log in as it and answer the built-in routes, and records it, so that acu.add_route can warn of functions that it may not run';
