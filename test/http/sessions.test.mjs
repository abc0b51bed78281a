// Sessions: many requests share one, and none of them may notice. What is safe to ask
// changes nothing; what a function leaves in its session ends with the request; and a
// function that is not the route's any more is not called.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertError, assertJson, createDatabase, daemon, dropDatabase, message, poll, psql, role, withDaemon } from './server.mjs';

await createDatabase();
after(dropDatabase);

const one = ['--workers', '1', '--connections', '1', '--dedicated-connections', '1'];
const route = (method, target, signature, more = '') =>
    psql(`SELECT acu.add_route('${method}', '${target}', 'app.${signature}'${more})`);
const routed = (server, target) => poll(`${target} to be routed`, async () =>
    (await server.request('OPTIONS', target)).status === 204);

// --- Rights of GET and HEAD

await psql(`
    CREATE TABLE app.written (id serial, note text);
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON app.written TO ${role};
    GRANT ALL ON SEQUENCE app.written_id_seq TO ${role};
    GRANT CREATE ON SCHEMA app TO ${role};
    CREATE FUNCTION app.write(note text) RETURNS text LANGUAGE sql VOLATILE
        AS $$ INSERT INTO app.written (note) VALUES (note) RETURNING note $$;
    CREATE FUNCTION app.read_written() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM app.written $$;`);

const writers = {
    inserts: `BEGIN INSERT INTO app.written (note) VALUES ('x'); RETURN 1; END`,
    deletes: `BEGIN DELETE FROM app.written; RETURN 1; END`,
    truncates: `BEGIN TRUNCATE app.written; RETURN 1; END`,
    counts_on: `BEGIN RETURN nextval('app.written_id_seq'); END`,
    sets_sequence: `BEGIN RETURN setval('app.written_id_seq', 1000); END`,
    locks_rows: `BEGIN PERFORM FROM app.written FOR UPDATE; RETURN 1; END`,
    creates: `BEGIN CREATE TABLE app.made (); RETURN 1; END`,
    comments: `BEGIN COMMENT ON FUNCTION app.comments() IS 'x'; RETURN 1; END`,
    catches: `BEGIN BEGIN PERFORM set_config('transaction_read_only', 'off', true); EXCEPTION WHEN OTHERS THEN END;
              INSERT INTO app.written (note) VALUES ('x'); RETURN 1; END`,
    calls_writer: `BEGIN PERFORM app.write('x'); RETURN 1; END`,
};
for (const [name, body] of Object.entries(writers)) {
    for (const volatility of name === 'calls_writer' ? ['VOLATILE', 'STABLE', 'IMMUTABLE'] : ['VOLATILE']) {
        const function_ = `${name}${volatility === 'VOLATILE' ? '' : `_${volatility.toLowerCase()}`}`;
        await psql(`CREATE FUNCTION app.${function_}() RETURNS bigint LANGUAGE plpgsql ${volatility} AS $$ ${body} $$;
            ALTER FUNCTION app.${function_}() OWNER TO ${role}`);
        for (const pipelined of [true, false]) {
            await route('GET', `/w/${function_}/${pipelined}`, `${function_}()`, `, pipelined => ${pipelined}`);
        }
    }
}
await route('POST', '/write', 'write(text)');
await route('GET', '/write', 'write(text)');
for (const method of ['PUT', 'PATCH', 'DELETE']) {
    await route(method, '/write', 'write(text)');
}
const state = () => psql(`SELECT (SELECT json_agg(note) FROM app.written),
    (SELECT (last_value, is_called) FROM app.written_id_seq), to_regclass('app.made')`);

