// Shared by the scripts in this folder: their arguments, the daemon's processes and
// their memory, and a connection to it that takes each reply as it comes.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { parseArgs } from 'node:util';

// arguments: --url and --pid, and what else the script takes, by name with its default.
// A number is what has a number as its default.
export function readArguments(usage, defaults = {}) {
    const names = ['url', 'pid', ...Object.keys(defaults)];
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    let values;
    try {
        ({ values } = parseArgs({ options }));
        for (const [name, value] of Object.entries(defaults)) {
            values[name] = typeof value === 'number' ? Number(values[name] ?? value) : values[name] ?? value;
        }
        values.pid = Number(values.pid);
        values.url = new URL(values.url);
        if (Object.values(values).some(Number.isNaN)) {
            throw new Error('not a number');
        }
    } catch (error) {
        console.error(`${error.message}\n${usage}`);
        process.exit(2);
    }
    return values;
}

export function fail(message) {
    console.error(`not ok: ${message}`);
    process.exit(1);
}

// workers: the children of the master that live.
export function workers(master) {
    return readFileSync(`/proc/${master}/task/${master}/children`, 'utf8')
        .split(' ').filter(Boolean).map(Number).filter(isAlive);
}

// A process that has ended, but whose parent has not asked for its status yet, is not alive.
function isAlive(pid) {
    try {
        return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
        return false;
    }
}

// memory: of the master and its workers, in KiB. What they share is counted once (PSS).
export function memory(master) {
    return [master, ...workers(master)]
        .map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss: +(\d+) kB/m))
        .reduce((sum, match) => sum + Number(match[1]), 0);
}

// openFiles: how many files a process may have open.
export function openFiles(pid) {
    const [, limit] = readFileSync(`/proc/${pid}/limits`, 'utf8').match(/^Max open files +(\S+)/m);
    return limit === 'unlimited' ? Infinity : Number(limit);
}

export class Connection {
    closed = false;
    #host;
    #socket;
    #received = Buffer.alloc(0);
    #waiting = [];

    // open: a connection, from an address of one's own if need be.
    static open(url, localAddress) {
        return new Promise((resolve, reject) => {
            const socket = net.connect({ host: url.hostname, port: Number(url.port || 80), localAddress });
            socket.once('error', reject);
            socket.once('connect', () => {
                socket.off('error', reject);
                resolve(new Connection(socket, url.host));
            });
        });
    }

    constructor(socket, host) {
        this.#socket = socket.setNoDelay();
        this.#host = host;
        socket.on('data', (data) => this.#take(data));
        socket.on('error', () => {}); // close follows
        socket.on('close', () => this.#lose());
    }

    async get(path) {
        return (await this.getAll([path]))[0];
    }

    // getAll: the replies to several requests that are sent at once.
    getAll(paths) {
        const replies = paths.map((path) => new Promise((resolve, reject) => {
            this.#waiting.push({ path, resolve, reject });
        }));
        if (this.closed) {
            this.#lose();
        } else {
            this.#socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`).join(''));
        }
        return Promise.all(replies);
    }

    close() {
        this.#socket.destroy();
        this.closed = true;
    }

    #take(data) {
        let rest = this.#received.length ? Buffer.concat([this.#received, data]) : data;
        for (let reply; (reply = readReply(rest)) !== null;) {
            rest = rest.subarray(reply.length);
            if (this.#waiting.length === 0) {
                this.#socket.destroy(new Error('a reply that nobody asked for'));
                return;
            }
            this.#waiting.shift().resolve(reply);
        }
        this.#received = Buffer.from(rest); // not a view, which would keep all of data
    }

    #lose() {
        this.closed = true;
        for (const { path, reject } of this.#waiting.splice(0)) {
            reject(new Error(`the connection was closed before GET ${path} was answered`));
        }
    }
}

// readReply: the first reply of the bytes, or null when it is not there as a whole.
function readReply(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) {
        return null;
    }
    const head = bytes.latin1Slice(0, end);
    const body = end + 4;
    const length = body + Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
    if (Number.isNaN(length)) {
        throw new Error(`a reply without Content-Length: ${head}`);
    }
    if (bytes.length < length) {
        return null;
    }
    return { status: Number(head.slice(9, 12)), body: bytes.subarray(body, length).toString(), length };
}
