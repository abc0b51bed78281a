// Values on their way in and out: whatever an argument's type is, a function is given
// what the client sent; whatever its columns are called, a client is given all of them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, psql, start } from './server.mjs';

await createDatabase();

// --- Columns, whatever they are called

const columns = [
    // how the function is declared, its body, what it answers
    ['RETURNS TABLE (r int, x text)', 'VALUES (1, \'one\'), (2, \'two\')', [{ r: 1, x: 'one' }, { r: 2, x: 'two' }]],
    ['RETURNS TABLE (r int)', 'VALUES (1), (2)', [{ r: 1 }, { r: 2 }]],
    ['RETURNS TABLE (value int)', 'VALUES (1)', [{ value: 1 }]],
    ['RETURNS TABLE (x int, r json)', 'VALUES (1, \'{"r": 2}\'::json)', [{ x: 1, r: { r: 2 } }]],
    ['RETURNS TABLE ("R" int, r int, "r.*" int)', 'VALUES (1, 2, 3)', [{ R: 1, r: 2, 'r.*': 3 }]],
    ['RETURNS TABLE ("a ""quoted"" name" int, "two words" int, "ü" int)',
        'VALUES (1, 2, 3)', [{ 'a "quoted" name': 1, 'two words': 2, ü: 3 }]],
    ['RETURNS TABLE ("select" int, "from" int, "coalesce" int, json_agg int)', 'VALUES (1, 2, 3, 4)',
        [{ select: 1, from: 2, coalesce: 3, json_agg: 4 }]],
    ['RETURNS SETOF app.with_r', 'VALUES (1, \'one\')', [{ r: 1, value: 'one' }]],
    ['RETURNS SETOF app.table_r', 'VALUES (1, \'one\')', [{ r: 1, value: 'one' }]],
    ['RETURNS SETOF app.with_r_domain', 'SELECT ROW(1, \'one\')::app.with_r_domain', [{ r: 1, value: 'one' }]],
    ['(OUT r int, OUT x text) RETURNS SETOF record', 'VALUES (1, \'one\')', [{ r: 1, x: 'one' }]],
    ['(OUT r int) RETURNS SETOF int', 'VALUES (1), (2)', [{ r: 1 }, { r: 2 }]],
    ['(OUT int, OUT r int) RETURNS SETOF record', 'VALUES (1, 2)', [{ column1: 1, r: 2 }]],
    ['RETURNS SETOF int', 'VALUES (1), (NULL)', [1, null]],
    ['RETURNS SETOF app.code', 'VALUES (\'abc\'::app.code)', ['abc']],
    ['RETURNS SETOF json', 'VALUES (\'{"r": 1}\'::json), (\'"r"\')', [{ r: 1 }, 'r']],
    ['RETURNS SETOF app.json_domain', 'VALUES (\'{"r": 1}\'::app.json_domain)', [{ r: 1 }]],
    ['RETURNS SETOF int[]', 'VALUES (ARRAY[1, 2]), (\'{}\')', [[1, 2], []]],
    ['RETURNS SETOF app.with_r', 'SELECT 1, \'one\' WHERE false', []],
    ['(OUT r int, OUT x text)', 'VALUES (1, \'one\')', { r: 1, x: 'one' }],
    ['RETURNS app.with_r', 'VALUES (1, \'one\')', { r: 1, value: 'one' }],
    ['RETURNS app.with_r_domain', 'SELECT ROW(1, \'one\')::app.with_r_domain', { r: 1, value: 'one' }],
    ['RETURNS app.with_r[]', 'SELECT ARRAY[ROW(1, \'one\')::app.with_r]', [{ r: 1, value: 'one' }]],
    ['RETURNS app.json_domain', 'SELECT \'{"r": 1}\'::app.json_domain', { r: 1 }],
];

await psql(`
    CREATE TYPE app.with_r AS (r int, value text);
    CREATE TABLE app.table_r (r int, value text);
    ALTER TABLE app.table_r ADD gone int;
    ALTER TABLE app.table_r DROP gone;
    CREATE DOMAIN app.with_r_domain AS app.with_r;
    CREATE DOMAIN app.json_domain AS json;
    ${columns.map(([declared, body], i) => `
        CREATE FUNCTION app.columns_${i}${declared.startsWith('(') ? '' : '()'} ${declared}
            LANGUAGE sql STABLE AS $$ ${body} $$;
        SELECT acu.add_route('GET', '/columns_${i}', 'app.columns_${i}()');`).join('')}`);

