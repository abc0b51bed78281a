// The two routes of the example API with Fastify and postgres.js, to be measured against.
//
//   GET /                   the page in the file that ROOT_PAGE names
//   GET /time?timezone=...  {"time": ..., "timezone": ...}; UTC when none is given
//
// Listens on 127.0.0.1, on the port in PORT, and reaches PostgreSQL by libpq's
// PG* variables, with the settings that postgres.js has by itself.

import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import postgres from 'postgres';

const page = readFileSync(process.env.ROOT_PAGE, 'utf8'); // once, so that no template's cost is measured
const sql = postgres();
const app = fastify();

// JavaScript's Date has milliseconds only, so the database writes the time with its offset.
function time(timezone) {
    return sql`
        SELECT to_char(local, 'YYYY-MM-DD HH24:MI:SS.US')
            || CASE WHEN local < utc THEN '-' ELSE '+' END
            || to_char(greatest(local - utc, utc - local), 'HH24:MI') AS time
        FROM (SELECT now() AT TIME ZONE ${timezone} AS local, now() AT TIME ZONE 'UTC' AS utc) AS now`;
}

app.get('/', (request, reply) => reply.type('text/html; charset=utf-8').send(page));

// With the types given, Fastify writes JSON faster than JSON.stringify() would.
const string = { type: 'string' };
const schema = {
    querystring: { type: 'object', properties: { timezone: { ...string, default: 'UTC' } } },
    response: { 200: { type: 'object', properties: { time: string, timezone: string } } },
};

app.get('/time', { schema }, async (request, reply) => {
    try {
        const { timezone } = request.query;
        return { ...(await time(timezone))[0], timezone };
    } catch (error) {
        if (error.code !== '22023') {
            throw error;
        }
        return reply.code(400).send({ message: 'unknown time zone' });
    }
});

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