// Things that a request could leave in its session, each with the expression that the next one sees it by.
const leftovers = {
    'a setting': [`PERFORM set_config('app.user', 'alice', false)`, `coalesce(nullif(current_setting('app.user', true), ''), 'none')`],
    'a role': [`SET ROLE acu_other`, `current_user`],
    'the session authorization': [`SET SESSION AUTHORIZATION ${role}`, `session_user`],
    'client_encoding': [`SET client_encoding = 'LATIN1'`, `current_setting('client_encoding')`],
    DateStyle: [`SET DateStyle = 'German'`, `current_setting('DateStyle')`],
    TimeZone: [`SET TimeZone = 'Asia/Tokyo'`, `current_setting('TimeZone')`],
    IntervalStyle: [`SET IntervalStyle = 'iso_8601'`, `INTERVAL '1 day'`],
    bytea_output: [`SET bytea_output = 'escape'`, `current_setting('bytea_output')`],
    search_path: [`SET search_path = pg_temp`, `current_setting('search_path')`],
    statement_timeout: [`SET statement_timeout = 0`, `current_setting('statement_timeout')`],
    client_min_messages: [`SET client_min_messages = debug5`, `current_setting('client_min_messages')`],
    default_transaction_read_only: [`SET default_transaction_read_only = on`, `current_setting('transaction_read_only')`],
    default_transaction_isolation: [`SET default_transaction_isolation = serializable`, `current_setting('transaction_isolation')`],
    default_transaction_deferrable: [`SET default_transaction_deferrable = on`, `current_setting('transaction_deferrable')`],
    row_security: [`SET row_security = off`, `current_setting('row_security')`],
    standard_conforming_strings: [`SET standard_conforming_strings = off`, `current_setting('standard_conforming_strings')`],
    'a temporary table': [`CREATE TEMP TABLE leftover (secret text)`, `coalesce(to_regclass('pg_temp.leftover')::text, 'none')`],
    'an advisory lock': [`PERFORM pg_advisory_lock(4711)`, `(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711)`],
    LISTEN: [`LISTEN leftover`, `(SELECT count(*) FROM pg_listening_channels())`],
    'a prepared statement': [`EXECUTE 'PREPARE leftover AS SELECT 1'`, `(SELECT count(*) FROM pg_prepared_statements WHERE from_sql)`],
    'a session begun again': [`SET ROLE acu_other; PERFORM acu_internal.begin_session(pg_backend_pid(), 0); EXCEPTION WHEN OTHERS THEN NULL`,
        `current_user || current_setting('statement_timeout')`],
    'a cursor': [`EXECUTE 'DECLARE leftover CURSOR WITH HOLD FOR SELECT 1'`, `(SELECT count(*) FROM pg_cursors WHERE is_holdable)`],
    'the last number of a sequence': [`PERFORM nextval('app.written_id_seq')`, `app.last_number()`],
};
await psql(`
    DO $$ BEGIN CREATE ROLE acu_other; EXCEPTION WHEN duplicate_object THEN END $$;
    GRANT acu_other TO ${role};
    GRANT TEMPORARY ON DATABASE acu_http TO ${role};
    CREATE FUNCTION app.last_number() RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RETURN lastval(); EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN 'none'; END $$;
    CREATE FUNCTION app.fails_after(what text) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_lock(4711); RAISE EXCEPTION 'as asked'; END $$;`);
const names = Object.keys(leftovers);
for (const [i, name] of names.entries()) {
    const [leave, see] = leftovers[name];
    await psql(`
        CREATE FUNCTION app.leave_${i}() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN BEGIN ${leave}; END; RETURN ${i}; END $$;
        CREATE FUNCTION app.see_${i}() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN ${see}; END $$;
        SELECT acu.add_route('POST', '/leave/${i}', 'app.leave_${i}()'),
            acu.add_route('POST', '/see/${i}', 'app.see_${i}()')`);
}
await route('POST', '/leave/and-fail', 'fails_after(text)');

daemon('GET and HEAD never write, whatever the function tries', one, async (server) => {
    await routed(server, '/w/calls_writer_immutable/false');
    await server.postJson('/write', { note: 'before' }); // the session has been writable
    const before = await state();
    for (const target of (await psql(`SELECT path FROM acu.route WHERE path LIKE '/w/%'`)).split('\n')) {
        for (let i = 0; i < 2; i++) {
            const error = assertError(await server.get(target), 405, '25006');
            assert.match(error.message, /read-only transaction/);
            assert.match(error.hint, /POST/);
            const head = await server.request('HEAD', target);
            assert.equal(head.status, 405);
            assert.equal(head.headers.allow, 'GET, HEAD, OPTIONS');
        }
    }
    assert.equal(await state(), before);
});

