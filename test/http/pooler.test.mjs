// Poolers: PgBouncer between the daemon and the database, in each of its modes. Whoever
// else has used a server's session, every answer is the route's own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
    assertError, assertJson, createDatabase, database, dropDatabase, freePort, message, poll, psql, role, run,
    withDaemon,
} from './server.mjs';

await createDatabase();
await psql(`
    CREATE TABLE app.pooled (note text);
    GRANT ALL ON app.pooled TO ${role};
    CREATE FUNCTION app.note(note text) RETURNS text LANGUAGE sql AS $$ INSERT INTO app.pooled VALUES (note) RETURNING note $$;
    SELECT acu.add_route('POST', '/note', 'app.note(text)'), acu.add_route('GET', '/note', 'app.note(text)')`);
const folder = mkdtempSync(path.join(os.tmpdir(), 'pg_acu-pooler-'));
chmodSync(folder, 0o777);
after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await dropDatabase();
});

const found = (await run('sh', ['-c', 'PATH=$PATH:/usr/sbin; command -v pgbouncer || true'])).stdout.trim();
const skip = found ? false : 'pgbouncer is not installed';

// PgBouncer in a mode; it refuses to run as root.
async function withPooler(mode, body) {
    const port = await freePort();
    const file = path.join(folder, `${mode}.ini`);
    const superuser = process.env.PGUSER ?? 'postgres';
    writeFileSync(path.join(folder, 'users'), `"${role}" ""\n"${superuser}" ""\n`);
    writeFileSync(file, `[databases]
* = host=${process.env.PGHOST} port=${process.env.PGPORT}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${folder}/users
pool_mode = ${mode}
default_pool_size = ${mode === 'session' ? 30 : 3}
`);
    const as = process.getuid() === 0 ? ['setpriv', `--reuid=${process.env.PG_ACU_TEST_RUNAS ?? 'postgres'}`, '--clear-groups'] : [];
    const [program, ...args] = [...as, found, file];
    const pooler = spawn(program, args, { stdio: 'ignore' });
    const env = { PGHOST: '127.0.0.1', PGPORT: String(port), PGSSLMODE: 'disable' };
    const ask = async (sql) => {
        const { status, stdout, stderr } = await run('psql', ['-XqAt', '-d', database, '-c', sql], { env: { ...process.env, ...env, PGUSER: role } });
        assert.equal(status, 0, stderr);
        return stdout.trim();
    };
    try {
        await poll('the pooler to answer', () => ask('SELECT 1'));
        await body(env, ask);
    } finally {
        pooler.kill('SIGINT');
    }
}

// Requests of many kinds, each with its own answer.
const kinds = [
    (word) => [message('GET', `/echo?word=${word}`), (reply) => assertJson(reply, { word })],
    (word) => [message('GET', `/pair?a=7&b=${word}`), (reply) => assertJson(reply, { a: 7, b: word })],
    (word) => [message('GET', `/pair?a=${word.length}`), (reply) => assertJson(reply, { a: word.length, b: 'x' })],
    () => [message('GET', '/an_int'), (reply) => assertJson(reply, 42)],
    () => [message('GET', '/a_text'), (reply) => assert.equal(reply.text, 'é\n"quoted"')],
    () => [message('GET', '/a_bytea'), (reply) => assert.equal(reply.bytes.toString('hex'), '00ff0d0a00')],
    () => [message('GET', '/rows?n=2'), (reply) => assertJson(reply, [{ a: 1, b: 'row 1' }, { a: 2, b: 'row 2' }])],
    () => [message('GET', '/time?timezone=Asia/Tokyo'), (reply) => assert.equal(reply.json().timezone, 'Asia/Tokyo')],
    () => [message('GET', '/raise?code=P0002'), (reply) => assertError(reply, 404, 'P0002')],
    (word) => [message('GET', `/note?note=never-${word}`), (reply) => assertError(reply, 405, '25006')],
    (word) => [message('POST', `/note?note=${word}`, { body: '' }), (reply) => assert.equal(reply.text, word)],
];

// Returns how many of them were POST.
async function ask(server, clients, each) {
    let posted = 0;
    await Promise.all(Array.from({ length: clients }, async (_, client) => {
        const wire = await server.connect();
        for (let i = 0; i < each; i += 10) {
            const asked = Array.from({ length: 10 }, (_, j) => kinds[(client * 3 + i + j) % kinds.length](`${client}-${i + j}`));
            wire.send(Buffer.concat(asked.map(([bytes]) => bytes)));
            for (const [bytes, check] of asked) {
                posted += bytes.toString('latin1', 0, 4) === 'POST';
                check(await wire.reply());
            }
        }
        wire.destroy();
    }));
    return posted;
}

for (const mode of ['transaction', 'statement', 'session']) {
    test(`behind PgBouncer in ${mode} mode every answer is the route's own`, { skip }, () => withPooler(mode, async (env, pooled) => {
        let posted = 0;
        await psql('TRUNCATE app.pooled');
        // Twice, as a daemon meets the sessions that the one before has used.
        for (let round = 0; round < 2; round++) {
            await withDaemon(['--workers', '2', '--connections', '4'], async (server) => {
                assert.ok(server.log(/behind a connection pooler/).length > 0, 'it says so');
                posted += await ask(server, 20, 200);
                await psql(`SELECT acu.add_route('GET', '/pooled/${mode}/${round}', 'app.an_int()')`);
                await poll('a new route', () => server.everyWorker(`/pooled/${mode}/${round}`));
                assert.equal(server.log(/lost a connection/).length, 0);
            }, { env });
        }
        assert.equal(await psql('SELECT count(*) FROM app.pooled'), String(posted), 'each POST is done once');
        assert.equal(await psql('SELECT count(*) FROM app.pooled WHERE note LIKE \'never%\''), '0');
        // Sessions are as other clients of the pooler left them.
        for (const [setting, value] of [['statement_timeout', '0'], ['client_min_messages', 'notice'], ['default_transaction_read_only', 'off']]) {
            for (let i = 0; i < 5; i++) {
                assert.equal(await pooled(`SHOW ${setting}`), value);
            }
        }
    }));
}
