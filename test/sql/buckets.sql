-- Buckets of acu.load(): they bear their start, and days are those of the session's time zone.
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

-- Below a day all have one length, and are counted from 1970-01-01 in UTC.
SET timezone = 'Asia/Kolkata';
SELECT * FROM acu_internal.buckets('2026-01-01 00:10', '2026-01-01 02:00', '1 hour');
SELECT * FROM acu_internal.buckets('2026-01-01 00:10', '2026-01-01 02:00', '00:45');
-- Days begin at midnight, also when 24 hours are meant.
SELECT * FROM acu_internal.buckets('2026-01-01 00:10', '2026-01-02 00:00', '1 day');
SELECT * FROM acu_internal.buckets('2026-01-01 00:10', '2026-01-02 00:00:00.000001', '24 hours');
-- A day and a half is a length.
SET timezone = 'UTC';
SELECT * FROM acu_internal.buckets('2026-01-01', '2026-01-03', '1 day 12 hours');
-- Weeks begin on Mondays, months on the first, quarters and years too.
SELECT at, to_char(at, 'Dy'), ends FROM acu_internal.buckets('2026-01-01', '2026-01-12', '7 days');
SELECT at, to_char(at, 'Dy'), ends FROM acu_internal.buckets('2000-12-31', '2001-01-01 00:00:01', '1 week');
SELECT at, to_char(at, 'Dy'), ends FROM acu_internal.buckets('1969-12-31', '1970-01-06', '7 days');
SELECT * FROM acu_internal.buckets('2026-01-31', '2026-03-01', '1 month');
SELECT * FROM acu_internal.buckets('2026-02-03', '2026-04-01 01:00', '3 months');
SELECT * FROM acu_internal.buckets('2026-02-03', '2026-04-01', '1 year');

-- A day is an hour shorter or longer when the clocks change; so is a week.
SET timezone = 'America/New_York';
SELECT *, ends - at AS length, (extract(epoch FROM ends - at) / 3600)::numeric(9, 2) AS hours
FROM acu_internal.buckets('2026-03-07', '2026-03-10', '1 day');
SELECT *, (extract(epoch FROM ends - at) / 3600)::numeric(9, 2) AS hours FROM acu_internal.buckets('2026-10-31', '2026-11-03', '1 day');
SELECT *, (extract(epoch FROM ends - at) / 3600)::numeric(9, 2) AS hours FROM acu_internal.buckets('2026-11-01', '2026-11-02', '7 days');
-- Hours come one after the other whatever clocks do.
SELECT * FROM acu_internal.buckets('2026-11-01 00:00 EDT', '2026-11-01 02:00 EST', '1 hour');
-- Clocks that change at midnight: there is none, or it comes twice; and a day that there never was.
SET timezone = 'Africa/Cairo';
SELECT *, (extract(epoch FROM ends - at) / 3600)::numeric(9, 2) AS hours FROM acu_internal.buckets('2024-04-25 12:00', '2024-04-27', '1 day');
SET timezone = 'America/Havana';
SELECT *, (extract(epoch FROM ends - at) / 3600)::numeric(9, 2) AS hours FROM acu_internal.buckets('2024-11-02', '2024-11-04', '1 day');
SET timezone = 'Pacific/Apia';
SELECT * FROM acu_internal.buckets('2011-12-29', '2011-12-31 12:00', '1 day');
-- In all of these each instant is in the bucket of its date, which begins with the first instant of it.
CREATE TEMP TABLE wrong (zone text, at timestamptz, start timestamptz);
DO $$
DECLARE
    zone text;
BEGIN
    FOREACH zone IN ARRAY '{UTC, America/New_York, Europe/Berlin, Asia/Kolkata, Australia/Lord_Howe,
        Africa/Cairo, America/Havana, America/Sao_Paulo, Asia/Beirut, Pacific/Apia, Pacific/Chatham}'::text[]
    LOOP
        PERFORM set_config('timezone', zone, true);
        INSERT INTO wrong
        SELECT zone, t.at, b.start
        FROM generate_series('2010-12-30'::timestamptz, '2012-01-03'::timestamptz, '30 minutes') AS t (at),
             LATERAL acu_internal.bucket_start(t.at, '1 day') AS b (start)
        WHERE b.start > t.at OR b.start::date <> t.at::date
            OR (b.start - interval '1 microsecond')::date = t.at::date;
    END LOOP;
END
$$;
SELECT * FROM wrong;
DROP TABLE wrong;

-- The load: bucket and rows have the start, a sample is where it ends.
SET timezone = 'America/New_York';
INSERT INTO acu.target (name, kind) VALUES ('clock', 'import');
-- Two days of hours of 1 vCPU, of 24 and 25 hours, from Saturday on.
SELECT acu.import_series('clock', array_agg(at ORDER BY at), array_agg(1.0::float8 ORDER BY at))
FROM generate_series('2025-11-01 01:00'::timestamptz, '2025-11-03 00:00', interval '1 hour') AS at;
SELECT at, to_char(at, 'Dy'), seconds / 3600 AS hours, gap_seconds, vcpu_used FROM acu.load('clock', bucket => '1 day');
SELECT at, seconds / 3600 AS hours, gap_seconds FROM acu.load('clock', bucket => '1 month');
SELECT at, seconds / 3600 AS hours, gap_seconds FROM acu.load('clock', '2025-11-01', '2025-11-04', '1 week');
SELECT min(at), max(at), count(*) FROM acu.load('clock', bucket => '1 hour');
-- So do the reports by sample.
SELECT min(at), max(at), count(*) FROM acu.demand('clock');
SELECT min(at), max(at), count(*) FROM acu.simulate('clock');
-- The newest bucket never lies in the future.
SELECT max(l.at) < now() AS past
FROM acu.import_series('clock', ARRAY[now() - interval '2 minutes', now()], '{1, 1}'),
     acu.load('clock', now() - interval '1 day', now(), '1 hour') AS l;
SELECT acu.drop_target('clock');

-- Refused.
SELECT acu_internal.bucket_start(now(), '0');
\echo :LAST_ERROR_SQLSTATE
SELECT acu_internal.bucket_start(now(), '-1 day');
SELECT acu_internal.bucket_start(now(), '1 month 1 day');
SELECT acu_internal.bucket_start(now(), '1 day -24 hours');
SELECT acu_internal.bucket_start(now(), '0.5 s');
SELECT acu_internal.bucket_start(now(), '101 years');
SELECT acu_internal.bucket_start(now(), '1000000000 hours');
SELECT acu_internal.bucket_start(now(), NULL);
SELECT acu_internal.bucket_start('infinity', '1 day'), acu_internal.bucket_start(NULL, '1 day');
SELECT count(*) FROM acu_internal.buckets('-infinity', 'infinity', '1 day');
SELECT count(*) FROM acu_internal.buckets('1000-01-01', '10000-01-01', '100 years');
SELECT * FROM acu_internal.buckets('1000-01-01', '10000-01-01', '1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM acu_internal.buckets('294276-12-31', '294276-12-31 01:00', '100 years');
\echo :LAST_ERROR_SQLSTATE
SELECT at, ends FROM acu_internal.buckets('2026-01-01', '2026-01-01 00:00:01', '100 years');
