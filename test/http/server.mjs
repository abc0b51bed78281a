// Shared by the tests of the HTTP server: a database with functions to call, the
// daemon, a client that sends exact bytes and believes nothing, and load.
//
//   PG_ACU_HTTPD            the daemon; default ./pg_acu_httpd
//   PGHOST, PGPORT, PGUSER  the server, and a superuser of it
//   PG_ACU_TEST_DATA        its data directory, for the tests that stop it
//   PG_ACU_TEST_RUNAS       whom to run pg_ctl as, when it is not who runs the tests
//
// The tests fill and stop the server, so only one file runs at a time; lock()
// sees to that when node starts several.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export { sleep };
export const binary = path.resolve(process.env.PG_ACU_HTTPD ?? './pg_acu_httpd');
export const database = 'acu_http';
export const role = 'acu_web';

const here = path.dirname(fileURLToPath(import.meta.url));
// Handles that a failed test left open do not keep the others waiting for this file.
after(() => {
    setTimeout(() => process.exit(), 5000).unref();
});

const patience = 15; // seconds, for what takes a fraction of one

// poll: the first true value of check(), which may throw until then.
export async function poll(what, check, seconds = patience) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        let last;
        try {
            last = await check();
            if (last) {
                return last;
            }
        } catch (error) {
            last = error;
        }
        if (Date.now() > deadline) {
            throw new Error(`${what}: not within ${seconds} s, but ${last}`);
        }
        await sleep(20);
    }
}

// within: the promise's value, or an error that says what was waited for.
export function within(seconds, what, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// run: what a program printed, and its exit status.
export function run(program, args, { input = '', env = process.env, seconds = 60 } = {}) {
    const child = spawn(program, args, { env, stdio: 'pipe' });
    const out = { stdout: '', stderr: '' };
    const done = new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (status, signal) => resolve({ status, signal, ...out }));
    });
    child.stdout.setEncoding('utf8').on('data', (text) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { out.stderr += text; });
    child.stdin.on('error', () => {}); // it need not read all
    child.stdin.end(input);
    return within(seconds, `${program} ${args.join(' ')}`, done).catch((error) => {
        child.kill('SIGKILL');
        throw error;
    });
}

// psql: what psql prints for the SQL, as a superuser.
export async function psql(sql, { dbname = database } = {}) {
    const { status, stdout, stderr } = await run(
        'psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', dbname], { input: sql });
    assert.equal(status, 0, `psql: ${stderr}`);
    return stdout.trimEnd();
}

// lock: waits for other files of tests on the same server. The kernel lets go of
// the lock when this process ends, however it does.
async function lock() {
    const server = `${process.env.PGHOST} ${process.env.PGPORT}`;
    const name = createHash('sha1').update(server).digest('hex').slice(0, 12);
    const file = path.join(os.tmpdir(), `pg_acu-http-${process.getuid()}-${name}.lock`);
    const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
        holder.on('error', reject);
        holder.on('close', () => reject(new Error(`could not lock ${file}`)));
        holder.stdout.once('data', resolve);
    });
    for (const handle of [holder, holder.stdin, holder.stdout]) {
        handle.unref();
    }
}

// createDatabase: a new one with the functions and routes of functions.sql.
export async function createDatabase() {
    await lock();
    await psql(`
        SET client_min_messages = warning;
        DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
        DROP DATABASE IF EXISTS ${database} WITH (FORCE);
        CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`, { dbname: 'postgres' });
    await psql(readFileSync(path.join(here, 'functions.sql')));
}

