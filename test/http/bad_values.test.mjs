// A value that cannot be read is the client's fault, 400 with the server's message, of
// whatever class its SQLSTATE is; a function that cannot be called is not.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, message, poll, psql, start } from './server.mjs';

await createDatabase();

const values = [
    // declared type, a text that it takes, texts that it does not
    ['int', '1', ['', 'x', '1.5', '99999999999']], ['bigint', '1', ['9223372036854775808']], ['smallint', '1', ['70000']],
    ['boolean', 'on', ['maybe']], ['numeric', '1', ['1,5', '1e999999']], ['float8', '1', ['1e400', 'x']], ['"char"', 'a', []],
    ['tsquery', 'foo & bar', ['foo bar', '&', '(a', '!']], ['tsvector', 'a', ['\'a', 'a:x', 'x'.repeat(3000)]], ['jsonpath', '$.a', ['$$$', '', '$.a[', '@']],
    ['regconfig', 'english', ['klingon', '', 'a.b.c.d', 'nowhere.x', 'acu_no.x']], ['regdictionary', 'simple', ['klingon']],
    ['regclass', 'pg_class', ['nothing', '"', 'nowhere.nothing', 'a.b.c.d.e']], ['regtype', 'int', ['klingon', 'int(', 'nowhere.x']],
    ['regproc', 'acu.root', ['klingon', 'int4', 'format']], ['regprocedure', 'acu.root()', ['klingon()', 'acu.root', 'acu.root(klingon)']],
    ['regoper', '||/', ['+', '@@@@@']], ['regoperator', '+(int,int)', ['+', '@@@(int,int)']], ['regrole', 'postgres', ['klingon']],
    ['regnamespace', 'app', ['klingon', 'a.b']], ['xml', '<a/>', ['<a>', '<a></b>']], ['macaddr', '08:00:2b:01:02:03', ['08:00', '']],
    ['macaddr8', '08:00:2b:01:02:03:04:05', ['zz']], ['inet', '::1', ['1.2.3.4.5', '10.0.0.1/99']], ['cidr', '10.0.0.0/8', ['10.0.0.1/8']],
    ['tid', '(0,1)', ['0,1', '(a,b)']], ['pg_lsn', '0/0', ['x', '0']],
    ['pg_snapshot', '1:2:', ['x', '2:1:']], ['oid', '1', ['x', '99999999999']], ['uuid', '6b8b4567-327b-23c6-643c-986966334873', ['x', '']],
    ['date', '2026-11-25', ['2026-13-01', 'someday', '']], ['time', '12:00', ['25:00']], ['timestamp', 'now', ['2026-02-30', '99999999-01-01']],
    ['timestamptz', '2026-11-25 12:00 UTC', ['2026-11-25 12:00 Nowhere/City']], ['interval', '1 day', ['1 fortnight and', '9999999999 years']],
    ['json', '1', ['{', '']], ['jsonb', '1', ['{"a":}', '"\\u0000"']], ['int[]', '{1}', ['{1', '1', '{x}', '[2:1]={}']], ['int4range', '[1,2)', ['[2,1]', 'x']],
    ['point', '(1,2)', ['(1']], ['polygon', '((0,0),(1,1))', ['x']], ['money', '1', ['x']], ['bit(3)', '101', ['102']], ['varbit', '1', ['2']],
    ['bytea', '\\x00', ['\\x0', '\\xzz', '\\8']], ['name', 'x', []], ['app.mood', 'sad', ['angry', '']], ['app.code', 'abc', ['ABC']],
    ['app.filled', 'x', ['']], ['app.raising', 'x', ['42P01', '0A000', 'P0002', '23505', '55000', 'XX000', '54000']],
    ['app.point3', '(1,2,a)', ['(1,2', '(x,2,a)', '']], ['app.config', '(english)', ['(klingon)', '(']], ['regconfig[]', '{english}', ['{klingon}']],
    ['aclitem', 'postgres=r/postgres', ['x', 'klingon=r/postgres']], ['pg_node_tree', null, ['x']], ['int2vector', '1 2', ['x']],
];
const cases = values.flatMap(([type, good, bad], i) => bad.map((text) => ({ type, good, text, i })));