// --- Arguments, as SELECT f('the text') gives them

const texts = [
    // declared type, the text, the type's own name for an answer; default: the text itself
    ['char(10)', 'hello'], ['char', 'hello'], ['bpchar', 'hello  '], ['"char"', 'h'], ['varchar(2)', 'hello'], ['varchar', 'hello'],
    ['name', 'hello'], ['bit(3)', '10101'], ['bit', '10101'], ['varbit(2)', '10101'], ['varbit', '10101'],
    ['numeric(5,2)', '12345.6789'], ['numeric(3)', '1234.5'], ['numeric', '1e3'], ['char(2)[]', '{hello,NULL,"a b"}'],
    ['bit(1)[]', '{101,0}'], ['varchar(1)[]', '{hello}'], ['numeric(3,1)[]', '{1234.56}'], ['char(1)[][]', '{{ab,cd},{ef,gh}}'],
    ['timestamp(0)', '2026-11-25 12:00:00.987654'], ['timestamptz(0)', '2026-11-25 12:00:00.987654+00'],
    ['time(0)', '12:00:00.987654'], ['timetz(0)', '12:00:00.987654+00'], ['interval(0)', '1 day 00:00:01.987654'],
    ['interval day to minute', '1 day 02:03:04.5'], ['interval year', '1 year 2 mons'], ['app.short', 'hello'],
    ['app.shorts', '{hello,bye}'], ['app.money2', '1.239'], ['app.mood', 'sad'], ['app.mood[]', '{sad,happy}'],
    ['app.point3', '(1,2,label)'], ['app.point3[]', '{"(1,2,a)","(3,,)"}'], ['app."Odd ""type"" %s $1"', '(1,hello)'],
    ['app."Odd ""type"" %s $1"[]', '{"(1,hello)"}'], ['"Odd schema"."select"', 'hello'], ['"Odd schema"."select"[]', '{hello}'],
    ['int4range', '[1,5)'], ['numrange', '[1.5,2.5]'], ['tstzrange', 'empty'], ['app.span', '[1.5,2.5)'], ['point', '(1,2)'],
    ['box[]', '{(1,1),(0,0);(3,3),(2,2)}'], ['inet', '10.0.0.1/8'], ['macaddr', '08:00:2b:01:02:03'], ['uuid', '6b8b4567-327b-23c6-643c-986966334873'],
    ['bytea', '\\x00ff'], ['json', '{"a":  1}'], ['jsonb', '{"a":  1}'], ['xml', '<a/>'], ['tsquery', 'a & b'], ['tsvector', 'a:1 b:2'],
    ['jsonpath', '$.a'], ['oid', '4294967295'], ['regclass', 'pg_class'], ['regtype', 'int4'], ['pg_lsn', '16/B374D848'], ['money', '1.50'],
    ['int2vector', '1 2 3'], ['oidvector', '1 2 3'], ['boolean', 'yes'], ['bigint', '9223372036854775807'], ['float4', '0.1'],
    ['float8', '-Infinity'], ['refcursor', 'c'], ['text', ' hello '], ['text[]', '[2:3]={a,b}'],
];

await psql(`
    CREATE SCHEMA "Odd schema";
    GRANT USAGE ON SCHEMA "Odd schema" TO acu_web;
    CREATE DOMAIN "Odd schema"."select" AS text;
    CREATE DOMAIN app.short AS char(10);
    CREATE DOMAIN app.shorts AS varchar(5)[];
    CREATE DOMAIN app.money2 AS numeric(5,2);
    CREATE TYPE app."Odd ""type"" %s $1" AS (a int, b char(10));
    CREATE TYPE app.span AS RANGE (subtype = float8);
    ${texts.map(([type], i) => `
        CREATE FUNCTION app.text_${i}(c ${type}) RETURNS text LANGUAGE sql STABLE AS $$ SELECT pg_catalog.format('%s (%s)', c, pg_catalog.octet_length(c::text)) $$;
        SELECT acu.add_route('GET', '/text_${i}', p.oid::regprocedure), acu.add_route('POST', '/text_${i}', p.oid::regprocedure)
        FROM pg_proc AS p WHERE p.oid = 'app.text_${i}'::regproc;`).join('')}`);

// --- JSON in arguments, by the type below a domain