export async function dropDatabase() {
    await psql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`, { dbname: 'postgres' });
}

export function freePort() {
    return new Promise((resolve, reject) => {
        const probe = net.createServer().on('error', reject);
        probe.listen(0, '127.0.0.1', () => {
            const { port } = probe.address();
            probe.close(() => resolve(port));
        });
    });
}

// The daemon's own environment: libpq's, and no setting that a tester happens to have.
export function daemonEnvironment(dbname = database) {
    const env = Object.fromEntries(Object.entries(process.env)
        .filter(([name]) => !name.startsWith('PG_ACU_')));
    const asRoot = process.getuid() === 0 ? { PG_ACU_ALLOW_ROOT: 'on' } : {};
    return { ...env, ...asRoot, PGUSER: role, PGDATABASE: dbname };
}

const running = new Set();
process.on('exit', () => running.forEach((server) => server.process.kill('SIGTERM')));

// start: the daemon on a port of its own, once a path (if any) answers 200.
export async function start(flags = [], { env = {}, dbname = database, ready = '/readyz', listenFlag = true, program } = {}) {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const server = listenFlag
        ? new Server(port, ['--listen', address, ...flags], { ...daemonEnvironment(dbname), ...env }, program)
        : new Server(port, flags, { ...daemonEnvironment(dbname), PG_ACU_LISTEN: address, ...env }, program);
    try {
        await poll(`the daemon's ${ready}`, async () => {
            if (server.ended !== null || ready === null) {
                return true;
            }
            await server.get(ready);
            return server.everyWorker(ready);
        });
        assert.equal(server.ended, null, 'the daemon ended');
    } catch (error) {
        server.process.kill('SIGKILL');
        throw new Error(`${error.message}\n${server.stderr}`);
    }
    server.first = server.workers();
    return server;
}

// withDaemon: starts it, calls the body, and ends it, properly if the body has not
// done that; when something fails, at once.
export async function withDaemon(flags, body, { lostWorkers = false, ...options } = {}) {
    const server = await start(flags, options);
    try {
        await body(server);
        if (server.ended === null) {
            await server.stop({ lostWorkers });
        }
    } catch (error) {
        const workers = server.ended === null ? server.workers() : [];
        server.process.kill('SIGKILL');
        await poll('the workers to leave', () => !workers.some(isAlive)).catch(() => {});
        error.message += `\n${server.stderr.split('\n').slice(-10).join('\n')}`;
        throw error;
    }
}

// daemon: a test that has a daemon of its own.
export function daemon(name, flags, body, { skip = false, ...options } = {}) {
    test(name, { skip }, (t) => withDaemon(flags, (server) => body(server, t), options));
}

class Server {
    // program: the daemon, with what is to be run before it.
    constructor(port, flags, env, [program, ...before] = [binary]) {
        this.port = port;
        this.url = `http://127.0.0.1:${port}`;
        this.stderr = '';
        this.ended = null; // or { code, signal }
        this.process = spawn(program, [...before, ...flags], { env, stdio: ['ignore', 'ignore', 'pipe'] });
        this.pid = this.process.pid;
        this.process.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
        this.exit = new Promise((resolve) => {
            const end = (code, signal) => {
                running.delete(this);
                this.ended = { code, signal };
                resolve(this.ended);
            };
            this.process.on('error', (error) => end(error.message, null));
            this.process.on('exit', end);
        });
        running.add(this);
    }

    // The process ids of the workers.
    workers() {
        return childrenOf(this.pid);
    }

    // Whether a path is 200, whichever worker the kernel gives the connection to.
    async everyWorker(target) {
        const replies = Array.from({ length: 10 * this.workers().length }, () => this.get(target));
        return (await Promise.all(replies)).every((reply) => reply.status === 200);
    }

    // The memory of all the processes, in bytes.
    memory() {
        return [this.pid, ...this.workers()]
            .map((pid) => /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')))
            .reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
    }

    connect(options) {
        return Wire.connect(this.port, options);
    }

    // raw: sends the bytes and reads so many replies; heads are those (counted from
    // 0) that answer a HEAD.
    async raw(bytes, { replies = 1, heads = [] } = {}) {
        const wire = await this.connect();
        try {
            wire.send(bytes);
            const got = [];
            for (let i = 0; i < replies; i++) {
                got.push(await wire.reply({ head: heads.includes(i) }));
            }
            return got;
        } finally {
            wire.destroy();
        }
    }

    // refused: sends the bytes; the reply, after which the daemon must have closed
    // the connection without another byte.
    async refused(bytes) {
        const wire = await this.connect();
        try {
            wire.send(bytes);
            const reply = await wire.reply();
            await wire.closed().catch((error) => {
                throw new Error(`left open after ${reply.status} ${reply.text}: ${error.message}`);
            });
            return reply;
        } finally {
            wire.destroy();
        }
    }

    async request(method, target, { headers = {}, body } = {}) {
        const [reply] = await this.raw(message(method, target, { headers, body }),
            { heads: method === 'HEAD' ? [0] : [] });
        return reply;
    }

    get(target, headers) {
        return this.request('GET', target, { headers });
    }

    postJson(target, body) {
        return this.request('POST', target, {
            headers: { 'Content-Type': 'application/json' },
            body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        });
    }

    // The lines of the log that a pattern matches.
    log(pattern) {
        return this.stderr.split('\n').filter((line) => pattern.test(line));
    }

    // stop: ends it as a service manager would. It must not have lost a worker
    // meanwhile, unless the test killed one.
    async stop({ lostWorkers = false } = {}) {
        if (this.ended === null && !lostWorkers) {
            assert.deepEqual(this.workers(), this.first, `workers were lost:\n${this.stderr}`);
        }
        this.process.kill('SIGTERM');
        const ended = await within(30, 'the daemon to end', this.exit).catch((error) => {
            this.process.kill('SIGKILL');
            throw error;
        });
        assert.deepEqual(ended, { code: 0, signal: null }, this.stderr);
        for (const line of this.stderr.split('\n').filter(Boolean)) {
            assert.match(line, /^time=\S+ level=\w+ pid=\d+ msg=/, 'a line of the log');
        }
    }
}

export function childrenOf(pid) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return children === '' ? [] : children.split(' ').map(Number);
}

