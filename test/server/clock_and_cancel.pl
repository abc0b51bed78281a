# Rare events of the sampler: a clock that is set back, a cancel, a lock held by the session
# that asks, an extension that is created anew, a logger, long transactions;
# and to sessions that take samples: a restart, other privileges, a ring that fails.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $err;
my $node = sampled('worker', "logging_collector = on\nlog_min_messages = log");
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');

# --- The worker

$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
sample($node);
is($node->safe_psql('postgres', 'SELECT pid, last_error FROM acu.worker_status(), acu.sampler_status()'), "$pid|",
	'a cancel does not end it');

my $held = $node->safe_psql('postgres', q{SELECT partition FROM acu.ring WHERE name = 'sample'});
spaced($node);
$node->psql('postgres', "\\set VERBOSITY verbose\nBEGIN; LOCK TABLE acu_internal.sample_$held; SELECT acu.take_sample()",
	stderr => \$err);
like($err, qr/55P03: the sampler of pg_acu failed: canceling statement due to lock timeout/,
	'who holds a lock that it needs is told so');
my $state = 'SELECT state FROM acu.worker_status()';
is($node->safe_psql('postgres', $state), 'failing', 'and its state is');
is($node->safe_psql('postgres', q{SELECT topic, state, detail, hint FROM acu.status() WHERE topic = 'sampler'}),
	'sampler|warning|the last sample failed|The row errors says why.', 'acu.status() has what to look at');
sample($node);
is($node->safe_psql('postgres', $state), 'sampling', 'then it goes on');

# Statements in a transaction: their time is told at its end, and counts once.
my $from = sample($node);
my $session = $node->background_psql('postgres');
$session->query('BEGIN');
$session->query('SELECT pg_sleep(1)');
spaced($node);
$node->safe_psql('postgres', 'SELECT acu.take_sample()');
$session->query_until(qr/begun/, "\\echo begun\nSELECT pg_sleep(2);\n");
for (1 .. 2)
{
	spaced($node);
	$node->safe_psql('postgres', 'SELECT acu.take_sample()');
}
$session->query('COMMIT');
$session->quit;
sample($node);
is_since_14(sums($node, $from, 'sum(active_sessions * seconds) BETWEEN 2.5 AND 4.6, bool_or(saturated)'), 't|f',
	'three seconds in a transaction are no more');

# The logger, which pg_stat_activity does not know.
sample($node);
$from = sample($node);
$node->safe_psql('postgres', q{SET client_min_messages = error;
	DO $$ BEGIN FOR i IN 1 .. 300000 LOOP RAISE LOG 'a line of the log'; END LOOP; END $$});
sample($node);
cmp_ok(sums($node, $from, 'sum(background_cpu_seconds)'), '>', 0.05, 'the CPU of the logger is background');

# Created anew, with samples before and after.
my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM acu.query');
$node->safe_psql('postgres', 'BEGIN; DROP EXTENSION pg_acu; CREATE EXTENSION pg_acu; COMMIT');
sample($node);
is(epochs($node), 'first sample', 'an extension that is created anew begins with an epoch');
$node->safe_psql('postgres', 'SELECT 1 AS anew, now()');
sample($node);
is($node->safe_psql('postgres', q{SELECT count(*) FROM acu.query WHERE query LIKE 'SELECT $1 AS anew%'}), 1,
	'and keeps texts');

# A clock that went back: the time until now has rows already. (Here it is the rows
# that go ahead.)
$node->safe_psql('postgres', q{INSERT INTO acu_internal.sample_3 (target_id, at, seconds)
	SELECT 1, now() + interval '9 s', 1; SELECT pg_stat_statements_reset()});
