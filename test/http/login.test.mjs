// The role and the user of the daemon: never a superuser or root by accident.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
    assertJson, binary, createDatabase, daemonEnvironment, dropDatabase, freePort, poll, psql, role, run, start,
    withDaemon, within,
} from './server.mjs';

await createDatabase();
const superuser = process.env.PGUSER ?? 'postgres';
const roles = ['acu_test_super', 'acu_test_masked', 'acu_test_raised'];
await psql(`
    ${roles.map((name) => `DROP ROLE IF EXISTS ${name};`).join('\n')}
    CREATE ROLE acu_test_super SUPERUSER LOGIN;
    CREATE ROLE acu_test_masked SUPERUSER LOGIN;
    ALTER ROLE acu_test_masked SET role = '${role}';
    CREATE ROLE acu_test_raised LOGIN IN ROLE acu_test_super;
    ALTER ROLE acu_test_raised SET role = 'acu_test_super';
    SELECT acu.grant_http('acu_test_raised')`);
after(async () => {
    await psql(`REVOKE ALL ON ALL TABLES IN SCHEMA acu, acu_internal FROM acu_test_raised; DROP OWNED BY acu_test_raised`);
    await dropDatabase();
    await psql(roles.map((name) => `DROP ROLE ${name};`).join('\n'), { dbname: 'postgres' });
});

// ended: how a daemon ends that was started with these settings, and what it wrote.
// Meanwhile no request may be answered by a function.
async function ended(env, flags = []) {
    const server = await start(flags, { env, ready: null });
    try {
        await poll('the daemon to end', async () => {
            const status = await server.get('/an_int').then((reply) => reply.status, () => null);
            assert.notEqual(status, 200, 'a function was called');
            return server.ended !== null;
        });
        return { ...server.ended, stderr: server.stderr };
    } finally {
        server.process.kill('SIGKILL');
    }
}

for (const [name, login] of [
    ['the login of the one who made the cluster', superuser],
    ['the login of a superuser', 'acu_test_super'],
    ['the login of a superuser whose role is set to another', 'acu_test_masked'],
    ['a login whose role is set to a superuser', 'acu_test_raised'],
]) {
    test(`refused: ${name}`, async () => {
        const { code, stderr } = await ended({ PGUSER: login });
        assert.equal(code, 2, stderr);
        const [line] = stderr.split('\n').filter((text) => /superuser/.test(text));
        assert.match(line ?? '', new RegExp(`level=error .*as a superuser" role=${login} hint=".*grant_http.*allow-superuser`), stderr);
    });
}

test('a superuser is allowed by name', () => withDaemon(['--allow-superuser', 'on'], async (server) => {
    assertJson(await server.get('/an_int'), 42);
    assert.deepEqual(server.log(/superuser/), []);
}, { env: { PGUSER: superuser } }));

test('a role that becomes a superuser ends the daemon when it connects again', async () => {
    const server = await start();
    try {
        assertJson(await server.get('/an_int'), 42);
        await psql(`ALTER ROLE ${role} SUPERUSER`);
        await psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
        assert.deepEqual(await within(30, 'the daemon to end', server.exit), { code: 2, signal: null });
        assert.equal(server.log(/will not log in .* role=acu_web/).length > 0, true, server.stderr);
    } finally {
        await psql(`ALTER ROLE ${role} NOSUPERUSER`);
        server.process.kill('SIGKILL');
    }
});

test('root is refused', { skip: process.getuid() === 0 ? false : 'needs root' }, async () => {
    const env = { ...daemonEnvironment(), PG_ACU_ALLOW_ROOT: 'off' };
    const { status, stderr } = await run(binary, ['--listen', `127.0.0.1:${await freePort()}`], { env, seconds: 10 });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^[^\n]*will not run as root[^\n]*--allow-root on\n$/);
});
