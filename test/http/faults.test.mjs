// Faults: processes killed, the database gone, full or changed, functions that sleep,
// vanish or answer too much. While that happens every answer is either right or
// says 503, and afterwards all is as before.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
    assertError, assertJson, createDatabase, daemon, database, dropDatabase, freePort, isAlive, message, poll, psql,
    role, run, sleep, start, startLoad, withDaemon, within, Wire,
} from './server.mjs';

await createDatabase();
const folder = mkdtempSync(path.join(os.tmpdir(), 'pg_acu-faults-'));
after(async () => {
    rmSync(folder, { recursive: true });
    await dropDatabase();
});

const MiB = 1024 * 1024;
const sessions = () => psql(`SELECT count(*) FROM pg_stat_activity WHERE usename = '${role}'`, { dbname: 'postgres' }).then(Number);
const serverStart = () => psql('SELECT pg_postmaster_start_time()', { dbname: 'postgres' });

// Answers again, as before.
async function ready(server) {
    await poll('/readyz', () => server.everyWorker('/readyz'));
    await poll('answers', () => server.everyWorker('/an_int'));
}

// 503, whatever of the database is the reason.
const assertUnavailable = (reply) => assertError(reply, 503, reply.json().code);

// The process id of the first backend that sleeps for the daemon, once one does.
const sleeping = () => poll('a function to sleep', () => psql(
    `SELECT min(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename = '${role}'`));

