// Errors: which status an SQLSTATE becomes, what the JSON says and does not say,
// arguments and bodies that do not fit.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, message, poll, psql, start } from './server.mjs';

await createDatabase();
const server = await start(['--max-reply-bytes', '1024', '--workers', '2']);

after(async () => {
    await server.stop();
    await dropDatabase();
});

const json = { 'Content-Type': 'application/json' };
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

// --- SQLSTATE to status

const statuses = {
    400: ['22000', '22001', '22003', '22012', '22023', '22P02', '2200H', '23514', 'P0001', 'PT400'],
    403: ['42501', 'PT403'],
    404: ['P0002', 'PT404'],
    405: ['25006', 'PT405'],
    409: ['23502', '23503', '23505', '23P01', 'PT409'],
    418: ['PT418'],
    422: ['PT422'],
    451: ['PT451'],
    499: ['PT499'],
    501: ['PT501'],
    503: ['40001', '40P01', '53000', '53100', '53200', '53300', '53400', '08000', '08003', '08006', '57P01', '57P02', '57P03', 'PT503'],
    504: ['57014'],
    599: ['PT599'],
    500: ['XX000', 'XX001', '58000', '58030', '54000', '54001', '55000', '55P03', '42P01', '42703', '42601', '2F000', '21000',
        '23000', '23001', '25001', '25P02', '28000', '3D000', '40000', '40002', '40003', '57000', '57P04', 'P0000', 'P0003', 'P0004',
        'F0000', 'HV000', 'AB123', 'ZZZZZ', 'PT399', 'PT600', 'PT4XX', 'PTX04', 'PT000', '02000', '01000', '09000'],
};
for (const [status, codes] of Object.entries(statuses)) {
    for (const code of codes) {
        test(`SQLSTATE ${code} is ${status}`, async () => {
            const [reply, next] = await server.raw(
                Buffer.concat([message('GET', `/raise?code=${code}`), message('GET', '/an_int')]), { replies: 2 });
            const error = assertError(reply, Number(status), code);
            if (status < 500) {
                assert.deepEqual(error, { code, message: 'the message', detail: 'the detail', hint: 'the hint' });
            } else if (status === '500') {
                assert.equal(error.detail, null);
                assert.ok(!/the message|the detail|the hint/.test(JSON.stringify(reply.headers) + reply.text), reply.text);
            }
            assert.equal(reply.headers.allow, status === '405' ? 'GET, HEAD, OPTIONS' : undefined);
            assertJson(next, 42);
        });
    }
}

test('only 503 has Retry-After', async () => {
    for (const [code, value] of [['40001', '1'], ['57014', undefined], ['XX000', undefined], ['P0001', undefined]]) {
        assert.equal((await server.get(`/raise?code=${code}`)).headers['retry-after'], value, code);
    }
});

// --- The body of a 500, and the log

test('a 500 says the same, whatever happened', async () => {
    const replies = await Promise.all(['/raise?code=XX000', '/raise?code=58030', '/broken'].map((path) => server.get(path)));
    const said = replies.map((reply) => {
        assert.equal(reply.status, 500);
        return JSON.stringify({ ...reply.json(), code: null });
    });
    assert.equal(new Set(said).size, 1, said.join('\n'));
});

test('a 500 names nothing of the inside', async () => {
    const reply = await server.get('/broken');
    assertError(reply, 500, '42P01');
    assert.ok(!/hidden|app\.|table|column|relation|broken|plpgsql|SELECT/i.test(reply.text), reply.text);
});

test('the log has the error that a reply does not show, with the same id', async () => {
    const reply = await server.get('/broken');
    const id = reply.headers['x-request-id'];
    const [line] = await poll('the log', () => {
        const lines = server.log(new RegExp(`request_id="?${id}\\b`));
        return lines.length > 0 && lines;
    });
    assert.match(line, /level=error/);
    assert.match(line, /relation \\"app\.hidden_table\\" does not exist/);
});

test('every error is in the log with the id of its reply', async () => {
    const ids = [];
    for (const path of ['/nowhere', '/pair', '/rows?n=x', '/raise?code=P0001', '/forbidden', '/big?bytes=2000']) {
        ids.push((await server.get(path)).headers['x-request-id']);
    }
    ids.push((await server.raw('GET / HTTP/1.1\r\n\r\n'))[0].headers['x-request-id']);
    assert.equal(new Set(ids).size, ids.length, 'ids differ');
    for (const id of ids) {
        await poll(`${id} in the log`, () => server.log(new RegExp(`request_id="?${id}\\b`)).length === 1);
    }
});

