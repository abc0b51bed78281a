// Clients that are slow, idle, many or gone: they delay nobody, cost little memory,
// and are sent away in time. Timeouts are short here, and what must not happen
// "in time" is given ten times as long before a test fails.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import {
    assertError, assertJson, createDatabase, daemon, dropDatabase, freePort, message, poll, sleep, Wire, within,
} from './server.mjs';

await createDatabase();
after(dropDatabase);

const MiB = 1024 * 1024;

// A fast client's requests: the right answers, none of them after more than a second.
async function fastClient(server, requests = 200) {
    const wire = await server.connect();
    for (let i = 0; i < requests; i++) {
        wire.send(message('GET', `/echo?word=${i}`));
        assertJson(await wire.reply({ seconds: 1 }), { word: `${i}` });
    }
    wire.destroy();
}

const connectMany = (server, count, options) =>
    Promise.all(Array.from({ length: count }, () => server.connect(options)));

// --- Many slow ones, and a fast one

daemon('200 slow senders do not delay a fast client', [], async (server) => {
    const bytes = message('GET', `/echo?word=${'s'.repeat(400)}`, { headers: { 'X-Long': 'x'.repeat(400) } });
    const slow = await connectMany(server, 200);
    let at = 0;
    const timer = setInterval(() => {
        if (at < bytes.length - 1) {
            slow.forEach((wire) => wire.send(bytes.subarray(at, at + 1)));
            at++;
        }
    }, 20);
    await fastClient(server, 500);
    clearInterval(timer);
    assert.ok(at > 0 && at < bytes.length, 'they were still sending');
    slow.forEach((wire) => wire.send(bytes.subarray(at)));
    for (const wire of slow) {
        assertJson(await wire.reply(), { word: 's'.repeat(400) });
        wire.destroy();
    }
});

daemon('200 slow senders of bodies do not delay a fast client', [], async (server) => {
    const slow = await connectMany(server, 200);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 100_002 };
    slow.forEach((wire) => wire.send(message('POST', '/whole_json', { headers })));
    slow.forEach((wire) => wire.send(`"${'b'.repeat(50_000)}`));
    await fastClient(server, 500);
    slow.forEach((wire) => wire.send(`${'b'.repeat(50_000)}"`));
    for (const wire of slow) {
        const reply = await wire.reply();
        assert.equal(reply.status, 200, reply.text);
        assert.equal(reply.bytes.length, 100_002);
        wire.destroy();
    }
});

daemon('200 slow readers do not delay a fast client', [], async (server) => {
    const slow = await connectMany(server, 200, { read: false });
    slow.forEach((wire) => wire.send(message('GET', '/big?bytes=1000000')));
    // Making 200 MB takes the database a while, which is not what is tested: these
    // wait on each of its connections until that is done.
    await Promise.all(Array.from({ length: 8 }, async () => {
        const wire = await server.connect();
        wire.send(message('GET', '/an_int'));
        assertJson(await wire.reply({ seconds: 60 }), 42);
        wire.destroy();
    }));
    const got = new Map(slow.map((wire) => [wire, 0]));
    const timer = setInterval(() => slow.forEach((wire) => {
        got.set(wire, got.get(wire) + (wire.socket.read(512) ?? '').length);
    }), 20);
    await fastClient(server, 500);
    clearInterval(timer);
    assert.ok(Math.max(...got.values()) < 500_000, 'they were still reading');
    // The clients get their answers nevertheless.
    await Promise.all(slow.map(async (wire) => {
        wire.socket.on('data', (chunk) => { got.set(wire, got.get(wire) + chunk.length); });
        await poll('a slow reader to have it all', () => got.get(wire) > 1_000_000, 60);
        wire.destroy();
    }));
});

daemon('1,000 idle connections do not delay a fast client', [], async (server) => {
    const idle = await connectMany(server, 1000);
    await fastClient(server);
    for (const wire of [idle[0], idle[500], idle[999]]) {
        wire.send(message('GET', '/an_int'));
        assertJson(await wire.reply(), 42);
    }
    idle.forEach((wire) => wire.destroy());
});