// A session of somebody else, which no fault of the daemon may end.
function bystander() {
    const child = spawn('psql', ['-XqAt', '-d', database], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ask = (sql) => within(15, 'the bystander', new Promise((resolve, reject) => {
        child.once('exit', () => reject(new Error('the session of a bystander was lost')));
        child.stdout.once('data', (text) => resolve(`${text}`.trim()));
        child.stdin.write(`${sql};\n`);
    }));
    return { ask, end: () => child.stdin.end() };
}

// --- Its own processes

daemon('kill -9 of a worker under load: it is replaced, and no session is lost', ['--workers', '2'], async (server) => {
    const [other, started] = [bystander(), await serverStart()];
    const session = await other.ask('SELECT pg_backend_pid()');
    const load = startLoad(server);
    for (let round = 0; round < 5; round++) {
        await load.progress();
        const [victim, neighbour] = server.workers();
        process.kill(victim, 'SIGKILL');
        await poll('the next request', async () => (await server.get('/an_int')).status === 200, 5);
        await poll('the worker to be replaced', () => {
            const workers = server.workers();
            return workers.length === 2 && !workers.includes(victim) && workers.includes(neighbour);
        });
    }
    await load.progress();
    const { right, lost } = await load.stop();
    assert.ok(right >= 600 && lost > 0, `${right} right, ${lost} lost`);
    assert.equal(await other.ask('SELECT pg_backend_pid()'), session);
    assert.equal(await serverStart(), started, 'PostgreSQL did not restart');
    other.end();
}, { lostWorkers: true });

daemon('the sessions of a worker that was killed leave the database', ['--workers', '1', '--connections', '3'], async (server) => {
    await server.get('/an_int');
    const before = await sessions();
    for (let round = 0; round < 3; round++) {
        const [victim] = server.workers();
        process.kill(victim, 'SIGKILL');
        await poll('the worker to be replaced', async () => server.workers().some((pid) => pid !== victim)
            && (await server.get('/an_int')).status === 200);
    }
    await poll('the sessions to be as many as before', async () => (await sessions()) <= before);
}, { lostWorkers: true });

daemon('all workers killed at once are replaced', ['--workers', '3'], async (server) => {
    const victims = server.workers();
    victims.forEach((pid) => process.kill(pid, 'SIGKILL'));
    await poll('three new workers', () => {
        const workers = server.workers();
        return workers.length === 3 && !workers.some((pid) => victims.includes(pid));
    });
    await poll('an answer', async () => (await server.get('/an_int')).status === 200);
}, { lostWorkers: true });

daemon('kill -9 of the master under load: the workers leave, a restart can bind', ['--workers', '2'], async (server) => {
    const workers = server.workers();
    const load = startLoad(server);
    await load.progress();
    server.process.kill('SIGKILL');
    await poll('the workers to leave', () => !workers.some(isAlive), 5);
    await load.stop();
    await poll('their sessions to be gone', async () => (await sessions()) === 0);
    const again = await start([], { env: { PG_ACU_LISTEN: `127.0.0.1:${server.port}` }, listenFlag: false, ready: null });
    again.port = server.port;
    await poll('the restart to answer', async () => (await again.get('/an_int')).status === 200);
    again.first = again.workers();
    await again.stop();
});

daemon('SIGTERM drains: what is under way is answered, idle connections are closed', ['--workers', '2'], async (server) => {
    const [busy, alone, idle] = await Promise.all([1, 2, 3].map(() => server.connect()));
    idle.send(message('GET', '/an_int'));
    await idle.reply();
    busy.send(message('GET', '/sleep?seconds=2&word=busy'));
    alone.send(message('GET', '/sleep_alone?seconds=2&word=alone'));
    await poll('both to sleep', async () => (await psql(
        'SELECT count(*) FROM pg_stat_activity WHERE wait_event = \'PgSleep\'')) === '2');
    server.process.kill('SIGTERM');
    await idle.closed();
    await poll('new connections to be refused', () => Wire.connect(server.port).then((wire) => {
        wire.destroy();
        return false;
    }, (error) => error.code === 'ECONNREFUSED'));
    assert.equal(server.ended, null, 'refused at once, not when it ended');
    for (const [wire, word] of [[busy, 'busy'], [alone, 'alone']]) {
        const reply = await wire.reply();
        assertJson(reply, { slept: word });
        assert.equal(reply.headers.connection, 'close');
        await wire.closed();
    }
    assert.deepEqual(await within(20, 'the end', server.exit), { code: 0, signal: null });
    await poll('the sessions to be gone', async () => (await sessions()) === 0);
});

daemon('SIGTERM does not wait for clients that have left', ['--drain-timeout', '1min', '--header-timeout', '1min', '--statement-timeout', '1min'], async (server) => {
    const [half, body, busy, idle] = await Promise.all([1, 2, 3, 4].map(() => server.connect()));
    half.send('GET /an_int HT');
    body.send(message('POST', '/bind', { headers: { 'Content-Type': 'application/json', 'Content-Length': 8 } }));
    busy.send(message('GET', '/sleep?seconds=1'));
    await sleeping();
    server.process.kill('SIGTERM');
    await idle.closed();
    [half, body, busy].forEach((wire) => wire.destroy());
    assert.deepEqual(await within(20, 'the end', server.exit), { code: 0, signal: null });
});

daemon('SIGTERM under load: no answer is wrong or cut short', ['--workers', '2'], async (server) => {
    const load = startLoad(server);
    await load.progress();
    server.process.kill('SIGTERM');
    assert.deepEqual(await within(20, 'the end', server.exit), { code: 0, signal: null });
    await load.stop();
});

daemon('SIGTERM does not wait longer than the drain timeout', ['--drain-timeout', '500ms', '--statement-timeout', '60s'], async (server) => {
    const wire = await server.connect();
    wire.send(message('GET', '/sleep?seconds=50'));
    await sleeping();
    server.process.kill('SIGTERM');
    await within(10, 'the end', server.exit);
    wire.destroy();
    await psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
});

const reloaded = path.join(folder, 'reload.conf');
writeFileSync(reloaded, 'max-body-bytes = 2000\n');
const body3000 = JSON.stringify('x'.repeat(2998));

daemon('SIGHUP reads the file again; what is under way is answered', ['--workers', '2', '--config', reloaded], async (server) => {
    assert.equal((await server.postJson('/whole_json', body3000)).status, 413);
    const old = server.workers();
    const busy = await server.connect();
    busy.send(message('GET', '/sleep?seconds=1&word=busy'));
    await sleeping();
    const load = startLoad(server, { clients: 10 });
    await load.progress();
    writeFileSync(reloaded, 'max-body-bytes = 3000\n');
    server.process.kill('SIGHUP');
    await poll('the new limit', async () => (await server.postJson('/whole_json', body3000)).status === 200);
    const reply = await busy.reply();
    assertJson(reply, { slept: 'busy' });
    await busy.closed();
    await poll('two new workers', () => {
        const workers = server.workers();
        return workers.length === 2 && !workers.some((pid) => old.includes(pid));
    });
    await load.progress();
    const { refused } = await load.stop();
    assert.equal(refused, 0, 'nobody was told 503');
    busy.destroy();
}, { lostWorkers: true });

daemon('SIGHUP with a file that has an error changes nothing', ['--config', reloaded], async (server) => {
    writeFileSync(reloaded, 'max-body-bytes = many\n');
    server.process.kill('SIGHUP');
    await poll('the log to say so', () => server.log(/level=(error|warning) .*max-body-bytes/).length > 0);
    assert.equal((await server.postJson('/whole_json', body3000)).status, 200);
    assertJson(await server.get('/an_int'), 42);
});

const moved = path.join(folder, 'moved.conf');
writeFileSync(moved, '');

daemon('SIGHUP tells each time of an address that only a restart changes', ['--workers', '1', '--config', moved], async (server) => {
    writeFileSync(moved, 'health-listen = 127.0.0.1:1\n');
    for (let times = 1; times <= 2; times++) {
        server.process.kill('SIGHUP');
        await poll('the end of the reload', () => server.log(/settings read again/).length === times);
        assert.equal(server.log(/listen, health-listen and workers change with a restart only/).length, times);
    }
}, { lostWorkers: true });

daemon('SIGHUP many times in a row', ['--workers', '2'], async (server) => {
    const load = startLoad(server, { clients: 5 });
    await load.progress();
    for (let i = 0; i < 20; i++) {
        server.process.kill('SIGHUP');
        await sleep(10);
    }
    await poll('two workers', () => server.workers().length === 2);
    await load.progress();
    await load.stop();
}, { lostWorkers: true });

// --- Routes and functions that change

daemon('a route that is added and dropped under load', ['--workers', '2'], async (server) => {
    await psql(`CREATE FUNCTION app.later(word text) RETURNS json LANGUAGE sql STABLE
        AS 'SELECT json_build_object(''word'', word)'`);
    const load = startLoad(server, {
        clients: 10,
        target: (word) => `/${Number(word.split('-')[1]) % 2 ? 'later' : 'echo'}?word=${word}`,
        wrong: (reply, word) => !(reply.status === 200 && reply.json().word === word)
            && !(reply.status === 404 && Number(word.split('-')[1]) % 2),
    });
    const settled = (status) => poll(`/later to be ${status}`, async () => {
        const replies = await Promise.all(Array.from({ length: 8 }, () => server.get('/later?word=a')));
        return replies.every((reply) => reply.status === status);
    });
    for (let i = 0; i < 5; i++) {
        await settled(404);
        await psql('SELECT acu.add_route(\'GET\', \'/later\', \'app.later(text)\')');
        await settled(200);
        await psql('SELECT acu.drop_route(\'GET\', \'/later\')');
    }
    await settled(404);
    const { refused, lost } = await load.stop();
    assert.deepEqual({ refused, lost }, { refused: 0, lost: 0 });
});

daemon('many routes are added at once', [], async (server) => {
    await psql(`SELECT acu.add_route('GET', '/many/' || i, 'app.echo(text)') FROM generate_series(1, 2000) AS i`);
    for (const i of [1, 1000, 2000]) {
        await poll(`/many/${i}`, async () => (await server.get(`/many/${i}?word=x`)).status === 200);
    }
    await psql(`DELETE FROM acu.route WHERE path LIKE '/many/%'`);
    await poll('/many/1 to be gone', async () => (await server.get('/many/1?word=x')).status === 404);
});

daemon('a function that is dropped and comes back', ['--workers', '1'], async (server) => {
    const create = `CREATE FUNCTION app.brief(word text) RETURNS json LANGUAGE sql STABLE
        AS 'SELECT json_build_object(''word'', word)'`;
    await psql(`${create}; SELECT acu.add_route('GET', '/brief', 'app.brief(text)')`);
    await poll('the route', async () => (await server.get('/brief?word=a')).status === 200);
    await psql('DROP FUNCTION app.brief(text)');
    for (let i = 0; i < 10; i++) {
        const reply = await server.get('/brief?word=a');
        assert.equal(reply.status, 503, reply.text);
        assert.ok(!/brief/.test(reply.text), reply.text);
        assertJson(await server.get('/echo?word=b'), { word: 'b' });
    }
    assert.ok(server.log(/level=(error|warning) .*brief/).length > 0, 'the log says which');
    await psql(create);
    await poll('the function to be called again', async () => (await server.get('/brief?word=a')).status === 200);
    // Routes that were being read when it came back may hide it for a second more.
    await poll('the other call', async () => (await server.get('/brief?word=c')).text === '{"word" : "c"}');
    await psql('SELECT acu.drop_route(\'GET\', \'/brief\'); DROP FUNCTION app.brief(text)');
});

daemon('a function that is replaced', ['--workers', '1'], async (server) => {
    const replace = (signature, returns, body) => psql(`
        DROP FUNCTION IF EXISTS app.changing(text);
        CREATE FUNCTION app.changing(${signature}) RETURNS ${returns} LANGUAGE sql STABLE AS $$ ${body} $$`);
    // Never an answer that is neither right nor an honest error. Nobody tells the
    // daemon: it may need a call that fails to notice, so both the old request and
    // the new one are sent.
    let before = '/an_int';
    const dishonest = [];
    const ask = async (target) => {
        const reply = await server.get(target);
        if (![200, 400, 404, 503].includes(reply.status)) {
            dishonest.push(`${target}: ${reply.status} ${reply.text}`);
        }
        return reply;
    };
    const becomes = async (target, check) => {
        await poll(`${target} to be answered anew`, async () => {
            await ask(before);
            const reply = await ask(target);
            return reply.status === 200 && check(reply);
        });
        before = target;
    };
    await replace('word text', 'json', `SELECT json_build_object('one', word)`);
    await psql('SELECT acu.add_route(\'GET\', \'/changing\', \'app.changing(text)\')');
    await becomes('/changing?word=a', (reply) => reply.json().one === 'a');

    await replace('word text', 'json', `SELECT json_build_object('two', word)`); // another body
    await becomes('/changing?word=a', (reply) => reply.json().two === 'a');
    await replace('other text', 'json', `SELECT json_build_object('three', other)`); // another name
    await becomes('/changing?other=a', (reply) => reply.json().three === 'a');
    assertError(await server.get('/changing?word=a'), 400);
    await replace('other text DEFAULT $d$x$d$', 'json', `SELECT json_build_object('four', other)`);
    await becomes('/changing', (reply) => reply.json().four === 'x');
    await replace('other text', 'text', 'SELECT \'now text: \' || other'); // another type
    await becomes('/changing?other=a', (reply) =>
        reply.text === 'now text: a' && reply.headers['content-type'] === 'text/plain; charset=utf-8');
    await replace('other text', 'bytea', 'SELECT convert_to(other, \'UTF8\')');
    await becomes('/changing?other=a', (reply) =>
        reply.text === 'a' && reply.headers['content-type'] === 'application/octet-stream');
    await psql('DROP FUNCTION app.changing(text); CREATE FUNCTION app.changing(n int) RETURNS int LANGUAGE sql AS \'SELECT n\'');
    await poll('503, as the route names another function', async () => (await server.get('/changing?other=a')).status === 503);
    assert.deepEqual(dishonest, []);
    assertJson(await server.get('/echo?word=b'), { word: 'b' });
    await psql('SELECT acu.drop_route(\'GET\', \'/changing\'); DROP FUNCTION app.changing(int)');
});

daemon('the right to call a function is taken and given', [], async (server) => {
    await psql('REVOKE EXECUTE ON FUNCTION app.echo(text) FROM PUBLIC');
    assertError(await server.get('/echo?word=a'), 403, '42501');
    await psql('GRANT EXECUTE ON FUNCTION app.echo(text) TO PUBLIC');
    assertJson(await server.get('/echo?word=a'), { word: 'a' });
});

// --- Functions that take long or answer too much

daemon('a sleeping function does not outlive the statement timeout', ['--workers', '1', '--connections', '1', '--statement-timeout', '500ms'], async (server) => {
    const wires = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
    wires.forEach((wire, i) => wire.send(message('GET', i === 2 ? '/sleep?seconds=60' : `/echo?word=${i}`)));
    for (const [i, wire] of wires.entries()) {
        const reply = await wire.reply();
        if (i === 2) {
            assertError(reply, 504, '57014');
        } else {
            assertJson(reply, { word: `${i}` });
        }
        wire.destroy();
    }
});

daemon('a backend that hangs is left behind', ['--workers', '1', '--connections', '2', '--statement-timeout', '500ms'], async (server, t) => {
    const [wire] = [await server.connect()];
    wire.send(message('GET', '/sleep?seconds=60'));
    const pid = Number(await sleeping());
    try {
        process.kill(pid, 'SIGSTOP');
    } catch (error) {
        t.skip(`cannot stop a backend: ${error.code}`);
        wire.destroy();
        return;
    }
    try {
        const reply = await wire.reply();
        assert.ok([503, 504].includes(reply.status), reply.text);
        for (let i = 0; i < 20; i++) {
            assertJson(await server.get('/an_int'), 42);
        }
    } finally {
        process.kill(pid, 'SIGCONT');
        wire.destroy();
    }
});

daemon('a result of 100 MB', ['--workers', '1', '--statement-timeout', '30s'], async (server) => {
    await server.get('/an_int');
    const before = server.memory();
    let most = 0;
    const watch = setInterval(() => { most = Math.max(most, server.memory() - before); }, 5);
    const load = startLoad(server, { clients: 5 });
    for (const target of ['/big?bytes=100000000', '/big_binary?bytes=100000000']) {
        const reply = await server.get(target);
        assert.equal(assertError(reply, 500, '54000').detail, null);
        await load.progress(20);
    }
    const { refused, lost } = await load.stop();
    clearInterval(watch);
    assert.equal(lost, 0);
    assert.ok(most < 48 * MiB, `${most / MiB} MiB`);
    assert.equal(refused, 0, 'neighbours were answered');
});

// --- Sessions that are ended

daemon('pg_terminate_backend under load: every answer is right or 503', ['--workers', '2'], async (server) => {
    const load = startLoad(server);
    for (let round = 0; round < 10; round++) {
        await load.progress(50);
        await psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    }
    await load.progress(200);
    const { lost } = await load.stop();
    assert.equal(lost, 0, 'no client lost its connection');
    await ready(server);
});

daemon('what is not volatile is asked again once when its session ends', ['--workers', '1', '--connections', '1'], async (server) => {
    const wire = await server.connect();
    wire.send(message('GET', '/sleep?seconds=0.5&word=again'));
    await psql(`SELECT pg_terminate_backend(${await sleeping()})`);
    assertJson(await wire.reply(), { slept: 'again' });

    wire.send(message('GET', '/sleep?seconds=0.5&word=never'));
    for (let i = 0; i < 2; i++) {
        await psql(`SELECT pg_terminate_backend(${await sleeping()}, 5000)`);
    }
    assertUnavailable(await wire.reply());
    wire.destroy();
});

daemon('what is volatile is never done twice', ['--workers', '1'], async (server) => {
    let going = true;
    const killer = (async () => {
        while (going) {
            await psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}' AND state = 'active'`);
            await sleep(100);
        }
    })();
    const answered = [];
    let refused = 0;
    await Promise.all(Array.from({ length: 20 }, async (_, client) => {
        const wire = await server.connect();
        for (let i = 0; i < 30; i++) {
            const key = `${client}-${i}`;
            wire.send(message('POST', `/once?key=${key}`, { body: '' }));
            const reply = await wire.reply();
            if (reply.status === 200) {
                assertJson(reply, { word: key });
                answered.push(key);
            } else {
                assert.equal(reply.status, 503, reply.text);
                refused++;
                await sleep(10); // or all are refused before there is a session again
            }
        }
        wire.destroy();
    }));
    going = false;
    await killer;
    const rows = (await psql('SELECT key, count(*) FROM app.done GROUP BY key')).split('\n').map((row) => row.split('|'));
    assert.deepEqual(rows.filter(([, count]) => count !== '1'), [], 'done twice');
    const done = new Set(rows.map(([key]) => key));
    assert.deepEqual(answered.filter((key) => !done.has(key)), [], 'answered, but not done');
    assert.ok(refused > 0 && answered.length > 0, `${answered.length} answered, ${refused} refused`);
});