daemon('a read-only transaction cannot be made read-write by a function', one, async (server) => {
    const targets = ['/by_statement', '/by_reset', '/by_null', '/by_reset'];
    if (await psql(`SELECT current_setting('server_version_num')::int < 170000`) === 't') { // which refuses such a function
        targets.push('/by_setting');
        await psql(`
            CREATE FUNCTION app.by_setting() RETURNS text LANGUAGE sql VOLATILE SET transaction_read_only = off
                AS $$ INSERT INTO app.written (note) VALUES ('by setting') RETURNING note $$;
            SELECT acu.add_route('GET', '/by_setting', 'app.by_setting()')`);
    }
    await psql(`
        CREATE FUNCTION app.by_statement() RETURNS text LANGUAGE plpgsql VOLATILE
            AS $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO app.written (note) VALUES ('by statement'); RETURN ''; END $$;
        CREATE FUNCTION app.by_reset() RETURNS text LANGUAGE plpgsql VOLATILE
            AS $$ BEGIN RESET transaction_read_only; INSERT INTO app.written (note) VALUES ('by reset'); RETURN ''; END $$;
        CREATE FUNCTION app.by_null() RETURNS text LANGUAGE plpgsql VOLATILE
            AS $$ BEGIN PERFORM set_config('transaction_read_only', NULL, true); INSERT INTO app.written (note) VALUES ('by null'); RETURN ''; END $$;
        SELECT acu.add_route('GET', '/' || name, 'app.' || name || '()')
        FROM unnest(ARRAY['by_statement', 'by_reset', 'by_null']) AS name;
        SELECT acu.add_route('POST', '/by_reset', 'app.by_reset()')`);
    await routed(server, '/by_reset');
    for (const target of targets) {
        assert.ok((await server.get(target)).status >= 400);
        assert.ok((await server.request('HEAD', target)).status >= 400);
    }
    const written = () => psql(`SELECT count(*) FROM app.written WHERE note LIKE 'by %'`);
    assert.equal(await written(), '0');
    // A POST still may do it in the same session, unless the server refuses RESET.
    const { status } = await server.request('POST', '/by_reset');
    assert.ok(status === 200 || status === 500, `status ${status}`);
    assert.equal(await written(), status === 200 ? '1' : '0');
});

daemon('each method keeps to its own between many of the other', one, async (server) => {
    await psql('TRUNCATE app.written');
    const wire = await server.connect();
    const methods = ['POST', 'GET', 'PUT', 'HEAD', 'GET', 'PATCH', 'DELETE', 'HEAD'];
    const sent = Array.from({ length: 200 }, (_, i) => [methods[i % methods.length], i]);
    wire.send(Buffer.concat(sent.map(([method, i]) => message(method, `/write?note=${method}-${i}`,
        method[0] === 'P' ? { body: '' } : {}))));
    for (const [method, i] of sent) {
        const reply = await wire.reply({ head: method === 'HEAD' });
        const safe = method === 'GET' || method === 'HEAD';
        assert.equal(reply.status, safe ? 405 : 200, `${method} ${i}: ${reply.text}`);
    }
    wire.destroy();
    assert.equal(await psql(`SELECT string_agg(DISTINCT split_part(note, '-', 1), ' ' ORDER BY split_part(note, '-', 1)), count(*)
        FROM app.written`), 'DELETE PATCH POST PUT|100');
});

// --- Leftovers of a function in its session

const post = (target) => message('POST', target, { body: '' });

for (const [i, name] of names.entries()) {
    daemon(`${name} that a function leaves does not meet the next`, one, async (server) => {
        await routed(server, '/leave/and-fail');
        const clean = (await server.request('POST', `/see/${i}`, { body: '' })).text;
        const wire = await server.connect();
        // Behind it in the same write, and later.
        for (let round = 0; round < 3; round++) {
            wire.send(Buffer.concat([post(`/leave/${i}`), post(`/see/${i}`), message('GET', '/time')]));
            assertJson(await wire.reply(), i);
            assert.equal((await wire.reply()).text, clean, 'behind it');
            assert.equal((await wire.reply()).status, 200);
            wire.send(post(`/see/${i}`));
            assert.equal((await wire.reply()).text, clean, 'later');
        }
        wire.destroy();
    });
}

daemon('what a request leaves does not last while nobody asks', one, async (server) => {
    const lock = names.indexOf('an advisory lock');
    for (const target of [`/leave/${lock}`, '/leave/and-fail?what=x']) {
        await server.request('POST', target, { body: '' });
        await poll('the lock to be free', async () => (await psql(`SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND objid = 4711`)) === '0');
    }
});