daemon('requests that sleep do not delay those of other connections to the database', ['--dedicated-connections', '2'], async (server) => {
    const slow = await connectMany(server, 4);
    slow.forEach((wire) => wire.send(message('GET', '/sleep_alone?seconds=1&word=z')));
    await fastClient(server, 100);
    for (const wire of slow) {
        assertJson(await wire.reply(), { slept: 'z' });
        wire.destroy();
    }
});

// --- Readers that never read

daemon('a reader that never reads costs bounded memory', [], async (server) => {
    await fastClient(server, 10);
    const before = server.memory();
    const wire = await server.connect({ read: false });
    const request = message('GET', '/big?bytes=1000000');
    for (let i = 0; i < 10; i++) {
        wire.send(Buffer.concat(Array(200).fill(request))); // 2 GB of replies
    }
    let most = 0;
    for (let i = 0; i < 20; i++) {
        await fastClient(server, 10);
        await sleep(50);
        most = Math.max(most, server.memory() - before);
    }
    assert.ok(most < 100 * MiB, `${most / MiB} MiB`);
    wire.destroy();
    await poll('its memory to be given back', () => server.memory() - before < 50 * MiB);
});

daemon('readers that never read are closed after the idle timeout', ['--idle-timeout', '500ms'], async (server) => {
    const stuck = await connectMany(server, 10, { read: false });
    stuck.forEach((wire) => wire.send(Buffer.concat(Array(20).fill(message('GET', '/big?bytes=1000000')))));
    // Closing is seen as an error of writing: the daemon answers with RST.
    await Promise.all(stuck.map((wire) => poll('to be closed', async () => {
        if (!wire.ended) {
            wire.send(message('GET', '/an_int'));
        }
        return wire.ended;
    })));
    await fastClient(server);
});

daemon('a reader that is slow but steady is served', ['--idle-timeout', '500ms'], async (server) => {
    const wire = await server.connect({ read: false });
    wire.send(message('GET', '/big?bytes=8000000'));
    let got = 0;
    while (got < 8_000_000) {
        const chunk = wire.socket.read();
        got += chunk?.length ?? 0;
        assert.ok(!wire.ended, `closed after ${got} bytes`);
        await sleep(chunk === null ? 1 : 5);
    }
    wire.destroy();
});

// --- Deadlines

daemon('a head that does not end gets 408', ['--header-timeout', '300ms'], async (server) => {
    for (const bytes of ['G', 'GET /an_int', 'GET /an_int HTTP/1.1\r\n', 'GET /an_int HTTP/1.1\r\nHost: a\r\nX: ', 'GET /an_int HTTP/1.1\r\nHost: a\r\n\r']) {
        assertError(await within(5, JSON.stringify(bytes), server.refused(bytes)), 408);
    }
});

daemon('the deadline is for the whole head, not for each read', ['--header-timeout', '500ms'], async (server) => {
    const wire = await server.connect();
    const timer = setInterval(() => wire.send('x'), 50); // would be 200 s for a line
    wire.send('GET /an_int HTTP/1.1\r\nHost: a\r\nX: ');
    const reply = await wire.reply({ seconds: 5 });
    clearInterval(timer);
    assertError(reply, 408);
    assert.equal(reply.headers.connection, 'close');
    wire.destroy();
});

daemon('the deadline holds for every request of a connection', ['--header-timeout', '300ms'], async (server) => {
    const wire = await server.connect();
    wire.send(Buffer.concat([message('GET', '/an_int'), Buffer.from('GET /an_')]));
    assertJson(await wire.reply(), 42);
    assertError(await wire.reply({ seconds: 5 }), 408);
    await wire.closed();
    wire.destroy();
});