const documents = [
    // declared type, the JSON given, to_json of what arrives, or the code of the error
    ['jsonb[]', ['1', 'true', 1, true, null, { a: [1] }, '"', '\\', 'a,b', '{}', 'null'], 'same'],
    ['json[]', [], 'same'],
    ['jsonb[]', [[1, 2], [3], []], 'same'],
    ['jsonb[]', [[], {}, [[]], ''], 'same'],
    ['jsonb[]', '{1,"true"}', [1, true]],
    ['app.jsonb_domain', '{"a": 1}', 'same'],
    ['app.jsonb_domain', '42', 'same'],
    ['app.jsonb_domain', 'null', 'same'],
    ['app.jsonb_domain', '[1]', 'same'],
    ['app.jsonb_domain', 'text', 'same'],
    ['app.jsonb_domain', { a: 'b' }, 'same'],
    ['app.jsonb_domain', [1, 'a'], 'same'],
    ['app.jsonb_domain', null, null],
    ['app.jsonb_domain2', '{"a": 1}', 'same'],
    ['app.jsonb_domain2', '"', 'same'],
    ['app.jsonb_domain[]', ['1', 2, { a: 1 }, null, [1]], 'same'],
    ['app.jsonb_array', ['1', 2, [3]], 'same'],
    ['jsonb', '{"a": 1}', 'same'],
    ['json', '\u00e9"', 'same'],
    ['app.ints', [1, 2, null], 'same'],
    ['app.ints', [], 'same'],
    ['app.ints', [[1, 2], [3, 4]], 'same'],
    ['app.ints', ['1', '2'], [1, 2]],
    ['app.ints', '{1,2}', [1, 2]],
    ['app.ints', [1, 'x'], '22P02'],
    ['app.ints', [-1], '23514'],
    ['app.ints', [1, [2]], '22P02'],
    ['app.ints', {}, 'PGA400'],
    ['app.ints', { a: 1 }, 'PGA400'],
    ['int[]', {}, 'PGA400'],
    ['json[]', {}, 'PGA400'],
    ['int[]', 5, '22P02'],
    ['int[]', [1.5], '22P02'],
    ['int[][]', [[1, 2], [3, 4]], 'same'],
    ['int[]', [[1], [2, 3]], '22P02'],
    ['int[]', [[[1]]], 'same'],
    ['text[]', ['1', 'null', 'NULL', '', '{}', 'a,b', '"', '\\', ' a ', '\n', 'é😀', null], 'same'],
    ['text[]', [1, true, { a: 1 }], ['1', 'true', '{"a":1}']],
    ['varchar(1)[]', ['hello'], 'same'],
    ['app.mood[]', ['sad', null], 'same'],
    ['app.mood[]', ['angry'], '22P02'],
    ['app.code[]', ['abc'], 'same'],
    ['app.code[]', ['ABC'], '23514'],
    ['box[]', ['(1,1),(0,0)', null, '(3,3),(2,2)'], 'same'],
    ['int4range[]', ['[1,5)', 'empty'], 'same'],
    ['date[]', ['2026-11-25'], 'same'],
    ['app.point3', { x: 1, y: 2, label: 'a' }, 'same'],
    ['app.point3', { label: '1', y: '2' }, { x: null, y: 2, label: '1' }],
    ['app.point3', {}, { x: null, y: null, label: null }],
    ['app.point3', '(1,2,a)', { x: 1, y: 2, label: 'a' }],
    ['app.point3', null, null],
    ['app.point3', { x: 'one' }, '22P02'],
    ['app.point3', 'x', '22P02'],
    ['app.point3', 5, '22023'],
    ['app.point3[]', [{ x: 1, y: 2, label: 'a"' }, null, { x: 3, y: null, label: null }], 'same'],
    ['app.point3[]', [], 'same'],
    ['app.point3[]', ['(1,2,a)'], [{ x: 1, y: 2, label: 'a' }]],
    ['app.located', { at: { x: 1, y: 2, label: '' }, tags: ['1', 'b'], note: { a: '1' }, notes: ['"', { b: 2 }] }, 'same'],
    ['app.located[]', [{ at: null, tags: [], note: '1', notes: null }], 'same'],
    ['app.near_point', { x: 1, y: 2, label: 'a' }, 'same'],
    ['app.near_point', { x: 100, y: 2, label: 'a' }, '23514'],
    ['app.table_r', { r: 1, value: 'one' }, 'same'],
    ['app."Odd ""type"" %s $1"', { a: 1, b: 'hello' }, { a: 1, b: 'hello     ' }],
    ['char(3)', 'hello', 'same'],
    ['text', '{"a": 1}', 'same'],
    ['text', ['a', 1], '["a",1]'],
    ['text', { a: 1 }, '{"a":1}'],
    ['bytea', '\\x00ff', 'same'],
    ['int4range', '[1,5)', 'same'],
    ['timestamptz', '2026-11-25T12:00:00Z', '2026-11-25T12:00:00+00:00'],
    ['boolean', 1, true],
    ['boolean', 'off', false],
    ['float8', 'NaN', 'same'],
    ['float8', '-Infinity', 'same'],
    ['numeric', 'NaN', 'same'],
    ['int', {}, '22P02'],
    ['int', [], '22P02'],
    ['int', true, '22P02'],
    ['int', '', '22P02'],
];
const numbers = [
    // declared type, the JSON number, its text in the answer
    ['bigint', '9223372036854775807'], ['bigint', '9007199254740993'], ['bigint', '-9223372036854775808'],
    ['numeric', '123456789012345678901234567890.123456789'], ['numeric', '1e3', '1000'], ['numeric', '1.5E-3', '0.0015'], ['numeric', '-0', '0'],
    ['float8', '1e300', '1e+300'], ['float8', '-1.5e-3', '-0.0015'], ['jsonb', '9007199254740993'], ['jsonb', '1e2', '100'],
    ['json', '1E+2'], ['text', '1.50', '"1.50"'], ['bigint[]', '[9007199254740993,-1]'], ['numeric[]', '[1.10,2e1]', '[1.10,20]'],
    ['app.bigs', '{"big":9007199254740993,"exact":12345678901234567890.10}'],
];

