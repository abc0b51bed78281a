// Clients that send requests and take no replies: what a worker keeps for them has a
// bound, and others are answered all the while.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertJson, createDatabase, daemon, dropDatabase, message, poll, sleep } from './server.mjs';

await createDatabase();
after(dropDatabase);

const MiB = 1024 * 1024;
const limit = 32 * MiB;
const flags = ['--workers', '1', '--max-unsent-bytes', '32MB', '--max-in-flight', '65536'];

const many = (count, target) => Buffer.concat(Array(count).fill(message('GET', target)));

// Requests for the root page, whose length depends on the time zones that the machine
// knows; their replies are more than the kernel takes for one client.
const pages = async (server) => many(Math.ceil(8 * MiB / (await server.get('/')).text.length), '/');

// Requests that every client sends at once. Without a bound each of these made the worker keep
// more than 150 MB.
const behind = many(1, '/sleep_alone?seconds=3');
const floods = [
    ['pages that are kept', 800, pages],
    ['replies behind one that takes long', 150, () => Buffer.concat([behind, many(31, '/big?bytes=60000')])],
    ['requests behind one that takes long', 3000, () => Buffer.concat([behind, many(31 + 1200, '/an_int')])],
];

for (const [name, clients, requests] of floods) {
    daemon(`clients that read nothing: ${name}`, flags, async (server) => {
        assertJson(await server.get('/an_int'), 42);
        const bytes = await requests(server);
        const before = server.memory();
        let most = 0;
        const look = () => { most = Math.max(most, server.memory() - before); };
        const timer = setInterval(look, 20);
        const stuck = [];
        for (let i = 0; i < clients; i++) {
            const wire = await server.connect({ read: false });
            wire.send(bytes);
            stuck.push(wire);
            if (i % 200 === 199) {
                const reply = await server.get('/echo?word=honest');
                assert.ok(reply.status === 200 || reply.status === 503, reply.text);
            }
        }
        for (let i = 0; i < 20; i++) {
            await sleep(50);
            look();
        }
        clearInterval(timer);
        assert.ok(most < 3 * limit, `${Math.round(most / MiB)} MiB`);
        await poll('an honest client', async () => (await server.get('/echo?word=honest')).status === 200);
        assert.ok(server.log(/closed clients that take too little/).length <= 2, 'one line for many clients');
        stuck.forEach((wire) => wire.destroy());
        await poll('its memory to be given back', () => server.memory() - before < limit);
    });
}

daemon('a client that reads keeps its large reply while others are closed', flags, async (server) => {
    const reader = await server.connect({ read: false });
    reader.send(message('GET', '/big?bytes=8000000'));
    let got = 0;
    const read = () => { got += reader.socket.read(20_000)?.length ?? 0; };
    await poll('the first bytes', () => { read(); return got > 0; });
    const timer = setInterval(read, 10);
    const stuck = [];
    // The requests alone are more than the limit, however fast they are answered.
    const bytes = many(140, '/big?bytes=60000');
    for (let i = 0; i < 800; i++) {
        const wire = await server.connect({ read: false });
        wire.send(bytes);
        stuck.push(wire);
    }
    await poll('some to be closed', () => server.log(/closed clients that take too little/).length > 0);
    clearInterval(timer);
    reader.socket.on('data', (chunk) => { got += chunk.length; });
    await poll('all of the large reply', () => got > 8_000_000);
    stuck.forEach((wire) => wire.destroy());
    reader.destroy();
});