for (1 .. 3)
{
	spaced($node);
	is($node->psql('postgres', 'SELECT acu.take_sample()'), 0, 'a sample while the clock tells old times');
}
SKIP:
{
	skip 'PostgreSQL 13 does not say when the counters were reset', 2 if before_14();
	is($node->safe_psql('postgres', 'SELECT state, detail FROM acu.worker_status()'),
		'waiting|the system clock is behind the last sample', 'waits');
	is(epochs($node), 'first sample, statistics reset', 'without an epoch each');
}
$node->poll_query_until('postgres', q{SELECT acu.take_sample() > max(at) FROM acu_internal.sample_3});
$from = sample($node);
sample($node);
is(sums($node, $from, 'count(*)'), 1, 'and goes on when it tells new ones');
is_since_14(overlaps($node), 0, 'no samples overlap');
$node->stop;

# --- Sessions

my $alone = alone('alone', 'max_connections = 500');
my $burn = q{SELECT sum(sqrt(n)) FROM generate_series(1, 3000000) AS n};
$alone->safe_psql('postgres', "SELECT acu.take_sample(); $burn; $burn; SELECT acu.take_sample()");
$alone->restart;
$alone->safe_psql('postgres', "SELECT acu.take_sample(); $burn; SELECT acu.take_sample()");
is($alone->safe_psql('postgres', q{SELECT cpu_seconds > 0.1 FROM acu.sample ORDER BY at DESC LIMIT 1}), 't',
	'the CPU after a restart is known');
is(epochs($alone), 'first sample, server restart', 'in an epoch that says why');

# Clients that have gone before the sample.
my $sleep = $alone->basedir . '/sleep.sql';
append_to_file($sleep, "SELECT pg_sleep(1);\n");
my $clients = int(3 * $alone->safe_psql('postgres', 'SELECT max(vcpus) FROM acu.sample')) + 3;
$from = $alone->safe_psql('postgres', 'SELECT acu.take_sample()');
$alone->command_ok([ 'pgbench', '-n', '-c', $clients, '-t', 1, '-f', $sleep, $alone->connstr('postgres') ], 'many are active');
sample($alone);
is_since_14(sums($alone, $from, 'bool_and(saturated)'), 't', 'they count, though nobody counted the clients');

# A role that sees less takes samples in turn with one that sees all.
$alone->safe_psql('postgres', q{CREATE ROLE low LOGIN; GRANT USAGE ON SCHEMA acu, acu_internal TO low;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA acu, acu_internal TO low;
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA acu, acu_internal TO low});
$from = $alone->safe_psql('postgres', 'SELECT acu.take_sample()');
for (1 .. 3)
{
	$alone->psql('postgres', 'SELECT acu.take_sample()', extra_params => [ '-U', $_ % 2 ? 'low' : 'postgres' ]);
}
is(sums($alone, $from, 'count(*)'), 0, 'what is read with other privileges is no interval');
like(epochs($alone), qr/(, read with other privileges){3}$/, 'but an epoch that says so');

# A setting of the session stays as it was, though a ring is rotated.
$alone->safe_psql('postgres', 'SELECT acu.take_sample()');
is($alone->safe_psql('postgres', q{UPDATE acu.ring SET since = since - interval '1 day' WHERE name = 'sample';
	BEGIN; SET LOCAL lock_timeout = '7s'; SELECT acu.take_sample() \g /dev/null
	SHOW lock_timeout; COMMIT}), '7s', 'taking a sample changes no setting of the session');
is($alone->safe_psql('postgres', q{SET lock_timeout = '7s'; SET search_path = public; CALL acu.rotate_history();
	SHOW lock_timeout; SHOW search_path; SHOW session_replication_role}), "7s\npublic\norigin", 'nor does a rotation');
is($alone->safe_psql('postgres', q{SELECT partition FROM acu.ring WHERE name = 'sample'}), 2, 'and the ring was rotated');

# Tables change on the hour, however late they did before: an hour of a query is one row.
my $turned = q{SELECT partition FROM acu.ring WHERE name = 'query_recent'};
my $recent = q{UPDATE acu.ring SET partition = 2, since = date_trunc('hour', now()) %s
	WHERE name = 'query_recent'; CALL acu.rotate_history()};
