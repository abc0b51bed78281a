// Requests as they should be: each is answered as specified, however its bytes come.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
    assertError, assertJson, createDatabase, daemon, dropDatabase, message, poll, sleep, start,
} from './server.mjs';

await createDatabase();
const server = await start(['--allowed-hosts', '*']);
const single = await start(['--workers', '1', '--allowed-hosts', '*']);
const strict = await start(['--cors-origin', 'https://app.example']);
const anyone = await start(['--cors-origin', '*']);

after(async () => {
    for (const each of [server, single, strict, anyone]) {
        await each.stop();
    }
    await dropDatabase();
});

const json = { 'Content-Type': 'application/json' };
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const defaults = {
    t: 'left out', i: null, n: null, b: null, j: null, js: null, a: null, ta: null, 'j is null': true,
};

// --- The built-in pages

test('GET /time', async () => {
    const reply = await server.get('/time?timezone=America/New_York');
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.match(reply.text,
        /^\{"time": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?-0[45]:00", "timezone": "America\/New_York"\}$/);
});

test('GET /time without a zone is in UTC', async () => {
    const reply = await server.get('/time');
    assert.match(reply.text, /\+00:00", "timezone": "UTC"\}$/);
    const time = Date.parse(reply.json().time.replace(' ', 'T'));
    assert.ok(Math.abs(time - Date.now()) < 60_000, reply.text);
});

test('GET / is the page', async () => {
    const reply = await server.get('/');
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8');
    assert.match(reply.text, /<option>Asia\/Tokyo<\/option>/);
    assert.match(reply.text, /href="\/an_int"/);
});

// --- Answers that are used again, by one worker whose routes nobody doubts

test('an answer that may be kept is used again, for as long as that', async () => {
    const first = await single.get('/moment/of-the-day');
    assert.equal(first.headers['cache-control'], 'max-age=86400');
    const second = await single.get('/moment/of-the-day');
    assert.deepEqual([second.status, second.text, second.headers['cache-control']],
        [200, first.text, 'max-age=86400']);

    const old = (await single.get('/moment/of-the-second')).text;
    await poll('another moment', async () => (await single.get('/moment/of-the-second')).text !== old);
});

test('HEAD is answered from what is kept', async () => {
    const { text } = await single.get('/moment/of-the-day');
    const head = await single.request('HEAD', '/moment/of-the-day');
    assert.deepEqual([head.status, head.text, head.headers['content-length']],
        [200, '', String(Buffer.byteLength(text))]);
});

test('no answer to a request with arguments is kept, nor one of another route', async () => {
    const kept = (await single.get('/moment/of-the-day')).text;
    const [one, two] = [await single.get('/moment/of-the-day?word=now-'), await single.get('/moment/of-the-day?word=now-')];
    assert.match(one.text, /^now-/);
    assert.notEqual(one.text, two.text);
    assert.equal((await single.get('/moment/of-the-day')).text, kept);
    const reply = await single.get('/moment');
    assert.equal(reply.headers['cache-control'], undefined);
    assert.notEqual(reply.text, (await single.get('/moment')).text);
});

// --- The daemon's own

test('GET /healthz and /readyz', async () => {
    assertJson(await server.get('/healthz'), { status: 'ok' });
    assertJson(await server.get('/readyz'), { status: 'ready' });
    assert.equal((await server.get('/healthz')).text, '{"status": "ok"}');
    assert.equal((await server.get('/readyz')).text, '{"status": "ready"}');
});

test('Date is the time', async () => {
    const { headers } = await server.get('/healthz');
    assert.ok(Math.abs(Date.parse(headers.date) - Date.now()) < 5000, headers.date);
});

// --- The media type of each declared type

const plain = 'text/plain; charset=utf-8';
const answers = [
    // path, content type, the exact bytes
    ['/a_json', 'application/json', '{"b" :1,  "a":[ ]}'],
    ['/a_jsonb', 'application/json', '{"a": [], "b": 1}'],
    ['/a_html', 'text/html; charset=utf-8', '<p>é</p>'],
    ['/a_xml', 'application/xml; charset=utf-8', '<a>é</a>'],
    ['/a_text', plain, 'é\n"quoted"'],
    ['/an_empty_text', plain, ''],
    ['/a_bytea', 'application/octet-stream', Buffer.from('00ff0d0a00', 'hex')],
    ['/an_int', 'application/json', '42'],
    ['/a_bigint', 'application/json', '9007199254740993'],
    ['/a_numeric', 'application/json', '1.50'],
    ['/a_float', 'application/json', '"NaN"'],
    ['/a_boolean', 'application/json', 'true'],
    ['/a_date', 'application/json', '"2026-11-23"'],
    ['/a_uuid', 'application/json', '"6b8b4567-327b-23c6-643c-986966334873"'],
    ['/an_array', 'application/json', '[1,2,null]'],
    ['/a_varchar', 'application/json', '"x\\"y"'],
    ['/a_domain', 'application/json', '"abc"'],
    ['/an_enum', 'application/json', '"sad"'],
    ['/a_row', 'application/json', '{"x":1,"y":2,"label":"l"}'],
    ['/outs', 'application/json', '{"a":1,"b":"x"}'],
    ['/rows?n=0', 'application/json', '[]'],
    ['/scalars?n=0', 'application/json', '[]'],
    ['/scalars?n=1', 'application/json', '[1]'],
    ['/null_json', 'application/json', 'null'],
    ['/null_jsonb', 'application/json', 'null'],
    ['/null_int', 'application/json', 'null'],
    ['/null_row', 'application/json', 'null'],
];
for (const [path, type, body] of answers) {
    test(`GET ${path} is ${type}`, async () => {
        const reply = await server.get(path);
        assert.equal(reply.status, 200, reply.text);
        assert.equal(reply.headers['content-type'], type);
        assert.deepEqual(reply.bytes, Buffer.from(body));
    });
}

const arrays = [
    ['/rows?n=3', [{ a: 1, b: 'row 1' }, { a: 2, b: 'row 2' }, { a: 3, b: 'row 3' }]],
    ['/scalars?n=3', [1, 2, 3]],
    ['/points', [{ x: 1, y: 2, label: 'a' }, { x: 3, y: null, label: null }]],
    ['/documents', [{ a: 1 }, null]],
];
for (const [path, value] of arrays) {
    test(`GET ${path} is an array`, async () => assertJson(await server.get(path), value));
}

for (const path of ['/a_void', '/null_text', '/null_html', '/null_xml', '/null_bytea']) {
    test(`GET ${path} is 204`, async () => {
        const wire = await server.connect();
        wire.send(message('GET', path));
        wire.send(message('GET', '/an_int')); // the 204 has no body that could swallow it
        assert.equal((await wire.reply()).status, 204);
        assert.equal((await wire.reply()).text, '42');
        wire.destroy();
    });
}

for (const path of ['/big', '/big_binary']) {
    for (const bytes of [1, 4095, 65536, 1_000_000, 8_388_608]) {
        test(`GET ${path} of ${bytes} bytes`, async () => {
            const reply = await server.get(`${path}?bytes=${bytes}`);
            assert.equal(reply.status, 200);
            assert.equal(reply.bytes.length, bytes);
            assert.ok(reply.bytes.equals(Buffer.alloc(bytes, 'x')));
        });
    }
}

// --- HEAD, OPTIONS and CORS

for (const path of ['/an_int', '/a_html', '/a_void', '/null_json', '/healthz', '/readyz', '/nowhere', '/rows?n=x']) {
    test(`HEAD ${path} has the headers of GET`, async () => {
        const [get, head, next] = await server.raw(
            Buffer.concat([message('GET', path), message('HEAD', path), message('GET', '/an_int')]),
            { replies: 3, heads: [1] });
        for (const { headers } of [get, head]) {
            delete headers.date;
            delete headers['x-request-id'];
        }
        assert.equal(head.status, get.status);
        assert.deepEqual(head.headers, get.headers);
        assert.equal(next.text, '42', 'no body came after the HEAD');
    });
}

function methods(reply, header = 'allow') {
    return (reply.headers[header] ?? '').split(/, */).sort();
}

test('OPTIONS of a routed path', async () => {
    const reply = await server.request('OPTIONS', '/an_int');
    assert.equal(reply.status, 204);
    assert.deepEqual(methods(reply), ['GET', 'HEAD', 'OPTIONS']);
});

test('OPTIONS lists every method of the path', async () => {
    assert.deepEqual(methods(await server.request('OPTIONS', '/bind')),
        ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);
    assert.deepEqual(methods(await server.request('OPTIONS', '/only-post')), ['OPTIONS', 'POST']);
});

test('OPTIONS *', async () => {
    assert.equal((await server.request('OPTIONS', '*')).status, 204);
});

test('OPTIONS of an unknown path is 404', async () => {
    assertError(await server.request('OPTIONS', '/nowhere'), 404);
});

const preflight = {
    Origin: 'https://app.example',
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type',
};

function corsHeaders(reply) {
    return Object.keys(reply.headers).filter((name) => name.startsWith('access-control'));
}

test('CORS is off by default', async () => {
    const origin = { Origin: 'https://app.example' };
    assert.deepEqual(corsHeaders(await server.get('/an_int', origin)), []);
    assert.deepEqual(corsHeaders(await server.request('OPTIONS', '/bind', { headers: preflight })), []);
});

test('CORS for one origin', async () => {
    const reply = await strict.get('/an_int', { Origin: 'https://app.example' });
    assertJson(reply, 42);
    assert.equal(reply.headers['access-control-allow-origin'], 'https://app.example');
});

test('CORS for any origin', async () => {
    const reply = await anyone.get('/an_int', { Origin: 'https://elsewhere.example' });
    assertJson(reply, 42);
    assert.equal(reply.headers['access-control-allow-origin'], '*');
});

test('CORS: a browser may read errors', async () => {
    for (const path of ['/nowhere', '/rows?n=x', '/pair']) {
        const reply = await strict.get(path, { Origin: 'https://app.example' });
        assert.ok(reply.status >= 400);
        assert.equal(reply.headers['access-control-allow-origin'], 'https://app.example', path);
    }
});

test('CORS: another origin is not allowed', async () => {
    const reply = await strict.get('/an_int', { Origin: 'https://elsewhere.example' });
    assert.notEqual(reply.headers['access-control-allow-origin'], 'https://elsewhere.example');
    assert.notEqual(reply.headers['access-control-allow-origin'], '*');
});

test('CORS: a request without Origin gets no CORS headers', async () => {
    assert.deepEqual(corsHeaders(await strict.request('OPTIONS', '/bind')), []);
});

test('CORS: preflight', async () => {
    for (const [each, origin] of [[strict, 'https://app.example'], [anyone, '*']]) {
        const reply = await each.request('OPTIONS', '/bind', { headers: preflight });
        assert.equal(reply.status, 204);
        assert.equal(reply.headers['access-control-allow-origin'], origin);
        assert.ok(methods(reply, 'access-control-allow-methods').includes('POST'));
        assert.match(reply.headers['access-control-allow-headers'] ?? '', /content-type|\*/i);
    }
});

// --- The query binds to arguments

const queries = [
    // query, the word that reaches the function
    ['word=a', 'a'],
    ['word=', ''],
    ['word', ''],
    ['word=a+b', 'a b'],
    ['word=a%20b', 'a b'],
    ['word=a%2Bb', 'a+b'],
    ['word=a%26b%3Dc', 'a&b=c'],
    ['word=a=b=c', 'a=b=c'],
    ['word=%C3%A9', 'é'],
    ['word=%c3%a9', 'é'],
    ['word=%F0%9F%98%80', '😀'],
    ['word=%25', '%'],
    ['word=%2500', '%00'],
    ['word=%01%09%0A%0D%7F', '\x01\t\n\r\x7f'],
    ['word=/?:@!$\'()*,;~-._', '/?:@!$\'()*,;~-._'],
    ['word=null', 'null'],
    ['word=%27%3B%20DROP%20TABLE%20app.done%3B%20--', '\'; DROP TABLE app.done; --'],
    ['word=%22%5C%7B%7D', '"\\{}'],
    ['%77ord=a', 'a'],
    ['w%6Frd=a', 'a'],
];
for (const [query, word] of queries) {
    test(`GET /echo?${query}`, async () => assertJson(await server.get(`/echo?${query}`), { word }));
}

test('a long argument', async () => {
    const word = 'a'.repeat(8000);
    assertJson(await server.get(`/echo?word=${word}`), { word });
});

test('arguments are given by name, in any order and number', async () => {
    assertJson(await server.get('/pair?a=1'), { a: 1, b: 'x' });
    assertJson(await server.get('/pair?a=1&b=y'), { a: 1, b: 'y' });
    assertJson(await server.get('/pair?b=y&a=1'), { a: 1, b: 'y' });
    assertJson(await server.get('/pair?b=&a=-5'), { a: -5, b: '' });
    assertJson(await server.get('/bind'), defaults);
    assertJson(await server.get('/bind?'), defaults);
    assertJson(await server.get('/bind?b=true&i=7'), { ...defaults, b: true, i: 7 });
    assertJson(await server.get('/bind?a=%7B1,2%7D&ta=%7Ba,NULL%7D'), { ...defaults, a: [1, 2], ta: ['a', null] });
    assertJson(await server.get('/bind?j=%7B%22x%22:null%7D'), { ...defaults, j: { x: null }, 'j is null': false });
    assertJson(await server.get('/bind?j=null'), { ...defaults, 'j is null': false });
});

test('every set of arguments of one function, twice', async () => {
    const given = [['i', 7], ['n', '1.5'], ['b', false], ['t', 'x']];
    for (let round = 0; round < 2; round++) {
        for (let set = 0; set < 2 ** given.length; set++) {
            const chosen = given.filter((_, bit) => set & (1 << bit));
            const query = chosen.map(([name, value]) => `${name}=${value}`).join('&');
            assertJson(await server.get(`/bind?${query}`), { ...defaults, ...Object.fromEntries(chosen) });
        }
    }
});

test('arguments with odd names', async () => {
    assertJson(await server.get('/odd-names?two+words=1&Case=2&%C3%BC=3'), ['1', '2', '3']);
    assertJson(await server.get('/odd-names?two%20words=1'), ['1', '', '']);
    assertError(await server.get('/odd-names?two+words=1&case=2'), 400);
});

// --- Bodies

const bound = [
    // JSON of the body, what it changes of the defaults
    ['{}', {}],
    [' \t\r\n{ } ', {}],
    ['{"t": "x"}', { t: 'x' }],
    ['{"t": ""}', { t: '' }],
    ['{"t": null}', { t: null }],
    ['{"t": "null"}', { t: 'null' }],
    ['{"t": true}', { t: 'true' }],
    ['{"t": 9007199254740993}', { t: '9007199254740993' }],
    ['{"t": 1.50}', { t: '1.50' }],
    ['{"t": "\\u00e9\\n\\t\\"\\\\\\/\\ud83d\\ude00"}', { t: 'é\n\t"\\/😀' }],
    ['{"t": "é😀"}', { t: 'é😀' }],
    ['{"\\u0074": "x"}', { t: 'x' }],
    ['{"i": 7, "n": 1.25, "b": false}', { i: 7, n: '1.25', b: false }],
    ['{"i": "7", "b": "yes"}', { i: 7, b: true }],
    ['{"i": -0, "n": 1e3}', { i: 0, n: '1000' }],
    ['{"n": 123456789012345678901234567890.5}', { n: '123456789012345678901234567890.5' }],
    ['{"j": {"x": [1, {"y": null}]}}', { j: { x: [1, { y: null }] }, 'j is null': false }],
    ['{"j": [1, "a", null]}', { j: [1, 'a', null], 'j is null': false }],
    ['{"j": null}', {}],
    ['{"j": 1, "js": true}', { j: 1, js: true, 'j is null': false }],
    ['{"js": {"a": [ ]}}', { js: { a: [] } }],
    ['{"a": [1, 2, 3]}', { a: [1, 2, 3] }],
    ['{"a": []}', { a: [] }],
    ['{"a": [1, null]}', { a: [1, null] }],
    ['{"a": [[1, 2], [3, 4]]}', { a: [[1, 2], [3, 4]] }],
    ['{"a": null}', {}],
    ['{"ta": ["a,b", "q\\"x", "back\\\\slash", "", "NULL", null, "{}", " s ", "é", "\\n"]}',
        { ta: ['a,b', 'q"x', 'back\\slash', '', 'NULL', null, '{}', ' s ', 'é', '\n'] }],
    ['{"ta": [1, true, 1.50]}', { ta: ['1', 'true', '1.50'] }],
];
for (const [body, change] of bound) {
    test(`POST /bind ${body}`, async () => {
        assertJson(await server.postJson('/bind', body), { ...defaults, ...change });
    });
}

test('an object given to a text argument is its JSON', async () => {
    const reply = await server.postJson('/bind', '{"t": {"x": [1, "é"]}}');
    assert.deepEqual(JSON.parse(reply.json().t), { x: [1, 'é'] });
});

for (const method of ['POST', 'PUT', 'PATCH']) {
    test(`${method} takes a body`, async () => {
        assertJson(await server.request(method, '/bind', { headers: json, body: '{"i": 1}' }), { ...defaults, i: 1 });
        assertJson(await server.request(method, '/bind', { headers: form, body: 'i=2' }), { ...defaults, i: 2 });
        assertJson(await server.request(method, '/bind?i=3'), { ...defaults, i: 3 });
        assertJson(await server.request(method, '/bind', { headers: json, body: '' }), defaults);
    });
}

test('DELETE takes its arguments from the query', async () => {
    assertJson(await server.request('DELETE', '/bind?i=1'), { ...defaults, i: 1 });
});

const forms = [
    ['', {}],
    ['t=', { t: '' }],
    ['t=a+b%2Bc%26', { t: 'a b+c&' }],
    ['t=%C3%A9&i=5', { t: 'é', i: 5 }],
    ['a=%7B1%2C2%7D&b=t', { a: [1, 2], b: true }],
];
for (const [body, change] of forms) {
    test(`POST /bind as a form: ${body}`, async () => {
        assertJson(await server.request('POST', '/bind', { headers: form, body }), { ...defaults, ...change });
    });
}

test('a media type has parameters, and any letter case', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON']) {
        assertJson(await server.request('POST', '/bind', { headers: { 'Content-Type': type }, body: '{"i": 1}' }),
            { ...defaults, i: 1 });
    }
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
    assertJson(await server.request('POST', '/bind', { headers, body: 'i=1' }), { ...defaults, i: 1 });
});

test('query and body both give arguments', async () => {
    assertJson(await server.postJson('/bind?i=5', { t: 'x' }), { ...defaults, i: 5, t: 'x' });
    assertJson(await server.request('POST', '/bind?i=5', { headers: form, body: 't=x' }), { ...defaults, i: 5, t: 'x' });
});

const documents = ['{"a": 1}', '[1, 2]', '"text"', '42', 'true', '{"a":  [ ], "a": 2}'];
for (const body of documents) {
    test(`a function that takes the whole body: ${body}`, async () => {
        const reply = await server.postJson('/whole_json', body);
        assert.equal(reply.status, 200, reply.text);
        assert.equal(reply.text, body);
        assertJson(await server.postJson('/whole_jsonb', body), JSON.parse(body));
    });
}

test('a body of the largest size', async () => {
    const body = JSON.stringify('a'.repeat(1_048_576 - 2));
    assert.equal(body.length, 1_048_576);
    const reply = await server.postJson('/whole_json', body);
    assert.equal(reply.status, 200);
    assert.ok(reply.text === body);
});

test('an empty body is none, whatever the method', async () => {
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
        const reply = await server.request(method, '/bind', { body: '' });
        assert.equal(reply.status, method === 'OPTIONS' ? 204 : 200, method);
    }
});

