// Values on their way in and out: whatever an argument's type is, a function is given
// what the client sent; whatever its columns are called, a client is given all of them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertJson, createDatabase, dropDatabase, psql, start } from './server.mjs';

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