daemon('a text is stored as it was sent after another encoding', one, async (server) => {
    const wire = await server.connect();
    wire.send(Buffer.concat([post(`/leave/${names.indexOf('client_encoding')}`),
        message('POST', '/write', { headers: { 'Content-Type': 'application/json' }, body: '{"note": "é😀"}' })]));
    await wire.reply();
    assert.equal((await wire.reply()).text, 'é😀');
    assert.equal(await psql(`SELECT count(*) FROM app.written WHERE note = 'é😀'`), '1');
    wire.destroy();
});

daemon('a reply in another encoding is refused, not sent as UTF-8', one, async (server) => {
    await psql(`CREATE FUNCTION app.in_latin1() RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN SET LOCAL client_encoding = 'LATIN1'; RETURN 'é'; END $$;
        SELECT acu.add_route('POST', '/in_latin1', 'app.in_latin1()')`);
    await routed(server, '/in_latin1');
    assertError(await server.request('POST', '/in_latin1', { body: '' }), 500, '22021');
    assert.equal((await server.get('/a_text')).text, 'é\n"quoted"');
});

daemon('what is prepared and planned stays while sessions are cleaned', one, async (server) => {
    const pid = (await server.get('/backend')).text;
    for (let i = 0; i < 50; i++) {
        await server.request('POST', `/leave/${i % 2 ? 0 : names.indexOf('TimeZone')}`, { body: '' });
        await server.get('/echo?word=a');
    }
    assert.equal((await server.get('/backend')).text, pid, 'the session is the same');
    assert.equal(server.log(/lost a connection/).length, 0);
});

// --- A session that is not as it was

daemon('what a function deallocates ends no request', one, async (server) => {
    await psql(`CREATE FUNCTION app.forgets() RETURNS int LANGUAGE plpgsql AS $$
            DECLARE forgotten text := (SELECT name FROM pg_prepared_statements WHERE statement LIKE '%app.echo%' LIMIT 1);
            BEGIN
                DEALLOCATE ALL;
                IF forgotten IS NOT NULL THEN EXECUTE format('DEALLOCATE %I', forgotten); END IF;
                RETURN 1;
            END $$;
        SELECT acu.add_route('POST', '/forgets', 'app.forgets()')`);
    await routed(server, '/forgets');
    const wire = await server.connect();
    for (let round = 0; round < 5; round++) {
        wire.send(Buffer.concat([post('/forgets'), ...[1, 2, 3].map((i) => message('GET', `/echo?word=${i}`)), message('GET', '/time')]));
        assertJson(await wire.reply(), 1);
        for (const i of [1, 2, 3]) {
            assertJson(await wire.reply(), { word: `${i}` });
        }
        assert.equal((await wire.reply()).status, 200);
    }
    wire.destroy();
});

test('what ALTER ROLE and ALTER DATABASE set changes no answer', async (t) => {
    const settings = { DateStyle: 'German', search_path: 'pg_temp', bytea_output: 'escape',
        default_transaction_isolation: 'serializable', client_encoding: 'LATIN1', statement_timeout: '100ms',
        idle_session_timeout: '50ms', idle_in_transaction_session_timeout: '50ms', row_security: 'off', plan_cache_mode: 'force_custom_plan' };
    t.after(() => psql(`ALTER ROLE ${role} RESET ALL`));
    for (const [name, value] of Object.entries(settings)) {
        await psql(`ALTER ROLE ${role} SET ${name} = '${value}'`);
    }
    await withDaemon(one, async (server) => {
        for (let i = 0; i < 5; i++) {
            assertJson(await server.get('/echo?word=%C3%A9'), { word: 'é' });
            assert.equal((await server.get('/time')).status, 200);
            assert.equal((await server.get('/a_bytea')).bytes.toString('hex'), '00ff0d0a00');
            await new Promise((resolve) => { setTimeout(resolve, 100); });
        }
        assert.equal(server.log(/lost a connection/).filter((line) => !/routes/.test(line)).length, 0, server.stderr);
    });
});

// --- Notifications