await psql(`
    CREATE DOMAIN app.filled AS text CHECK (VALUE <> '');
    CREATE FUNCTION app.raise_value(code text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
        IF code ~ '^[0-9A-Z]{5}$' THEN
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'this domain does not take ' || code;
        END IF;
        RETURN true;
    END $$;
    CREATE DOMAIN app.raising AS text CHECK (app.raise_value(VALUE));
    CREATE DOMAIN app.not_null AS text NOT NULL;
    CREATE TYPE app.config AS (c regconfig);
    ${values.map(([type], i) => `
        CREATE FUNCTION app.value_${i}(c ${type} DEFAULT NULL) RETURNS json LANGUAGE plpgsql STABLE AS 'BEGIN RETURN ''"taken"''::json; END';
        SELECT acu.add_route('GET', '/value_${i}', p.oid::regprocedure) FROM pg_proc AS p WHERE p.oid = 'app.value_${i}'::regproc;`).join('')}
    CREATE FUNCTION app.not_null(c app.not_null, o app.point3 DEFAULT NULL) RETURNS json LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION app.immutable(code text) RETURNS int LANGUAGE plpgsql IMMUTABLE
        AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'the message'; END $$;
    CREATE FUNCTION app.inlined(c text) RETURNS text LANGUAGE sql STABLE AS 'SELECT c';
    CREATE FUNCTION app.gone(c regconfig) RETURNS json LANGUAGE sql STABLE AS 'SELECT ''"there"''::json';
    CREATE FUNCTION app.raising(o app.point3, code text) RETURNS json LANGUAGE plpgsql VOLATILE
        AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'the message'; END $$;
    SELECT acu.add_route('POST', '/not_null', 'app.not_null(app.not_null, app.point3)'), acu.add_route('GET', '/immutable', 'app.immutable(text)'),
        acu.add_route('GET', '/gone', 'app.gone(regconfig)'), acu.add_route('POST', '/raising', 'app.raising(app.point3, text)')`);

const server = await start(['--workers', '1', '--connections', '1']);

after(async () => {
    await server.stop();
    await dropDatabase();
});

function literal(text) {
    return `'${text.replaceAll('\'', '\'\'')}'`;
}

for (const { type, good, text, i } of cases) {
    test(`${JSON.stringify(text).slice(0, 40)} is no ${type}`, async () => {
        const wanted = await psql(`
            DO $do$ BEGIN
                PERFORM CAST(${literal(text)} AS ${type});
                RAISE 'it is taken';
            EXCEPTION WHEN OTHERS THEN
                PERFORM set_config('test.said', json_build_array(sqlstate, sqlerrm)::text, false);
            END $do$;
            SELECT current_setting('test.said')`);
        const [code, said] = JSON.parse(wanted);
        for (let round = 0; round < 2; round++) { // with and without a prepared statement
            const error = assertError(await server.get(`/value_${i}?c=${encodeURIComponent(text)}`), 400, code);
            assert.equal(error.message, said);
            if (good !== null) {
                assertJson(await server.get(`/value_${i}?c=${encodeURIComponent(good)}`), 'taken');
            }
        }
    });
}

test('NULL for a domain that does not take it', async () => {
    for (let round = 0; round < 2; round++) {
        assertError(await server.postJson('/not_null', '{"c": null}'), 400, '23502');
        assertJson(await server.postJson('/not_null', '{"c": "x"}'), 1);
        assertError(await server.postJson('/not_null', '{"c": "x", "o": {"x": "y"}}'), 400, '22P02');
    }
});

test('an error that a function raises is its own, also when it is run while the call is planned', async () => {
    for (let round = 0; round < 8; round++) { // until the plan is a generic one, and longer
        assertError(await server.get('/immutable?code=42P01'), 500, '42P01');
        assertError(await server.get('/immutable?code=42704'), 500, '42704');
        assertError(await server.get('/immutable?code=23505'), 409, '23505');
        assertError(await server.get('/immutable?code=P0002'), 404, 'P0002');
        assertError(await server.get('/immutable?code=22023'), 400, '22023');
    }
    for (const [code, status] of [['23505', 409], ['42P01', 500], ['P0002', 404]]) {
        assertError(await server.postJson('/raising', JSON.stringify({ o: { x: 1 }, code })), status, code);
    }
});

test('bad values between good ones, on one connection', async () => {
    const at = values.findIndex(([type]) => type === 'regconfig');
    const sent = Array.from({ length: 40 }, (_, i) => (i % 2 ? 'klingon' : 'english'));
    const replies = await server.raw(Buffer.concat(sent.map((c) => message('GET', `/value_${at}?c=${c}`))), { replies: 40 });
    replies.forEach((reply, i) => assert.equal(reply.status, i % 2 ? 400 : 200, reply.text));
});

test('a function that has gone is 503, whatever the value', async () => {
    assertJson(await server.get('/gone?c=english'), 'there');
    assertError(await server.get('/gone?c=klingon'), 400, '42704');
    await psql('DROP FUNCTION app.gone(regconfig)');
    for (let round = 0; round < 3; round++) {
        assertError(await server.get('/gone?c=klingon'), 503);
        assertError(await server.get('/gone?c=english'), 503);
    }
    await psql('CREATE FUNCTION app.gone(c regconfig) RETURNS json LANGUAGE sql STABLE AS \'SELECT \'\'"again"\'\'::json\'');
    await poll('the function to be called again', async () => (await server.get('/gone?c=english')).status === 200);
    assertError(await server.get('/gone?c=klingon'), 400, '42704');
});
