// Errors that tell a newcomer what to do next, and a stranger nothing of the inside.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, poll, psql, run, start } from './server.mjs';

await createDatabase();
await psql(`
    CREATE FUNCTION app.by_name(name text) RETURNS json LANGUAGE plpgsql STABLE AS $$
        BEGIN
            IF name = 'no hint' THEN
                RAISE no_data_found USING MESSAGE = 'there is no ' || name, HINT = 'Ask another.';
            END IF;
            RAISE no_data_found USING MESSAGE = 'there is no ' || name;
        END $$;
    CREATE FUNCTION app."For me"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
    CREATE FUNCTION app.inside() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM app.secret); END';
    REVOKE EXECUTE ON FUNCTION app."For me"() FROM PUBLIC;
    CREATE SCHEMA "Closed. schema";
    CREATE FUNCTION "Closed. schema".f(i int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
    SET client_min_messages = error;
    SELECT acu.add_route('GET', '/by_name', 'app.by_name'), acu.add_route('GET', '/for_me', 'app."For me"'),
        acu.add_route('GET', '/inside', 'app.inside'), acu.add_route('GET', '/closed', '"Closed. schema".f'),
        acu.add_route('POST', '/closed', '"Closed. schema".f')`);
const server = await start(['--workers', '1']);

after(async () => {
    await server.stop();
    await dropDatabase();
});

// --- A body that is sent as something else than it is

const json = /header Content-Type: application\/json.*curl -H 'Content-Type: application\/json'/;

test('curl -d with JSON and no Content-Type', async () => {
    for (const [path, body] of [['/bind', '{"i": 1}'], ['/bind', ' \n{"t": "a=b&c"}'], ['/whole_json', '{"a": 1}'], ['/bind', '[1]'], ['/bind', '{"a&b": 1}']]) {
        const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', '--data-binary', body, `${server.url}${path}`]);
        const [reply, status] = stdout.split('\n');
        assert.equal(status, '400', stdout);
        assert.match(JSON.parse(reply).hint, json);
    }
});

test('a body without any type is 415, with the same hint', async () => {
    assert.match(assertError(await server.request('POST', '/bind', { body: '{"i": 1}' }), 415).hint, json);
});

test('a form that is wrong gets no such hint', async () => {
    const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'x=1' };
    assert.equal(assertError(await server.request('POST', '/bind', form), 400).hint, null);
    assert.equal(assertError(await server.get('/bind?x=%7B'), 400).hint, null);
});

// --- JSON that is none: where

const bodies = [
    ['{"i": 1,}', 'at character 9: }'], ['{"t": "é", i: 1}', 'at character 12: i: 1}'], ['{"i": 1', 'it ends too early, after character 7'],
    ['{"i" 1}', 'at character 6: 1}'], ['{"i": 1} x', 'at character 10: x'], ['i=1', 'at character 1: i=1'], ['{\'i\': 1}', 'at character 2: \'i\': 1}'],
    ['{"i": nul}', 'at character 7: nul}'], ['{"t": "ééééééééééééé\n"}', 'at character 7: "ééééééééé'],
    ['{"t": x0123456789012345678901234567890}', 'at character 7: x0123456789012345678'],
];
for (const [body, where] of bodies) {
    test(`a body that is not JSON: ${JSON.stringify(body)}`, async () => {
        const error = assertError(await server.postJson('/bind', body), 400);
        assert.equal(error.message, `the body is not JSON${where.startsWith('at') ? ' ' : ': '}${where}`);
    });
}

// --- A plus sign in a query is a space

const plus = /"\+".* space.*%2B/;

test('a plus sign that was meant as one', async () => {
    assert.match(assertError(await server.get('/time?timezone=Etc/GMT+5'), 400, '22023').hint, plus);
    assert.match(assertError(await server.get('/bind?i=+'), 400, '22P02').hint, plus);
    assert.match(assertError(await server.get('/by_name?name=a+b'), 404, 'P0002').hint, plus);
    const both = assertError(await server.get('/by_name?name=no+hint'), 404, 'P0002').hint;
    assert.match(both, /^Ask another\. /);
    assert.match(both, plus);
    const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'i=1+2' };
    assert.match(assertError(await server.request('POST', '/bind', form), 400, '22P02').hint, plus);
});

test('no word of it where there was none', async () => {
    assertJson(await server.get('/echo?word=a+b'), { word: 'a b' });
    assert.match((await server.get('/time?timezone=Etc/GMT%2B5')).json().timezone, /^Etc\/GMT\+5$/);
    for (const query of ['i=1%202', 'i=x', 'i=1%2B2']) {
        assert.equal(assertError(await server.get(`/bind?${query}`), 400, '22P02').hint, null, query);
    }
    assert.equal(assertError(await server.get('/raise?code=23505&message=a+b'), 409, '23505').hint, 'the hint');
});

// --- Missing rights: the client is told 403, the log has the GRANT

const denied = [
    ['GET', '/for_me', /GRANT EXECUTE ON FUNCTION app\.\\"For me\\"\(\) TO acu_web"/],
    ['GET', '/closed', /GRANT USAGE ON SCHEMA \\"Closed\. schema\\" TO acu_web"/],
    ['GET', '/closed?i=2', /GRANT USAGE ON SCHEMA \\"Closed\. schema\\" TO acu_web"/],
    ['POST', '/closed', /GRANT USAGE ON SCHEMA \\"Closed\. schema\\" TO acu_web"/],
    ['GET', '/inside', /SECURITY DEFINER: GRANT what the message names TO acu_web"/],
];
for (const [method, path, hint] of denied) {
    test(`a role that may not: ${method} ${path}`, async () => {
        for (let round = 0; round < 2; round++) {
            const reply = await server.request(method, path);
            assert.equal(assertError(reply, 403, '42501').hint, null);
            assert.doesNotMatch(reply.text, /GRANT|acu_web/);
            const id = new RegExp(`request_id="?${reply.headers['x-request-id']}\\b`);
            const [line] = await poll('the log', () => server.log(id).length > 0 && server.log(id));
            assert.match(line, hint);
        }
    });
}

// --- Strangers

test('a 404 says nothing of the database', async () => {
    for (const path of ['/nowhere', '/acu', '/admin.php']) {
        const reply = await server.get(path);
        assertError(reply, 404);
        assert.doesNotMatch(reply.text, /acu\.|SELECT|add_route|database|route_info/i);
    }
});
