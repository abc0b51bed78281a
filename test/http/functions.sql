-- The functions and routes that the tests of the HTTP server call. server.mjs runs
-- this in a new database, as a superuser; the daemon logs in as acu_web.

\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE EXTENSION pg_acu CASCADE;
SELECT acu.grant_http('acu_web');

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO acu_web;
SET search_path = app;

-- Arguments.

CREATE FUNCTION echo(word text) RETURNS json LANGUAGE sql STABLE
    AS $$ SELECT json_build_object('word', word) $$;
CREATE FUNCTION bind(
    t text DEFAULT 'left out', i int DEFAULT NULL, n numeric DEFAULT NULL,
    b boolean DEFAULT NULL, j jsonb DEFAULT NULL, js json DEFAULT NULL,
    a int[] DEFAULT NULL, ta text[] DEFAULT NULL
) RETURNS json LANGUAGE sql STABLE
    AS $$ SELECT json_build_object('t', t, 'i', i, 'n', n::text, 'b', b, 'j', j, 'js', js,
                                   'a', a, 'ta', ta, 'j is null', j IS NULL) $$;
CREATE FUNCTION pair(a int, b text DEFAULT 'x') RETURNS json LANGUAGE sql STABLE
    AS $$ SELECT json_build_object('a', a, 'b', b) $$;
CREATE FUNCTION nothing() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '{"given": 0}'::json $$;
CREATE FUNCTION "odd names"("two words" text, "Case" text DEFAULT '', "ü" text DEFAULT '')
    RETURNS json LANGUAGE sql STABLE
    AS $$ SELECT json_build_array("two words", "Case", "ü") $$;
CREATE FUNCTION whole_jsonb(jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT $1 $$;
CREATE FUNCTION whole_json(json) RETURNS json LANGUAGE sql STABLE AS $$ SELECT $1 $$;

-- Every kind of declared type.

CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TYPE point3 AS (x int, y int, label text);
CREATE DOMAIN code AS text CHECK (VALUE ~ '^[a-z]+$');

CREATE FUNCTION a_json() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '{"b" :1,  "a":[ ]}'::json $$;
CREATE FUNCTION a_jsonb() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"b" :1,  "a":[ ]}'::jsonb $$;
CREATE FUNCTION a_html() RETURNS acu.html LANGUAGE sql STABLE AS $$ SELECT '<p>é</p>'::acu.html $$;
CREATE FUNCTION a_xml() RETURNS xml LANGUAGE sql STABLE AS $$ SELECT '<a>é</a>'::xml $$;
CREATE FUNCTION a_text() RETURNS text LANGUAGE sql STABLE AS $$ SELECT E'é\n"quoted"' $$;
CREATE FUNCTION an_empty_text() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '' $$;
CREATE FUNCTION a_bytea() RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT '\x00ff0d0a00'::bytea $$;
CREATE FUNCTION an_int() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 42 $$;
CREATE FUNCTION a_bigint() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT 9007199254740993 $$;
CREATE FUNCTION a_numeric() RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT 1.50 $$;
CREATE FUNCTION a_float() RETURNS float8 LANGUAGE sql STABLE AS $$ SELECT 'NaN'::float8 $$;
CREATE FUNCTION a_boolean() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$;
CREATE FUNCTION a_date() RETURNS date LANGUAGE sql STABLE AS $$ SELECT DATE '2026-11-23' $$;
CREATE FUNCTION a_uuid() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT '6b8b4567-327b-23c6-643c-986966334873'::uuid $$;
CREATE FUNCTION an_array() RETURNS int[] LANGUAGE sql STABLE AS $$ SELECT ARRAY[1, 2, NULL] $$;
CREATE FUNCTION a_varchar() RETURNS varchar LANGUAGE sql STABLE AS $$ SELECT 'x"y'::varchar $$;
CREATE FUNCTION a_domain() RETURNS code LANGUAGE sql STABLE AS $$ SELECT 'abc'::app.code $$;
CREATE FUNCTION an_enum() RETURNS mood LANGUAGE sql STABLE AS $$ SELECT 'sad'::app.mood $$;
CREATE FUNCTION a_row() RETURNS point3 LANGUAGE sql STABLE AS $$ SELECT 1, 2, 'l' $$;
CREATE FUNCTION outs(OUT a int, OUT b text) LANGUAGE sql STABLE AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION a_void() RETURNS void LANGUAGE sql AS $$ SELECT $$;

CREATE FUNCTION rows(n int) RETURNS TABLE (a int, b text) LANGUAGE sql STABLE
    AS $$ SELECT i, 'row ' || i FROM generate_series(1, n) AS i $$;
CREATE FUNCTION scalars(n int) RETURNS SETOF int LANGUAGE sql STABLE
    AS $$ SELECT i FROM generate_series(1, n) AS i $$;
CREATE FUNCTION points() RETURNS SETOF point3 LANGUAGE sql STABLE
    AS $$ VALUES (1, 2, 'a'), (3, NULL, NULL) $$;
CREATE FUNCTION documents() RETURNS SETOF jsonb LANGUAGE sql STABLE
    AS $$ VALUES ('{"a": 1}'::jsonb), (NULL) $$;