daemon('the deadline begins with the first byte', ['--header-timeout', '500ms'], async (server) => {
    const wire = await server.connect();
    await sleep(1000); // idle, which is allowed
    wire.send(message('GET', '/an_int'));
    assertJson(await wire.reply(), 42);
    await sleep(1000);
    wire.send(message('GET', '/an_int'));
    assertJson(await wire.reply(), 42);
    wire.destroy();
});

daemon('a body that comes too slowly gets 408, one that is just fast enough does not', ['--body-rate', '1024'], async (server) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 30_002 };
    const [slow, stopped, chunky, steady] = await connectMany(server, 4);
    for (const wire of [slow, stopped, steady]) {
        wire.send(`${message('POST', '/whole_json', { headers })}"`);
    }
    chunky.send('POST /whole_json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"\r\n');
    let left = 30_000;
    const timer = setInterval(() => {
        slow.send('a'.repeat(10)); // 50 bytes a second
        chunky.send('1\r\na\r\n');
        const next = Math.min(left, 600); // 3,000 bytes a second
        left -= next;
        steady.send('a'.repeat(next) + (next > 0 && left === 0 ? '"' : ''));
    }, 200);
    for (const wire of [slow, stopped, chunky]) {
        assertError(await wire.reply({ seconds: 30 }), 408);
        await wire.closed();
    }
    const reply = await steady.reply({ seconds: 30 });
    clearInterval(timer);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.bytes.length, 30_002);
    steady.destroy();
});

daemon('an idle connection is closed silently', ['--idle-timeout', '300ms'], async (server) => {
    const [unused, used] = await connectMany(server, 2);
    used.send(message('GET', '/an_int'));
    assertJson(await used.reply(), 42);
    await unused.closed();
    await used.closed();
    assert.equal(unused.error ?? used.error, null, 'closed, not reset');
    assert.deepEqual(server.log(/level=error.*status=408/), []);
});

daemon('a connection that waits for its answer is not idle', ['--idle-timeout', '300ms'], async (server) => {
    const wire = await server.connect();
    wire.send(message('GET', '/sleep?seconds=1.5&word=w'));
    assertJson(await wire.reply(), { slept: 'w' });
    wire.destroy();
});

daemon('a function that takes longer than the statement timeout is 504', ['--statement-timeout', '300ms'], async (server) => {
    for (const path of ['/sleep', '/sleep_alone']) {
        const [reply, next] = await server.raw(
            Buffer.concat([message('GET', `${path}?seconds=30`), message('GET', '/an_int')]), { replies: 2 });
        assertError(reply, 504, '57014');
        assertJson(next, 42);
    }
});

// --- Caps

daemon('at the cap of clients others wait, and come in when one leaves', ['--max-clients', '10'], async (server) => {
    await sleep(50); // for the helper's own connection to be gone
    const inside = await connectMany(server, 10);
    for (const wire of inside) {
        wire.send(message('GET', '/an_int'));
        assertJson(await wire.reply(), 42);
    }
    const outside = await server.connect(); // the kernel accepts it
    outside.send(message('GET', '/echo?word=waited'));
    inside[0].send(message('GET', '/sleep?seconds=0.3&word=x'));
    assertJson(await inside[0].reply(), { slept: 'x' });
    assert.equal(outside.shown(), '', 'not served while the house is full');
    inside[0].destroy();
    assertJson(await outside.reply(), { word: 'waited' });
    [...inside, outside].forEach((wire) => wire.destroy());
});

daemon('at the cap, clients that send nothing give way to new ones', ['--workers', '1', '--max-clients', '20'], async (server) => {
    await sleep(50); // for the helper's own connection to be gone
    const silent = await connectMany(server, 10);
    const halves = await connectMany(server, 9);
    halves.forEach((wire) => wire.send('GET /an_int HT'));
    const busy = await server.connect();
    busy.send(message('GET', '/sleep?seconds=3&word=busy'));
    // Far within the timeouts of those inside.
    for (let i = 0; i < 25; i++) {
        const wire = await server.connect();
        wire.send(message('GET', '/healthz'));
        assertJson(await wire.reply({ seconds: 8 }), { status: 'ok' });
    }
    assertJson(await busy.reply(), { slept: 'busy' });
    await poll('the silent ones to be closed', () => silent.every((wire) => wire.ended));
    assert.ok(halves.some((wire) => wire.ended));
    [...silent, ...halves, busy].forEach((wire) => wire.destroy());
});

