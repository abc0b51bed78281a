// Isolation: what one client does, or asks for, no other client may feel, and the
// daemon's memory not for long.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import {
    assertError, assertJson, createDatabase, daemon, dropDatabase, message, poll, psql, sleep,
} from './server.mjs';

await createDatabase();
await psql(`
    CREATE FUNCTION app.long_error(bytes int) RETURNS json LANGUAGE plpgsql STABLE
        AS $$ BEGIN RAISE EXCEPTION '%', repeat('x', bytes); END $$;
    CREATE FUNCTION app.long_notice(bytes int) RETURNS json LANGUAGE plpgsql STABLE
        SET client_min_messages = notice
        AS $$ BEGIN RAISE NOTICE '%', repeat('x', bytes); RETURN '1'; END $$;
    SELECT acu.add_route('GET', '/long_error', 'app.long_error(int)'),
        acu.add_route('GET', '/long_notice', 'app.long_notice(int)')`);
after(dropDatabase);

const MiB = 1024 * 1024;
const one = ['--workers', '1'];
const connectMany = (server, count, options) =>
    Promise.all(Array.from({ length: count }, () => server.connect(options)));

// --- One client after the other

daemon('a refused request is no HEAD because the one before was', one, async (server) => {
    assert.equal((await server.request('HEAD', '/an_int')).status, 200);
    for (let i = 0; i < 3; i++) {
        assertError(await server.refused('GET /an_int HTTP/1.1\r\nBad Header: x\r\n\r\n'), 400);
    }
});

daemon('an empty line before a request may come in two pieces', one, async (server) => {
    const wire = await server.connect();
    for (const bytes of ['\r', '\n', message('GET', '/an_int'), '\r', '\n', message('GET', '/an_int')]) {
        await wire.send(bytes);
        await sleep(20);
    }
    assertJson(await wire.reply(), 42);
    assertJson(await wire.reply(), 42);
    wire.destroy();
});

// --- Time limits

// Heads that are complete just when their time is over, on a worker that is busy.
daemon('heads that end at their deadline', [...one, '--header-timeout', '500ms'], async (server) => {
    const busy = await connectMany(server, 2);
    let going = true;
    const load = busy.map(async (wire) => {
        while (going) {
            wire.send(Buffer.concat(Array(30).fill(message('GET', '/healthz'))));
            for (let i = 0; i < 30; i++) {
                assert.equal((await wire.reply()).status, 200);
            }
        }
    });
    const late = await Promise.all(Array.from({ length: 400 }, async (_, i) => {
        await sleep(i * 3);
        const wire = await server.connect();
        wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\n');
        await sleep(505 + (i % 50) * 2);
        wire.send('\r\n');
        const reply = await wire.reply();
        wire.destroy();
        return reply.status;
    }));
    going = false;
    await Promise.all(load);
    assert.deepEqual(late.filter((status) => status !== 200 && status !== 408), []);
});

daemon('each pipelined head has its own time', [...one, '--header-timeout', '600ms'], async (server) => {
    const wire = await server.connect();
    wire.send('GET /an_int HTTP/1.1\r\nHo');
    for (let i = 0; i < 8; i++) {
        await sleep(200); // each head takes that long, all together 1.6 s
        wire.send('st: a\r\n\r\nGET /an_int HTTP/1.1\r\nHo');
        assertJson(await wire.reply(), 42);
    }
    wire.destroy();
});

daemon('a client that goes on asking for what is kept is not idle', [...one, '--idle-timeout', '600ms'], async (server) => {
    const wire = await server.connect();
    for (let i = 0; i < 10; i++) {
        wire.send(message('GET', '/moment/of-the-day'));
        assert.equal((await wire.reply()).status, 200);
        await sleep(150);
    }
    wire.destroy();
});

daemon('a reader that is steady but slower than the rate is closed', [...one, '--idle-timeout', '500ms', '--body-rate', '1000000000'], async (server) => {
    const wire = await server.connect({ read: false });
    wire.send(Buffer.concat(Array(30).fill(message('GET', '/big?bytes=8000000'))));
    const until = Date.now() + 4000;
    while (!wire.ended && Date.now() < until) {
        wire.socket.read();
        wire.send(message('GET', '/an_int')); // an error once it is closed
        await sleep(5);
    }
    assert.ok(wire.ended);
    wire.destroy();
});

// --- Functions that take long