test('a plus in a query is a blank, and the error says so', async () => {
    const error = assertError(await server.get('/time?timezone=Etc/GMT+5'), 400, '22023');
    assert.match(error.hint, /%2B/);
    assert.equal((await server.get('/time?timezone=Etc/GMT%2B5')).json().timezone, 'Etc/GMT+5');
    assert.ok(!/%2B/.test(assertError(await server.get('/time?timezone=Nowhere'), 400, '22023').hint));
});

test('a value that is wrong and long is 400', async () => {
    for (const length of [60_000, 66_000, 500_000]) {
        const reply = await server.postJson('/bind', { i: 'x'.repeat(length) });
        assert.equal(reply.status, 400, reply.text.slice(0, 200));
        assert.match(reply.json().code, /^22/);
    }
    assertJson(await server.get('/an_int'), 42);
});

test('who finds nothing is told no SQL', async () => {
    assert.equal(assertError(await server.get('/nowhere'), 404).hint, null);
});

test('a request id is not the client\'s to choose', async () => {
    const reply = await server.get('/nowhere', { 'X-Request-Id': 'mine' });
    assert.notEqual(reply.headers['x-request-id'], 'mine');
});

test('ids differ between workers and requests', async () => {
    const ids = await Promise.all(Array.from({ length: 300 }, async () => (await server.get('/nowhere')).headers['x-request-id']));
    assert.equal(new Set(ids).size, 300);
});

const awkward = [
    'plain', '"quoted"', 'back\\slash', 'two\nlines', 'CR\r\nLF', 'tab\tbell\x07', 'é 😀 \u2028', '</script>', '{"code": 1}', '', ' ', 'x'.repeat(3000),
    'time=1 level=info msg="forged"\ntime=2026-01-01T00:00:00Z level=info pid=1 msg="forged"',
];
for (const text of awkward) {
    test(`the message ${JSON.stringify(text.slice(0, 40))} comes through`, async () => {
        const reply = await server.get(`/raise?code=P0001&message=${encodeURIComponent(text)}`);
        assert.equal(reply.status, 400);
        assert.equal(reply.json().message, text);
    });
}

test('text of users cannot forge a line of the log', async () => {
    const forged = encodeURIComponent('\ntime=2026-01-01T00:00:00Z level=info pid=1 msg="forged"');
    await server.get(`/raise?code=P0001&message=${forged}`);
    await server.get(`/nowhere?x=${forged}`);
    const reply = await server.get(`/raise?code=XX000&message=${forged}`);
    await poll('the log', () => server.log(new RegExp(reply.headers['x-request-id'])).length > 0);
    assert.deepEqual(server.log(/^time=2026-01-01/), []);
});

// --- Errors of PostgreSQL itself

test('an argument of the wrong type', async () => {
    assert.deepEqual(assertError(await server.get('/pair?a=x'), 400, '22P02'), {
        code: '22P02', message: 'invalid input syntax for type integer: "x"', detail: null, hint: null,
    });
    assertError(await server.get('/pair?a='), 400, '22P02');
    assertError(await server.get('/pair?a=99999999999'), 400, '22003');
    assertError(await server.postJson('/bind', '{"i": 1.5}'), 400, '22P02');
    assertError(await server.postJson('/bind', '{"i": {"x": 1}}'), 400, '22P02');
    assertError(await server.postJson('/bind', '{"b": "maybe"}'), 400, '22P02');
    assertError(await server.postJson('/bind', '{"a": ["x"]}'), 400, '22P02');
    assertError(await server.postJson('/bind', '{"a": [[1], [2, 3]]}'), 400, '22P02');
    assertError(await server.get('/bind?j=%7B'), 400, '22P02');
});

test('an unknown time zone', async () => {
    const error = assertError(await server.get('/time?timezone=America/New_Yrok'), 400, '22023');
    assert.match(error.message, /America\/New_Yrok/);
    assert.match(error.hint, /America\/New_York/);
    assertError(await server.get('/time?timezone='), 400, '22023');
});

test('a table that the role may not read, and a function that it may not call', async () => {
    assertError(await server.get('/read_secret'), 403, '42501');
    assertError(await server.get('/forbidden'), 403, '42501');
});

test('real errors of constraints', async () => {
    await psql(`
        GRANT SELECT, INSERT ON app.secret TO acu_web;
        INSERT INTO app.secret VALUES (1, 1)`);
    assert.equal((await server.postJson('/add_secret', '{"id": 2, "parent": 1}')).status, 204);
    assertError(await server.postJson('/add_secret', '{"id": 1, "parent": 1}'), 409, '23505');
    assertError(await server.postJson('/add_secret', '{"id": 3, "parent": 9}'), 409, '23503');
    assertError(await server.postJson('/add_secret', '{"id": 3, "parent": null}'), 409, '23502');
    assertError(await server.postJson('/add_secret', '{"id": -3, "parent": 1}'), 400, '23514');
    assert.equal(await psql('SELECT string_agg(id::text, \',\' ORDER BY id) FROM app.secret'), '1,2',
        'each request was a transaction');
});

