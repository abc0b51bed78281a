// Recovery: a database that hangs or comes late, processes that cannot be started,
// signals that come twice. The daemon finds its way back, and says where it is.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
    assertError, assertJson, binary, createDatabase, daemon, dropDatabase, isAlive, message, poll, psql, role, run,
    sleep, withDaemon, within,
} from './server.mjs';

await createDatabase();
const folder = mkdtempSync(path.join(os.tmpdir(), 'pg_acu-recovery-'));
after(async () => {
    rmSync(folder, { recursive: true });
    await dropDatabase();
});

const one = ['--workers', '1'];
const sessions = (where = 'true') => psql(
    `SELECT count(*) FROM pg_stat_activity WHERE usename = '${role}' AND ${where}`, { dbname: 'postgres' }).then(Number);
const sleeping = () => poll('a function to sleep', async () => (await sessions('wait_event = \'PgSleep\'')) > 0);

// --- A database that hangs

// Between the daemon and the database. While it has a hole, nothing that follows a
// text on the same connection reaches the database.
async function withHole(text, body) {
    const { PGHOST, PGPORT } = process.env;
    const hole = { open: true, fallen: 0 };
    const proxy = net.createServer((client) => {
        const server = net.connect(PGHOST.startsWith('/')
            ? { path: `${PGHOST}/.s.PGSQL.${PGPORT}` } : { host: PGHOST, port: PGPORT });
        let lost = false;
        client.on('data', (bytes) => {
            if (hole.open && bytes.includes(text)) {
                lost = true;
                hole.fallen++;
            }
            if (!lost) {
                server.write(bytes);
            }
        });
        server.on('data', (bytes) => client.write(bytes));
        client.on('close', () => server.destroy()).on('error', () => {});
        server.on('close', () => client.destroy()).on('error', () => {});
    });
    await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
    try {
        await body(hole, { PGHOST: '127.0.0.1', PGPORT: String(proxy.address().port) });
    } finally {
        proxy.close();
    }
}

for (const [what, text] of [['its settings', 'SET statement_timeout'], ['LISTEN', 'LISTEN'], ['reading the routes', 'acu.route_info']]) {
    test(`a connection that hangs at ${what} is made anew`, () => withHole(text, (hole, env) =>
        withDaemon([...one, '--statement-timeout', '500ms'], async (server) => {
            await poll('something to hang', () => hole.fallen > 0);
            assertError(await server.get('/readyz'), 503);
            await poll('another attempt', () => hole.fallen > 3);
            hole.open = false;
            await poll('/readyz', () => server.everyWorker('/readyz'));
            assertJson(await server.get('/an_int'), 42);
        }, { env, ready: null, lostWorkers: true })));
}

