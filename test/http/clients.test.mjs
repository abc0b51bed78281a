// Clients that people use: node's fetch and http.Agent, curl, Python's http.client.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { createDatabase, dropDatabase, run, start } from './server.mjs';

await createDatabase();
const server = await start(['--workers', '2']);

after(async () => {
    await server.stop();
    await dropDatabase();
});

// --- fetch

test('fetch: JSON, text and bytes', async () => {
    const time = await fetch(`${server.url}/time?timezone=Asia/Tokyo`);
    assert.equal(time.status, 200);
    assert.equal((await time.json()).timezone, 'Asia/Tokyo');
    assert.equal(await (await fetch(`${server.url}/a_text`)).text(), 'é\n"quoted"');
    const bytes = await (await fetch(`${server.url}/a_bytea`)).arrayBuffer();
    assert.equal(Buffer.from(bytes).toString('hex'), '00ff0d0a00');
});

test('fetch: 204, HEAD and errors', async () => {
    const nothing = await fetch(`${server.url}/a_void`);
    assert.equal(nothing.status, 204);
    assert.equal(await nothing.text(), '');
    const head = await fetch(`${server.url}/a_text`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), '11');
    assert.equal(await head.text(), '');
    const error = await fetch(`${server.url}/pair?a=x`);
    assert.equal(error.status, 400);
    assert.equal((await error.json()).code, '22P02');
});

test('fetch: bodies', async () => {
    const post = async (body, headers = {}, more = {}) => {
        const reply = await fetch(`${server.url}/bind`, { method: 'POST', body, headers, ...more });
        assert.equal(reply.status, 200, await reply.clone().text());
        return reply.json();
    };
    const json = { 'content-type': 'application/json' };
    assert.equal((await post(JSON.stringify({ t: 'é "😀"' }), json)).t, 'é "😀"');
    assert.equal((await post(new URLSearchParams({ t: 'a b&c=d+é' }))).t, 'a b&c=d+é');
    assert.equal((await post(Buffer.from('{"i": 5}'), json)).i, 5);
    const stream = new ReadableStream({
        async start(controller) {
            for (const piece of ['{"t"', ': "in ', 'pieces"}']) {
                controller.enqueue(new TextEncoder().encode(piece));
                await new Promise(setImmediate);
            }
            controller.close();
        },
    });
    assert.equal((await post(stream, json, { duplex: 'half' })).t, 'in pieces', 'chunked');
});

test('fetch: a thousand requests, fifty at a time', async () => {
    let next = 0;
    await Promise.all(Array.from({ length: 50 }, async () => {
        while (next < 1000) {
            const word = `${next++}`;
            const reply = await fetch(`${server.url}/echo?word=${word}`);
            assert.deepEqual(await reply.json(), { word });
        }
    }));
});

test('fetch: a large answer', async () => {
    const text = await (await fetch(`${server.url}/big?bytes=5000000`)).text();
    assert.ok(text === 'x'.repeat(5_000_000));
});

test('fetch: an aborted request harms nobody', async () => {
    await Promise.all(Array.from({ length: 30 }, async (_, i) => {
        const controller = new AbortController();
        const slow = fetch(`${server.url}/sleep?seconds=0.3`, { signal: controller.signal });
        const timer = setTimeout(() => controller.abort(), i * 5);
        await slow.then((reply) => reply.text(), (error) => assert.equal(error.name, 'AbortError'));
        clearTimeout(timer);
    }));
    assert.deepEqual(await (await fetch(`${server.url}/echo?word=after`)).json(), { word: 'after' });
});

// --- http.Agent

function request(agent, target, { method = 'GET', headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const sent = http.request(`${server.url}${target}`, { agent, method, headers }, (reply) => {
            const chunks = [];
            reply.on('data', (chunk) => chunks.push(chunk));
            reply.on('error', reject);
            reply.on('end', () => resolve({
                status: reply.statusCode, headers: reply.headers, text: Buffer.concat(chunks).toString(), reused: sent.reusedSocket,
            }));
        });
        sent.on('error', reject);
        sent.end(body);
    });
}