test('a write in a read-only transaction', async () => {
    assertError(await server.postJson('/read_only', '{"key": "a"}'), 405, '25006');
});

// --- The largest result

test('a result of exactly the largest size', async () => {
    assert.equal((await server.get('/big?bytes=1024')).bytes.length, 1024);
    assert.equal((await server.get('/big_binary?bytes=1024')).bytes.length, 1024);
});

for (const path of ['/big?bytes=1025', '/big_binary?bytes=1025', '/big?bytes=1000000', '/rows?n=100']) {
    test(`a result that is larger: ${path}`, async () => {
        const [reply, next] = await server.raw(
            Buffer.concat([message('GET', path), message('GET', '/an_int')]), { replies: 2 });
        const error = assertError(reply, 500, '54000');
        assert.equal(error.detail, null);
        assertJson(next, 42);
    });
}

// --- Paths and methods

test('an unknown path', async () => {
    for (const path of ['/nowhere', '/an_int/', '/An_int', '//an_int', '/an_int/x', '/nowhere?x=1', '/healthz/', '/acu.root']) {
        assertError(await server.get(path), 404);
    }
    assertError(await server.postJson('/nowhere', '{}'), 404);
});

test('another method', async () => {
    const allowed = (reply) => reply.headers.allow.split(/, */).sort();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const reply = await server.request(method, '/an_int');
        assertError(reply, 405);
        assert.deepEqual(allowed(reply), ['GET', 'HEAD', 'OPTIONS']);
    }
    for (const method of ['GET', 'PUT', 'DELETE']) {
        const reply = await server.request(method, '/only-post');
        assertError(reply, 405);
        assert.deepEqual(allowed(reply), ['OPTIONS', 'POST']);
    }
    const head = await server.request('HEAD', '/only-post');
    assert.equal(head.status, 405);
    for (const path of ['/healthz', '/readyz']) {
        const reply = await server.request('POST', path);
        assertError(reply, 405);
        assert.ok(allowed(reply).includes('GET'), path);
    }
});

// --- Arguments that do not fit: name, request

const misfits = [
    ['one is missing', 'GET', '/echo'],
    ['one is missing, others are given', 'GET', '/pair?b=x'],
    ['one is missing from a body', 'POST', '/only-post', json, '{}'],
    ['one is missing without a body', 'POST', '/only-post'],
    ['one is unknown', 'GET', '/echo?word=a&other=b'],
    ['one is unknown, and there are none', 'GET', '/nothing?x=1'],
    ['the name has another letter case', 'GET', '/echo?Word=a'],
    ['the name has a blank', 'GET', '/echo?word+=a'],
    ['one has no name', 'GET', '/echo?word=a&=b'],
    ['one is repeated', 'GET', '/echo?word=a&word=b'],
    ['one is repeated with the same value', 'GET', '/echo?word=a&word=a'],
    ['one is repeated in escapes', 'GET', '/echo?word=a&%77ord=a'],
    ['one is unknown in a JSON body', 'POST', '/bind', json, '{"x": 1}'],
    ['one is repeated in a JSON body', 'POST', '/bind', json, '{"i": 1, "i": 1}'],
    ['one is repeated in escapes of a JSON body', 'POST', '/bind', json, '{"i": 1, "\\u0069": 1}'],
    ['one is unknown in a form', 'POST', '/bind', form, 'x=1'],
    ['one is repeated in a form', 'POST', '/bind', form, 'i=1&i=1'],
    ['one is in the query and in a JSON body', 'POST', '/bind?i=1', json, '{"i": 1}'],
    ['one is in the query and in a form', 'POST', '/bind?i=1', form, 'i=1'],
    ['the body has a name of no argument: the empty one', 'POST', '/bind', json, '{"": 1}'],
    ['a bad escape in a form', 'POST', '/bind', form, 't=%zz'],
    ['a truncated escape in a form', 'POST', '/bind', form, 't=%4'],
    ['NUL in a form', 'POST', '/bind', form, 't=%00'],
    ['a raw NUL in a form', 'POST', '/bind', form, 't=a\0b'],
    ['no UTF-8 in a form', 'POST', '/bind', form, 't=%ff'],
    ['raw bytes that are no UTF-8 in a form', 'POST', '/bind', form, Buffer.from('t=\xff', 'latin1')],
];
for (const [name, method, target, headers, body] of misfits) {
    test(`arguments: ${name}`, async () => {
        assertError(await server.request(method, target, { headers, body }), 400);
    });
}