CREATE FUNCTION null_json() RETURNS json LANGUAGE sql STABLE AS $$ SELECT NULL::json $$;
CREATE FUNCTION null_jsonb() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT NULL::jsonb $$;
CREATE FUNCTION null_int() RETURNS int LANGUAGE sql STABLE AS $$ SELECT NULL::int $$;
CREATE FUNCTION null_row() RETURNS point3 LANGUAGE sql STABLE AS $$ SELECT NULL::app.point3 $$;
CREATE FUNCTION null_text() RETURNS text LANGUAGE sql STABLE AS $$ SELECT NULL::text $$;
CREATE FUNCTION null_html() RETURNS acu.html LANGUAGE sql STABLE AS $$ SELECT NULL::acu.html $$;
CREATE FUNCTION null_xml() RETURNS xml LANGUAGE sql STABLE AS $$ SELECT NULL::xml $$;
CREATE FUNCTION null_bytea() RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT NULL::bytea $$;

-- Errors.

CREATE FUNCTION raise(code text, message text DEFAULT 'the message') RETURNS json LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
            DETAIL = 'the detail', HINT = 'the hint';
    END
    $$;
CREATE FUNCTION broken() RETURNS json LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN (SELECT to_json(hidden_column) FROM app.hidden_table); END $$;
CREATE TABLE secret (id int PRIMARY KEY CHECK (id > 0), parent int NOT NULL REFERENCES secret);
CREATE FUNCTION read_secret() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM app.secret $$;
CREATE FUNCTION forbidden() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '1'::json $$;
REVOKE EXECUTE ON FUNCTION forbidden() FROM PUBLIC;

-- Time, size and connections.

CREATE FUNCTION sleep(seconds float8, word text DEFAULT '') RETURNS json LANGUAGE plpgsql STABLE
    AS $$ BEGIN PERFORM pg_sleep(seconds); RETURN json_build_object('slept', word); END $$;
CREATE FUNCTION sleep_alone(seconds float8, word text DEFAULT '') RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$ BEGIN PERFORM pg_sleep(seconds); RETURN json_build_object('slept', word); END $$;
CREATE FUNCTION big(bytes int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT repeat('x', bytes) $$;
CREATE FUNCTION big_binary(bytes int) RETURNS bytea LANGUAGE sql STABLE
    AS $$ SELECT convert_to(repeat('x', bytes), 'UTF8') $$;
CREATE FUNCTION backend() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT pg_backend_pid() $$;

CREATE FUNCTION moment(word text DEFAULT '') RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT word || clock_timestamp() $$;

CREATE TABLE done (key text, at timestamptz DEFAULT clock_timestamp());
GRANT SELECT, INSERT ON done TO acu_web;
CREATE FUNCTION once(key text) RETURNS json LANGUAGE plpgsql VOLATILE
    AS $$
    BEGIN
        INSERT INTO app.done (key) VALUES (once.key);
        PERFORM pg_sleep(0.01);
        RETURN json_build_object('word', once.key);
    END
    $$;

DO $$
DECLARE
    f record;
BEGIN
    -- GET /an_int and so on: every function that takes no body.
    FOR f IN
        SELECT p.oid, p.proname FROM pg_proc AS p
        WHERE p.pronamespace = 'app'::regnamespace
            AND p.proname NOT IN ('once', 'whole_json', 'whole_jsonb', 'odd names', 'sleep_alone')
    LOOP
        PERFORM acu.add_route('GET', '/' || f.proname, f.oid::regprocedure);
    END LOOP;
END
$$;
SELECT acu.add_route('GET', '/odd-names', 'app."odd names"(text, text, text)'),
    acu.add_route('GET', '/sleep_alone', 'app.sleep_alone(float8, text)', pipelined => false),
    acu.add_route('POST', '/sleep_alone', 'app.sleep_alone(float8, text)', pipelined => false),
    acu.add_route('GET', '/moment/of-the-day', 'app.moment(text)', max_age_seconds => 86400),
    acu.add_route('GET', '/moment/of-the-second', 'app.moment(text)', max_age_seconds => 1),
    acu.add_route('POST', '/once', 'app.once(text)'),
    acu.add_route('POST', '/bind', 'app.bind(text, int, numeric, boolean, jsonb, json, int[], text[])'),
    acu.add_route('PUT', '/bind', 'app.bind(text, int, numeric, boolean, jsonb, json, int[], text[])'),
    acu.add_route('PATCH', '/bind', 'app.bind(text, int, numeric, boolean, jsonb, json, int[], text[])'),
    acu.add_route('DELETE', '/bind', 'app.bind(text, int, numeric, boolean, jsonb, json, int[], text[])'),
    acu.add_route('POST', '/nothing', 'app.nothing()'),
    acu.add_route('POST', '/whole_jsonb', 'app.whole_jsonb(jsonb)'),
    acu.add_route('POST', '/whole_json', 'app.whole_json(json)'),
    acu.add_route('POST', '/only-post', 'app.echo(text)');

CREATE FUNCTION app.read_only(key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET transaction_read_only = on;
    INSERT INTO app.done VALUES (read_only.key);
END
$$;
SELECT acu.add_route('POST', '/read_only', 'app.read_only(text)');

CREATE FUNCTION app.add_secret(id int, parent int) RETURNS void LANGUAGE sql
    AS 'INSERT INTO app.secret VALUES (id, parent)';
SELECT acu.add_route('POST', '/add_secret', 'app.add_secret(int, int)');
