-- The need and the cost of the load of :target since :since, and how a range from :min to
-- :max ACU would follow it; run by dev/demo.
\set QUIET on
\pset format unaligned
\pset tuples_only on

\echo
SELECT format('What to take for %s: acu.advise()', :'title');
SELECT '  ' || replace(advice, E'\n', E'\n  ') FROM acu.advise(:'target', :'since');

\echo
SELECT format('Demand and capacity with %s to %s ACU: █ needed, ░ bought but not needed, ▓ needed but not there',
              :'min', :'max');
WITH run AS (
    SELECT s.*, width_bucket(extract(epoch FROM s.at),
                             extract(epoch FROM min(s.at) OVER ()),
                             extract(epoch FROM max(s.at + make_interval(secs => s.seconds)) OVER ()),
                             least(96, count(*) OVER ())::int) AS place
    FROM acu.simulate(:'target', :'since', NULL, :min, :max) AS s
), columns AS (
    SELECT place, sum(need_acu * seconds) / sum(seconds) AS need,
           sum(capacity_acu * seconds) / sum(seconds) AS capacity
    FROM run GROUP BY place
), scale AS (
    SELECT greatest(max(need), max(capacity)) / 12 AS step FROM columns
)
SELECT format('  %5s │%s', to_char(level * step, 'FM990.0'),
              string_agg(CASE WHEN c.place IS NULL THEN ' '
                              WHEN need >= (level - 0.5) * step AND capacity >= (level - 0.5) * step THEN '█'
                              WHEN need >= (level - 0.5) * step THEN '▓'
                              WHEN capacity >= (level - 0.5) * step THEN '░'
                              ELSE ' ' END, '' ORDER BY x))
FROM scale, generate_series(12, 1, -1) AS level, generate_series(1, (SELECT max(place) FROM columns)) AS x
LEFT JOIN columns AS c ON c.place = x
GROUP BY level, step ORDER BY level DESC;
SELECT format('    ACU └%s', repeat('─', least(96, count(*))::int))
FROM acu.simulate(:'target', :'since', NULL, :min, :max);
SELECT format('         %s%s', rpad(to_char(min(at), 'YYYY-MM-DD HH24:MI'), greatest(18, least(96, count(*))::int - 16)), to_char(max(at + make_interval(secs => seconds)), 'YYYY-MM-DD HH24:MI'))
FROM acu.simulate(:'target', :'since', NULL, :min, :max);
