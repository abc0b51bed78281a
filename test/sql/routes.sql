-- The routes: what acu.add_route takes, what it refuses, what the daemon reads.

-- Everybody may read them.
SELECT * FROM acu.route WHERE builtin ORDER BY path COLLATE "C";
\x on
SELECT * FROM acu.route_info WHERE builtin ORDER BY path COLLATE "C";
\x off

CREATE SCHEMA "Shop";
CREATE TYPE "Shop".size AS ENUM ('small', 'large');
CREATE TABLE "Shop".item (id int, "full name" text);
CREATE FUNCTION "Shop"."Find item"(id int, "the size" "Shop".size DEFAULT 'small')
    RETURNS "Shop".item LANGUAGE sql STABLE AS $$ SELECT 1, 'pen' $$;
CREATE FUNCTION "Shop".items() RETURNS SETOF "Shop".item
    LANGUAGE sql STABLE AS $$ SELECT 1, 'pen' UNION ALL SELECT 2, 'ink' $$;
CREATE FUNCTION "Shop".counts(OUT n int) RETURNS SETOF int
    LANGUAGE sql IMMUTABLE AS $$ SELECT 1 UNION ALL SELECT 2 $$;
CREATE FUNCTION "Shop".numbers() RETURNS SETOF int
    LANGUAGE sql AS $$ SELECT 1 UNION ALL SELECT 2 $$;
CREATE FUNCTION "Shop".buy(json) RETURNS void LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION "Shop".price(id int) RETURNS numeric LANGUAGE sql AS $$ SELECT 9.50 $$;
CREATE FUNCTION "Shop".label(id int) RETURNS text LANGUAGE sql AS $$ SELECT 'pen'::text $$;
CREATE FUNCTION "Shop".picture(id int) RETURNS bytea LANGUAGE sql AS $$ SELECT '\x00'::bytea $$;
CREATE FUNCTION "Shop".feed() RETURNS xml LANGUAGE sql AS $$ SELECT NULL::xml $$;
CREATE FUNCTION "Shop".page() RETURNS acu.html LANGUAGE sql AS $$ SELECT ''::acu.html $$;
CREATE FUNCTION "Shop".kept() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'kept' $$;
CREATE FUNCTION "Shop".tags(ids int[]) RETURNS jsonb LANGUAGE sql AS $$ SELECT to_jsonb(ids) $$;

SELECT acu.add_route('GET', '/item', '"Shop"."Find item"(int, "Shop".size)');
SELECT acu.add_route('GET', '/items', '"Shop".items()');
SELECT acu.add_route('get', '/counts', '"Shop".counts()');
SELECT acu.add_route('GET', '/numbers', '"Shop".numbers()');
SELECT acu.add_route('POST', '/item', '"Shop".buy(json)', pipelined => false);
SELECT acu.add_route('GET', '/item/price', '"Shop".price(int)');
SELECT acu.add_route('GET', '/label', '"Shop".label(int)');
SELECT acu.add_route('GET', '/picture', '"Shop".picture(int)');
SELECT acu.add_route('GET', '/feed', '"Shop".feed()');
SELECT acu.add_route('GET', '/page', '"Shop".page()');
SELECT acu.add_route('GET', '/tags', '"Shop".tags(int[])');

SELECT acu.add_route('GET', '/kept', '"Shop".kept()', max_age_seconds => 60);

SELECT method, path, function, pipelined, builtin, max_age_seconds FROM acu.route
WHERE NOT builtin ORDER BY path COLLATE "C", method;
SELECT method, path, call_start, call_end FROM acu.route_info
WHERE NOT builtin ORDER BY path COLLATE "C", method;
SELECT method, path, argument_names, argument_types, argument_defaults, argument_kinds FROM acu.route_info
WHERE argument_names <> '{}' ORDER BY path COLLATE "C", method;
SELECT method, path, volatility, returns_set, return_type, content_type FROM acu.route_info
WHERE NOT builtin ORDER BY path COLLATE "C", method;

-- A caller's search_path changes none of it.
SET search_path = "Shop", acu;
SELECT DISTINCT call_start, argument_types FROM acu.route_info WHERE path = '/item' AND method = 'GET';
RESET search_path;

-- The calls are calls: one row of one column.
SELECT call_start || string_agg(format('%I => %L::%s', a, 1, t), ', ') || call_end AS call
FROM acu.route_info, unnest(argument_names, argument_types) AS args (a, t)
WHERE path IN ('/item', '/item/price', '/label') AND method = 'GET' AND t = 'integer'
GROUP BY path, call_start, call_end ORDER BY path COLLATE "C" \gexec
SELECT call_start || call_end AS call FROM acu.route_info
WHERE path IN ('/items', '/counts', '/numbers', '/page') ORDER BY path COLLATE "C" \gexec

-- Routes show on the root page, escaped; a link is only a GET whose function is not
-- volatile.
SELECT acu.add_route('GET', '/a''b&c', '"Shop".items()');
SELECT unnest(regexp_matches(acu.root(), '<li>.*?</li>', 'g'));