daemon('functions that sleep hold up others no longer than the statement timeout', [...one, '--statement-timeout', '2s'], async (server) => {
    await poll('both connections', async () => new Set(await Promise.all(Array.from({ length: 20 },
        async () => (await server.get('/backend')).text))).size === 2);
    const sleepers = await connectMany(server, 2);
    sleepers.forEach((wire) => wire.send(Buffer.concat(Array(32).fill(message('GET', '/sleep?seconds=1')))));
    await poll('both to sleep', async () => (await psql(
        'SELECT count(*) FROM pg_stat_activity WHERE wait_event = \'PgSleep\'')) === '2');
    sleepers.forEach((wire) => wire.destroy());
    const began = Date.now();
    const reply = await server.get('/time');
    assert.ok(reply.status === 200 || reply.status === 503, reply.text);
    assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms`);
});

daemon('a call goes to a connection that is not held up', [...one, '--connections', '2'], async (server) => {
    const slow = await server.connect();
    slow.send(message('GET', '/sleep?seconds=2'));
    await sleep(300); // by now it is known to be slow
    for (let i = 0; i < 20; i++) {
        const began = Date.now();
        assertJson(await server.get('/an_int'), 42);
        assert.ok(Date.now() - began < 1000, `${Date.now() - began} ms`);
    }
    slow.destroy();
});

// --- Memory

daemon('clients that do not read make the daemon keep only so much', [...one, '--max-unsent-bytes', '32MB'], async (server) => {
    await server.get('/an_int');
    const before = server.memory();
    const stuck = await connectMany(server, 4, { read: false });
    stuck.forEach((wire) => wire.send(Buffer.concat(Array(32).fill(message('GET', '/big?bytes=8000000')))));
    const large = await poll('large replies to be refused', async () => {
        const reply = await server.get('/big?bytes=8000000');
        return reply.status === 503 && reply;
    });
    assertError(large, 503);
    assertJson(await server.get('/an_int'), 42);
    assert.ok(server.memory() - before < 100 * MiB, `${(server.memory() - before) / MiB} MiB`);
    stuck.forEach((wire) => wire.destroy());
    await poll('large replies again', async () => (await server.get('/big?bytes=8000000')).status === 200);
});

daemon('the memory of large bodies is given back', one, async (server) => {
    await server.postJson('/whole_json', '1');
    const before = server.memory();
    const body = JSON.stringify('x'.repeat(1_000_000));
    const replies = await Promise.all(Array.from({ length: 100 }, () => server.postJson('/whole_json', body)));
    assert.ok(replies.every((reply) => reply.status === 200));
    await poll('its memory to be given back', () => server.memory() - before < 30 * MiB);
});

daemon('a long error is neither kept nor passed on', one, async (server) => {
    await server.get('/an_int');
    const before = server.memory();
    const reply = await server.get('/long_error?bytes=60000000');
    assertError(reply, 500, '54000');
    assert.ok(reply.bytes.length < 1000);
    assert.ok(server.memory() - before < 20 * MiB, `${(server.memory() - before) / MiB} MiB`);
    assert.equal(assertError(await server.get('/long_error?bytes=30000'), 400, 'P0001').message.length, 30000);
    assertJson(await server.get('/an_int'), 42);
});

daemon('a long notice is not kept', one, async (server) => {
    await server.get('/an_int');
    const before = server.memory();
    let most = 0;
    const watch = setInterval(() => { most = Math.max(most, server.memory() - before); }, 5);
    assertJson(await server.get('/long_notice?bytes=60000000'), 1);
    clearInterval(watch);
    assert.ok(most < 20 * MiB, `${most / MiB} MiB`);
});

// --- Answers that are cached for all

daemon('a bad argument does not make the daemon forget what it keeps', one, async (server) => {
    const { text } = await server.get('/moment/of-the-day');
    for (let i = 0; i < 3; i++) {
        assertError(await server.get('/an_int?x=1'), 400);
        await sleep(1200); // then the routes are read again
        assert.equal((await server.get('/moment/of-the-day')).text, text);
    }
    const { headers } = await server.get('/moment/of-the-day');
    assert.equal(headers['cache-control'], 'max-age=86400');
    assert.ok(Number(headers.age) >= 3 && Number(headers.age) < 15, headers.age);
});

daemon('more statements than the cache has room for', [...one, '--connections', '1'], async (server) => {
    await psql(`SELECT acu.add_route('GET', '/echo/' || i, 'app.pair(int, text)') FROM generate_series(1, 400) AS i`);
    await poll('the routes', async () => (await server.get('/echo/400?a=1')).status === 200);
    const wire = await server.connect();
    for (let round = 0; round < 3; round++) {
        for (let i = 1; i <= 400; i += 20) {
            const paths = Array.from({ length: 20 }, (_, j) => i + j);
            wire.send(Buffer.concat(paths.map((path) => message('GET', `/echo/${path}?a=${path}${path % 2 ? '&b=y' : ''}`))));
            for (const path of paths) {
                assertJson(await wire.reply(), { a: path, b: path % 2 ? 'y' : 'x' });
            }
        }
    }
    wire.destroy();
    await psql(`DELETE FROM acu.route WHERE path LIKE '/echo/%'`);
});

daemon('whose pages may read it depends on the origin, and a cache is told so', ['--cors-origin', 'https://a.example'], async (server) => {
    for (const headers of [{}, { Origin: 'https://b.example' }, { Origin: 'https://a.example' }]) {
        const reply = await server.get('/an_int', headers);
        assert.equal(reply.headers.vary, 'Origin');
        assert.equal(reply.headers['access-control-allow-origin'],
            headers.Origin === 'https://a.example' ? 'https://a.example' : undefined);
    }
});
