-- The article's table for the load since :since; run by dev/demo.
\set QUIET on
\pset format unaligned
\pset tuples_only on

\echo
\echo 'The stages of the article "Serverless Upgrade Path in AWS", computed for this run: acu.stages()'
SELECT format('  %-5s  %-8s  %-36s %-4s %9s %9s %6s %8s %9s', 'stage', 'tier', 'way', 'unit',
              'purchased', 'necessary', 'score', 'article', 'USD/hour');
SELECT format('  %5s  %-8s  %-36s %-4s %9s %9s %6s %8s %9s', stage, tier, way, unit,
              to_char(purchased, 'FM990.00'), to_char(necessary, 'FM990.00'),
              to_char(score, 'FM90.0'), article_score, to_char(usd_per_hour, 'FM990.0000'))
FROM acu.stages('local', :'since')
ORDER BY stage, tier DESC;
\echo '  The compute tier is not seen from inside the database: give acu.stages() compute_vcpu_used.'
\echo '  This run is too short for a scale-down, which takes minutes.'