export function isAlive(pid) {
    try {
        return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
    } catch {
        return false;
    }
}

// message: the bytes of a request, with a Host, and a Content-Length for a body.
export function message(method, target, { headers = {}, body } = {}) {
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
    const all = { Host: 'test', ...headers };
    if (body !== undefined) {
        all['Content-Length'] = bytes.length;
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), bytes]);
}

// Wire: one connection. Strings are sent as the bytes of latin1, so that '\xff' is
// one byte. A reply that is not perfect HTTP is an error.
export class Wire {
    static connect(port, { host = '127.0.0.1', read = true } = {}) {
        return new Promise((resolve, reject) => {
            const socket = net.connect({ port, host, noDelay: true });
            socket.once('error', reject);
            socket.once('connect', () => {
                socket.off('error', reject);
                resolve(new Wire(socket, read));
            });
        });
    }

    constructor(socket, read) {
        this.socket = socket;
        this.bytes = Buffer.alloc(0);
        this.ended = false; // by the other side
        this.error = null;
        this.wake = () => {};
        socket.on('error', (error) => {
            this.error = error;
            this.ended = true;
            this.wake();
        });
        socket.on('close', () => {
            this.ended = true;
            this.wake();
        });
        if (read) {
            this.read();
        }
    }

    // Without it, the bytes stay in the kernel until its buffers are full.
    read() {
        this.socket.on('data', (chunk) => {
            this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
            this.wake();
        });
        this.socket.on('end', () => {
            this.ended = true;
            this.wake();
        });
    }

    // Resolves when the kernel has the bytes.
    send(bytes) {
        return new Promise((resolve) => {
            this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, resolve);
        });
    }

    async until(what, check, seconds = patience) {
        const waiting = (async () => {
            for (;;) {
                const found = check();
                if (found) {
                    return found;
                }
                await new Promise((resolve) => { this.wake = resolve; });
            }
        })();
        return within(seconds, `${what}, after ${JSON.stringify(this.shown())}`, waiting);
    }

    shown() {
        return this.bytes.toString('latin1', 0, 500);
    }

    // The next reply, a 100 included.
    reply({ head = false, seconds } = {}) {
        return this.until('a reply', () => {
            const parsed = parseReply(this.bytes, head);
            if (parsed) {
                this.bytes = this.bytes.subarray(parsed.size);
                return parsed.reply;
            }
            if (this.ended) {
                throw new Error(`closed (${this.error?.code ?? 'end'}) before a whole reply: ${JSON.stringify(this.shown())}`);
            }
            return null;
        }, seconds);
    }

    // The daemon closes the connection, without another byte.
    async closed({ seconds = 5 } = {}) {
        await this.until('the connection to close', () => this.ended || this.bytes.length > 0, seconds);
        assert.equal(this.shown(), '', 'bytes after the last reply');
    }

    destroy() {
        this.socket.destroy();
    }
}

