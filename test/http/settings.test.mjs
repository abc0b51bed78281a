// Settings: flags, their twins in the environment, the file, and what is said about
// a bad one. A daemon that cannot start says why in one line and exits with 2.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
    assertError, assertJson, binary, createDatabase, daemonEnvironment, database, dropDatabase, freePort, message, poll,
    psql, role, run, start, Wire,
} from './server.mjs';

await createDatabase();
const folder = mkdtempSync(path.join(os.tmpdir(), 'pg_acu-settings-'));
after(async () => {
    rmSync(folder, { recursive: true });
    await dropDatabase();
});

// flag, default as --help may write it, a value that must be refused (or none)
const settings = [
    ['listen', /127\.0\.0\.1:8080/, '127.0.0.1:0'],
    ['health-listen', /""/, 'nowhere'],
    ['dsn', /""/, 'postgresql://['],
    ['config', /""/, '/nonexistent/pg_acu.conf'],
    ['workers', /\d/, '-1'],
    ['connections', /\b2\b/, '0'],
    ['dedicated-connections', /\b2\b/, '-1'],
    ['max-in-flight', /\b1024\b/, '0'],
    ['max-clients', /\b16384\b/, '0'],
    ['max-line-bytes', /8192|8kB/, 'long'],
    ['max-header-bytes', /16384|16kB/, '-5'],
    ['max-body-bytes', /1048576|1MB/, '1 elephant'],
    ['max-bodies-bytes', /256MB/, 'many'],
    ['max-reply-bytes', /8388608|8MB/, '99999999999999999999'],
    ['max-unsent-bytes', /256MB/, '5'],
    ['header-timeout', /10s/, '5parsecs'],
    ['body-timeout', /10s/, '0'],
    ['body-rate', /1024/, '-1'],
    ['idle-timeout', /60s|1min/, '-1s'],
    ['statement-timeout', /5s/, 'never'],
    ['drain-timeout', /10s/, '10 s s'],
    ['idle-disconnect', /\b0/, '-1'],
    ['cors-origin', /""/],
    ['allowed-hosts', /""/],
    ['trusted-proxies', /""/, 'proxy.example'],
    ['access-log', /off/, 'perhaps'],
    ['allow-superuser', /off/, 'maybe'],
    ['allow-root', /off/, 'yes'],
];
const environmentName = (flag) => `PG_ACU_${flag.toUpperCase().replaceAll('-', '_')}`;

async function listen() {
    return ['--listen', `127.0.0.1:${await freePort()}`];
}

// refuses: one line that a pattern matches, and exit status 2.
async function refuses(args, pattern, env = {}) {
    const { status, stdout, stderr } = await run(binary, args, { env: { ...daemonEnvironment(), ...env }, seconds: 10 });
    assert.equal(status, 2, `status ${status}: ${stderr}`);
    assert.match(stderr, /^[^\n]+\n$/, 'one line');
    assert.equal(stdout, '');
    assert.match(stderr, pattern);
}

// --- --help and --version

test('--help lists every flag with its default and its environment name', async () => {
    const { status, stdout, stderr } = await run(binary, ['--help']);
    assert.equal(status, 0);
    assert.equal(stderr, '');
    for (const [flag, initial] of settings) {
        const [entry] = new RegExp(`--${flag}\\s[^]*?${environmentName(flag)}\\b`).exec(stdout) ?? assert.fail(`--${flag} is missing`);
        assert.ok(!/\n\s*--[a-z]/.test(entry.slice(3)), `${flag}: ${entry}`);
        assert.match(entry, initial, flag);
    }
    const listed = [...stdout.matchAll(/^ *(--[a-z-]+)/gm)].map(([, flag]) => flag);
    assert.deepEqual(listed.sort(), [...settings.map(([flag]) => `--${flag}`), '--help', '--version'].sort(), 'and no others');
});

test('--version is that of the control file', async () => {
    const control = readFileSync(new URL('../../pg_acu.control', import.meta.url), 'utf8');
    const [, version] = /default_version = '([^']+)'/.exec(control);
    const { status, stdout } = await run(binary, ['--version']);
    assert.equal(status, 0);
    assert.equal(stdout, `pg_acu_httpd ${version}\n`);
});

// --- Refused settings

for (const [flag, , bad] of settings.filter(([, , value]) => value !== undefined)) {
    test(`--${flag} ${bad} is refused`, async () => {
        const others = flag === 'listen' ? [] : await listen();
        await refuses([...others, `--${flag}`, bad], new RegExp(flag));
    });

    test(`${environmentName(flag)}=${bad} is refused`, async () => {
        const others = flag === 'listen' ? [] : await listen();
        await refuses(others, new RegExp(`${flag}|${environmentName(flag)}`), { [environmentName(flag)]: bad });
    });

    if (flag !== 'config') {
        test(`${flag} = ${bad} in the file is refused`, async () => {
            const file = path.join(folder, 'bad.conf');
            writeFileSync(file, `${flag} = ${bad}\n`);
            const others = flag === 'listen' ? [] : await listen();
            await refuses([...others, '--config', file], new RegExp(flag));
        });
    }
}

