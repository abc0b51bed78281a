// Results of functions by how they are declared, in the cases that servers of this
// kind are known to get wrong: each answer is compared with exact bytes.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, message, psql, start } from './server.mjs';

await createDatabase();

const json = 'application/json';
const plain = 'text/plain; charset=utf-8';
const returned = [
    // declared, its body, the type and the bytes of the answer; no type: 204
    ['RETURNS json', 'SELECT \'null\'::json', json, 'null'],
    ['RETURNS jsonb', 'SELECT \'null\'::jsonb', json, 'null'],
    ['RETURNS json', 'SELECT \'"text"\'::json', json, '"text"'],
    ['RETURNS json', 'SELECT \'false\'::json', json, 'false'],
    ['RETURNS jsonb', 'SELECT \'1e400\'::jsonb', json, `1${'0'.repeat(400)}`],
    ['RETURNS json', 'SELECT \'{"a": 1, "a": 2}\'::json', json, '{"a": 1, "a": 2}'],
    ['RETURNS jsonb', 'SELECT \'"\\u00e9\\ud83d\\ude00\\n"\'::jsonb', json, '"é😀\\n"'],
    ['RETURNS bigint', 'SELECT 9223372036854775807', json, '9223372036854775807'],
    ['RETURNS numeric', 'SELECT 12345678901234567890.123456789012345678901234567890', json, '12345678901234567890.123456789012345678901234567890'],
    ['RETURNS numeric', 'SELECT \'NaN\'::numeric', json, '"NaN"'],
    ['RETURNS float8', 'SELECT \'-Infinity\'::float8', json, '"-Infinity"'],
    ['RETURNS float4', 'SELECT 0.1::float4', json, '0.1'],
    ['RETURNS SETOF float8', 'VALUES (\'NaN\'::float8), (\'Infinity\'), (1e-7)', json, '["NaN", "Infinity", 1e-07]'],
    ['RETURNS boolean', 'SELECT NULL::boolean', json, 'null'],
    ['RETURNS timestamptz', 'SELECT \'infinity\'::timestamptz', json, '"infinity"'],
    ['RETURNS timestamp', 'SELECT \'2026-11-25 12:00:00.5\'::timestamp', json, '"2026-11-25T12:00:00.5"'],
    ['RETURNS date', 'SELECT \'0044-03-15 BC\'::date', json, '"0044-03-15 BC"'],
    ['RETURNS interval', 'SELECT \'1 day 02:03:04.5\'::interval', json, '"1 day 02:03:04.5"'],
    ['RETURNS int4range', 'SELECT \'[1,2]\'::int4range', json, '"[1,3)"'],
    ['RETURNS point', 'SELECT point(1, 2)', json, '"(1,2)"'],
    ['RETURNS "char"', 'SELECT \'"\'::"char"', json, '"\\""'],
    ['RETURNS char(5)', 'SELECT \'ab\'::char(5)', json, '"ab   "'],
    ['RETURNS name', 'SELECT \'ab\'::name', json, '"ab"'],
    ['RETURNS uuid[]', 'SELECT ARRAY[]::uuid[]', json, '[]'],
    ['RETURNS int[]', 'SELECT \'{{1,2},{3,NULL}}\'::int[]', json, '[[1,2],[3,null]]'],
    ['RETURNS int[]', 'SELECT NULL::int[]', json, 'null'],
    ['RETURNS jsonb[]', 'SELECT ARRAY[\'1\', NULL, \'"1"\', \'null\']::jsonb[]', json, '[1,null,"1",null]'],
    ['RETURNS bytea[]', 'SELECT ARRAY[\'\\x00ff\']::bytea[]', json, '["\\\\x00ff"]'],
    ['RETURNS text[]', 'SELECT ARRAY[\'a"b\', E\'\\n\', \'é\', \'\']', json, '["a\\"b","\\n","é",""]'],
    ['RETURNS regclass', 'SELECT \'pg_class\'::regclass', json, '"pg_class"'],
    ['RETURNS oid', 'SELECT 4294967295::oid', json, '"4294967295"'],
    ['RETURNS money', 'SELECT 1.5::numeric::money', json, '"$1.50"'],
    ['RETURNS app.mood[]', 'SELECT ARRAY[\'sad\']::app.mood[]', json, '["sad"]'],
    ['RETURNS acu.html[]', 'SELECT ARRAY[\'<p>\']::acu.html[]', json, '["<p>"]'],
    ['RETURNS app.page', 'SELECT \'<p>\'::app.page', json, '"<p>"'],
    ['RETURNS text', 'SELECT E\'\\u2028\\x7f\\x01é😀\'', plain, '\u2028\x7f\x01é😀'],
    ['RETURNS void', 'SELECT', undefined, ''],
    ['RETURNS text', 'SELECT NULL::text', undefined, ''],
    ['RETURNS text', 'SELECT \'x\' WHERE false', undefined, ''],
    ['RETURNS int', 'SELECT 1 WHERE false', json, 'null'],
    ['RETURNS app.point3', 'SELECT 1, 2, \'x\' WHERE false', json, 'null'],
    ['RETURNS SETOF app.point3', 'SELECT 1, 2, \'x\' WHERE false', json, '[]'],
    ['RETURNS TABLE (a int)', 'SELECT 1 WHERE false', json, '[]'],
    ['RETURNS SETOF int', 'SELECT NULL::int', json, '[null]'],
    ['RETURNS SETOF text', 'VALUES (\'a"\'), (NULL), (\'\')', json, '["a\\"", null, ""]'],
    ['RETURNS SETOF bytea', 'SELECT \'\\x00\'::bytea', json, '["\\\\x00"]'],
    ['RETURNS SETOF jsonb', 'VALUES (\'null\'::jsonb), (NULL), (\'[]\')', json, '[null, null, []]'],
    ['RETURNS TABLE (j json, x xml, b bytea, n numeric, t timestamptz, a int[], p app.point3, ps app.point3[])',
        'SELECT \'{"a":  1}\'::json, \'<a/>\'::xml, \'\\x01\'::bytea, 1.50, \'2026-11-25 12:00+02\'::timestamptz, \'{}\'::int[], ROW(1, NULL, \'"\')::app.point3, NULL::app.point3[]',
        json, '[{"j":{"a":  1},"x":"<a/>","b":"\\\\x01","n":1.50,"t":"2026-11-25T10:00:00+00:00","a":[],"p":{"x":1,"y":null,"label":"\\""},"ps":null}]'],
    ['RETURNS app.nested', 'SELECT ROW(1, 2, \'a\')::app.point3, ARRAY[ROW(3, 4, \'b\')::app.point3], NULL::jsonb',
        json, '{"p":{"x":1,"y":2,"label":"a"},"ps":[{"x":3,"y":4,"label":"b"}],"j":null}'],
    ['RETURNS record', 'SELECT 1 AS a, \'b\'::text AS b', json, '{"a":1,"b":"b"}'],
];
const declared = [
    // the arguments, the query, the answer
    ['"select" int, "from" int DEFAULT 2, "user" int DEFAULT 3', 'select=1&user=4', [1, 2, 4]],
    ['"a b" text, "a""b" text, "a=b&c" text', 'a+b=1&a%22b=2&a%3Db%26c=3', ['1', '2', '3']],
    ['"$1" text, "%s" text, "a::int" text', '$1=1&%25s=2&a::int=3', ['1', '2', '3']],
    ['"Name" text, name text', 'Name=1&name=2', ['1', '2']],
    ['"é" text, "名前" text', '%C3%A9=1&%E5%90%8D%E5%89%8D=2', ['1', '2']],
    ['method text, path text, "function" text, value text, r text, v text', 'v=6&r=5&value=4&function=3&path=2&method=1', ['1', '2', '3', '4', '5', '6']],
    ['a int DEFAULT NULL, b int DEFAULT 1 + 1, c text DEFAULT current_schema()', 'b=3', [null, 3, 'public']],
    ['a int DEFAULT 1, b text DEFAULT \'it\'\'s\', c timestamptz DEFAULT \'epoch\'', '', [1, 'it\'s', '1970-01-01T00:00:00+00:00']],
];

