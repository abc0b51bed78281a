-- Two weeks of a real RDS instance as a target of its own; run by dev/demo.
\set QUIET on
CREATE TEMP TABLE series (at timestamptz, cpu_percent float8);
\copy series FROM 'data/traces/nab_rds_cpu_utilization_e47b3b.csv' WITH (FORMAT csv, HEADER)
-- The instance is not known: taken as one of 4 vCPU.
\o /dev/null
SELECT acu.import_series('two-weeks', array_agg(at ORDER BY at),
                         array_agg(cpu_percent / 100 * 4 ORDER BY at), vcpus => 4)
FROM series;
\o
