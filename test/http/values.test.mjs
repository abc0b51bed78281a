// Values on their way out: whatever its columns are called, a client is given all of them.

import { after, test } from 'node:test';
import { assertJson, createDatabase, dropDatabase, psql, start } from './server.mjs';

await createDatabase();

// --- Columns, whatever they are called

const columns = [
    // how the function is declared, its body, what it answers
    ['RETURNS TABLE (r int, x text)', 'VALUES (1, \'one\'), (2, \'two\')', [{ r: 1, x: 'one' }, { r: 2, x: 'two' }]],
    ['RETURNS TABLE (r int)', 'VALUES (1), (2)', [{ r: 1 }, { r: 2 }]],
    ['RETURNS TABLE (value int)', 'VALUES (1)', [{ value: 1 }]],
    ['RETURNS TABLE (x int, r json)', 'VALUES (1, \'{"r": 2}\'::json)', [{ x: 1, r: { r: 2 } }]],
    ['RETURNS TABLE ("R" int, r int, "r.*" int)', 'VALUES (1, 2, 3)', [{ R: 1, r: 2, 'r.*': 3 }]],
    ['RETURNS TABLE ("a ""quoted"" name" int, "two words" int, "ü" int)',
        'VALUES (1, 2, 3)', [{ 'a "quoted" name': 1, 'two words': 2, ü: 3 }]],
    ['RETURNS TABLE ("select" int, "from" int, "coalesce" int, json_agg int)', 'VALUES (1, 2, 3, 4)',
        [{ select: 1, from: 2, coalesce: 3, json_agg: 4 }]],
    ['RETURNS SETOF app.with_r', 'VALUES (1, \'one\')', [{ r: 1, value: 'one' }]],
    ['RETURNS SETOF app.table_r', 'VALUES (1, \'one\')', [{ r: 1, value: 'one' }]],
    ['RETURNS SETOF app.with_r_domain', 'SELECT ROW(1, \'one\')::app.with_r_domain', [{ r: 1, value: 'one' }]],
    ['(OUT r int, OUT x text) RETURNS SETOF record', 'VALUES (1, \'one\')', [{ r: 1, x: 'one' }]],
    ['(OUT r int) RETURNS SETOF int', 'VALUES (1), (2)', [{ r: 1 }, { r: 2 }]],
    ['(OUT int, OUT r int) RETURNS SETOF record', 'VALUES (1, 2)', [{ column1: 1, r: 2 }]],
    ['RETURNS SETOF int', 'VALUES (1), (NULL)', [1, null]],
    ['RETURNS SETOF app.code', 'VALUES (\'abc\'::app.code)', ['abc']],
    ['RETURNS SETOF json', 'VALUES (\'{"r": 1}\'::json), (\'"r"\')', [{ r: 1 }, 'r']],
    ['RETURNS SETOF app.json_domain', 'VALUES (\'{"r": 1}\'::app.json_domain)', [{ r: 1 }]],
    ['RETURNS SETOF int[]', 'VALUES (ARRAY[1, 2]), (\'{}\')', [[1, 2], []]],
    ['RETURNS SETOF app.with_r', 'SELECT 1, \'one\' WHERE false', []],
    ['(OUT r int, OUT x text)', 'VALUES (1, \'one\')', { r: 1, x: 'one' }],
    ['RETURNS app.with_r', 'VALUES (1, \'one\')', { r: 1, value: 'one' }],
    ['RETURNS app.with_r_domain', 'SELECT ROW(1, \'one\')::app.with_r_domain', { r: 1, value: 'one' }],
    ['RETURNS app.with_r[]', 'SELECT ARRAY[ROW(1, \'one\')::app.with_r]', [{ r: 1, value: 'one' }]],
    ['RETURNS app.json_domain', 'SELECT \'{"r": 1}\'::app.json_domain', { r: 1 }],
];

await psql(`
    CREATE TYPE app.with_r AS (r int, value text);
    CREATE TABLE app.table_r (r int, value text);
    ALTER TABLE app.table_r ADD gone int;
    ALTER TABLE app.table_r DROP gone;
    CREATE DOMAIN app.with_r_domain AS app.with_r;
    CREATE DOMAIN app.json_domain AS json;
    ${columns.map(([declared, body], i) => `
        CREATE FUNCTION app.columns_${i}${declared.startsWith('(') ? '' : '()'} ${declared}
            LANGUAGE sql STABLE AS $$ ${body} $$;
        SELECT acu.add_route('GET', '/columns_${i}', 'app.columns_${i}()');`).join('')}`);

const server = await start();

after(async () => {
    await server.stop();
    await dropDatabase();
});

columns.forEach(([declared, , answer], i) => {
    test(`a function ${declared}`, async () => assertJson(await server.get(`/columns_${i}`), answer));
});