daemon('--idle-disconnect: it leaves the database, and comes back', ['--idle-disconnect', '1'], async (server) => {
    assertJson(await server.get('/an_int'), 42);
    await poll('it to leave', async () => (await sessions()) === 0);
    assertJson(await server.get('/healthz'), { status: 'ok' });
    assertJson(await server.get('/an_int'), 42);
    assert.ok(await sessions() > 0);
});

// --- A database that refuses

// All the sessions that the server has for those who are no superusers.
async function fillServer() {
    await psql(`DO $$ BEGIN CREATE ROLE acu_filler LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
        GRANT CONNECT ON DATABASE ${database} TO acu_filler`);
    const fillers = [];
    const empty = async () => {
        fillers.forEach((child) => child.stdin.end());
        await poll('the fillers to be gone', async () => (await psql(
            'SELECT count(*) FROM pg_stat_activity WHERE usename = \'acu_filler\'')) === '0');
        await psql('DROP OWNED BY acu_filler; DROP ROLE acu_filler');
    };
    try {
        for (let full = false; !full;) {
            const child = spawn('psql', ['-XqAt', '-d', database, '-U', 'acu_filler'], { stdio: ['pipe', 'pipe', 'pipe'] });
            let error = '';
            child.stderr.on('data', (text) => { error += text; });
            child.stdin.on('error', () => {});
            child.stdin.write('SELECT 1;\n');
            fillers.push(child);
            full = await new Promise((resolve) => {
                child.stdout.once('data', () => resolve(false));
                child.once('close', () => resolve(true));
            });
            assert.match(error, full ? /too many clients|remaining connection slots/ : /^$/);
        }
    } catch (error) {
        await empty();
        throw error;
    }
    return empty;
}

