// The memory (PSS) of all the daemon's processes after some requests and after many: what
// leaks a little each time shows. A few requests are errors, as those must not leak either.
// Both times there are no connections left.

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, fail, memory, readArguments } from './lib.mjs';

const usage = 'Usage: node memory.mjs --url http://127.0.0.1:8080 --pid MASTER [--few 10000] [--many 1000000] [--limit KIB]';
const { url, pid, few, many, limit } = readArguments(usage, { few: 10000, many: 1000000, limit: 1024 });

const connections = 20;
const settle = 2000; // milliseconds until what is to be freed is

// Sent at once, over each connection: paths, and the status that each is answered with.
const batch = [
    ...Array.from({ length: 22 }, () => ['/time?timezone=America/New_York', 200]),
    ['/', 200],
    ['/time?timezone=Nowhere', 400],
    ['/nowhere', 404],
];
const perTurn = connections * batch.length;

const first = await send(few);
const second = await send(many - few);
const growth = second - first;
console.log(`memory (PSS) of the daemon: ${first} KiB after ${few} requests, ${second} KiB after ${many}`);
console.log(`it grew by ${growth} KiB, at most ${limit} either way`);
if (Math.abs(growth) > limit) {
    fail(`${growth} KiB are more than ${limit}`);
}
console.log('ok');

async function send(count) {
    if (count % perTurn !== 0) {
        fail(`not a multiple of ${perTurn} requests: ${count}`);
    }
    await Promise.all(Array.from({ length: connections }, () => sendOverOne(count / perTurn)));
    await sleep(settle);
    return memory(pid);
}

async function sendOverOne(turns) {
    const connection = await Connection.open(url);
    const paths = batch.map(([path]) => path);
    for (let turn = 0; turn < turns; turn++) {
        const replies = await connection.getAll(paths);
        replies.forEach(({ status, body }, i) => {
            if (status !== batch[i][1]) {
                fail(`GET ${paths[i]} was answered ${status}, not ${batch[i][1]}: ${body}`);
            }
        });
    }
    connection.close();
}
