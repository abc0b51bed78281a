// Cases that suites for HTTP servers ask for (h1spec, Http11Probe, the vectors of
// llhttp), in bytes of our own: what each is answered with, and whether the connection
// goes on afterwards. What is refused for its framing is in rejects.test.mjs.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertJson, createDatabase, dropDatabase, message, start } from './server.mjs';

await createDatabase();
const server = await start();
after(async () => {
    await server.stop();
    await dropDatabase();
});

const get = (...lines) => `GET /an_int HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const old = (...lines) => `GET /an_int HTTP/1.0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const post = (body, ...lines) => `POST /bind HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
    + `${lines.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`;

const vectors = [
    // name, status, whether the connection stays open, bytes

    // How long a connection lasts.
    ['1.1 stays open', 200, true, get()],
    ['1.1 with Connection: keep-alive', 200, true, get('Connection: keep-alive')],
    ['1.1 with Connection: close', 200, false, get('Connection: close')],
    ['1.1 with Connection: CLOSE', 200, false, get('Connection: CLOSE')],
    ['close among other options', 200, false, get('Connection: x-option, close')],
    ['close in a second header', 200, false, get('Connection: x-option', 'Connection: close')],
    ['1.0 is closed', 200, false, old('Host: a')],
    ['1.0 without a Host', 200, false, old()],
    ['1.0 with keep-alive', 200, true, old('Connection: keep-alive')],
    ['an option that is unknown', 200, true, get('Connection: x-option')],
    ['Keep-Alive alone', 200, true, get('Keep-Alive: timeout=5, max=100')],
    // llhttp takes it for Connection, which costs a connection and no more.
    ['Proxy-Connection: close', 200, false, get('Proxy-Connection: close')],

    // An upgrade is not taken.
    ['an upgrade to websocket', 200, true, get('Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==')],
    ['an upgrade to HTTP/2', 200, true, get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')],
    ['an upgrade with a body', 200, true, post('{"i": 1}', 'Connection: upgrade', 'Upgrade: x')],

    // Methods.
    ['HEAD', 200, true, 'HEAD /an_int HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['OPTIONS *', 204, true, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['OPTIONS of a path', 204, true, 'OPTIONS /an_int HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['GET *', 400, false, 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['PUT where there is none', 405, true, 'PUT /an_int HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
    ...['M-SEARCH', 'REPORT', 'MKCOL', 'PURGE', 'SEARCH', 'UNSUBSCRIBE'].map((method) =>
        [method, 405, true, `${method} /an_int HTTP/1.1\r\nHost: a\r\n\r\n`]),
    ...['GETT', 'get', 'G3T', 'POST-', 'HTTP/1.1'].map((method) =>
        [`the method ${method}`, 501, false, `${method} /an_int HTTP/1.1\r\nHost: a\r\n\r\n`]),
    ...['G T', '(GET)', 'GE\x01', '"GET"', 'GÉT'].map((method) =>
        [`the method ${JSON.stringify(method)}`, [400, 501], false, `${method} /an_int HTTP/1.1\r\nHost: a\r\n\r\n`]),

    // Targets.
    ['a query that is empty', 200, true, get().replace('/an_int', '/an_int?')],
    ['a slash twice', 404, true, get().replace('/an_int', '//an_int')],
    ['dots in the path', 404, true, get().replace('/an_int', '/x/../an_int')],
    ['dots that are escaped', 404, true, get().replace('/an_int', '/%2e%2e/an_int')],
    ['a backslash', 404, true, get().replace('/an_int', '\\an_int').replace('\\', '/\\')],
    ['a letter that is escaped is not that letter', 404, true, get().replace('/an_int', '/%61n_int')],
    ['a target that is a host', 400, false, get().replace('/an_int', 'a:80')],
    ['a scheme that is another', 400, false, get().replace('/an_int', 'ftp://a/an_int')],
    ['a whole URL with a user', 400, false, get().replace('/an_int', 'http://user@a/an_int')],
    ['a whole URL with an empty host', 400, false, get().replace('/an_int', 'http:///an_int')],
    ['a whole URL in another letter case', 200, true, get().replace('/an_int', 'HTTP://A/an_int')],
    ['characters that a query may have', 400, true, get().replace('/an_int', '/an_int?a=[b]|{c}^`"<d>')],

    // Headers.
    ['one empty line before the request', 200, true, `\r\n${get()}`],
    ['headers in any letter case', 200, true, 'GET /an_int HTTP/1.1\r\nhOsT: a\r\nACCEPT: */*\r\n\r\n'],
    ['a name with digits and signs', 200, true, get('X-1_2.3~!#: y')],
    ['an empty value', 200, true, get('X-Empty:')],
    ['a value with colons and quotes', 200, true, get('X: a:b:"c')],
    ['a cookie that is malformed', 200, true, get('Cookie: =; ;; a==b; "', 'Cookie: \xff')],
    ['100 headers', 200, true, get(...Array.from({ length: 99 }, (_, i) => `X-${i}: y`))],
    ['a Range does not matter', 200, true, get('Range: bytes=0-1')],
    ['a condition does not matter', 200, true, get('If-None-Match: *', 'If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT')],
    ['an Accept that cannot be met', 200, true, get('Accept: image/png')],
    ['a Max-Forwards', 200, true, get('Max-Forwards: 0')],
    ['a TE without Transfer-Encoding', 200, true, get('TE: trailers')],
    ['a Trailer that never comes', 200, true, get('Trailer: X-Sum')],

    // Bodies.
    ['a length of zero', 200, true, get('Content-Length: 0')],
    ['a length with leading zeros', 200, true, post('{"i": 1}').replace('Length: 8', 'Length: 0008')],
    ['a POST without a length', 200, true, 'POST /bind HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a charset of the type', 200, true, post('{"i": 1}').replace('json', 'json; charset=utf-8')],
    ['a type in another letter case', 200, true, post('{"i": 1}').replace('application/json', 'Application/JSON')],
    ['an Expect of 1.0 is ignored', 200, false, post('{"i": 1}', 'Expect: 100-continue').replace('HTTP/1.1', 'HTTP/1.0')],
];

for (const [name, status, open, bytes] of vectors) {
    test(`${status}: ${name}`, async () => {
        const wire = await server.connect();
        wire.send(bytes);
        const reply = await wire.reply({ head: name === 'HEAD' });
        assert.ok([status].flat().includes(reply.status), `${reply.status} ${reply.text}`);
        assert.equal(/\bclose\b/.test(reply.headers.connection ?? ''), !open, 'Connection of the reply');
        if (open) {
            wire.send(message('GET', '/echo?word=next'));
            assertJson(await wire.reply(), { word: 'next' });
        } else {
            await wire.closed();
        }
        wire.destroy();
    });
}
