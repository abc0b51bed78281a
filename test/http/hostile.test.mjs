// Hostile and odd servers: the daemon connects to a program that speaks PostgreSQL's
// protocol and says what no PostgreSQL would. It must refuse that, keep little of it,
// and neither end nor pass it on.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { assertError, poll, withDaemon } from './server.mjs';

const int32 = (number) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(number); return bytes; };
const int16 = (number) => { const bytes = Buffer.alloc(2); bytes.writeInt16BE(number); return bytes; };
const text = (string) => Buffer.concat([Buffer.from(string), Buffer.from([0])]);
const packet = (kind, ...parts) => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
};
const readyForQuery = packet('Z', Buffer.from('I'));
const described = (columns) => packet('T', int16(columns), ...Array.from({ length: columns }, (_, i) =>
    Buffer.concat([text(`c${i}`), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)])));
const row = (values) => packet('D', int16(values.length), ...values.map((value) =>
    (value === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]))));
const failure = (sqlstate, message) => packet('E', text('SERROR'), text('VERROR'), text(`C${sqlstate}`),
    Buffer.from('M'), message, Buffer.from([0, 0]));
const answer = (values) => Buffer.concat([described(values[0].length), ...values.map(row), packet('C', text('SELECT 1')), readyForQuery]);

// The catalog's answer with one route, GET /x.
const good = ['GET', '/x', 'f()', 'SELECT f(', ')', 'application/json', 'json', 't', 'f', 't', 'f', '0', null, null, null, null, null, '7'];

