// Strangers' pages: a browser must not be made to reach the daemon under a stranger's
// name, or to change something for a stranger's page.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, message, psql, start } from './server.mjs';

await createDatabase();
const server = await start();
const allowing = await start(['--cors-origin', 'https://app.example', '--allowed-hosts', 'test,api.site.org,.site.net']);
const open = await start(['--cors-origin', '*', '--allowed-hosts', '*']);
after(async () => {
    await Promise.all([server, allowing, open].map((each) => each.stop()));
    await dropDatabase();
});

const get = (host) => message('GET', '/an_int', { headers: { Host: host } });

// --- Hosts

const hosts = [
    ['127.0.0.1:8080', 200, 200], ['[::1]', 200, 200], ['localhost:8080', 200, 421], ['other', 200, 421],
    ['rebound.attacker.net', 421, 421], ['evil.example', 421, 421], ['app.localhost', 200, 421], ['127.0.0.1.nip.io:8080', 421, 421], ['api.site.org', 421, 200],
    ['API.site.org:443', 421, 200], ['x.site.net', 421, 200], ['site.net', 421, 421], ['notsite.net', 421, 421],
];
for (const [host, loopback, listed] of hosts) {
    test(`the Host ${host}`, async () => {
        for (const [each, status] of [[server, loopback], [allowing, listed], [open, 200]]) {
            const [reply] = await each.raw(get(host));
            assert.equal(reply.status, status, reply.text);
            if (status === 421) {
                assertError(reply, 421);
            }
        }
    });
}

test('the host of the request line counts, not the header', async () => {
    const [refused] = await server.raw('GET http://rebound.attacker.net/an_int HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assertError(refused, 421);
    const [taken] = await server.raw('GET http://localhost/an_int HTTP/1.1\r\nHost: rebound.attacker.net\r\n\r\n');
    assertJson(taken, 42);
});

test('every path is refused under a foreign host, bodies before they come', async () => {
    for (const path of ['/', '/healthz', '/readyz', '/nowhere', '/workload']) {
        assertError(await server.get(path, { Host: 'rebound.attacker.net' }), 421);
    }
    const [reply] = await server.raw(message('POST', '/whole_json',
        { headers: { Host: 'rebound.attacker.net', 'Content-Type': 'application/json', 'Content-Length': 1000 } }));
    assertError(reply, 421);
});

// --- Pages

const own = { Host: '127.0.0.1:1234', Origin: 'http://127.0.0.1:1234' };
const senders = [
    // who, headers, whether the daemon without and with an allowed origin runs the function
    ['no browser', {}, true, true],
    ['a page of ours', own, true, true],
    ['a page of ours behind a proxy', { Origin: 'https://www.site.org', 'Sec-Fetch-Site': 'same-origin' }, true, true],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }, true, true],
    ['a form of a stranger', { Origin: 'https://attacker.net' }, false, false],
    ['a form of a stranger in a new browser', { Origin: 'https://attacker.net', 'Sec-Fetch-Site': 'cross-site' }, false, false],
    ['a stranger that sends no Origin', { 'Sec-Fetch-Site': 'cross-site' }, false, false],
    ['a neighbour', { 'Sec-Fetch-Site': 'same-site' }, false, false],
    ['a page without an origin', { Origin: 'null' }, false, false],
    ['another port', { ...own, Origin: 'http://127.0.0.1:99' }, false, false],
    ['the allowed page', { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' }, false, true],
];
senders.forEach(([who, headers, alone, allowed], number) => {
    test(`a form of ${who}`, async () => {
        for (const [each, runs, key] of [[server, alone, `s${number}`], [allowing, allowed, `a${number}`]]) {
            const reply = await each.request('POST', `/once?key=${key}`, {
                headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }, body: '' });
            if (runs) {
                assertJson(reply, { word: key });
            } else {
                assertError(reply, 403);
                assert.equal(await psql(`SELECT count(*) FROM app.done WHERE key = '${key}'`), '0');
            }
        }
    });
});

test('pages of strangers may read what is read without their origin, and ask beforehand', async () => {
    const headers = { Origin: 'https://attacker.net', 'Sec-Fetch-Site': 'cross-site' };
    const reply = await server.get('/an_int', headers);
    assertJson(reply, 42);
    assert.equal(reply.headers['access-control-allow-origin'], undefined);
    assert.equal((await server.request('OPTIONS', '/once', { headers })).status, 204);
});

test('with * every page may call', async () => {
    const reply = await open.request('POST', '/once?key=star', { headers: { Origin: 'https://any.net' }, body: '' });
    assertJson(reply, { word: 'star' });
});

// --- CORS on whatever is refused

const long = `/${'a'.repeat(9000)}`;
const cors = { Origin: 'https://app.example' };
const failures = [
    [400, message('GET', '/an_int?x=%zz', { headers: cors })],
    [400, message('GET', '/an_int?x=1', { headers: cors })],
    [404, message('GET', '/nowhere', { headers: cors })],
    [405, message('DELETE', '/an_int', { headers: cors })],
    [413, message('POST', '/whole_json', { headers: { ...cors, 'Content-Type': 'application/json', 'Content-Length': 99_999_999 } })],
    [414, message('GET', long, { headers: cors })],
    [417, message('POST', '/whole_json', { headers: { ...cors, Expect: 'magic', 'Content-Length': 0 } })],
    [431, message('GET', '/an_int', { headers: { 'X-Long': 'x'.repeat(20_000), ...cors } })],
    [501, message('TRACE', '/an_int', { headers: cors })],
];
for (const [status, bytes] of failures) {
    test(`an allowed page may read a ${status}`, async () => {
        for (const [each, origin] of [[allowing, 'https://app.example'], [open, '*']]) {
            const [reply] = await each.raw(bytes.toString('latin1').replace('Host: test', 'Host: 127.0.0.1'));
            assert.equal(reply.status, status, reply.text);
            assert.equal(reply.headers['access-control-allow-origin'], origin);
            assert.equal(reply.headers.vary, 'Origin');
        }
    });
}

test('a cache is told that the origin counts, also where all are allowed', async () => {
    assert.equal((await open.get('/an_int')).headers.vary, 'Origin');
    assert.equal((await server.get('/an_int')).headers.vary, undefined);
});

// --- Headers for browsers

test('no type is guessed, and pages load only what is ours', async () => {
    for (const [path, policy] of [['/', /default-src 'self'.*style-src 'self' 'unsafe-inline'.*frame-ancestors 'none'/],
        ['/an_int', /default-src 'none'/], ['/nowhere', /default-src 'none'/], ['/healthz', /default-src 'none'/]]) {
        const { headers } = await server.get(path);
        assert.equal(headers['x-content-type-options'], 'nosniff', path);
        assert.match(headers['content-security-policy'], policy, path);
    }
});