test('http.Agent: keepAlive uses one connection', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 200; i++) {
        const method = ['GET', 'HEAD', 'OPTIONS'][i % 3];
        const reply = await request(agent, i % 7 === 6 ? '/nowhere' : `/echo?word=${i}`, { method });
        assert.equal(reply.status, i % 7 === 6 ? 404 : [200, 200, 204][i % 3]);
        assert.equal(reply.reused, i > 0, `request ${i}`);
    }
    agent.destroy();
});

test('http.Agent: without keepAlive each connection is closed', async () => {
    const agent = new http.Agent({ keepAlive: false });
    for (let i = 0; i < 20; i++) {
        const reply = await request(agent, `/echo?word=${i}`);
        assert.deepEqual(JSON.parse(reply.text), { word: `${i}` });
        assert.equal(reply.headers.connection, 'close');
    }
});

test('http.Agent: many connections, bodies in chunks', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    await Promise.all(Array.from({ length: 200 }, async (_, i) => {
        const reply = await request(agent, '/bind', {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
            body: JSON.stringify({ i, t: 'x'.repeat(i * 100) }),
        });
        const { i: got, t } = JSON.parse(reply.text);
        assert.equal(got, i);
        assert.equal(t.length, i * 100);
    }));
    agent.destroy();
});

test('http.request: Expect: 100-continue', async () => {
    const reply = await new Promise((resolve, reject) => {
        const sent = http.request(`${server.url}/bind`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'content-length': 8, expect: '100-continue' },
        });
        sent.on('continue', () => sent.end('{"i": 9}'));
        sent.on('response', (message) => {
            let text = '';
            message.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('end', () => resolve(JSON.parse(text)));
        });
        sent.on('error', reject);
        sent.flushHeaders();
    });
    assert.equal(reply.i, 9);
});

// --- curl

async function curl(...args) {
    const { status, stdout, stderr } = await run('curl', ['-sS', ...args]);
    assert.equal(status, 0, stderr);
    return stdout;
}

