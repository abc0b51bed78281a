// Holds idle keep-alive connections, each after one answered request, and tells what one
// of them costs: the growth in memory (PSS) of all the daemon's processes. Fails when that
// is too much, or when one does not answer a second request.

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, fail, memory, openFiles, readArguments, workers } from './lib.mjs';

const usage = 'Usage: node idle_connections.mjs --url http://127.0.0.1:8080 --pid MASTER [--connections 10000] [--limit KIB]';
const { url, pid, connections: wanted, limit } = readArguments(usage, { connections: 10000, limit: 16 });

const path = '/time?timezone=America/New_York';
const atATime = 100;
const settle = 2000; // milliseconds until what is to be freed is
const spare = 100; // files that a process has open besides

// An address has about 28,000 ports for connections of its own, some of them in use; each
// of 127.0.0.0/8 has as many.
const perAddress = 5000;

checkFiles();
await Promise.all(Array.from({ length: atATime }, warmUp));
await sleep(settle);
const before = memory(pid);

const began = performance.now();
const connections = await openAll();
const seconds = (performance.now() - began) / 1000;
await sleep(settle);
const after = memory(pid);

const each = (after - before) / wanted;
const answered = await askAll();
console.log(`${wanted} connections, opened in ${seconds.toFixed(1)} s, held by ${workers(pid).length} worker(s)`);
console.log(`memory (PSS) of the daemon: ${before} KiB before, ${after} KiB with them`);
console.log(`${each.toFixed(2)} KiB a connection, at most ${limit}`);
console.log(`${answered} of them answered a second request`);
connections.forEach((connection) => connection.close());
if (answered !== wanted) {
    fail(`${wanted - answered} connections were dropped`);
}
if (each > limit) {
    fail(`${each.toFixed(2)} KiB a connection is more than ${limit}`);
}
console.log('ok');

// In the worst case one worker gets them all.
function checkFiles() {
    for (const [who, process] of [['this script', 'self'], ['the daemon', workers(pid)[0] ?? pid]]) {
        if (openFiles(process) < wanted + spare) {
            fail(`${who} may open ${openFiles(process)} files only, and needs ${wanted + spare}: `
                + `run "ulimit -n ${wanted + spare}" first, as root if that is refused`);
        }
    }
}

// Memory that the daemon allocates once is not a connection's cost.
async function warmUp() {
    const connection = await Connection.open(url);
    await connection.get(path);
    connection.close();
}

async function openAll() {
    const opened = [];
    for (let first = 0; first < wanted; first += atATime) {
        const some = Array.from({ length: Math.min(atATime, wanted - first) }, (_, i) => openOne(first + i));
        opened.push(...await Promise.all(some));
    }
    return opened;
}

async function openOne(number) {
    const address = url.hostname.startsWith('127.') ? `127.0.0.${1 + Math.floor(number / perAddress)}` : undefined;
    const connection = await Connection.open(url, address);
    const { status, body } = await connection.get(path);
    if (status !== 200) {
        fail(`connection ${number} was answered ${status}: ${body}`);
    }
    return connection;
}

async function askAll() {
    let count = 0;
    for (let first = 0; first < wanted; first += atATime) {
        const replies = await Promise.allSettled(
            connections.slice(first, first + atATime).map((connection) => connection.get(path)));
        count += replies.filter(({ value }) => value?.status === 200).length;
    }
    return count;
}
