-- The query load as a table to look at; run by dev/demo.
\set QUIET on
\pset format unaligned
\pset tuples_only on

SELECT format('The query load: %s statements in %s s, %s running at a time on average',
              to_char(calls, 'FM999,999,999'), round(seconds::numeric), round(mean_running::numeric, 2))
FROM acu.load_now();

SELECT format('  %-24s %6s %10s %9s %10s  %s',
              'share of the time', '', 'calls', 'calls/s', 'ms a call', 'statement');
SELECT format('  %-24s %5s%% %10s %9s %10s  %s',
              -- eighths of a block, as the terminal has them
              repeat('█', (share * 192)::int / 8)
                  || substr(' ▏▎▍▌▋▊▉', (share * 192)::int % 8 + 1, 1),
              to_char(share * 100, 'FM990.0'),
              to_char(calls, 'FM999,999,999'),
              to_char(calls_per_second, 'FM999,990.0'),
              to_char(exec_seconds * 1000 / calls, 'FM999,990.000'),
              CASE WHEN toplevel THEN '' ELSE '(inside a function) ' END
                  || left(regexp_replace(query, '\s+', ' ', 'g'), 62))
FROM acu.statement_load
WHERE database_name = current_database()
ORDER BY share DESC, calls DESC
LIMIT 10;