await psql(`
    CREATE DOMAIN app.page AS acu.html;
    CREATE TYPE app.nested AS (p app.point3, ps app.point3[], j jsonb);
    ALTER ROLE acu_web SET timezone = 'UTC';
    ${returned.map(([type, body], i) => `
        CREATE FUNCTION app.returned_${i}() ${type} LANGUAGE sql STABLE AS $$ ${body} $$;
        SELECT acu.add_route('GET', '/returned_${i}', 'app.returned_${i}');`).join('')}
    ${declared.map(([list], i) => `
        CREATE FUNCTION app.declared_${i}(${list}) RETURNS json LANGUAGE sql STABLE
            AS $$ SELECT json_build_array(${list.split(', ').map((_, n) => `$${n + 1}`)}) $$;
        SELECT acu.add_route('GET', '/declared_${i}', 'app.declared_${i}');`).join('')}
    CREATE FUNCTION app.inout(INOUT a int, INOUT b text DEFAULT 'x', OUT c int) LANGUAGE sql STABLE AS 'SELECT a + 1, b, 7';
    CREATE FUNCTION app.strict_json(a int) RETURNS json LANGUAGE sql STABLE STRICT AS 'SELECT to_json(a)';
    CREATE FUNCTION app.strict_rows(a int) RETURNS SETOF int LANGUAGE sql STABLE STRICT AS 'SELECT a';
    CREATE FUNCTION app.strict_text(a int) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT a::text';
    CREATE FUNCTION app."a.b ""c"" %I"(x int) RETURNS int LANGUAGE sql STABLE AS 'SELECT x';
    CREATE FUNCTION app.plpgsql_rows(n int) RETURNS TABLE (r int, "limit" text) LANGUAGE plpgsql STABLE
        AS $$ BEGIN FOR i IN 1..n LOOP r := i; "limit" := 'row ' || i; RETURN NEXT; END LOOP; END $$;
    CREATE FUNCTION app.jsonb_domain(app.document) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT $1::jsonb';
    SELECT acu.add_route('POST', '/inout', 'app.inout'), acu.add_route('POST', '/strict_json', 'app.strict_json'),
        acu.add_route('POST', '/strict_rows', 'app.strict_rows'), acu.add_route('POST', '/strict_text', 'app.strict_text'),
        acu.add_route('GET', '/quoted', 'app."a.b ""c"" %I"'), acu.add_route('GET', '/plpgsql_rows', 'app.plpgsql_rows'),
        acu.add_route('POST', '/document', 'app.jsonb_domain')`.replace('CREATE TYPE', 'CREATE DOMAIN app.document AS jsonb;\n    CREATE TYPE'));