test('the error names the argument', async () => {
    assert.match(assertError(await server.get('/pair?b=x'), 400).message, /\ba\b/);
    assert.match(assertError(await server.get('/echo?word=a&other=b'), 400).message, /other/);
    assert.match(assertError(await server.get('/echo?word=a&word=b'), 400).message, /word/);
});

// --- Bodies that are no JSON object

const bodies = [
    ' ', '[]', '[{"i": 1}]', '1', '"x"', 'null', 'true', '{', '}', '{]', '{"i"}', '{"i":}', '{"i": 1,}', '{,}', '{"i" 1}', '{"i": 1 "t": "x"}',
    '{\'i\': 1}', '{i: 1}', '{1: 1}', '{"i": 1}}', '{"i": 1} {"i": 1}', '{"i": 1}x', '{"i": 01}', '{"i": +1}', '{"i": .5}', '{"i": 1.}', '{"i": 1e}',
    '{"i": 0x10}', '{"i": NaN}', '{"i": Infinity}', '{"i": nul}', '{"i": True}', '{"i": undefined}', '{"i": -}', '{"t": "x}', '{"t": "\\x"}',
    '{"t": "\\u12"}', '{"t": "\\u12g4"}', '{"t": "a\nb"}', '{"t": "a\tb"}', '{"t": "\x01"}', '{"t": "\\u0000"}', '{"t\\u0000": "x"}',
    '{"t": "\\ud800"}', '{"t": "\\udc00"}', '{"t": "\\ud800\\u0041"}', '{"t": "\\udc00\\ud800"}', '{"t": "a\0b"}', '{"i": 1}\0', '\ufeff{"i": 1}',
    '/* comment */ {"i": 1}', '{"j": [1, 2}', '{"j": [1 2]}', '{"j": [1,]}', '{"j": [,1]}', '{"j": {"a": 1,}}', '{"a": [1, [2]}', '{"ta": ["a" "b"]}',
    'i=1',
];
for (const body of bodies) {
    test(`a body that is no JSON object: ${JSON.stringify(body)}`, async () => {
        assert.equal((await server.postJson('/bind', body)).status, 400);
    });
}

for (const [name, bytes] of [['no UTF-8', '\xff'], ['an overlong NUL', '\xc0\x80'], ['a raw surrogate', '\xed\xa0\x80'],
    ['a truncated character', '\xe2\x82'], ['a character above U+10FFFF', '\xf4\x90\x80\x80']]) {
    test(`a JSON body with ${name}`, async () => {
        assert.equal((await server.postJson('/bind', Buffer.from(`{"t": "${bytes}"}`, 'latin1'))).status, 400);
        assert.equal((await server.postJson('/bind', Buffer.from(`{"${bytes}": "x"}`, 'latin1'))).status, 400);
        assert.equal((await server.postJson('/whole_json', Buffer.from(`"${bytes}"`, 'latin1'))).status, 400);
    });
}

for (const [name, body] of [
    ['100,000 open arrays', '['.repeat(100_000)],
    ['100,000 nested arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['100,000 nested objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['nested deep in an argument', `{"j": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['nested deep in an array argument', `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
]) {
    test(`a JSON body of ${name}`, async () => {
        assert.equal((await server.postJson('/bind', body)).status, 400);
        assert.equal((await server.postJson('/whole_json', body)).status, 400);
        assertJson(await server.get('/an_int'), 42);
    });
}

test('the whole body for one argument must be JSON too', async () => {
    for (const body of ['{', '{"a": 1}}', '[1,]', '"\\u12"', 'nul', ' ']) {
        assert.equal((await server.postJson('/whole_json', body)).status, 400, body);
        assert.equal((await server.postJson('/whole_jsonb', body)).status, 400, body);
    }
    assert.equal((await server.request('POST', '/whole_json')).status, 400, 'no body');
});

test('another media type is 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonx', 'text/json', 'application/json-patch+json', 'x']) {
        assertError(await server.request('POST', '/bind', { headers: { 'Content-Type': type }, body: '{"i": 1}' }), 415);
        assertError(await server.request('POST', '/whole_json', { headers: { 'Content-Type': type }, body: '{"i": 1}' }), 415);
    }
    const { status } = await server.request('POST', '/whole_json', { headers: form, body: 'i=1' });
    assert.ok([400, 415].includes(status), `a form for the whole body: ${status}`);
});
