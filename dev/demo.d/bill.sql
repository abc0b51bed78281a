-- The bill of the article's range by query, since :since; run by dev/demo.
\set QUIET on
\pset format unaligned
\pset tuples_only on

\echo
\echo 'What the bill would be made of, with 0.5 to 10 ACU: acu.query_cost()'
SELECT format('  %-12s %12s %8s %16s  %s', 'part', 'USD', 'of it', 'USD/million', 'statement');
WITH bill AS (
    SELECT *, sum(usd) OVER () AS all_usd, row_number() OVER (ORDER BY usd DESC) AS place
    FROM acu.query_cost('local', :'since')
)
SELECT format('  %-12s %12s %7s%% %16s  %s', part, to_char(usd, 'FM990.000000'),
              to_char(100 * usd / all_usd, 'FM990.0'), to_char(usd_per_million_calls, 'FM9990.000000'),
              left(regexp_replace(query, '\s+', ' ', 'g'), 48))
FROM bill WHERE place <= 8 ORDER BY place;
SELECT format('  The parts sum to %s USD; the bill is %s.',
              (SELECT to_char(sum(usd), 'FM990.000000000') FROM acu.query_cost('local', :'since')),
              (SELECT to_char(sum(usd)::numeric, 'FM990.000000000') FROM acu.simulate('local', :'since')));