// --- Chunked bodies

const chunked = 'POST /bind HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunks = [
    // name, the chunks of {"t": "hello"}
    ['one', 'e\r\n{"t": "hello"}\r\n0\r\n\r\n'],
    ['an upper-case size', 'E\r\n{"t": "hello"}\r\n0\r\n\r\n'],
    ['leading zeros', '000e\r\n{"t": "hello"}\r\n000\r\n\r\n'],
    ['many', [...'{"t": "hello"}'].map((letter) => `1\r\n${letter}\r\n`).join('') + '0\r\n\r\n'],
    ['extensions', 'e;a=b;c="d;e"\r\n{"t": "hello"}\r\n0;last\r\n\r\n'],
    ...['a', 'a=b', ' a = b ', '\ta\t=\t"b"\t', 'a="b;c=\\"d\\" \xff"', 'a; b ;c=d', 'a=""', "!#$%&'*+-.^_`|~=1"]
        .map((extension) => [`the extension ${extension}`, `e;${extension}\r\n{"t": "hello"}\r\n0;${extension}\r\n\r\n`]),
    ['trailers', 'e\r\n{"t": "hello"}\r\n0\r\nX-Sum: 1\r\nX-More: a b\r\n\r\n'],
];
for (const [name, body] of chunks) {
    test(`chunks: ${name}`, async () => {
        const [first, second] = await server.raw(chunked + body + message('GET', '/an_int'), { replies: 2 });
        assertJson(first, { ...defaults, t: 'hello' });
        assert.equal(second.text, '42');
    });
}