daemon('/readyz says when there is no connection for calls', [...one, '--connections', '1', '--dedicated-connections', '1'], async (server, t) => {
    t.after(() => psql(`ALTER ROLE ${role} CONNECTION LIMIT -1`));
    await psql(`ALTER ROLE ${role} CONNECTION LIMIT 1;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}' AND query NOT LIKE '%route_info%'`);
    await poll('503', async () => (await server.get('/an_int')).status === 503);
    assertError(await server.get('/readyz'), 503);
    assert.equal(assertError(await server.get('/an_int'), 503).message, 'the database cannot answer now');
    await psql(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    await poll('/readyz', () => server.everyWorker('/readyz'));
    assertJson(await server.get('/an_int'), 42);
});

// --- Connections that are dropped without a word

// Between the daemon and the database, over TCP: silence() makes every connection that
// there is carry nothing any more, and those that come later as well if asked.
async function withSilence(body) {
    const { PGHOST, PGPORT } = process.env;
    const pairs = new Set();
    const state = { deaf: false, connections: 0 };
    const proxy = net.createServer((client) => {
        const pair = { silent: state.deaf };
        const server = net.connect(PGHOST.startsWith('/')
            ? { path: `${PGHOST}/.s.PGSQL.${PGPORT}` } : { host: PGHOST, port: PGPORT });
        pairs.add(pair);
        state.connections++;
        client.on('data', (bytes) => pair.silent || server.write(bytes));
        server.on('data', (bytes) => pair.silent || client.write(bytes));
        client.on('close', () => server.destroy()).on('error', () => {});
        server.on('close', () => pair.silent || client.destroy()).on('error', () => {});
    });
    await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
    state.silence = ({ later = false } = {}) => {
        pairs.forEach((pair) => { pair.silent = true; });
        state.deaf = later;
    };
    try {
        await body(state, { PGHOST: '127.0.0.1', PGPORT: String(proxy.address().port) });
    } finally {
        proxy.close();
    }
}

// Waits until all six sessions of a daemon are ready, and the daemon knows it: what the
// database has sent it may still be on its way, and has been read when the second of two
// requests is answered.
async function allReady(server, proxy, connections) {
    await poll('all its sessions to be ready', async () => proxy.connections >= connections
        && (await sessions('state = \'idle\' AND query NOT LIKE \'%begin_session%\'')) === 6);
    await server.get('/an_int');
    await server.get('/an_int');
}

for (const target of ['/an_int', '/sleep_alone?seconds=0']) {
    test(`when all connections have gone silent, the second try goes on a new one: ${target}`, () => withSilence((proxy, env) =>
        withDaemon([...one, '--connections', '3', '--statement-timeout', '500ms'], async (server) => {
            await allReady(server, proxy, 6);
            proxy.silence();
            assert.equal((await server.get(target)).status, 200);
            await allReady(server, proxy, 12);
            proxy.silence();
            // It may have been done: once, and no more.
            assertError(await server.request('POST', '/once?key=silent', { body: '' }), 503);
            await poll('an answer', async () => (await server.get(target)).status === 200);
            assertJson(await server.request('POST', '/once?key=spoken', { body: '' }), { word: 'spoken' });
        }, { env })));
}

test('/readyz is 503 while the database is silent', () => withSilence((proxy, env) =>
    withDaemon([...one, '--statement-timeout', '500ms'], async (server) => {
        proxy.silence({ later: true });
        server.get('/an_int').catch(() => {});
        await poll('503', async () => (await server.get('/readyz')).status === 503);
        proxy.deaf = false;
        await poll('200', () => server.everyWorker('/readyz'));
        assertJson(await server.get('/an_int'), 42);
    }, { env })));

const ss = (await run('sh', ['-c', 'command -v ss || true'])).stdout.trim();
test('TCP connections to the database are kept alive, unless the DSN says otherwise', { skip: ss ? false : 'ss is not installed' }, () =>
    withSilence(async (proxy, env) => {
        const timers = async () => (await run(ss, ['-tnoH', 'state', 'established', 'dst', '127.0.0.1', 'dport', '=', `:${env.PGPORT}`])).stdout;
        await withDaemon(one, async (server) => {
            await server.get('/an_int');
            let seconds, shown;
            // Bytes sent a moment ago have the timer of their acknowledgement.
            await poll('every connection to be kept alive', async () => {
                shown = await timers();
                seconds = [...shown.matchAll(/keepalive,(?:([\d.]+)sec|([\d.]+)ms|([\d.]+)min)/g)].map(([, sec, ms, min]) =>
                    Number(sec ?? 0) + Number(ms ?? 0) / 1000 + 60 * Number(min ?? 0));
                return seconds.length >= 5;
            });
            assert.ok(seconds.every((time) => time <= 10), shown);
        }, { env });
        await withDaemon([...one, '--dsn', 'keepalives=0'], async (server) => {
            await server.get('/an_int');
            assert.doesNotMatch(await timers(), /keepalive/);
        }, { env });
    }));

// --- A database that comes late

test('routes that come later are listened for', async () => {
    const late = 'acu_http_late';
    await psql(`DROP DATABASE IF EXISTS ${late} WITH (FORCE)`, { dbname: 'postgres' });
    await psql(`CREATE DATABASE ${late}`, { dbname: 'postgres' });
    await withDaemon(one, async (server) => {
        assertError(await server.get('/time'), 404);
        await psql(`SET client_min_messages = warning; CREATE EXTENSION pg_acu CASCADE; SELECT acu.grant_http('${role}')`, { dbname: late });
        await poll('the routes', async () => (await server.get('/time')).status === 200);
        await sleep(1500); // longer than it takes to read them again in doubt
        const read = () => psql(`SELECT max(query_start) FROM pg_stat_activity WHERE datname = '${late}'
            AND usename = '${role}' AND query LIKE '%route_info%'`, { dbname: 'postgres' });
        const before = await read();
        await sleep(6000); // longer than it waits where it is not told
        assert.equal(await read(), before);
        await psql('SELECT acu.add_route(\'GET\', \'/again\', \'acu."time"(text)\')', { dbname: late });
        await poll('the new route', async () => (await server.get('/again')).status === 200, 3);
    }, { dbname: late });
    await psql(`DROP DATABASE ${late} WITH (FORCE)`, { dbname: 'postgres' });
});

// --- Its own processes

// Runs as a user whose processes can be limited: root's cannot.
const as = process.getuid() === 0 ? ['setpriv', `--reuid=${process.env.PG_ACU_TEST_RUNAS}`, '--clear-groups'] : [];

function copyForAll() {
    const copy = path.join(folder, 'pg_acu_httpd');
    copyFileSync(binary, copy);
    chmodSync(folder, 0o755);
    chmodSync(copy, 0o755);
    return copy;
}

test('a worker that cannot be started is started later', () => withDaemon(one, async (server) => {
    const limit = async (number) => {
        const [program, ...args] = [...as, 'prlimit', '--pid', String(server.pid), `--nproc=${number}:`];
        assert.equal((await run(program, args)).status, 0);
    };
    await limit(1);
    server.workers().forEach((pid) => process.kill(pid, 'SIGKILL'));
    await poll('the log to say so', () => server.log(/could not start a worker/).length > 0);
    assert.deepEqual(server.workers(), []);
    await limit(10000);
    await poll('an answer', async () => (await server.get('/an_int')).status === 200);
}, { lostWorkers: true, program: [...as, copyForAll()] }));

daemon('kill -9 of the master while functions run leaves nothing within a second', ['--workers', '2', '--statement-timeout', '1min'], async (server) => {
    const workers = server.workers();
    const wires = await Promise.all(Array.from({ length: 4 }, () => server.connect()));
    wires.forEach((wire) => wire.send(message('GET', '/sleep?seconds=30')));
    await sleeping();
    server.process.kill('SIGKILL');
    await poll('the workers to leave', () => !workers.some(isAlive), 1);
    await poll('their sessions to be gone', async () => (await sessions()) === 0, 1);
    wires.forEach((wire) => wire.destroy());
});

daemon('SIGTERM twice does not end more than once', [...one, '--connections', '2'], async (server) => {
    const [worker] = server.workers();
    const busy = await server.connect();
    busy.send(message('GET', '/sleep?seconds=3&word=busy'));
    await sleeping();
    process.kill(worker, 'SIGTERM');
    await sleep(200);
    // A new connection gets the number of the socket that was closed.
    await psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = '${role}' AND wait_event IS DISTINCT FROM 'PgSleep'`);
    await sleep(1000);
    const lost = server.log(/lost a connection/).length;
    process.kill(worker, 'SIGTERM');
    assertJson(await busy.reply(), { slept: 'busy' });
    assert.equal(server.log(/lost a connection/).length, lost);
    await poll('another worker', () => server.workers().some((pid) => pid !== worker));
}, { lostWorkers: true });

daemon('nothing is run behind a reply that ends the connection', one, async (server) => {
    const [ended, wire] = await Promise.all([server.connect(), server.connect()]);
    ended.send(message('GET', '/sleep?seconds=1'));
    wire.send(message('GET', '/sleep?seconds=1&word=a'));
    await sleeping();
    server.process.kill('SIGTERM');
    await sleep(200);
    // The reply to this one is the last, but not the next to be sent.
    wire.send(message('GET', '/healthz'));
    await sleep(200);
    wire.send(message('POST', '/once', { headers: { 'Content-Type': 'application/json' }, body: '{"key": "behind"}' }));
    assertJson(await wire.reply(), { slept: 'a' });
    const last = await wire.reply();
    assert.equal(last.headers.connection, 'close');
    await wire.closed();
    assert.equal(await psql('SELECT count(*) FROM app.done WHERE key = \'behind\''), '0');
    assert.deepEqual(await within(20, 'the end', server.exit), { code: 0, signal: null });
    ended.destroy();
});

daemon('what is not answered in time when it ends is told so', [...one, '--drain-timeout', '500ms', '--statement-timeout', '1min'], async (server) => {
    const wire = await server.connect();
    wire.send(message('GET', '/sleep?seconds=50'));
    await sleeping();
    server.process.kill('SIGTERM');
    assertError(await wire.reply(), 503);
    await within(10, 'the end', server.exit);
    wire.destroy();
});