$alone->safe_psql('postgres', sprintf $recent, '');
is($alone->safe_psql('postgres', $turned), 2, 'within its hour a ring stays');
$alone->safe_psql('postgres', sprintf $recent, q{- interval '1 microsecond'});
is($alone->safe_psql('postgres', $turned), 3, 'and is rotated in the next');

# A text that was deleted comes again with its query.
$alone->safe_psql('postgres', q{SELECT 1 AS again, now(); SELECT acu.take_sample()});
my $text = q{SELECT count(*) FROM acu.query WHERE query LIKE 'SELECT $1 AS again%'};
is($alone->safe_psql('postgres', $text), 1, 'a text is kept');
$alone->safe_psql('postgres', q{UPDATE acu.query SET last_seen = '2000-01-01';
	UPDATE acu.ring SET since = since - interval '1 day' WHERE name = 'query_recent'; CALL acu.rotate_history()});
is($alone->safe_psql('postgres', $text), 0, 'deleted when nobody has seen it for long');
$alone->safe_psql('postgres', q{SELECT 1 AS again, now(); SELECT acu.take_sample()});
is($alone->safe_psql('postgres', $text), 1, 'and kept again when its query comes');

# A text that cannot be converted costs a session nothing.
$alone->safe_psql('postgres', "CREATE DATABASE $_->[0] TEMPLATE template0 ENCODING '$_->[1]' LC_COLLATE 'C' LC_CTYPE 'C'")
  for [ 'text', 'UTF8' ], [ 'bytes', 'SQL_ASCII' ];
$alone->safe_psql('bytes', qq{SET client_encoding = 'SQL_ASCII'; SELECT 1 AS "\xfc"});
$alone->safe_psql('text', 'CREATE EXTENSION pg_acu CASCADE; SELECT acu.take_sample()');
is($alone->psql('text', 'SELECT acu.take_sample()', stderr => \$err), 0, 'a sample with such a text');
is($err, '', 'has no warning');
is($alone->safe_psql('text', 'SELECT count(*) FROM acu.sample'), 1, 'and is kept');

# Two partitions that have the same time, as after a clock went back; and a ring that
# cannot be rotated.
$alone->safe_psql('postgres', q{
	INSERT INTO acu_internal.sample_1 (target_id, at, seconds, epoch) VALUES (1, '2020-01-01 00:00:30', 20, 1);
	INSERT INTO acu_internal.sample_3 (target_id, at, seconds, epoch) VALUES (1, '2020-01-01 00:00:35', 20, 1)});
for (1 .. 3)
{
	$alone->safe_psql('postgres', q{UPDATE acu.ring SET since = since - interval '1 day' WHERE name = 'sample';
		CALL acu.rotate_history()});
}
is($alone->safe_psql('postgres', q{SELECT partition FROM acu.ring WHERE name = 'sample'}), 2, 'a ring with rows that overlap is rotated');
is($alone->safe_psql('postgres', q{SELECT sum(seconds) FROM acu.sample WHERE at < '2021-01-01'}), 20, 'of which one is kept');
$alone->safe_psql('postgres', q{ALTER TABLE acu_internal.sample_minute_1 RENAME TO gone;
	UPDATE acu.ring SET since = since - interval '1 year'});
$alone->psql('postgres', 'CALL acu.rotate_history()', stderr => \$err);
like($err, qr/WARNING:  could not rotate the ring "sample": relation "acu_internal.sample_minute_1" does not exist/,
	'a ring that fails is told');
is($alone->safe_psql('postgres', q{SELECT string_agg(name, ', ' ORDER BY name) FROM acu.ring
	WHERE since < now() - interval '1 month'}), 'sample', 'and holds up no other');

$alone->stop;
done_testing();
