// Requests as they must not be: each is answered with its error, and then the
// connection is closed, so that nothing behind the error is taken for a request.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, dropDatabase, message, psql, start } from './server.mjs';

await createDatabase();
const server = await start();

after(async () => {
    await server.stop();
    await dropDatabase();
});

const get = 'GET /an_int HTTP/1.1\r\n';
const host = 'Host: a\r\n';
const post = `POST /bind HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const target = (text) => `GET ${text} HTTP/1.1\r\n${host}\r\n`;
const header = (line) => `${get}${host}${line}\r\n\r\n`;
const hex = (byte) => `0x${byte.toString(16).padStart(2, '0')}`;

// Bytes that no header value, target or Host may have.
const controls = [...Array(32).keys(), 127].filter((byte) => ![9, 10, 13].includes(byte));

const rejects = [
    // name, status (or the statuses that will do), bytes

    // Lines that do not end in CR LF.
    ['a request line that ends in LF', 400, `GET /an_int HTTP/1.1\n${host}\r\n`],
    ['a request line that ends in CR', 400, `GET /an_int HTTP/1.1\r${host}\r\n`],
    ['all lines end in LF', 400, 'GET /an_int HTTP/1.1\nHost: a\n\n'],
    ['a header that ends in LF', 400, `${get}Host: a\n\r\n`],
    ['a header that ends in CR', 400, `${get}Host: a\rX: b\r\n\r\n`],
    ['a last header that ends in LF', 400, `${get}${host}X: b\n\r\n`],
    ['an empty line that is LF', 400, `${get}${host}\n`],
    ['an empty line that is CR', 400, `${get}${host}\rX`],
    ['CR CR LF', 400, `${get}Host: a\r\r\n\r\n`],
    ['CR in a header value', 400, header('X: a\rb')],
    ['CR at the start of a header value', 400, header('X:\r b')],
    ['LF in a header value', 400, header('X: a\nb')],
    ['CR in the request line', 400, target('/an\rint')],
    ['CR in the query', 400, target('/echo?word=a\rb')],
    ['LF in the query', 400, target('/echo?word=a\nb')],
    ['CR in a header name', 400, header('X\rY: a')],

    // The request line.
    ['two blanks before the target', 400, `GET  /an_int HTTP/1.1\r\n${host}\r\n`],
    ['two blanks behind the target', 400, `GET /an_int  HTTP/1.1\r\n${host}\r\n`],
    ['a blank behind the version', 400, `GET /an_int HTTP/1.1 \r\n${host}\r\n`],
    ['a blank before the method', [400, 501], ` GET /an_int HTTP/1.1\r\n${host}\r\n`],
    ['a tab behind the method', [400, 501], `GET\t/an_int HTTP/1.1\r\n${host}\r\n`],
    ['a tab behind the target', 400, `GET /an_int\tHTTP/1.1\r\n${host}\r\n`],
    ['a blank in the target', 400, target('/echo?word=a b')],
    ['no target', 400, `GET HTTP/1.1\r\n${host}\r\n`],
    ['no version', 400, `GET /an_int\r\n${host}\r\n`],
    ['a target without a slash', 400, target('an_int')],
    ['a fragment', 400, target('/an_int#top')],
    ['a fragment behind the query', 400, target('/echo?word=a#top')],
    ['a NUL for a method', [400, 501], `\0 /an_int HTTP/1.1\r\n${host}\r\n`],
    ['TLS', [400, 501], '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\r\n\r\n'],
    ['noise', [400, 501], '\xff\xfe\xfd\xfc\r\n\r\n'],
    ['version 0.9', 505, `GET /an_int HTTP/0.9\r\n${host}\r\n`],
    ['version 2.0', 505, `GET /an_int HTTP/2.0\r\n${host}\r\n`],
    ['version 9.9', 505, `GET /an_int HTTP/9.9\r\n${host}\r\n`],
    ['the preface of HTTP/2', [400, 501, 505], 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['version 1', 400, `GET /an_int HTTP/1\r\n${host}\r\n`],
    ['version 1.10', 400, `GET /an_int HTTP/1.10\r\n${host}\r\n`],
    ['version 11', 400, `GET /an_int HTTP/11\r\n${host}\r\n`],
    ...['HTTP/', 'HTTP/.', 'HTTP/1.', 'HTTP/.1', 'HTTP/1.x', 'HTTP/x.1', 'HTTP/1,1', 'HTTP/-1.1', 'HTTP/1.1x', 'HTTP/01.1', 'HTTP/1.01',
        'HTTP 1.1', 'HTTP1.1', 'HTTPS/1.1', 'FTP/1.1', '1.1', 'HTTP/1.1;'].map((version) =>
        [`the version ${version}`, 400, `GET /an_int ${version}\r\n${host}\r\n`]),
    ['version 1.1 in lower case', 400, `GET /an_int http/1.1\r\n${host}\r\n`],
    ['version 1.1 of no protocol', 400, `GET /an_int HTTQ/1.1\r\n${host}\r\n`],
    ['version 1.0 of another protocol', [400, 501, 505], `GET /an_int RTSP/1.0\r\n${host}\r\n`],
    ['version 1.0 of another protocol, with a method of it', [400, 501, 505], `SETUP /an_int RTSP/1.0\r\n${host}\r\n`],
    ['a method that is unknown', 501, `FETCH /an_int HTTP/1.1\r\n${host}\r\n`],
    ['a method that begins as a known one', 501, `GETS /an_int HTTP/1.1\r\n${host}\r\n`],
    ['a method in lower case', 501, `get /an_int HTTP/1.1\r\n${host}\r\n`],

    // Escapes and text in the target.
    ...['%', '%4', '%zz', '%4g', '%g4', '% 1', '%%41', '%u0041'].flatMap((escape) => [
        [`the escape ${escape} in a value`, 400, target(`/echo?word=${escape}`)],
        [`the escape ${escape} in a name`, 400, target(`/echo?word=a&${escape}=b`)],
        [`the escape ${escape} in the path`, 400, target(`/an_int${escape}`)],
    ]),
    ...[
        ['NUL', '%00'], ['a byte that no UTF-8 has', '%ff'], ['a lone trailing byte', '%80'],
        ['two bytes of which the second is none', '%c3%28'], ['a truncated character', '%e2%82'],
        ['an overlong slash', '%c0%af'], ['an overlong NUL', '%c0%80'], ['another overlong slash', '%e0%80%af'],
        ['a surrogate', '%ed%a0%80'], ['a character above U+10FFFF', '%f4%90%80%80'],
    ].flatMap(([name, escape]) => [
        [`${name} in a value`, 400, target(`/echo?word=a${escape}b`)],
        [`${name} in a name`, 400, target(`/echo?word=a&${escape}=b`)],
        [`${name} in the path`, 400, target(`/an_int${escape}`)],
    ]),
    ['a raw byte of no UTF-8 in the query', 400, target('/echo?word=\xff')],
    ...controls.map((byte) => [`the byte ${hex(byte)} in the target`, 400, target(`/echo?word=a${String.fromCharCode(byte)}b`)]),
    ['a tab in the target', 400, target('/echo?word=a\tb')],

    // Host.
    ['no Host', 400, `${get}\r\n`],
    ['no Host, but others', 400, `${get}Accept: */*\r\nX-Host: a\r\n\r\n`],
    ['two Hosts', 400, `${get}Host: a\r\nHost: b\r\n\r\n`],
    ['two equal Hosts', 400, `${get}Host: a\r\nHost: a\r\n\r\n`],
    ['two Hosts, with others between', 400, `${get}Host: a\r\nX: y\r\nhost: a\r\n\r\n`],
    ['two Hosts with HTTP/1.0', 400, 'GET /an_int HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'],
    ...['a b', 'a, b', 'a/b', 'http://a', 'user@a', 'a?b', 'a#b', 'a\\b', 'a:b', 'a:80:80', 'a:-1', 'a:+1', '[::1', '::1]',
        '[]', '"a"', '<a>', 'a%', 'a%zz', '\xff', 'a:80 '.repeat(2)]
        .map((value) => [`the Host ${JSON.stringify(value)}`, 400, `${get}Host: ${value}\r\n\r\n`]),

    // Headers.
    ['a blank before the colon', 400, header('X : a')],
    ['a tab before the colon', 400, header('X\t: a')],
    ['a blank before the colon of Host', 400, `${get}Host : a\r\n\r\n`],
    ['a blank before the colon of Content-Length', 400, `${post}Content-Length : 8\r\n\r\n{"i": 1}`],
    ['a blank before the colon of Transfer-Encoding', 400, `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a header folded with a blank', 400, header('X: a\r\n b')],
    ['a header folded with a tab', 400, header('X: a\r\n\tb')],
    ['a folded line of blanks', 400, header('X: a\r\n ')],
    ['a folded Host', 400, `${get}Host:\r\n a\r\n\r\n`],
    ['a folded Transfer-Encoding', 400, `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['a blank before the first header', 400, `${get} Host: a\r\n\r\n`],
    ['a header without a colon', 400, header('X')],
    ['a header without a name', 400, header(': a')],
    ['a header line that is a colon', 400, header(':')],
    ['a request line for a header', 400, header('GET /an_int HTTP/1.1')],
    ...[...' "(),/;<=>?@[\\]{}\x7f\x80\xff\x00\x01'].map((letter) =>
        [`${JSON.stringify(letter)} in a header name`, 400, header(`X${letter}Y: a`)]),
    ...controls.map((byte) => [`the byte ${hex(byte)} in a header value`, 400, header(`X: a${String.fromCharCode(byte)}b`)]),
    ['a NUL at the end of a header value', 400, header('X: a\0')],

    // The framing of the body.
    ['Content-Length and Transfer-Encoding', 400, `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding and Content-Length', 400, `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`],
    ['Content-Length: 0 and Transfer-Encoding', 400, `${post}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two Content-Lengths', 400, `${post}Content-Length: 8\r\nContent-Length: 9\r\n\r\n{"i": 1}`],
    ['two equal Content-Lengths', 400, `${post}Content-Length: 8\r\nContent-Length: 8\r\n\r\n{"i": 1}`],
    ['two Content-Lengths of a GET', 400, `${get}${host}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ...['8, 8', '8,9', '+8', '-8', '-0', '0x8', '8 8', '', '8a', 'a', '8.0', '1e1', '8;', '"8"', '\xb2', '8\t8', '_8']
        .map((value) => [`Content-Length: ${JSON.stringify(value)}`, 400, `${post}Content-Length: ${value}\r\n\r\n{"i": 1}`]),
    ...['18446744073709551616', '18446744073709551624', '99999999999999999999999']
        .map((value) => [`Content-Length: ${value}`, [400, 413], `${post}Content-Length: ${value}\r\n\r\n{"i": 1}`]),
    ['a transfer coding that is unknown', 501, `${post}Transfer-Encoding: gzip\r\n\r\n`],
    ...['gzip, chunked', 'identity', 'xchunked', 'chunkedx', 'x', 'chunked, identity', 'chunked, gzip']
        .map((value) => [`Transfer-Encoding: ${value}`, [400, 501], `${post}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`]),
    ...['chunked, chunked', 'chunked,', ',chunked', 'chunked;q=1', 'Chunked, gzip', '"chunked"', 'chunk ed', '', 'chunked\x0b', '\x0cchunked']
        .map((value) => [`Transfer-Encoding: ${JSON.stringify(value)}`, [400, 501], `${post}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`]),
    ['two Transfer-Encodings', 400, `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two Transfer-Encodings, one of them unknown', [400, 501], `${post}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding with HTTP/1.0', 400, `${post}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`.replace('HTTP/1.1', 'HTTP/1.0')],
    ['Transfer-Encoding and keep-alive with HTTP/1.0', 400,
        `${post}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`.replace('HTTP/1.1', 'HTTP/1.0')],

    // Chunks.
    ...['g', '0x5', '+5', '-5', ' 5', '5 ', '5\t', '', ';a', '5,', '5 5', '5g', '\0', '\xb5']
        .map((size) => [`the chunk size ${JSON.stringify(size)}`, 400, `${chunked}${size}\r\nhello\r\n0\r\n\r\n`]),
    ['a chunk size of 17 digits', [400, 413], `${chunked}10000000000000005\r\nhello\r\n0\r\n\r\n`],
    ['a chunk size of 16 digits', [400, 413], `${chunked}ffffffffffffffff\r\nhello\r\n0\r\n\r\n`],
    ['a chunk size of 2,000 zeros', [400, 413, 431], `${chunked}${'0'.repeat(2000)}5\r\nhello\r\n0\r\n\r\n`],
    ['a chunk size that ends in LF', 400, `${chunked}5\nhello\r\n0\r\n\r\n`],
    ['a chunk size that ends in CR', 400, `${chunked}5\rhello\r\n0\r\n\r\n`],
    ['a chunk size that ends in CR CR LF', 400, `${chunked}5\r\r\nhello\r\n0\r\n\r\n`],
    ['a chunk that is longer than its size', 400, `${chunked}5\r\nhelloo\r\n0\r\n\r\n`],
    ['a chunk that is shorter than its size', 400, `${chunked}5\r\nhell\r\n0\r\n\r\n`],
    ['a chunk that ends in LF', 400, `${chunked}5\r\nhello\n0\r\n\r\n`],
    ['a chunk that ends in CR', 400, `${chunked}5\r\nhello\r0\r\n\r\n`],
    ['a chunk that ends in CR and another byte', 400, `${chunked}5\r\nhello\rX0\r\n\r\n`],
    ['a chunk that ends in nothing', 400, `${chunked}5\r\nhello0\r\n\r\n`],
    ['a last chunk that ends in LF', 400, `${chunked}5\r\nhello\r\n0\n\r\n`],
    ['chunks that end in LF', 400, `${chunked}5\r\nhello\r\n0\r\n\n`],
    ...['bad[=x', '=x', 'a=', 'a=b c', 'a b', 'a=b=c', 'a="b', 'a="b"c', 'a="b\\"', ';a', 'a;', ' ', 'a="\x01"', 'a,b', 'a=b,c', 'a\xffb', 'a=(b)']
        .map((extension) => [`the chunk extension ;${JSON.stringify(extension)}`, 400, `${chunked}5;${extension}\r\nhello\r\n0\r\n\r\n`]),
    ['a chunk extension with LF', 400, `${chunked}5;a\nhello\r\n0\r\n\r\n`],
    ['a chunk extension with CR', 400, `${chunked}5;a\rb\r\nhello\r\n0\r\n\r\n`],
    ['a chunk extension with NUL', 400, `${chunked}5;a\0b\r\nhello\r\n0\r\n\r\n`],
    ['a chunk extension of 20,000 bytes', [400, 413, 431], `${chunked}5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`],
    ['20,000 bytes of chunk extensions', [400, 413, 431], `${chunked}${`1;${'a'.repeat(100)}\r\nx\r\n`.repeat(200)}0\r\n\r\n`],
    ['a trailer without a colon', 400, `${chunked}0\r\nX\r\n\r\n`],
    ['a trailer that is folded', 400, `${chunked}0\r\nX: a\r\n b\r\n\r\n`],
    ['a trailer with a blank before its colon', 400, `${chunked}0\r\nX : a\r\n\r\n`],
    ['a trailer that ends in LF', 400, `${chunked}0\r\nX: a\n\r\n`],
    ['a trailer with NUL', 400, `${chunked}0\r\nX: a\0\r\n\r\n`],
    ['a trailer of 20,000 bytes', [400, 413, 431], `${chunked}0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['20,000 trailers', [400, 413, 431], `${chunked}0\r\n${'X: a\r\n'.repeat(20_000)}\r\n`],

    // Too much.
    ['a line of 8,195 bytes', 414, target(`/echo?word=${'a'.repeat(8195 - 24)}`)],
    ['a line of 1 MiB', 414, target(`/${'a'.repeat(1 << 20)}`)],
    ['a line of 1 MiB that does not end', 414, `GET /${'a'.repeat(1 << 20)}`],
    ['101 headers', 431, `${get}${host}${'X: a\r\n'.repeat(100)}\r\n`],
    ['20,000 headers', 431, `${get}${host}${'X: a\r\n'.repeat(20_000)}\r\n`],
    ['17,000 bytes of headers', 431, header(`X: ${'a'.repeat(17_000)}`)],
    ['a header name of 17,000 bytes', 431, header(`${'a'.repeat(17_000)}: a`)],
    ['a header of 1 MiB that does not end', 431, `${get}${host}X: ${'a'.repeat(1 << 20)}`],
    ['a Content-Length of 1 MiB and one byte', 413, `${post}Content-Length: 1048577\r\n\r\n`],
    ['a body of 2 MiB', 413, `${post}Content-Length: 2097152\r\n\r\n${'a'.repeat(2 << 20)}`],
    ['a Content-Length of 2^63 - 1', 413, `${post}Content-Length: 9223372036854775807\r\n\r\n`],
    ['a chunk of 1 MiB and one byte', 413, `${chunked}100001\r\n`],
    ['chunks of 1 MiB and one byte', 413, `${chunked}${`10000\r\n${'a'.repeat(0x10000)}\r\n`.repeat(16)}1\r\na\r\n0\r\n\r\n`],
    ['chunks of 8 MiB', 413, `${chunked}${`10000\r\n${'a'.repeat(0x10000)}\r\n`.repeat(128)}0\r\n\r\n`],
];

const names = new Set();
for (const [name, status, bytes] of rejects) {
    assert.ok(!names.has(name), `two tests are called ${name}`);
    names.add(name);
    test(`${status}: ${name}`, async () => {
        // A request follows that must not be answered: refused() fails on
        // any byte behind the reply.
        const reply = await server.refused(bytes + message('GET', '/an_int'));
        assert.ok([status].flat().includes(reply.status), `${reply.status} ${reply.text}`);
        assertError(reply, reply.status);
        assert.equal(reply.headers.connection, 'close');
    });
}

// --- Refused, but nothing is wrong with the framing

const refused = [
    ['TRACE', 501, message('TRACE', '/an_int')],
    ['CONNECT', 501, `CONNECT a:80 HTTP/1.1\r\n${host}\r\n`],
    ['an Expect that is not 100-continue', 417, message('POST', '/bind', { headers: { Expect: 'magic', 'Content-Length': 0 } })],
    ['an Expect of a GET', 417, message('GET', '/an_int', { headers: { Expect: '200-ok' } })],
    ['a method that HTTP knows, but nothing routes', 405, message('PROPFIND', '/an_int')],
    ['a body of a GET', 400, message('GET', '/an_int', { body: 'x' })],
    ['a body of a HEAD', 400, message('HEAD', '/an_int', { body: 'x' })],
    ['a body of a DELETE', 400, message('DELETE', '/bind', { headers: { 'Content-Type': 'application/json' }, body: '{"i": 1}' })],
    ['a chunked body of a GET', 400, `${get}${host}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`],
];
for (const [name, status, bytes] of refused) {
    test(`${status}: ${name}`, async () => {
        const wire = await server.connect();
        wire.send(bytes);
        const reply = await wire.reply({ head: name.endsWith('HEAD') });
        assert.equal(reply.status, status, reply.text);
        wire.destroy();
    });
}

// --- Good and bad ones in one pipeline

const bad = [
    ['a bare LF', 400, `GET /an_int HTTP/1.1\n${host}\r\n`],
    ['no Host', 400, `${get}\r\n`],
    ['two lengths', 400, `${post}Content-Length: 8\r\nContent-Length: 8\r\n\r\n{"i": 1}`],
    ['a bad chunk', 400, `${chunked}5\r\nhello\rX0\r\n\r\n`],
    ['an unknown method', 501, `FETCH / HTTP/1.1\r\n${host}\r\n`],
    ['an unknown coding', 501, `${post}Transfer-Encoding: gzip\r\n\r\n`],
    ['a long line', 414, target(`/${'a'.repeat(1 << 16)}`)],
    ['101 headers', 431, `${get}${host}${'X: a\r\n'.repeat(100)}\r\n`],
    ['a large body', 413, `${post}Content-Length: 1048577\r\n\r\n`],
    ['another version', 505, `GET /an_int HTTP/2.0\r\n${host}\r\n`],
];
for (const [name, status, bytes] of bad) {
    test(`pipelined: good ones before ${name} are answered, none after it`, async () => {
        const good = Array.from({ length: 10 }, (_, i) => message('GET', `/echo?word=${i}`)).join('');
        const slow = message('GET', '/sleep?seconds=0.1&word=z').toString('latin1');
        const wire = await server.connect();
        wire.send(good + slow + bytes + good);
        for (let i = 0; i < 10; i++) {
            assertJson(await wire.reply(), { word: `${i}` });
        }
        assertJson(await wire.reply(), { slept: 'z' });
        assertError(await wire.reply(), status);
        await wire.closed();
        wire.destroy();
    });
}

test('no function was called for what came behind an error', async () => {
    const behind = message('POST', '/once?key=smuggled', { body: '' }).toString('latin1');
    for (const [, , bytes] of [...bad, ...rejects.filter(([name]) => /chunk|Encoding|Length|LF|CR/.test(name))]) {
        if (bytes.length < 1 << 16) {
            await server.refused(bytes + behind);
        }
    }
    assertJson(await server.request('POST', '/once?key=honest', { body: '' }), { word: 'honest' });
    assert.equal(await psql('SELECT string_agg(DISTINCT key, \',\') FROM app.done'), 'honest');
});

// --- The same, cut differently

for (const [name, status, bytes] of rejects.filter(([, , text]) => text.length < 200 && /LF|CR|Host|chunk|colon|fold/.test(text))) {
    test(`byte by byte: ${name}`, async () => {
        const wire = await server.connect();
        for (const byte of Buffer.from(bytes, 'latin1')) {
            await wire.send(Buffer.from([byte]));
            if (wire.ended) {
                break;
            }
        }
        const reply = await wire.reply();
        assert.ok([status].flat().includes(reply.status), `${reply.status} ${reply.text}`);
        wire.destroy();
    });
}
