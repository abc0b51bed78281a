-- The sampler's history since :since, as tables; run by dev/demo.
\set QUIET on
\pset format unaligned
\pset tuples_only on

SELECT acu.take_sample() AS until \gset

\echo
\echo 'The load second by second, from a sample each: acu.load()'
SELECT format('  %-8s  %-24s %5s %12s %14s %10s', 'from', 'CPUs in use',
              'of ' || max(vcpus), 'connections', 'statements/s', 'WAL kB/s')
FROM acu.load('local', :'since', :'until', '1 s');
SELECT format('  %s  %-24s %5s %12s %14s %10s', to_char(at, 'HH24:MI:SS'),
              -- eighths of a block, as the terminal has them
              repeat('█', eighths / 8) || trim(substr(' ▏▎▍▌▋▊▉', eighths % 8 + 1, 1)),
              to_char(vcpu_used, 'FM990.00'), connections,
              to_char(calls_per_second, 'FM999,999,990'),
              to_char(wal_bytes / seconds / 1000, 'FM999,999,990'))
FROM acu.load('local', :'since', :'until', '1 s'),
     LATERAL (SELECT (least(coalesce(vcpu_used / vcpus, 0), 1) * 192)::int) AS bar (eighths)
WHERE seconds > 0
ORDER BY at;

\echo
\echo 'Who used the CPU: acu.top_queries()'
SELECT format('  %-24s %6s %8s %10s %10s  %s',
              'share of the CPU', '', 'CPU-s', 'calls', 'CPU-us', 'statement');
SELECT format('  %-24s %5s%% %8s %10s %10s  %s',
              repeat('█', (cpu_share * 192)::int / 8)
                  || substr(' ▏▎▍▌▋▊▉', (cpu_share * 192)::int % 8 + 1, 1),
              to_char(cpu_share * 100, 'FM990.0'),
              to_char(cpu_seconds, 'FM990.00'),
              to_char(calls, 'FM999,999,999'),
              to_char(cpu_seconds * 1e6 / nullif(calls, 0), 'FM999,990'),
              CASE part
                  WHEN 'others' THEN '(rarer statements)'
                  WHEN 'background' THEN '(processes that work for no client)'
                  WHEN 'unexplained' THEN '(explained by no statement)'
                  ELSE left(regexp_replace(query, '\s+', ' ', 'g'), 52)
              END)
FROM acu.top_queries('local', :'since', :'until', 7)
WHERE part <> 'nested';
SELECT format('  These parts sum to %s CPU-seconds; all processes of the server used %s.',
              (SELECT round(sum(cpu_seconds)::numeric, 2)
               FROM acu.top_queries('local', :'since', :'until', 7) WHERE part <> 'nested'),
              (SELECT round(sum(cpu_seconds)::numeric, 2)
               FROM acu.load('local', :'since', :'until', '1 s')));

\echo
\echo 'How the sampling goes: acu.sampler_status()'
SELECT format(E'  %s, every %s s, in database %s; %s samples, the last one took %s ms\n'
              '  a call costs %s us of CPU beside its execution; %s%% of the CPU is explained by no statement',
              state, extract(epoch FROM sample_interval)::int, database_name, samples,
              round(sample_ms::numeric, 1), round(call_cost_us::numeric, 1),
              round(unexplained_share::numeric * 100, 1))
FROM acu.sampler_status();