-- Once the function may change something, every request is to call it.
SELECT max_age_seconds FROM acu.route_info WHERE path = '/kept';
ALTER FUNCTION "Shop".kept() VOLATILE;
SELECT max_age_seconds FROM acu.route_info WHERE path = '/kept';

-- Functions that can answer no request are refused.
SELECT acu.add_route('GET', '/x', 'no_such_function()');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', '/x', 4294967295::oid::regprocedure);
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', 'x', 'version()');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', '', 'version()');
SELECT acu.add_route('FETCH', '/x', 'version()');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('HEAD', '/x', 'version()');
SELECT acu.add_route('GET', '/healthz', 'version()');
SELECT acu.add_route('POST', '/sql', 'version()');
SELECT acu.add_route('GET', '/x?y=1', 'version()');
SELECT acu.add_route('GET', E'/x\n', 'version()');
SELECT acu.add_route('GET', '/a/../b', 'version()');
SELECT acu.add_route('GET', '/.', 'version()');
SELECT acu.add_route('GET', '//evil.example', 'version()');
SELECT acu.add_route('GET', '/' || repeat('x', 1024), 'version()');
SELECT acu.add_route(NULL, '/x', 'version()');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', NULL, 'version()');
SELECT acu.add_route('GET', '/x', NULL);
SELECT acu.add_route('GET', '/x', 'version()', NULL);
SELECT acu.add_route('GET', '/x', 'version()', max_age_seconds => 0);
SELECT acu.add_route('GET', '/x', 'version()', max_age_seconds => 86401);
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('POST', '/x', 'version()', max_age_seconds => 1);
SELECT acu.add_route('GET', '/x', '"Shop".kept()', max_age_seconds => 1);
SELECT acu.add_route('GET', '/time', 'version()');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', '/items', 'version()');