const server = await start();

after(async () => {
    await server.stop();
    await psql('ALTER ROLE acu_web RESET timezone');
    await dropDatabase();
});

returned.forEach(([type, body, contentType, bytes], i) => {
    test(`a function ${type}: ${body.slice(0, 60)}`, async () => {
        const [reply, next] = await server.raw(
            Buffer.concat([message('GET', `/returned_${i}`), message('GET', '/an_int')]), { replies: 2 });
        assert.deepEqual([reply.status, reply.headers['content-type'], reply.text], [contentType ? 200 : 204, contentType, bytes]);
        assertJson(next, 42);
    });
});

declared.forEach(([list, query, answer], i) => {
    test(`a function (${list}) given ${query}`, async () => assertJson(await server.get(`/declared_${i}?${query}`), answer));
});

test('INOUT arguments are given and returned', async () => {
    assertJson(await server.postJson('/inout', '{"a": 1}'), { a: 2, b: 'x', c: 7 });
    assertJson(await server.postJson('/inout', '{"a": null, "b": null}'), { a: null, b: null, c: 7 });
    assertError(await server.postJson('/inout', '{"a": 1, "c": 1}'), 400);
});

test('NULL for a STRICT function', async () => {
    assert.equal((await server.postJson('/strict_json', '{"a": null}')).text, 'null');
    assert.equal((await server.postJson('/strict_rows', '{"a": null}')).text, '[]');
    assert.equal((await server.postJson('/strict_text', '{"a": null}')).status, 204);
});

test('a function with an odd name', async () => assertJson(await server.get('/quoted?x=3'), 3));

test('rows of plpgsql, with columns of any name', async () => {
    assertJson(await server.get('/plpgsql_rows?n=2'), [{ r: 1, limit: 'row 1' }, { r: 2, limit: 'row 2' }]);
    assert.equal((await server.get('/plpgsql_rows?n=0')).text, '[]');
});

test('a whole body for a domain over jsonb', async () => {
    for (const body of ['{"a": 1}', '"{}"', '[]', 'null', '9007199254740993']) {
        assert.equal((await server.postJson('/document', body)).text, body);
    }
});