// A server; how it answers what is asked: routes() the catalog, call() a function.
async function withServer({ routes = () => answer([good]), call }, body) {
    const server = net.createServer((socket) => {
        let input = Buffer.alloc(0);
        let begun = false;
        socket.on('error', () => {});
        const say = (bytes) => socket.write(bytes);
        const take = (kind, content) => {
            if (kind === 'Q') {
                const sql = content.toString('latin1');
                if (/pg_backend_pid/.test(sql)) {
                    say(answer([['p77']]));
                } else if (/begin_session/.test(sql)) {
                    say(answer([['t']]));
                } else if (/route_info/.test(sql)) {
                    const bytes = routes(socket);
                    if (bytes) {
                        say(bytes);
                    }
                } else {
                    say(Buffer.concat([packet('C', text('SET')), readyForQuery]));
                }
            } else if (kind === 'P') {
                say(packet('1'));
            } else if (kind === 'C') {
                say(packet('3'));
            } else if (kind === 'B') {
                socket.binds = (socket.binds ?? 0) + 1;
                say(packet('2'));
            } else if (kind === 'E') {
                say(socket.binds % 2 === 1 ? packet('C', text('SELECT 0')) : call?.(socket) ?? row(['1']));
            } else if (kind === 'S') {
                socket.binds = 0;
                say(readyForQuery);
            }
        };
        socket.on('data', (bytes) => {
            input = Buffer.concat([input, bytes]);
            for (;;) {
                const header = begun ? 5 : 4;
                if (input.length < header) {
                    return;
                }
                const length = input.readInt32BE(header - 4) + header - 4;
                if (input.length < length) {
                    return;
                }
                const content = input.subarray(header, length);
                const kind = begun ? input.toString('latin1', 0, 1) : '';
                input = input.subarray(length);
                if (!begun && content.readInt32BE(0) !== 196608) {
                    socket.write('N'); // no TLS, no GSSAPI
                } else if (!begun) {
                    begun = true;
                    const status = { server_version: '15.0', client_encoding: 'UTF8', in_hot_standby: 'off' };
                    say(Buffer.concat([packet('R', int32(0)), ...Object.entries(status).map(([name, value]) =>
                        packet('S', text(name), text(value))), packet('K', int32(77), int32(1)), readyForQuery]));
                } else {
                    take(kind, content);
                }
            }
        });
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const env = { PGHOST: '127.0.0.1', PGPORT: String(server.address().port), PGSSLMODE: 'disable' };
    try {
        await withDaemon(['--workers', '1', '--connections', '1', '--statement-timeout', '2s'], body, { env, ready: '/healthz' });
    } finally {
        server.close();
    }
}

const but = (changes) => good.map((value, i) => (i in changes ? changes[i] : value));
const nonsense = {
    'one column': () => answer([['GET']]),
    'a column too many': () => answer([[...good, 'x']]),
    'no columns': () => Buffer.concat([described(0), packet('D', int16(0)), packet('C', text('SELECT 1')), readyForQuery]),
    'a NULL method': () => answer([but({ 0: null })]),
    'a NULL path': () => answer([but({ 1: null })]),
    'a NULL function': () => answer([but({ 2: null })]),
    'no end of the call': () => answer([but({ 4: null })]),
    'no type': () => answer([but({ 6: null })]),
    'an age that is no number': () => answer([but({ 11: '-1' })]),
    'an age that is too large': () => answer([but({ 11: '99999999999999999999' })]),
    'a NULL age': () => answer([but({ 11: null })]),
    'no function OID': () => answer([but({ 17: 'x' })]),
    'a content type that begins another header': () => answer([but({ 5: 'text/plain\r\nSet-Cookie: a=b' })]),
    'a path that is not UTF-8': () => Buffer.concat([described(18), packet('D', int16(18), ...good.map((value, i) => {
        const bytes = i === 1 ? Buffer.from([0x2f, 0xff]) : value;
        return bytes === null ? int32(-1) : Buffer.concat([int32(bytes.length), Buffer.from(bytes)]);
    })), packet('C', text('SELECT 1')), readyForQuery]),
    'a NUL in a path': () => answer([but({ 1: '/x\0y' })]),
    'a second row that is wrong': () => answer([good, but({ 1: null })]),
    'rows of two shapes': () => Buffer.concat([described(18), row(good), row(['x']), packet('C', text('SELECT 2')), readyForQuery]),
    'no end': () => Buffer.concat([described(18), row(good)]),
    'a length below its own': () => Buffer.concat([Buffer.from('N'), int32(3), answer([good])]),
};
for (const [what, routes] of Object.entries(nonsense)) {
    test(`routes with ${what} are not believed`, () => withServer({ routes }, async (server) => {
        await poll('the log to say so', () => server.log(/lost the connection that reads the routes/).length > 0);
        assertError(await server.get('/x'), 503);
        assert.equal((await server.get('/healthz')).status, 200);
    }));
}

test('well-formed routes of such a server are believed', () => withServer({}, async (server) => {
    await poll('an answer', async () => (await server.get('/x')).status === 200);
    assert.equal((await server.get('/x')).text, '1');
}));

for (const [what, begin, piece] of [
    ['rows', described(18), row(but({ 2: 'x'.repeat(60000) }))],
    ['one row', Buffer.concat([described(18), Buffer.from('D'), int32(1_000_000_000), int16(18), int32(900_000_000)]), Buffer.alloc(65536, 'x')],
]) {
    test(`2 GB of ${what} are not kept`, () => {
        let sent = 0;
        const flood = (socket) => {
            socket.write(begin);
            const more = () => {
                while (!socket.destroyed && sent < 2e9) {
                    sent += piece.length;
                    if (!socket.write(piece)) {
                        socket.once('drain', more);
                        return;
                    }
                }
            };
            more();
            return null;
        };
        return withServer({ routes: flood }, async (server) => {
            let most = 0;
            await poll('the log to say so', () => {
                most = Math.max(most, server.memory());
                return server.log(/lost the connection that reads the routes/).length > 0;
            });
            assert.ok(most < 400 * 1024 * 1024, `${most / 1024 / 1024} MiB`);
            assert.equal((await server.get('/healthz')).status, 200);
        });
    });
}

test('an error that is not UTF-8 is UTF-8 when it is passed on', () => withServer({
    call: () => failure('P0001', Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9, 0x21]), Buffer.from('é\xff')])),
}, async (server) => {
    const reply = await poll('an answer', async () => {
        const got = await server.get('/x');
        return got.status === 400 && got;
    });
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(reply.bytes);
    assert.equal(JSON.parse(decoded).message, 'caf?!éÿ');
}));

test('a body that is not UTF-8 is not sent as JSON', () => withServer({
    call: () => packet('D', int16(1), int32(3), Buffer.from([0x22, 0xe9, 0x22])),
}, async (server) => {
    await poll('an answer', async () => (await server.get('/x')).status === 500);
    assertError(await server.get('/x'), 500, '22021');
}));

for (const [what, call] of Object.entries({
    'two rows': () => Buffer.concat([row(['1']), row(['2'])]),
    'two columns': () => row(['1', '2']),
    'no row': () => packet('C', text('SELECT 0')),
    'a value longer than its message': () => packet('D', int16(1), int32(100), Buffer.from('1')),
    'a parameter without an end': () => packet('S', Buffer.from('in_hot_standby')),
    'an SQLSTATE of six bytes': () => failure('P00011', Buffer.from('x')),
    'a message of another protocol': () => packet('G', int32(0)),
    'a length below its own': () => Buffer.concat([Buffer.from('N'), int32(3), row(['1'])]),
    'a reply to nothing': () => Buffer.concat([readyForQuery, readyForQuery]),
})) {
    test(`an answer of ${what} is never passed on`, () => withServer({ call }, async (server) => {
        await poll('the routes', async () => (await server.request('OPTIONS', '/x')).status === 204);
        for (let i = 0; i < 3; i++) {
            assertError(await server.get('/x'), 503);
        }
        assert.equal((await server.get('/healthz')).status, 200);
    }));
}