await psql(`
    CREATE DOMAIN app.jsonb_domain AS jsonb;
    CREATE DOMAIN app.jsonb_domain2 AS app.jsonb_domain NOT NULL;
    CREATE DOMAIN app.jsonb_array AS jsonb[];
    CREATE DOMAIN app.ints AS int[] CHECK (VALUE[1] > 0 OR VALUE = '{}' OR VALUE[1] IS NULL);
    CREATE TYPE app.located AS (at app.point3, tags text[], note jsonb, notes json[]);
    CREATE DOMAIN app.near_point AS app.point3 CHECK ((VALUE).x < 10);
    CREATE TYPE app.bigs AS (big bigint, exact numeric);
    ${[...documents, ...numbers].map(([type], i) => `
        CREATE FUNCTION app.document_${i}(c ${type}) RETURNS json LANGUAGE sql STABLE AS $$ SELECT pg_catalog.to_json(c) $$;
        SELECT acu.add_route('POST', '/document_${i}', p.oid::regprocedure) FROM pg_proc AS p WHERE p.oid = 'app.document_${i}'::regproc;`).join('')}`);

const server = await start();

after(async () => {
    await server.stop();
    await dropDatabase();
});

columns.forEach(([declared, , answer], i) => {
    test(`a function ${declared}`, async () => assertJson(await server.get(`/columns_${i}`), answer));
});

texts.forEach(([type, text], i) => {
    test(`an argument ${type} is what SELECT f('${text}') gives`, async () => {
        const literal = `'${text.replaceAll('\'', '\'\'')}'`;
        const wanted = await psql(`SELECT app.text_${i}(${literal})`);
        const query = await server.get(`/text_${i}?c=${encodeURIComponent(text)}`);
        assert.deepEqual([query.status, query.text], [200, wanted]);
        if (!['json', 'jsonb'].includes(type)) { // where a string is JSON
            const body = await server.postJson(`/text_${i}`, JSON.stringify({ c: text }));
            assert.deepEqual([body.status, body.text], [200, wanted]);
        }
    });
});

documents.forEach(([type, value, answer], i) => {
    test(`JSON for an argument ${type}: ${JSON.stringify(value)}`, async () => {
        const reply = await server.postJson(`/document_${i}`, JSON.stringify({ c: value }));
        if (typeof answer === 'string' && /^[0-9P][0-9AGP]\w{3,4}$/.test(answer)) {
            assertError(reply, 400, answer);
        } else {
            assertJson(reply, answer === 'same' ? value : answer);
        }
    });
});

numbers.forEach(([type, number, answer = number], i) => {
    test(`a JSON number for an argument ${type}: ${number}`, async () => {
        const reply = await server.postJson(`/document_${documents.length + i}`, `{"c": ${number}}`);
        assert.deepEqual([reply.status, reply.text], [200, answer]);
    });
});