test('curl: the line of the documentation', async () => {
    assert.match(await curl(`${server.url.slice('http://'.length)}/time?timezone=America/New_York`),
        /^\{"time": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?-0[45]:00", "timezone": "America\/New_York"\}$/);
});

test('curl: -I, -i and an error', async () => {
    assert.match(await curl('-I', `${server.url}/a_text`), /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 11\r\n[^]*\r\n$/);
    assert.match(await curl('-i', `${server.url}/an_int`), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n42$/);
    assert.equal(await curl('-o', '/dev/null', '-w', '%{http_code} %{content_type}', `${server.url}/time?timezone=Nowhere/Atall`),
        '400 application/json');
    assert.equal((await run('curl', ['-sS', '-f', `${server.url}/nowhere`])).status, 22);
});

test('curl: --json, a form, PUT, DELETE', async () => {
    assert.equal(JSON.parse(await curl('--json', '{"t": "x"}', `${server.url}/bind`)).t, 'x');
    assert.equal(JSON.parse(await curl('-d', 't=a+b', '-d', 'i=3', `${server.url}/bind`)).t, 'a b');
    assert.equal(JSON.parse(await curl('--data-urlencode', 't=a+b&c é', `${server.url}/bind`)).t, 'a+b&c é');
    assert.equal(JSON.parse(await curl('-G', '--data-urlencode', 'word=a+b&c é', `${server.url}/echo`)).word, 'a+b&c é');
    assert.equal(JSON.parse(await curl('-X', 'PUT', '--json', '{"i": 1}', `${server.url}/bind`)).i, 1);
    assert.equal(JSON.parse(await curl('-X', 'DELETE', `${server.url}/bind?i=2`)).i, 2);
});

test('curl: several requests on one connection', async () => {
    const urls = Array.from({ length: 10 }, (_, i) => `${server.url}/echo?word=${i}`);
    const connects = (await curl('-w', ' %{num_connects}\n', ...urls)).trim().split('\n');
    assert.deepEqual(connects.map((line) => line.split(' ').at(-1)), ['1', ...Array(9).fill('0')]);
});

test('curl: parallel', async () => {
    const urls = Array.from({ length: 60 }, (_, i) => `${server.url}/echo?word=${i}`);
    const out = await curl('-Z', '--parallel-max', '20', '-w', '%{http_code}\n', ...urls);
    assert.deepEqual(out.match(/"\d+"/g).sort(), urls.map((_, i) => `"${i}"`).sort());
    assert.equal(out.match(/200\n/g).length, 60);
});

test('curl: HTTP/1.0', async () => {
    assert.equal(await curl('--http1.0', `${server.url}/an_int`), '42');
    assert.equal(await curl('--http1.0', '-H', 'Connection: keep-alive', `${server.url}/an_int`, `${server.url}/an_int`), '4242');
});

test('curl: a large body waits for 100 Continue, and may be chunked', async () => {
    const body = JSON.stringify('y'.repeat(1_000_000));
    for (const header of ['Expect: 100-continue', 'Transfer-Encoding: chunked']) {
        const { status, stdout, stderr } = await run('curl', ['-sSv', '-H', 'Content-Type: application/json', '-H', header,
            '--data-binary', '@-', `${server.url}/whole_json`], { input: body });
        assert.equal(status, 0, stderr);
        assert.ok(stdout === body);
        if (header.startsWith('Expect')) {
            assert.match(stderr, /< HTTP\/1\.1 100 Continue/);
        }
    }
});

test('curl: a body that is too large is refused, and curl reads why', async () => {
    const { status, stdout, stderr } = await run('curl', ['-sS', '-H', 'Content-Type: application/json', '-H', 'Expect:',
        '--data-binary', '@-', `${server.url}/whole_json`], { input: JSON.stringify('y'.repeat(20_000_000)) });
    assert.equal(status, 0, stderr);
    assert.equal(JSON.parse(stdout).code, 'PGA413');
});

// --- Python

test('Python: http.client on one connection', async () => {
    const script = `
import http.client, json, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
def ask(method, target, *args, **kwargs):
    c.request(method, target, *args, **kwargs)
    if socket: assert c.sock is socket[0], 'a new connection'
    else: socket.append(c.sock)
    r = c.getresponse()
    return r.status, r.read().decode()
socket = []
out = [ask('GET', '/an_int'), ask('HEAD', '/an_int'), ask('GET', '/nowhere')[0], ask('GET', '/a_void')]
for i in range(100):
    assert ask('GET', '/echo?word=%d' % i) == (200, '{"word" : "%d"}' % i)
js = {'Content-Type': 'application/json'}
pick = lambda answer: [answer[0], json.loads(answer[1])['t']]
out.append(pick(ask('POST', '/bind', json.dumps({'t': 'é'}), js)))
out.append(pick(ask('POST', '/bind', iter([b'{"t"', b': "chunks"', b'}']), js, encode_chunked=False)))
out.append(pick(ask('POST', '/bind', 't=a+form', {'Content-Type': 'application/x-www-form-urlencoded'})))
out.append(ask('PUT', '/bind', '{', js)[0])
print(json.dumps(out))
`;
    const { status, stdout, stderr } = await run('python3', ['-', `${server.port}`], { input: script });
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout),
        [[200, '42'], [200, ''], 404, [204, ''], [200, 'é'], [200, 'chunks'], [200, 'a form'], 400]);
});

test('Python: urllib, and threads', async () => {
    const script = `
import json, sys, urllib.request, urllib.error
from concurrent.futures import ThreadPoolExecutor
base = sys.argv[1]
def ask(i):
    with urllib.request.urlopen(base + '/echo?word=%d' % i) as r:
        return json.load(r)['word'] == str(i)
with ThreadPoolExecutor(16) as pool:
    assert all(pool.map(ask, range(400)))
try:
    urllib.request.urlopen(base + '/time?timezone=Nowhere')
except urllib.error.HTTPError as e:
    print(e.code, json.load(e)['code'])
`;
    const { status, stdout, stderr } = await run('python3', ['-', server.url], { input: script });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '400 22023\n');
});