daemon('a storm of notifications costs a read of the routes a second', ['--workers', '1'], async (server) => {
    const reads = () => psql(`SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
        WHERE query LIKE '%acu.route_info AS r%' AND userid = '${role}'::regrole`).then(Number);
    const [before, began] = [await reads(), Date.now()];
    const storm = psql(Array(4000).fill('NOTIFY pg_acu_route;').join('\n'));
    await route('GET', '/in-the-storm', 'an_int()');
    await poll('a new route, all the same', async () => (await server.get('/in-the-storm')).status === 200);
    await storm;
    const most = 2 + (Date.now() - began) / 1000;
    const more = await reads() - before;
    assert.ok(more <= most, `${more} reads, at most ${most}`);
});

// --- A function that is another one by now

const kinds = [['json', `'{"a": 1}'::json`, 'application/json'], ['text', `'<b>'::text`, 'text/plain; charset=utf-8'],
    ['acu.html', `'<b>'::acu.html`, 'text/html; charset=utf-8'], ['bytea', `'\\x00ff'::bytea`, 'application/octet-stream'],
    ['xml', `'<b/>'::xml`, 'application/xml; charset=utf-8'], ['int', '7', 'application/json'],
    ['SETOF int', '7', 'application/json'], ['TABLE (r int)', '7', 'application/json']];

test('a function made anew never answers with the type of the old one', async () => {
    const body = { 'application/json': /^(7|\[7\]|\[\{"r":7\}\]|\{"a": 1\})$/, 'text/plain; charset=utf-8': /^<b>$/,
        'text/html; charset=utf-8': /^<b>$/, 'application/octet-stream': /^\0/, 'application/xml; charset=utf-8': /^<b\/>$/ };
    const create = ([returns, value]) => `CREATE FUNCTION app.made_anew() RETURNS ${returns} LANGUAGE sql STABLE AS $f$ SELECT ${value} $f$`;
    await psql(`${create(kinds[0])}; SELECT acu.add_route('GET', '/made_anew', 'app.made_anew()'),
        acu.add_route('GET', '/made_anew/kept', 'app.made_anew()', max_age_seconds => 86400)`);
    await withDaemon(['--workers', '1'], async (server) => {
        await routed(server, '/made_anew/kept');
        for (const kind of [...kinds, ...kinds.slice().reverse()]) {
            await psql(`DROP FUNCTION app.made_anew(); ${create(kind)}`);
            for (let first = true, right = false; !right; first = false) {
                const reply = await server.get('/made_anew');
                right = reply.status === 200;
                if (right) {
                    assert.equal(reply.headers['content-type'], kind[2], `${kind[0]}: ${reply.text}`);
                    assert.match(reply.text, body[kind[2]]);
                } else {
                    assertError(reply, 503, reply.json().code);
                }
            }
        }
    });
});

daemon('a kept answer ends with the right to have it', one, async (server) => {
    await psql(`CREATE FUNCTION app.kept_long() RETURNS text LANGUAGE sql STABLE AS $$ SELECT clock_timestamp()::text $$;
        SELECT acu.add_route('GET', '/kept_long', 'app.kept_long()', max_age_seconds => 86400)`);
    await routed(server, '/kept_long');
    const { text } = await server.get('/kept_long');
    await psql(`REVOKE EXECUTE ON FUNCTION app.kept_long() FROM PUBLIC`);
    await poll('403', async () => (await server.get('/kept_long')).status === 403);
    assertError(await server.get('/kept_long'), 403, '42501');
    await psql(`GRANT EXECUTE ON FUNCTION app.kept_long() TO PUBLIC`);
    const again = await server.get('/kept_long');
    assert.equal(again.status, 200);
    assert.notEqual(again.text, text);
    await poll('it to be older than a second', async () => Number((await server.get('/kept_long')).headers.age ?? 0) >= 2);
    assert.equal((await server.get('/kept_long')).text, again.text, 'it is kept as long as the right');
    await psql(`DROP FUNCTION app.kept_long()`);
    await poll('503', async () => (await server.get('/kept_long')).status === 503);
});

daemon('DROP EXTENSION ends every route', one, async (server) => {
    assertJson(await server.get('/an_int'), 42);
    await server.get('/moment/of-the-day');
    assert.equal((await server.get('/time')).status, 200);
    await psql('DROP EXTENSION pg_acu CASCADE');
    assert.notEqual((await server.get('/an_int')).status, 200);
    assert.notEqual((await server.get('/time')).status, 200);
    for (const target of ['/an_int', '/moment/of-the-day', '/', '/write']) {
        await poll(`${target} to be gone`, async () => (await server.get(target)).status === 404);
    }
});