test('max_connections is reached when it starts', async () => {
    const empty = await fillServer();
    await withDaemon(['--workers', '1'], async (server) => {
        try {
            await poll('the log to say why', () => server.log(/too many clients|connection slots/).length > 0);
            assertUnavailable(await server.get('/readyz'));
            assertUnavailable(await server.get('/an_int'));
            assertJson(await server.get('/healthz'), { status: 'ok' });
        } finally {
            await empty();
        }
        await ready(server);
    }, { ready: '/healthz' });
});

daemon('max_connections is reached while it runs', ['--workers', '1'], async (server) => {
    assertJson(await server.get('/an_int'), 42);
    const empty = await fillServer();
    try {
        assertJson(await server.get('/an_int'), 42);
        await psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
        // Its places may be free again: whatever it answers is right or 503.
        for (let i = 0; i < 50; i++) {
            const reply = await server.get('/an_int');
            assert.ok(reply.status === 503 || reply.text === '42', `${reply.status} ${reply.text}`);
        }
    } finally {
        await empty();
    }
    await ready(server);
});

test('a role that may not log in yet', async () => {
    await psql(`ALTER ROLE ${role} NOLOGIN`);
    await withDaemon(['--workers', '1'], async (server) => {
        try {
            await poll('the log to say why', () => server.log(/not permitted to log in/).length > 0);
            assertUnavailable(await server.get('/readyz'));
            assertUnavailable(await server.get('/an_int'));
        } finally {
            await psql(`ALTER ROLE ${role} LOGIN`);
        }
        await ready(server);
    }, { ready: '/healthz' });
});