const refused = [
    ['an unknown flag', ['--magic', '1'], /--magic/],
    ['a flag that is almost one', ['--worker', '1'], /--worker\b/],
    ['a flag with one dash', ['-workers', '1'], /-workers/],
    ['a word that is no flag', ['8080'], /argument 1 /],
    ['a flag without its value', ['--workers'], /--workers/],
    ['an empty value', ['--workers', ''], /workers/],
    ['a number with more behind it', ['--workers', '2x'], /workers/],
    ['a number that is not whole', ['--workers', '1.5'], /workers/],
    ['too many workers', ['--workers', '1000000'], /workers/],
    ['a number that no integer holds', ['--max-clients', '18446744073709551617'], /max-clients/],
    ['a time that no integer holds', ['--idle-timeout', '99999999999999min'], /idle-timeout/],
    ['a size that no integer holds', ['--max-body-bytes', '99999999999999MB'], /max-body-bytes/],
    ['an address without a port', ['--listen', '127.0.0.1'], /listen/],
    ['an address with an empty port', ['--listen', '127.0.0.1:'], /listen/],
    ['a port that is too large', ['--listen', '127.0.0.1:65536'], /listen/],
    ['a port that is no number', ['--listen', '127.0.0.1:http!'], /listen/],
    ['an address that is not of this machine', ['--listen', '192.0.2.1:8080'], /192\.0\.2\.1/],
    ['a host that does not exist', ['--listen', 'nowhere.invalid:8080'], /nowhere\.invalid:8080": (?!it must be)\w/],
    ['a connection string that is none', ['--dsn', 'host=a nonsense'], /dsn/],
    ['a connection string with an unknown word', ['--dsn', 'hosst=a'], /dsn/],
    ['an origin with a line break', ['--cors-origin', 'https://a\r\nX-Evil: 1'], /cors-origin/],
];
for (const [name, flags, pattern] of refused) {
    test(`refused: ${name}`, async () => {
        await refuses(flags[0] === '--listen' ? flags : [...flags.length === 1 && flags[0] === '--workers' ? await listen() : [], ...flags], pattern);
    });
}

const files = [
    ['an unknown name', 'magic = 1\n', /magic/],
    ['a line without a value', 'workers\n', /workers|line 1|:1/],
    ['a line that is noise', '\0\xff\n', /conf/],
    ['an error in the third line', 'workers = 1\n# comment\nmagic = 1\n', /3/],
];
for (const [name, text, pattern] of files) {
    test(`refused in the file: ${name}`, async () => {
        const file = path.join(folder, 'bad.conf');
        writeFileSync(file, text, 'latin1');
        await refuses([...await listen(), '--config', file], pattern);
    });
}

test('an address that another program uses is refused', async () => {
    const other = net.createServer();
    await new Promise((resolve) => { other.listen(0, '127.0.0.1', resolve); });
    const address = `127.0.0.1:${other.address().port}`;
    await refuses(['--listen', address], new RegExp(`${address.replaceAll('.', '\\.')}": Address already in use`));
    other.close();
});

test('an address that another pg_acu_httpd uses is refused', async () => {
    const server = await start();
    await refuses(['--listen', `127.0.0.1:${server.port}`], new RegExp(`127\\.0\\.0\\.1:${server.port}": Address already in use`));
    assertJson(await server.get('/an_int'), 42);
    await server.stop();
});

test('a directory in place of the config file is refused', async () => {
    await refuses([...await listen(), '--config', folder], /is a directory/);
});

for (const [mode, text, pattern] of [
    [0o644, 'dsn = host=127.0.0.1 password=hunter2\n', /has a password .* chmod/],
    [0o604, 'dsn = postgresql://a:hunter2@127.0.0.1/x\n', /has a password .* chmod/],
    [0o666, 'workers = 1\n', /can be changed by everybody.* chmod/],
]) {
    test(`a config file of mode ${mode.toString(8)} is refused: ${pattern}`, async () => {
        const file = path.join(folder, 'open.conf');
        writeFileSync(file, text);
        chmodSync(file, mode);
        await refuses([...await listen(), '--config', file], pattern);
    });
}

test('a config file with a password that only its owner and group may read is taken', async () => {
    const file = path.join(folder, 'closed.conf');
    writeFileSync(file, `dsn = ${dsn('password=hunter2')}\n`);
    chmodSync(file, 0o640);
    const server = await start(['--config', file]);
    assertJson(await server.get('/an_int'), 42);
    await server.stop();
});

test('a password in --dsn is not in the list of processes, and a reload still has it', async () => {
    for (const flags of [['--dsn', dsn('password=hunter2')], [`--dsn=${dsn('password=hunter2')}`]]) {
        const server = await start(flags);
        for (const pid of [server.pid, ...server.workers()]) {
            const shown = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
            assert.ok(!shown.includes('hunter2'), shown);
            assert.match(shown, /--dsn.xxx/);
        }
        const [old] = server.workers();
        process.kill(server.pid, 'SIGHUP');
        await poll('new workers', () => server.log(/settings read again/).length > 0 && !server.workers().includes(old));
        assertJson(await server.get('/an_int'), 42);
        server.first = server.workers();
        await server.stop();
    }
});

// --- Where settings come from

test('the start is logged with the address', async () => {
    const server = await start();
    assert.equal(server.log(new RegExp(`level=info .*msg="?listening"? .*address=127\\.0\\.0\\.1:${server.port}\\b`)).length, 1, server.stderr);
    await server.stop();
});

const body = (bytes) => JSON.stringify('x'.repeat(bytes - 2));

test('a flag goes before the environment, and both before the file', async () => {
    const file = path.join(folder, 'order.conf');
    writeFileSync(file, 'max-body-bytes = 3000\ncors-origin = https://file.example\nworkers = 2\n');
    const server = await start(['--config', file, '--max-body-bytes', '5000'],
        { env: { PG_ACU_MAX_BODY_BYTES: '4000', PG_ACU_CORS_ORIGIN: 'https://environment.example' } });
    assert.equal((await server.postJson('/whole_json', body(5000))).status, 200);
    assert.equal((await server.postJson('/whole_json', body(5001))).status, 413);
    const { headers } = await server.get('/an_int', { Origin: 'https://environment.example' });
    assert.equal(headers['access-control-allow-origin'], 'https://environment.example');
    assert.equal(server.workers().length, 2);
    await server.stop();
});

test('the file has comments, blank lines, blanks around names and values, and lines of Windows', async () => {
    const file = path.join(folder, 'good.conf');
    writeFileSync(file, '# comment\n\n  max-body-bytes=3000  \nworkers   =   2\n  # comment\naccess-log = on\r\n');
    const server = await start(['--config', file]);
    assert.equal((await server.postJson('/whole_json', body(3000))).status, 200);
    assert.equal((await server.postJson('/whole_json', body(3001))).status, 413);
    assert.equal(server.workers().length, 2);
    await server.stop();
});

test('PG_ACU_CONFIG names the file, PG_ACU_WORKERS the workers, PG_ACU_LISTEN the address', async () => {
    const file = path.join(folder, 'env.conf');
    writeFileSync(file, 'max-body-bytes = 3000\n');
    const server = await start([], { env: { PG_ACU_CONFIG: file, PG_ACU_WORKERS: '3' }, listenFlag: false });
    assert.equal(server.workers().length, 3);
    assert.equal((await server.postJson('/whole_json', body(3001))).status, 413);
    await server.stop();
});

test('--max-line-bytes, --max-header-bytes', async () => {
    const server = await start(['--max-line-bytes', '1024', '--max-header-bytes', '2048']);
    const line = (bytes) => `GET /echo?word=${'a'.repeat(bytes - 24)} HTTP/1.1\r\nHost: a\r\n\r\n`;
    assert.equal((await server.raw(line(1020)))[0].status, 200);
    assertError(await server.refused(line(1030)), 414);
    const head = (bytes) => `GET /an_int HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(bytes - 16)}\r\n\r\n`;
    assert.equal((await server.raw(head(2040)))[0].status, 200);
    assertError(await server.refused(head(2060)), 431);
    await server.stop();
});

test('--workers and --connections: what it holds of the database', async () => {
    const server = await start(['--workers', '2', '--connections', '3']);
    const count = () => psql(`SELECT count(*) FROM pg_stat_activity WHERE usename = '${role}'`).then(Number);
    // Connections for listening and for routes that run alone may come later, or not.
    await poll('the connections', async () => (await count()) >= 6);
    assert.ok(await count() <= 2 * (3 + 2 + 1), 'no more than the flags say');
    await server.stop();
    await poll('all to be closed', async () => (await count()) === 0);
});

test('--access-log on: a line for every request', async () => {
    const server = await start(['--access-log', 'on']);
    await server.get('/echo?word=one');
    await server.get('/nowhere');
    await server.postJson('/bind', '{"t": "private"}');
    const lines = await poll('the log', () => {
        const found = server.log(/status=\d+/).filter((line) => /\/(echo|nowhere|bind)/.test(line) && /level=info/.test(line));
        return found.length === 3 && found;
    });
    assert.match(lines[0], /GET.*\/echo.*status=200/);
    assert.match(lines[1], /GET.*\/nowhere.*status=404/);
    assert.match(lines[2], /POST.*\/bind.*status=200/);
    assert.ok(!/private/.test(server.stderr), 'no bodies');
    await server.stop();
});

test('the access log is off by default', async () => {
    const server = await start();
    await server.get('/echo?word=one');
    await server.get('/healthz');
    await server.stop();
    assert.deepEqual(server.log(/\/echo|status=200/), []);
});

test('--listen on IPv6', async (t) => {
    const free = await new Promise((resolve) => {
        const probe = net.createServer().on('error', () => resolve(null));
        probe.listen(0, '::1', () => {
            const { port } = probe.address();
            probe.close(() => resolve(port));
        });
    });
    if (free === null) {
        t.skip('this machine has no IPv6');
        return;
    }
    const server = await start(['--listen', `[::1]:${free}`], { ready: null }); // the last one counts
    const wire = await poll('[::1]', () => Wire.connect(free, { host: '::1' }));
    wire.send(message('GET', '/healthz'));
    assertJson(await wire.reply(), { status: 'ok' });
    wire.destroy();
    server.first = server.workers();
    await server.stop();
});

// --- The database

// A connection string with what libpq's environment says.
const dsn = (more = '') => `host=${process.env.PGHOST} port=${process.env.PGPORT ?? 5432} user=${role} dbname=${database} ${more}`;
const noEnvironment = { PGHOST: 'nowhere.invalid', PGPORT: '1', PGUSER: 'nobody', PGDATABASE: 'nothing' };

test('--dsn goes before libpq\'s variables', async () => {
    const server = await start(['--dsn', dsn()], { env: noEnvironment });
    assertJson(await server.get('/an_int'), 42);
    await server.stop();
});

test('PG_ACU_DSN', async () => {
    const server = await start([], { env: { ...noEnvironment, PG_ACU_DSN: dsn() } });
    assertJson(await server.get('/an_int'), 42);
    await server.stop();
});

// How a password can be given, and what can be wrong besides.
const secret = 'hunter2-and-more';
const passwords = [
    ['in a connection string', ['--dsn', dsn(`password=${secret}`)], {}],
    ['in a connection string whose role does not exist', ['--dsn', dsn(`password=${secret}`).replace(role, 'nobody_of_that_name')], {}],
    ['in a connection string whose server is not there', ['--dsn', `host=127.0.0.1 port=1 password=${secret}`], {}],
    ['in an address', ['--dsn', `postgresql://nobody:${secret}@127.0.0.1:1/x`], {}],
    ['in PGPASSWORD', ['--dsn', 'host=127.0.0.1 port=1'], { PGPASSWORD: secret }],
    ['in PG_ACU_DSN', [], { PG_ACU_DSN: `host=127.0.0.1 port=1 password=${secret}` }],
    ['in a connection string that is none', ['--dsn', `password=${secret} nonsense`], {}],
    ['without quotes that it needs', ['--dsn', `host=127.0.0.1 password=a ${secret}`], {}],
    ['with a quote that is not closed', ['--dsn', `host=127.0.0.1 password='${secret}`], {}],
    ['with a bad escape in an address', ['--dsn', `postgresql://nobody:%zz${secret}@127.0.0.1:1/x`], {}],
    ['in an address with a bad port', ['--dsn', `postgresql://nobody:a:${secret}@127.0.0.1:port/x?y`], {}],
    ['in a file with a bad line', null, {}],
];
for (const [name, flags, env] of passwords) {
    test(`a password is never shown: ${name}`, async () => {
        const file = path.join(folder, 'secret.conf');
        writeFileSync(file, `dsn = host=127.0.0.1 port=1 password=${secret}\ndns = password=${secret}\n`);
        const port = await freePort();
        const all = ['--listen', `127.0.0.1:${port}`, '--access-log', 'on', ...(flags ?? ['--config', file])];
        const environment = { ...daemonEnvironment(), PGCONNECT_TIMEOUT: '2', ...env };
        let shown = '';
        let server;
        try {
            server = await start(all.slice(2), { env: { PGCONNECT_TIMEOUT: '2', ...env }, ready: '/healthz' });
            shown += (await server.get('/an_int')).text + (await server.get('/readyz')).text;
            await server.stop();
            shown += server.stderr;
        } catch {
            const { status, stdout, stderr } = await run(binary, all, { env: environment, seconds: 10 });
            assert.equal(status, 2, stderr);
            assert.match(stderr, /^[^\n]+\n$/);
            shown += stdout + stderr;
        }
        assert.notEqual(shown, '');
        assert.ok(!shown.includes('hunter2'), shown);
    });
}