const health = await freePort();
daemon('health has an address of its own, which clients cannot fill', ['--workers', '1', '--max-clients', '5', '--health-listen', `127.0.0.1:${health}`], async (server) => {
    const inside = await connectMany(server, 5);
    inside.forEach((wire) => wire.send(message('GET', '/sleep?seconds=4&word=x')));
    const outside = await server.connect();
    outside.send(message('GET', '/an_int'));
    const ask = async (target) => {
        const wire = await Wire.connect(health);
        wire.send(message('GET', target));
        const reply = await wire.reply();
        wire.destroy();
        return reply;
    };
    assertJson(await ask('/healthz'), { status: 'ok' });
    assertJson(await ask('/readyz'), { status: 'ready' });
    assertError(await ask('/an_int'), 404);
    assertError(await ask('/'), 404);
    assert.equal(outside.shown(), '', 'others wait');
    for (const wire of inside) {
        assertJson(await wire.reply(), { slept: 'x' });
    }
    [...inside, outside].forEach((wire) => wire.destroy());
});

daemon('requests above --max-in-flight get 503', ['--max-in-flight', '8', '--connections', '1'], async (server) => {
    const wires = await connectMany(server, 30);
    wires.forEach((wire) => wire.send(message('GET', '/sleep?seconds=0.2&word=s')));
    const replies = await Promise.all(wires.map((wire) => wire.reply({ seconds: 30 })));
    const answered = replies.filter((reply) => reply.status === 200);
    replies.filter((reply) => reply.status !== 200).forEach((reply) => assertError(reply, 503));
    assert.ok(answered.length >= 8 && answered.length < 30, `${answered.length} answered`);
    answered.forEach((reply) => assertJson(reply, { slept: 's' }));
    assertJson(await server.get('/an_int'), 42);
    wires.forEach((wire) => wire.destroy());
});

// --- Clients that go

daemon('clients that leave before their answer do not mix up those of others', [], async (server) => {
    for (let round = 0; round < 10; round++) {
        const leaving = await connectMany(server, 50);
        leaving.forEach((wire, i) => {
            wire.send(message('GET', `/echo?word=left-${i}`));
            wire.send(message('GET', `/big?bytes=${i * 10_000}`));
        });
        const staying = fastClient(server, 20);
        leaving.forEach((wire, i) => (i % 2 ? wire.socket.resetAndDestroy() : wire.destroy()));
        await staying;
    }
});

daemon('clients that leave in the middle of a request', [], async (server) => {
    const bytes = message('POST', '/bind', { headers: { 'Content-Type': 'application/json' }, body: '{"i": 1}' });
    for (let at = 1; at < bytes.length; at += 2) {
        const wire = await server.connect();
        await wire.send(bytes.subarray(0, at));
        (at % 4 === 1 ? wire.socket.resetAndDestroy() : wire.destroy());
    }
    await fastClient(server, 20);
});

daemon('memory does not grow with connections that came and went', [], async (server) => {
    const visit = async () => {
        const wires = await connectMany(server, 200);
        wires.forEach((wire) => wire.send(message('GET', `/echo?word=${'w'.repeat(4000)}`)));
        for (const wire of wires) {
            assert.equal((await wire.reply()).status, 200);
            wire.destroy();
        }
    };
    await visit();
    await visit();
    const before = server.memory();
    for (let i = 0; i < 15; i++) {
        await visit();
    }
    await poll('memory', () => server.memory() - before < 4 * MiB, 5);
});