const nobody = { PGHOST: '127.0.0.1', PGPORT: `${await freePort()}` };
daemon('a server that is not there', [], async (server) => {
    await poll('the log to say why', () => server.log(/onnection refused/).length > 0);
    assertUnavailable(await server.get('/readyz'));
    assertUnavailable(await server.get('/an_int'));
    assert.ok(server.log(/onnection refused/).length < 50, 'the log is not flooded');
}, { ready: '/healthz', env: nobody });

test('a database without the extension', async () => {
    await psql('CREATE DATABASE acu_http_bare', { dbname: 'postgres' });
    try {
        await withDaemon([], async (server) => {
            await poll('the log to say why', () => server.log(/acu\.route|pg_acu|schema/).some((line) => !/listening/.test(line)));
            await poll('404', async () => (await server.get('/')).status === 404);
            assertError(await server.get('/time'), 404);
            assertJson(await server.get('/healthz'), { status: 'ok' });
        }, { dbname: 'acu_http_bare', ready: '/healthz' });
    } finally {
        await psql('DROP DATABASE acu_http_bare WITH (FORCE)', { dbname: 'postgres' });
    }
});

daemon('a database that does not exist', [], async (server) => {
    await poll('the log to say why', () => server.log(/acu_http_nowhere/).length > 0);
    assertUnavailable(await server.get('/readyz'));
    const reply = await server.get('/');
    assertUnavailable(reply);
    assert.ok(!/acu_http_nowhere/.test(reply.text), reply.text);
}, { dbname: 'acu_http_nowhere', ready: '/healthz' });

