// The log: level, client and request of each refusal, and a bound that no client can exceed.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertError, assertJson, createDatabase, daemon, dropDatabase, message, poll } from './server.mjs';

await createDatabase();
after(dropDatabase);

const one = ['--workers', '1'];
const all = [...one, '--access-log', 'on', '--trusted-proxies', '127.0.0.0/8,10.0.0.0/8'];

daemon('what a client did wrong is no error of ours', one, async (server) => {
    for (const [target, status, level] of [['/nowhere', 404, 'info'], ['/an_int?x=1', 400, 'info'], ['/rows?n=x', 400, 'info'],
        ['/forbidden', 403, 'info'], ['/broken', 500, 'error']]) {
        const reply = await server.get(target);
        assert.equal(reply.status, status);
        const [line] = await poll('the log', () => {
            const lines = server.log(new RegExp(reply.headers['x-request-id']));
            return lines.length > 0 && lines;
        });
        assert.match(line, new RegExp(`level=${level} .* status=${status} .*client=127\\.0\\.0\\.1 method=GET`));
    }
});

daemon('refusals do not fill the log, and those left out are counted', one, async (server) => {
    const wire = await server.connect();
    let answered = 0;
    for (let round = 0; round < 100; round++) {
        wire.send(Buffer.concat(Array(30).fill(message('GET', `/nowhere/${'x'.repeat(1000)}`))));
        for (let i = 0; i < 30; i++) {
            assertError(await wire.reply(), 404);
            answered++;
        }
    }
    wire.destroy();
    const lines = server.log(/nowhere/).length;
    assert.ok(lines >= 100 && lines < answered / 4, `${lines} lines for ${answered} refusals`);
    // Another kind has its own limit.
    const { headers } = await server.get('/broken');
    await poll('the error', () => server.log(new RegExp(headers['x-request-id'])).length > 0);
    await poll('the count', async () => {
        await server.get('/nowhere');
        return server.log(/left out lines of refused requests" count=\d+/).length > 0;
    });
});

daemon('the access log has the client, behind proxies too, and the id of the reply', all, async (server) => {
    const cases = [
        [{}, '127.0.0.1'],
        [{ 'X-Forwarded-For': '192.0.2.7' }, '192.0.2.7'],
        [{ 'X-Forwarded-For': '1.1.1.1, 192.0.2.7, 10.2.3.4' }, '192.0.2.7'],
        [{ 'X-Forwarded-For': '2001:db8::1' }, '2001:db8::1'],
        [{ 'X-Forwarded-For': 'nonsense"\t' }, '127.0.0.1'],
    ];
    for (const [i, [headers, client]] of cases.entries()) {
        const reply = await server.get(`/echo?word=${i}`, headers);
        assertJson(reply, { word: `${i}` });
        const id = reply.headers['x-request-id'];
        assert.match(id, /^[\w-]{8,}$/);
        const [line] = await poll('the log', () => {
            const lines = server.log(new RegExp(`request_id=${id}`));
            return lines.length > 0 && lines;
        });
        assert.match(line, new RegExp(`msg=request client=${client.replaceAll('.', '\\.')} method=GET target="?/echo`));
    }
    // A proxy that adds a line of its own, behind the client's.
    const [reply] = await server.raw('GET /echo?word=two HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n');
    await poll('the log', () => server.log(new RegExp(`client=192\\.0\\.2\\.9 .*request_id=${reply.headers['x-request-id']}`)).length > 0);
});

daemon('nobody is believed by default', [...one, '--access-log', 'on'], async (server) => {
    await server.get('/echo?word=x', { 'X-Forwarded-For': '192.0.2.7' });
    await poll('the log', () => server.log(/client=127\.0\.0\.1 .*\/echo/).length > 0);
    assert.deepEqual(server.log(/192\.0\.2\.7/), []);
});

daemon('a refused request is logged with its own method', all, async (server) => {
    const bytes = [
        ['POST', 'POST /whole_json HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
        ['PUT', `PUT /${'a'.repeat(9000)} HTTP/1.1\r\n`],
        ['DELETE', 'DELETE /x HTTP/9.9\r\n\r\n'],
        ['""', 'NOSUCH /x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ];
    for (const [method, text] of bytes) {
        const reply = await server.refused(text);
        await poll(`${method} in the log`, () => server.log(new RegExp(`msg=request .*method=${method} .*request_id=${reply.headers['x-request-id']}`)).length > 0);
    }
    const wire = await server.connect();
    wire.send('HEAD /an_int HTTP/1.1\r\n\r\n');
    assert.equal((await wire.reply({ head: true })).status, 400);
    await wire.closed(); // no body
    wire.destroy();
});

daemon('what deceives the eye is escaped in the log', all, async (server) => {
    for (const text of ['\u009b31m', '\u2028forged', '\u2029', '\u202e', '\u2066', '\u200f']) {
        const reply = await server.get(`/raise?code=XX000&message=${encodeURIComponent(`m${text}`)}`);
        const [line] = await poll('the log', () => {
            const lines = server.log(new RegExp(`msg="m.*${reply.headers['x-request-id']}`));
            return lines.length > 0 && lines;
        });
        assert.ok(!line.includes(text), line);
        assert.match(line, /msg="m\\x/);
    }
});