test('chunks: none at all', async () => {
    const [first, second] = await server.raw(`${chunked}0\r\n\r\n${message('GET', '/an_int')}`, { replies: 2 });
    assertJson(first, defaults);
    assert.equal(second.text, '42');
});

test('chunks: the largest body', async () => {
    const piece = `8000\r\n${'a'.repeat(0x8000)}\r\n`;
    const body = `1\r\n"\r\n${piece.repeat(31)}7ffe\r\n${'a'.repeat(0x7ffe)}\r\n1\r\n"\r\n0\r\n\r\n`;
    const [reply] = await server.raw(chunked.replace('/bind', '/whole_json') + body);
    assert.equal(reply.status, 200);
    assert.equal(reply.bytes.length, 1_048_576);
});

for (const coding of ['Chunked', 'CHUNKED', '\tchunked\t', ' \t chunked \t ']) {
    test(`a coding that is written ${JSON.stringify(coding)}`, async () => {
        const [first, second] = await server.raw(chunked.replace(' chunked', coding) + chunks[0][1] + message('GET', '/an_int'), { replies: 2 });
        assertJson(first, { ...defaults, t: 'hello' });
        assert.equal(second.text, '42');
    });
}

for (const length of ['\t14\t', ' 14\t ', '14 \t', '14', '014']) {
    test(`a Content-Length that is written ${JSON.stringify(length)}`, async () => {
        const [first, second] = await server.raw(`POST /bind HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
            + `Content-Length:${length}\r\n\r\n{"t": "hello"}GET /an_int HTTP/1.1\r\nHost:\ta\t\r\n\r\n`, { replies: 2 });
        assertJson(first, { ...defaults, t: 'hello' });
        assert.equal(second.text, '42');
    });
}

for (const minor of [2, 3, 9]) {
    test(`HTTP/1.${minor} is read as 1.1`, async () => {
        const [first, second] = await server.raw(`GET /an_int HTTP/1.${minor}\r\nHost: a\r\n\r\n${message('GET', '/an_int')}`, { replies: 2 });
        assertJson(first, 42);
        assertJson(second, 42);
        const reply = await server.refused(`GET /an_int HTTP/1.${minor}\r\n\r\n`);
        assertError(reply, 400); // without a Host
    });
}

test('a whole URL without a path is that of the root', async () => {
    const replies = await server.raw('GET http://a.b:80 HTTP/1.1\r\nHost: a\r\n\r\n'
        + 'HEAD http://a?b=1 HTTP/1.1\r\nHost: a\r\n\r\n'
        + 'GET http://a/an_int? HTTP/1.1\r\nHost: a\r\n\r\n'
        + 'OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n', { replies: 4, heads: [1] });
    assert.match(replies[0].text, /<title>/);
    assert.equal(replies[1].status, 400); // the page has no argument b
    assertJson(replies[2], 42);
    assert.match(replies[3].headers.allow, /PATCH/);
});

for (const coding of ['gzip', 'br', 'x-unknown', 'identity, gzip']) {
    test(`a body with Content-Encoding: ${coding} is refused, and it is said what is taken`, async () => {
        const reply = await server.request('POST', '/bind', {
            headers: { 'Content-Type': 'application/json', 'Content-Encoding': coding }, body: '\x1f\x8b' });
        assertError(reply, 415);
        assert.equal(reply.headers['accept-encoding'], 'identity');
    });
}

test('Content-Encoding: identity, and one without a body, do not matter', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'Identity' };
    assertJson(await server.request('POST', '/bind', { headers, body: '{"t": "hello"}' }), { ...defaults, t: 'hello' });
    assertJson(await server.get('/an_int', { 'Content-Encoding': 'gzip' }), 42);
    const other = await server.request('POST', '/bind', { headers: { 'Content-Type': 'text/plain' }, body: 'x' });
    assertError(other, 415);
    assert.equal(other.headers['accept-encoding'], undefined);
});

test('transfer-encoding in any letter case of its name', async () => {
    const [reply] = await server.raw(chunked.replace('Transfer-Encoding', 'tRANSFER-eNCODING') + chunks[0][1]);
    assertJson(reply, { ...defaults, t: 'hello' });
});

// --- Headers that must not matter, or must

const head = (...lines) => `GET /an_int HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const heads = [
    ['a Host with a port', head('Host: a:8080')],
    ['a Host that is an address', head('Host: 127.0.0.1:80')],
    ['a Host that is an IPv6 address', head('Host: [::1]:8080')],
    ['a Host in another letter case', head('hOST: a')],
    ['a Host with an underscore and dots', head('Host: my_host.example-1.com')],
    ['a header value without a blank before it', head('Host:a')],
    ['blanks around a header value', head('Host: \t a \t ')],
    ['a tab inside a header value', head('Host: a', 'X: a\tb')],
    ['bytes above 127 in a header value', head('Host: a', 'X: \xe9\xff\x80')],
    ['an empty header value', head('Host: a', 'X:')],
    ['a header name of every letter a token may have', head('Host: a', '!#$%&\'*+-.^_`|~09azAZ: 1')],
    ['100 headers', head('Host: a', ...Array.from({ length: 99 }, (_, i) => `X-${i}: ${i}`))],
    ['16,000 bytes of headers', head('Host: a', ...Array.from({ length: 16 }, (_, i) => `X-${i}: ${'v'.repeat(986)}`))],
    ['a repeated header', head('Host: a', 'Accept: x', 'Accept: y')],
    ['Content-Length: 0', head('Host: a', 'Content-Length: 0')],
    ['Content-Length: 000', head('Host: a', 'Content-Length: 000')],
    ['an Upgrade that is not wanted', head('Host: a', 'Connection: Upgrade', 'Upgrade: websocket')],
    ['an Upgrade to HTTP/2', head('Host: a', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')],
    ['an empty line before the request', `\r\n${head('Host: a')}`],
    ['a target with scheme and host', head('Host: a').replace('/an_int', 'http://a/an_int')],
    ['a line of 8,190 bytes', head('Host: a', 'X: 1').replace('/an_int', `/echo?word=${'a'.repeat(8190 - 24)}`)],
];
for (const [name, bytes] of heads) {
    test(`accepted: ${name}`, async () => {
        const [first, second] = await server.raw(bytes + head('Host: a'), { replies: 2 });
        assert.equal(first.status, 200, first.text);
        assert.equal(second.text, '42', 'the next request on the same connection');
    });
}

// --- Connections

test('keep-alive: a thousand requests on one connection', async () => {
    const wire = await server.connect();
    for (let i = 0; i < 1000; i++) {
        wire.send(message('GET', `/echo?word=${i}`));
        assertJson(await wire.reply(), { word: `${i}` });
    }
    wire.destroy();
});

for (const value of ['close', 'Close', 'foo, close', 'close, foo']) {
    test(`Connection: ${value}`, async () => {
        const reply = await server.refused(head('Host: a', `Connection: ${value}`) + head('Host: a'));
        assertJson(reply, 42);
        assert.equal(reply.headers.connection, 'close');
    });
}

test('HTTP/1.0 closes, and needs no Host', async () => {
    assertJson(await server.refused('GET /an_int HTTP/1.0\r\n\r\n'), 42);
});

test('HTTP/1.0 with keep-alive', async () => {
    const wire = await server.connect();
    wire.send('GET /an_int HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    const reply = await wire.reply();
    assertJson(reply, 42);
    assert.match(reply.headers.connection ?? '', /^keep-alive$/i);
    wire.send('GET /an_int HTTP/1.0\r\n\r\n');
    assertJson(await wire.reply(), 42);
    await wire.closed();
});

test('HTTP/1.0 with a body', async () => {
    assertJson(await server.refused('POST /bind HTTP/1.0\r\nContent-Type: application/json\r\n'
        + 'Content-Length: 8\r\n\r\n{"i": 1}'), { ...defaults, i: 1 });
});

test('an error that is not of the framing leaves the connection open', async () => {
    const wire = await server.connect();
    for (const [target, status] of [['/nowhere', 404], ['/rows?n=x', 400], ['/pair', 400], ['/only-post', 405],
        ['/raise?code=XX000', 500], ['/raise?code=40001', 503]]) {
        wire.send(message('GET', target));
        assert.equal((await wire.reply()).status, status, target);
    }
    wire.send(message('GET', '/an_int'));
    assertJson(await wire.reply(), 42);
    wire.destroy();
});

test('a client that shuts down its sending side gets its answers', async () => {
    const wire = await server.connect();
    wire.socket.allowHalfOpen = true;
    wire.socket.end(Buffer.concat([message('GET', '/sleep?seconds=0.2&word=a'), message('GET', '/an_int')]));
    assertJson(await wire.reply(), { slept: 'a' });
    assertJson(await wire.reply(), 42);
    await wire.closed();
});

// --- Pipelining

test('pipelining: 500 requests at once are answered in order', async () => {
    const requests = Array.from({ length: 500 }, (_, i) => message('GET', `/echo?word=${i}`));
    const replies = await server.raw(Buffer.concat(requests), { replies: 500 });
    replies.forEach((reply, i) => assertJson(reply, { word: `${i}` }));
});

test('pipelining: slow, fast, alone, local and failing requests are answered in order', async () => {
    const requests = [
        ['GET', '/sleep?seconds=0.3&word=a', 200, '{"slept" : "a"}'],
        ['GET', '/an_int', 200, '42'],
        ['GET', '/sleep_alone?seconds=0.2&word=b', 200, '{"slept" : "b"}'],
        ['GET', '/healthz', 200, '{"status": "ok"}'],
        ['GET', '/nowhere', 404, null],
        ['HEAD', '/a_text', 200, ''],
        ['GET', '/raise?code=P0001', 400, null],
        ['OPTIONS', '/an_int', 204, ''],
        ['POST', '/bind', 200, null],
        ['GET', '/a_void', 204, ''],
        ['GET', '/pair?a=x', 400, null],
        ['GET', '/a_numeric', 200, '1.50'],
    ];
    const heads = requests.flatMap(([method], i) => (method === 'HEAD' ? [i] : []));
    const replies = await server.raw(
        Buffer.concat(requests.map(([method, target]) => message(method, target))),
        { replies: requests.length, heads });
    replies.forEach((reply, i) => {
        const [method, target, status, text] = requests[i];
        assert.equal(reply.status, status, `${method} ${target}`);
        if (text !== null) {
            assert.equal(reply.text, text, `${method} ${target}`);
        }
    });
});

test('pipelining: bodies of every kind', async () => {
    const requests = Array.from({ length: 60 }, (_, i) => [
        message('POST', '/bind', { headers: json, body: `{"i": ${i}}` }),
        message('POST', '/bind', { headers: form, body: `i=${i}` }),
        `${chunked}3\r\n{"i\r\n${(4 + `${i}`.length).toString(16)}\r\n": ${i}}\r\n0\r\n\r\n`,
        message('PUT', `/bind?i=${i}`, { body: '' }),
    ][i % 4]);
    const replies = await server.raw(Buffer.concat(requests.map((each) => Buffer.from(each, 'latin1'))), { replies: 60 });
    replies.forEach((reply, i) => assertJson(reply, { ...defaults, i }));
});

test('pipelining: large replies', async () => {
    const sizes = Array.from({ length: 40 }, (_, i) => 1 + i * 25_000);
    const replies = await server.raw(
        Buffer.concat(sizes.map((bytes) => message('GET', `/big?bytes=${bytes}`))), { replies: 40 });
    assert.deepEqual(replies.map((reply) => reply.bytes.length), sizes);
});

test('many clients at once: nobody gets the answer of another', async () => {
    await Promise.all(Array.from({ length: 200 }, async (_, client) => {
        const wire = await server.connect();
        for (let i = 0; i < 20; i++) {
            const word = `${client}-${i}`;
            const fails = (client + i) % 5 === 0;
            wire.send(message('GET', fails ? `/raise?code=P0001&message=${word}` : `/echo?word=${word}`));
            const reply = await wire.reply({ seconds: 60 });
            if (fails) {
                assert.equal(assertError(reply, 400, 'P0001').message, word);
            } else {
                assertJson(reply, { word });
            }
        }
        wire.destroy();
    }));
});

// --- Expect

test('Expect: 100-continue is answered before the body', async () => {
    for (const value of ['100-continue', '100-Continue']) {
        const wire = await server.connect();
        wire.send(message('POST', '/bind', { headers: { ...json, Expect: value, 'Content-Length': 8 } }));
        assert.equal((await wire.reply()).status, 100);
        wire.send('{"i": 1}');
        assertJson(await wire.reply(), { ...defaults, i: 1 });
        wire.send(message('GET', '/an_int'));
        assertJson(await wire.reply(), 42);
        wire.destroy();
    }
});

test('Expect: 100-continue before chunks', async () => {
    const wire = await server.connect();
    wire.send(chunked.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
    assert.equal((await wire.reply()).status, 100);
    wire.send(chunks[0][1]);
    assertJson(await wire.reply(), { ...defaults, t: 'hello' });
    wire.destroy();
});

test('Expect: 100-continue waits for its turn behind other requests', async () => {
    const wire = await server.connect();
    wire.send(Buffer.concat([
        message('GET', '/sleep?seconds=0.2&word=a'),
        message('POST', '/bind', { headers: { ...json, Expect: '100-continue', 'Content-Length': 8 } }),
    ]));
    assertJson(await wire.reply(), { slept: 'a' });
    assert.equal((await wire.reply()).status, 100);
    wire.send('{"i": 1}');
    assertJson(await wire.reply(), { ...defaults, i: 1 });
    wire.destroy();
});

test('Expect: 100-continue of a request that is refused gets the final answer at once', async () => {
    const wire = await server.connect();
    wire.send(message('POST', '/bind', { headers: { ...json, Expect: '100-continue', 'Content-Length': 1_048_577 } }));
    assertError(await wire.reply(), 413);
    await wire.closed();
});

test('Expect: 100-continue when the body comes along', async () => {
    const wire = await server.connect();
    wire.send(message('POST', '/bind', { headers: { ...json, Expect: '100-continue' }, body: '{"i": 1}' }));
    let reply = await wire.reply();
    if (reply.status === 100) {
        reply = await wire.reply();
    }
    assertJson(reply, { ...defaults, i: 1 });
    wire.destroy();
});

test('Expect of HTTP/1.0 gets no 100', async () => {
    assertJson(await server.refused('POST /bind HTTP/1.0\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n'
        + 'Content-Length: 8\r\n\r\n{"i": 1}'), { ...defaults, i: 1 });
});

// --- However the bytes are cut

const whole = [
    ['GET', Buffer.from('GET /echo?word=a%20b+c HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\nX-Y:  z \r\n\r\n'), { word: 'a b c' }],
    ['POST', message('POST', '/bind?i=7', { headers: json, body: '{"t": "\\u00e9é"}' }), { ...defaults, i: 7, t: 'éé' }],
    ['chunks', Buffer.from(`${chunked}3;x=y\r\n{"t\r\n00b\r\n": "hello"}\r\n0\r\nX-Sum: 1\r\n\r\n`), { ...defaults, t: 'hello' }],
];
for (const [name, bytes, value] of whole) {
    test(`split in two at every byte: ${name}`, async () => {
        const wire = await server.connect();
        for (let at = 1; at < bytes.length; at++) {
            await wire.send(bytes.subarray(0, at));
            await sleep(2); // so that the daemon reads them apart
            wire.send(bytes.subarray(at));
            assertJson(await wire.reply(), value);
        }
        wire.destroy();
    });

    test(`split at every byte at once: ${name}`, async () => {
        const wire = await server.connect();
        for (const byte of bytes) {
            await wire.send(Buffer.from([byte]));
            await sleep(1);
        }
        assertJson(await wire.reply(), value);
        wire.send(bytes);
        assertJson(await wire.reply(), value);
        wire.destroy();
    });
}

test('two requests cut together at every byte', async () => {
    const bytes = Buffer.concat([whole[1][1], whole[0][1]]);
    const wire = await server.connect();
    for (let at = 1; at < bytes.length; at += 3) {
        await wire.send(bytes.subarray(0, at));
        await sleep(2);
        wire.send(bytes.subarray(at));
        assertJson(await wire.reply(), whole[1][2]);
        assertJson(await wire.reply(), whole[0][2]);
    }
    wire.destroy();
});

// In this file, as it also runs on a daemon with assertions: they watch the counts of bytes.
daemon('a client that resets its connection while the worker has no room for its replies',
    ['--workers', '1', '--max-unsent-bytes', '4kB'], async (small) => {
        const [worker] = small.workers();
        const wire = await small.connect();
        wire.send(message('GET', '/healthz'));
        await wire.reply();
        process.kill(worker, 'SIGSTOP');
        await wire.send(Buffer.concat(Array(31).fill(message('GET', '/healthz'))));
        wire.socket.resetAndDestroy();
        await sleep(50);
        process.kill(worker, 'SIGCONT');
        await poll('another client', async () => (await small.get('/healthz')).status === 200);
    });
