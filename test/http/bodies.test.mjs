// Bodies of requests: none is read where it is of no use, those that a worker holds have
// a common limit, and one that stops coming is not waited for.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, daemon, dropDatabase, message, poll, start } from './server.mjs';

await createDatabase();
const server = await start(['--workers', '1', '--cors-origin', 'https://app.example']);
after(async () => {
    await server.stop();
    await dropDatabase();
});

const MiB = 1024 * 1024;
const json = { 'Content-Type': 'application/json' };
const large = 1_000_000;
const announced = (target, headers = json, method = 'POST') =>
    message(method, target, { headers: { ...headers, 'Content-Length': large } });

// --- Answered at the head

const useless = [
    ['a path that is not there', 404, announced('/nowhere')],
    ['a method that the path has not', 405, announced('/an_int')],
    ['a path of our own', 405, announced('/healthz')],
    ['a type that is not taken', 415, announced('/whole_json', { 'Content-Type': 'text/plain' })],
    ['no type', 415, announced('/whole_json', {})],
    ['a body of a GET', 400, announced('/an_int', json, 'GET')],
    ['chunks for a path that is not there', 404,
        message('POST', '/nowhere', { headers: { ...json, 'Transfer-Encoding': 'chunked' } })],
    ['the first chunk of a type that is not taken', 415, Buffer.concat([
        message('POST', '/whole_json', { headers: { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' } }),
        Buffer.from('5\r\nhello\r\n')])],
];
for (const [name, status, bytes] of useless) {
    test(`${status} before the body: ${name}`, async () => {
        const wire = await server.connect();
        wire.send(bytes);
        assertError(await wire.reply(), status);
        // The body may come all the same: what follows it is the next request.
        if (/chunk/.test(name)) {
            await wire.send(`5\r\nhello\r\n0\r\n\r\n`);
        } else {
            await wire.send(Buffer.alloc(large, 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'));
        }
        wire.send(message('GET', '/an_int'));
        assertJson(await wire.reply(), 42);
        wire.destroy();
    });
}

test('a page of an allowed origin may read why its body is refused', async () => {
    const wire = await server.connect();
    wire.send(announced('/whole_json', { 'Content-Type': 'text/plain', Origin: 'https://app.example' }));
    const reply = await wire.reply();
    assertError(reply, 415);
    assert.equal(reply.headers['access-control-allow-origin'], 'https://app.example');
    wire.destroy();
});

test('chunks without a byte are no body, of whatever type', async () => {
    const [reply] = await server.raw('POST /once?key=chunkless HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    assertJson(reply, { word: 'chunkless' });
});

test('an answer at the head is the only one, also when the body is wrong', async () => {
    const reply = await server.refused(Buffer.concat([
        message('POST', '/nowhere', { headers: { ...json, 'Transfer-Encoding': 'chunked' } }), Buffer.from('x\r\n')]));
    assertError(reply, 404);
});

test('bodies for paths that are not there are not kept', async () => {
    const before = server.memory();
    const wires = await Promise.all(Array.from({ length: 150 }, () => server.connect()));
    await Promise.all(wires.map(async (wire) => {
        wire.send(announced('/nowhere'));
        assertError(await wire.reply(), 404);
        await wire.send(Buffer.alloc(large - 1, 'x'));
    }));
    assert.ok(server.memory() - before < 20 * MiB, `${(server.memory() - before) / MiB} MiB`);
    wires.forEach((wire) => wire.destroy());
});

// --- The common limit

daemon('all bodies of a worker have a limit; the one that takes longest is refused', ['--workers', '1', '--max-bodies-bytes', '16MB'], async (limited) => {
    assertJson(await limited.get('/an_int'), 42);
    const before = limited.memory();
    const wires = [];
    for (let i = 0; i < 100; i++) {
        const wire = await limited.connect();
        await wire.send(Buffer.concat([announced('/whole_json'), Buffer.alloc(large - 10, '"')]));
        wires.push(wire);
    }
    assertError(await wires[0].reply(), 503);
    await wires[0].closed();
    assert.ok(limited.memory() - before < 60 * MiB, `${(limited.memory() - before) / MiB} MiB`);
    const body = JSON.stringify('x'.repeat(900_000));
    const reply = await limited.postJson('/whole_json', body);
    assert.equal(reply.text, body);
    // The last one is among those that were held, and is answered in the end.
    wires[99].send('x'.repeat(9) + '"');
    assertError(await wires[99].reply(), 400);
    wires.forEach((wire) => wire.destroy());
});

daemon('bodies of requests under way count', ['--workers', '1', '--max-bodies-bytes', '2MB', '--statement-timeout', '20s'], async (limited) => {
    const slow = await Promise.all(Array.from({ length: 20 }, () => limited.connect()));
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    slow.forEach((wire) => wire.send(message('POST', '/sleep_alone', { headers: form, body: `seconds=0.5&word=${'x'.repeat(300_000)}` })));
    const replies = await Promise.all(slow.map((wire) => wire.reply({ seconds: 30 })));
    const refused = replies.filter((reply) => reply.status === 503);
    assert.ok(refused.length >= 10 && refused.length <= 16, `${refused.length} refused`);
    assert.equal(replies.filter((reply) => reply.status === 200).length, 20 - refused.length);
    await poll('room for others', async () => (await limited.postJson('/whole_json', JSON.stringify('x'.repeat(900_000)))).status === 200);
    slow.forEach((wire) => wire.destroy());
});

// --- Silence

daemon('a body that stops coming is not waited for, however much of it has come', ['--body-timeout', '400ms'], async (impatient) => {
    const [silent, dripping] = await Promise.all([impatient.connect(), impatient.connect()]);
    for (const wire of [silent, dripping]) {
        await wire.send(Buffer.concat([announced('/whole_json'), Buffer.alloc(900_000, '"')]));
    }
    // A byte now and then does not help, in spite of the many that came before.
    const timer = setInterval(() => dripping.send('x'), 50);
    assertError(await silent.reply(), 408);
    assertError(await dripping.reply(), 408);
    clearInterval(timer);
    await silent.closed();
    [silent, dripping].forEach((wire) => wire.destroy());
});
