// A function of the same name that comes later: the calls that it makes ambiguous are
// refused, it is told once, and the other calls go on.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, poll, psql, start } from './server.mjs';

await createDatabase();
await psql(`
    CREATE FUNCTION app.find(id int, deep boolean DEFAULT false) RETURNS json LANGUAGE sql STABLE AS 'SELECT json_build_array(id, deep)';
    SELECT acu.add_route('GET', '/find', 'app.find')`);
const server = await start(['--workers', '1']);

after(async () => {
    await server.stop();
    await dropDatabase();
});

const told = () => server.log(/cannot all be answered/);

test('an overload that makes some calls ambiguous', async () => {
    assertJson(await server.get('/find?id=1&deep=true'), [1, true]);
    await psql('CREATE FUNCTION app.find(id int, "limit" int DEFAULT 1) RETURNS json LANGUAGE sql STABLE AS $$ SELECT \'0\'::json $$');
    assertError(await server.get('/find?id=1'), 503);
    await poll('the log', () => told().length > 0);
    const requests = server.log(/target="?\/find\?id=1"?/).length;
    for (let i = 0; i < 20; i++) {
        assertError(await server.get('/find?id=1'), 503);
        assertJson(await server.get('/find?id=1&deep=true'), [1, true]);
    }
    assert.equal(told().length, 1, 'told once');
    assert.match(told()[0], /level=error .*method=GET path=\/find function="app\.find\(integer, boolean\)".*app\.find\(integer, integer\)/);
    assert.equal(server.log(/target="?\/find\?id=1"?/).length, requests, 'and not again for each request');
    assertError(await server.get('/find?id=x&deep=true'), 400, '22P02');

    await psql('DROP FUNCTION app.find(int, int)');
    await poll('the call to be answered', async () => (await server.get('/find?id=1')).status === 200);
});
