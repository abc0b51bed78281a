// Kills a random worker every second while 200 connections ask for the time, all at the
// same moments, so that requests are under way when it dies. What is answered must be
// right, the next request must be answered soon, and no PostgreSQL session but the
// daemon's may end. It reaches PostgreSQL as psql does, by the PG* variables, as a
// superuser.

import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, fail, readArguments, workers } from './lib.mjs';

const usage = 'Usage: node kill_workers.mjs --url http://127.0.0.1:8080 --pid MASTER [--requests 24000] [--connections 200] [--role acu_web]';
const { url, pid, requests, connections, role } = readArguments(
    usage, { requests: 24000, connections: 200, role: 'acu_web' });

const period = 200; // milliseconds between two moments at which all ask
const killEvery = 5; // moments
const window = 4; // milliseconds in which most requests of a moment are under way
const soon = 1000; // milliseconds for the next request to be answered
const patience = 5000; // milliseconds for any request; longer is a failure
const zones = { // and the offsets they can have
    'America/New_York': ['-05:00', '-04:00'],
    'Asia/Tokyo': ['+09:00'],
    'Asia/Kathmandu': ['+05:45'],
    'Europe/London': ['+00:00', '+01:00'],
    UTC: ['+00:00'],
};

const count = { answered: 0, lost: 0, dropped: 0 };
const waits = []; // milliseconds from each kill to the next answer
const control = openControl();
const before = await control.look();
const moments = requests / connections;
const start = performance.now() + period;

await Promise.all([killAll(), ...Array.from({ length: connections }, client)]);
await checkSessions();
control.close();
report();

// client: one connection after the other, and one request at each moment.
async function client() {
    let connection = null;
    for (let moment = 0; moment < moments; moment++) {
        await until(start + moment * period);
        if (connection?.closed) {
            count.dropped++;
            connection = null;
        }
        const zone = pick(Object.keys(zones));
        let reply;
        try {
            connection ??= await inTime(Connection.open(url), 'a connection');
            reply = await inTime(connection.get(`/time?timezone=${zone}`), `GET /time?timezone=${zone}`);
        } catch {
            count.lost++;
            continue;
        }
        checkReply(reply, zone);
        count.answered++;
    }
    connection?.close();
}

async function killAll() {
    for (let moment = 0; moment < moments; moment += killEvery) {
        await until(start + moment * period + Math.random() * window);
        process.kill(pick(workers(pid)), 'SIGKILL');
        const wait = await nextAnswer();
        if (wait > soon) {
            fail(`the next request after a kill was answered after ${wait.toFixed()} ms`);
        }
        waits.push(wait);
    }
}

// nextAnswer: how long it takes from now to an answer. The first try may reach the worker
// that is being killed.
async function nextAnswer() {
    const from = performance.now();
    for (;;) {
        try {
            const connection = await inTime(Connection.open(url), 'a connection');
            checkReply(await inTime(connection.get('/time?timezone=UTC'), 'the next request'), 'UTC');
            connection.close();
            return performance.now() - from;
        } catch (error) {
            if (performance.now() - from > soon) {
                fail(`no request was answered within ${soon} ms of a kill: ${error.message}`);
            }
        }
    }
}

function checkReply({ status, body }, zone) {
    let time, timezone;
    try {
        ({ time, timezone } = JSON.parse(body));
    } catch {
        fail(`what was answered is no JSON: ${status} ${body}`);
    }
    const age = Math.abs(Date.now() - Date.parse(time?.replace(' ', 'T')));
    if (status !== 200 || timezone !== zone || !zones[zone].includes(time.slice(-6)) || !(age < patience)) {
        fail(`the time in ${zone} was answered wrong: ${status} ${body}`);
    }
}

// The sessions and processes of before must all be there still, in the server of before,
// and the daemon must have as many of its own.
async function checkSessions() {
    const deadline = performance.now() + patience;
    let now = await control.look();
    while (now.daemon !== before.daemon && performance.now() < deadline) {
        await sleep(100);
        now = await control.look();
    }
    if (now.control !== before.control || now.started !== before.started) {
        fail(`the control session or its server is another: ${JSON.stringify(now)}`);
    }
    const lost = before.others.filter((session) => !now.others.includes(session));
    if (lost.length > 0) {
        fail(`PostgreSQL lost sessions: ${lost.join(', ')}`);
    }
    if (now.daemon !== before.daemon) {
        fail(`the daemon had ${before.daemon} sessions and has ${now.daemon}`);
    }
}

function report() {
    const most = Math.max(...waits);
    console.log(`${requests} requests over ${connections} connections, ${waits.length} times kill -9 of a worker`);
    console.log(`${count.answered} answered, all of them right; ${count.lost} lost with their connection, `
        + `${count.dropped} connections lost while idle`);
    console.log(`the next request was answered within ${most.toFixed()} ms each time, at most ${soon}`);
    console.log(`PostgreSQL kept all ${before.others.length} other sessions and processes, and the daemon has its ${before.daemon} again`);
    if (count.answered + count.lost !== requests) {
        fail(`${requests - count.answered - count.lost} requests are not accounted for`);
    }
    console.log('ok');
}

// openControl: a session that is kept to the end. look() asks it for itself, its server,
// the number of the daemon's sessions, and all others but those that come and go.
function openControl() {
    const psql = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1'], { stdio: ['pipe', 'pipe', 'inherit'] });
    psql.on('error', (error) => fail(`psql: ${error.message}`));
    psql.on('exit', () => fail('the control session ended'));
    const lines = readline.createInterface(psql.stdout)[Symbol.asyncIterator]();
    const sql = `
        SELECT json_build_object(
            'control', pg_backend_pid(),
            'started', pg_postmaster_start_time(),
            'daemon', count(*) FILTER (WHERE usename = '${role}'),
            'others', coalesce(json_agg(concat_ws(' ', backend_type, pid, backend_start)) FILTER (
                WHERE usename IS DISTINCT FROM '${role}'
                AND backend_type NOT IN ('autovacuum worker', 'parallel worker')), '[]'))
        FROM pg_stat_activity;`;
    return {
        async look() {
            psql.stdin.write(`${sql}\n`);
            return JSON.parse((await inTime(lines.next(), 'the control session')).value);
        },
        close() {
            psql.removeAllListeners('exit');
            psql.stdin.end();
        },
    };
}

// inTime: what the promise gives, or the end of this script when that takes too long.
function inTime(promise, what) {
    const timer = setTimeout(() => fail(`${what}: nothing within ${patience} ms`), patience);
    return promise.finally(() => clearTimeout(timer));
}

async function until(moment) {
    await sleep(Math.max(0, moment - performance.now()));
}

function pick(values) {
    return values[Math.floor(Math.random() * values.length)];
}