CREATE PROCEDURE "Shop".procedure() LANGUAGE sql AS '';
CREATE FUNCTION "Shop".changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION "Shop".same(what anyelement) RETURNS anyelement LANGUAGE sql AS $$ SELECT what $$;
CREATE FUNCTION "Shop".rows() RETURNS SETOF record LANGUAGE sql AS $$ SELECT 1, 2 $$;
CREATE FUNCTION "Shop".many(VARIADIC ids int[]) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".half_named(id int, int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".unnamed(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION pg_temp.passing() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
SELECT acu.add_route('GET', '/x', '"Shop".procedure()');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', '/x', '"Shop".changed()');
SELECT acu.add_route('GET', '/x', '"Shop".same(anyelement)');
SELECT acu.add_route('GET', '/x', '"Shop".rows()');
SELECT acu.add_route('GET', '/x', '"Shop".many(int[])');
SELECT acu.add_route('GET', '/x', '"Shop".half_named(int, int)');
SELECT acu.add_route('GET', '/x', '"Shop".unnamed(int)');
SELECT acu.add_route('GET', '/x', '"Shop".buy(json)');
SELECT acu.add_route('GET', '/x', 'sum(int)');
SELECT acu.add_route('GET', '/x', 'rank()');
SELECT acu.add_route('GET', '/x', 'int4in(cstring)');
-- Its schema has a number for a name, so only the end of the message is shown.
DO $$
BEGIN
    PERFORM acu.add_route('GET', '/x', 'pg_temp.passing()');
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE NOTICE '%', substring(sqlerrm FROM 'cannot answer.*');
END
$$;
-- A name alone will do where only one function has it; the caller's search_path
-- finds it.
CREATE FUNCTION "Shop".place_order(item int, pieces int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('POST', '/order', '"Shop".place_order');
SET search_path = "Shop";
SELECT acu.add_route('PUT', '/order', 'place_order');
SELECT acu.add_route('PATCH', '/order', ' place_order ( int , int ) ', pipelined => false);
RESET search_path;
SELECT method, function, pipelined FROM acu.route WHERE path = '/order' ORDER BY method;
SELECT acu.drop_route(method, path) FROM acu.route WHERE path = '/order' \g /dev/null
SELECT acu.add_route('POST', '/x', 'place_order');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('POST', '/x', 'shop.place_order');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('POST', '/x', 'a "bad" name');
SELECT acu.add_route('POST', '/x', '');
CREATE FUNCTION "Shop".place_order(item text) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('POST', '/x', '"Shop".place_order');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('POST', '/order', '"Shop".place_order(text)');
SELECT acu.drop_route('POST', '/order');

-- Functions whose calls are ambiguous. Which arguments a request gives is
-- not known before, so any set of them counts.
CREATE FUNCTION "Shop".find(id int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".find(id int, deep boolean DEFAULT false) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".find(id int, deep boolean, "limit" int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".find(id bigint) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('GET', '/x', '"Shop".find(int)');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.add_route('GET', '/x', '"Shop".find(int, boolean)');
SELECT acu.add_route('GET', '/find', '"Shop".find(int, boolean, int)');
SELECT acu.add_route('GET', '/find/big', '"Shop".find(bigint)');
CREATE FUNCTION "Shop".turned(a int, b text) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".turned(b text, a int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('GET', '/x', '"Shop".turned(int, text)');
CREATE FUNCTION "Shop".all_default(a int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".all_default(b text DEFAULT '') RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('GET', '/x', '"Shop".all_default(int)');
CREATE FUNCTION "Shop".body(json) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".body(json, a int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('POST', '/x', '"Shop".body(json)');
CREATE FUNCTION "Shop".body2(json) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".body2(jsonb) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".body2(VARIADIC json[]) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('POST', '/body', '"Shop".body2(json)');

-- Other functions that cannot answer, or not with all that they return.
CREATE FUNCTION "Shop".twice(OUT column2 int, OUT int) RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, 2 $$;
SELECT acu.add_route('GET', '/x', '"Shop".twice()');
CREATE TYPE pg_temp.passing_type AS (a int);
CREATE FUNCTION "Shop".passing(a pg_temp.passing_type) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION "Shop".passing_column(OUT a pg_temp.passing_type, OUT b int) LANGUAGE sql STABLE AS $$ SELECT NULL::pg_temp.passing_type, 1 $$;
DO $$
DECLARE
    list text := (SELECT string_agg('a' || i || ' int DEFAULT 0', ', ') FROM generate_series(1, 65) AS i);
    name text;
BEGIN
    EXECUTE format('CREATE FUNCTION "Shop".wide(%s) RETURNS int LANGUAGE sql STABLE AS ''SELECT 1''', list);
    EXECUTE format('CREATE FUNCTION "Shop".widest(%s) RETURNS int LANGUAGE sql STABLE AS ''SELECT 1''',
                   replace(list, ', a65 int DEFAULT 0', ''));
    FOREACH name IN ARRAY ARRAY['wide', 'widest', 'passing', 'passing_column'] LOOP
        BEGIN
            PERFORM acu.add_route('GET', '/' || name, '"Shop".' || name);
        EXCEPTION WHEN invalid_parameter_value THEN
            RAISE NOTICE '%', substring(sqlerrm FROM 'cannot answer.*');
        END;
    END LOOP;
END
$$;
CREATE DOMAIN "Shop".document AS json;
CREATE FUNCTION "Shop".take_document("Shop".document) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT acu.add_route('POST', '/document', '"Shop".take_document');
SELECT count(*) AS statements_left FROM pg_prepared_statements;

-- An overload that comes later is seen.
SELECT path, trouble FROM acu.route_info WHERE trouble IS NOT NULL ORDER BY path COLLATE "C";
CREATE FUNCTION "Shop".find(id bigint, deep boolean DEFAULT false) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SELECT path, trouble FROM acu.route_info WHERE trouble IS NOT NULL ORDER BY path COLLATE "C";
PREPARE ambiguous AS SELECT "Shop".find(id => $1::bigint);
DROP FUNCTION "Shop".find(bigint, boolean);
SELECT acu.drop_route(method, path) FROM acu.route
WHERE path IN ('/find', '/find/big', '/body', '/document', '/widest') \g /dev/null

SELECT count(*) AS nothing_was_added FROM acu.route WHERE path = '/x';

-- A function that has gone, or its argument's type, hides no other route.
DROP FUNCTION "Shop".numbers();
SET client_min_messages = warning;
DROP TYPE "Shop".size CASCADE;
RESET client_min_messages;
SELECT method, path, function FROM acu.route_info WHERE call_start IS NULL ORDER BY path COLLATE "C";
SELECT count(*) > 10 AS the_others_are_there FROM acu.route_info WHERE call_start IS NOT NULL;

SELECT acu.drop_route('GET', '/nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.drop_route(NULL, '/items');
SELECT acu.drop_route('GET', '/');
\echo :LAST_ERROR_SQLSTATE
SELECT acu.drop_route('get', '/items');
SELECT count(*) AS items FROM acu.route WHERE path = '/items';

-- The daemon's role, and functions that it may not run.
CREATE ROLE regress_acu_web;
SELECT acu.grant_http('regress_acu_web');
REVOKE EXECUTE ON FUNCTION "Shop".items() FROM PUBLIC;
SELECT acu.add_route('GET', '/more', '"Shop".items()');
GRANT USAGE ON SCHEMA "Shop" TO regress_acu_web;
GRANT EXECUTE ON FUNCTION "Shop".items() TO regress_acu_web;
SELECT acu.add_route('GET', '/most', '"Shop".items()');
SELECT acu.grant_http(NULL);
SELECT acu.grant_http('regress_acu_nobody');
\echo :LAST_ERROR_SQLSTATE
CREATE ROLE regress_acu_boss SUPERUSER;
SELECT acu.grant_http('regress_acu_boss');
\echo :LAST_ERROR_SQLSTATE
DROP ROLE regress_acu_boss;
DROP OWNED BY regress_acu_web;
DROP ROLE regress_acu_web;

SELECT acu.drop_route(method, path) FROM acu.route WHERE NOT builtin \g /dev/null
SET client_min_messages = warning;
DROP SCHEMA "Shop" CASCADE;