function parseReply(bytes, head) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) {
        return null;
    }
    const text = bytes.toString('latin1', 0, end);
    const [line, ...fields] = text.split('\r\n');
    const [, digits] = /^HTTP\/1\.1 ([1-5]\d\d) [ -~]+$/.exec(line) ?? assert.fail(`status line: ${text}`);
    const status = Number(digits);
    const headers = {};
    for (const field of fields) {
        const [, name, value] = /^([!#-'*+.^-z|~A-Z0-9-]+): ([\t -~\x80-\xff]*)$/.exec(field) ?? assert.fail(`header: ${text}`);
        assert.ok(!(name.toLowerCase() in headers), `two headers ${name}: ${text}`);
        headers[name.toLowerCase()] = value;
    }
    let length = 0;
    if (status < 200 || status === 204) {
        assert.ok(!('content-length' in headers), `a Content-Length: ${text}`);
    } else {
        assert.match(headers['content-length'] ?? '', /^\d+$/, `no Content-Length: ${text}`);
        assert.ok(headers['content-type'], `no Content-Type: ${text}`);
        length = head ? 0 : Number(headers['content-length']);
    }
    if (status >= 200) {
        assert.match(headers.date ?? '', /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, `no Date: ${text}`);
    }
    assert.ok(!('transfer-encoding' in headers), `a Transfer-Encoding: ${text}`);
    if (bytes.length < end + 4 + length) {
        return null;
    }
    return {
        size: end + 4 + length,
        reply: new Reply(status, headers, Buffer.from(bytes.subarray(end + 4, end + 4 + length))),
    };
}

class Reply {
    constructor(status, headers, bytes) {
        Object.assign(this, { status, headers, bytes });
    }

    get text() {
        return this.bytes.toString('utf8');
    }

    json() {
        return JSON.parse(this.text);
    }
}

// assertJson: 200, and this value.
export function assertJson(reply, value) {
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.deepEqual(reply.json(), value);
}

// assertError: an error as they all must be. Returns its JSON.
export function assertError(reply, status, code = `PGA${status}`) {
    assert.equal(reply.status, status, reply.text);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.match(reply.headers['x-request-id'] ?? '', /^[\w-]{8,}$/, 'X-Request-Id');
    const error = reply.json();
    assert.deepEqual(Object.keys(error), ['code', 'message', 'detail', 'hint']);
    assert.equal(error.code, code, reply.text);
    assert.ok(typeof error.message === 'string' && error.message !== '', 'a message');
    for (const value of [error.detail, error.hint]) {
        assert.ok(value === null || typeof value === 'string', reply.text);
    }
    if (status === 503) {
        assert.equal(reply.headers['retry-after'], '1');
    }
    return error;
}

// startLoad: so many clients that send one request after the other, each with a
// word of its own, until stop(). What it counts: right and refused (503) answers,
// lost (a connection that ended before the answer), and everything else as wrong.
export function startLoad(server, { clients = 20, target = (word) => `/echo?word=${word}`, wrong } = {}) {
    const counts = { right: 0, refused: 0, lost: 0, wrong: [] };
    let going = true;
    const judge = wrong ?? ((reply, word) => reply.status !== 200 || reply.json().word !== word);

    async function client(number) {
        let wire;
        for (let i = 0; going; i++) {
            const word = `${number}-${i}`;
            let reply;
            try {
                wire ??= await server.connect();
                wire.send(message('GET', target(word)));
                reply = await wire.reply();
            } catch (error) {
                wire?.destroy();
                wire = undefined;
                if (!/^closed \((end|ECONNRESET|EPIPE)\) before a whole reply: ""$|ECONNREFUSED|ECONNRESET/.test(error.message)) {
                    counts.wrong.push(error.message);
                }
                counts.lost++;
                await sleep(5);
                continue;
            }
            if (reply.status === 503) {
                counts.refused++;
                await sleep(5);
            } else if (judge(reply, word)) {
                counts.wrong.push(`${word}: ${reply.status} ${reply.text}`);
            } else {
                counts.right++;
            }
            if (/\bclose\b/i.test(reply.headers.connection ?? '')) {
                wire.destroy();
                wire = undefined;
            }
        }
        wire?.destroy();
    }

    const all = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
    return {
        counts,
        async stop() {
            going = false;
            await all;
            assert.deepEqual(counts.wrong.slice(0, 5), [], 'wrong answers');
            return counts;
        },
        // More right answers than there were when it was called.
        progress(more = 100) {
            const { right } = counts;
            return poll('load to be answered', () => counts.right >= right + more);
        },
    };
}