// --- PostgreSQL itself stops

const data = process.env.PG_ACU_TEST_DATA;
const skip = data ? false : 'PG_ACU_TEST_DATA does not say where the server is';

async function pgCtl(...args) {
    const command = ['pg_ctl', '-D', data, '-w', '-s', '-l', path.join(data, 'http-test.log'), ...args];
    const runAs = process.env.PG_ACU_TEST_RUNAS;
    const [program, ...rest] = runAs && process.getuid() === 0
        ? ['runuser', '-u', runAs, '--', 'env', `PATH=${process.env.PATH}`, ...command] : command;
    const { status, stderr } = await run(program, rest);
    assert.equal(status, 0, stderr);
}

for (const mode of ['fast', 'immediate']) {
    daemon(`PostgreSQL is stopped (${mode}) and started under load`, ['--workers', '2'], async (server) => {
        const load = startLoad(server);
        await load.progress();
        await pgCtl('stop', '-m', mode);
        try {
            await poll('/readyz to be 503', async () => (await server.get('/readyz')).status === 503);
            assertJson(await server.get('/healthz'), { status: 'ok' });
            assertUnavailable(await server.get('/an_int'));
        } finally {
            await pgCtl('start');
        }
        await ready(server);
        await load.progress();
        const { refused, lost } = await load.stop();
        assert.ok(refused > 0);
        assert.equal(lost, 0, 'no client lost its connection');
        assertJson(await server.get('/an_int'), 42);
    }, { skip });
}

daemon('routes that changed while PostgreSQL was away are known after it', ['--workers', '1'], async (server) => {
    await psql('SELECT acu.add_route(\'GET\', \'/before\', \'app.an_int()\')');
    await poll('/before', async () => (await server.get('/before')).status === 200);
    await pgCtl('restart', '-m', 'fast');
    await psql('SELECT acu.drop_route(\'GET\', \'/before\'), acu.add_route(\'GET\', \'/after\', \'app.an_int()\')');
    await poll('/after', async () => (await server.get('/after')).status === 200);
    await poll('/before to be gone', async () => (await server.get('/before')).status === 404);
}, { skip });

test('it starts before PostgreSQL does', { skip }, async () => {
    await pgCtl('stop', '-m', 'fast');
    await withDaemon(['--workers', '1'], async (server) => {
        try {
            assertUnavailable(await server.get('/readyz'));
            assertUnavailable(await server.get('/an_int'));
        } finally {
            await pgCtl('start');
        }
        await ready(server);
    }, { ready: '/healthz' });
});

test('nothing of any daemon is left', async () => {
    await poll('the sessions to be gone', async () => (await sessions()) === 0);
});
