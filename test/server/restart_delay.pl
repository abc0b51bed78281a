# The delays of a minute: the worker is started again when it was ended, logs a
# lasting error again, and rotates a ring that a report held.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

# The one minute that all here wait for begins now: a worker is ended.
my $ended = sampled('ended');
spaced($ended);
$ended->safe_psql('postgres', 'SELECT acu.take_sample()');
my $pid = $ended->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM acu.worker_status()');
$ended->poll_query_until('postgres', 'SELECT pid IS NULL FROM acu.worker_status()')
  or die 'the worker did not end';
is($ended->safe_psql('postgres', 'SELECT state FROM acu.sampler_status()'), 'not_running', 'SIGTERM ends the worker');
$ended->safe_psql('postgres', 'SELECT acu.take_sample()') for 1 .. 2;
is($ended->safe_psql('postgres', 'SELECT count(*) FROM acu.sample'), 2,
	'without it sessions take samples by themselves');

# A report reads the history when the rings are to be rotated.
my $held = server('held', "log_line_prefix = '%n '");
$held->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
wait_for_worker($held);
my $report = $held->background_psql('postgres');
$report->query('BEGIN');
$report->query('SELECT count(*) FROM acu.sample');
my $ring = q{SELECT partition FROM acu.ring WHERE name = 'sample'};
$held->safe_psql('postgres', q{UPDATE acu.ring SET since = since - interval '1000 days'});
for (1 .. 3)
{
	spaced($held);
	$held->safe_psql('postgres', 'SELECT acu.take_sample()');
}
is($held->safe_psql('postgres', 'SELECT count(*) FROM acu.sample'), 2, 'samples are taken while a report reads');
# Two rings, once or, where the minute has just changed, twice.
my $blocked = $held->safe_psql('postgres', 'SELECT blocked_rotations, last_error FROM acu.sampler_status()');
like($blocked, qr/^[24]\|$/, 'acu.sampler_status() counts the rotations that were put off, and they are no error');
is($held->safe_psql('postgres', $ring), 1, 'the ring that is read was not rotated');
$report->quit;

# The history is broken: every sample that is to be stored fails.
sub fails
{
	my ($times) = @_;
	my ($failed, $err) = (0);

	$held->safe_psql('postgres', 'ALTER TABLE acu.ring RENAME TO gone');
	for (1 .. 2 * $times)
	{
		spaced($held);
		$held->psql('postgres', "\\set VERBOSITY verbose\nSELECT acu.take_sample()", stderr => \$err);
		$failed++ if $err =~ /42P01: the sampler of pg_acu failed: relation "acu.ring" does not exist/;
	}
	cmp_ok($failed, '>=', $times, 'who asks for a sample is told why there is none');
}

# When each error was logged: %n is the time in seconds.
sub logged
{
	return slurp_file($held->logfile) =~ /^([0-9.]+) ERROR:  relation "acu.ring" does not exist/mg;
}
fails(5);
is($held->safe_psql('postgres', 'SELECT last_error, last_error_sqlstate, last_error_at IS NOT NULL FROM acu.sampler_status()'),
	'relation "acu.ring" does not exist|42P01|t', 'acu.sampler_status() has the error');
$held->safe_psql('postgres', 'ALTER TABLE acu.gone RENAME TO ring');
my $from = sample($held);
$held->safe_psql('postgres', 'SELECT 1 AS probe' . '; SELECT 1 AS probe' x 99);
sample($held);
is(sums($held, $from, 'count(*), sum(calls) BETWEEN 100 AND 130'), '1|t', 'mended, the samples go on');
is(epochs($held), 'first sample', 'and no epoch began, as the counters went on');

# A text that cannot be kept costs no sample, and is kept when it can be.
my $text = q{SELECT count(*) FROM acu.query WHERE query LIKE '%FROM to_be_kept%'};
$held->safe_psql('postgres', 'ALTER TABLE acu.query RENAME TO gone;
	CREATE TABLE to_be_kept (n int); SELECT count(*) FROM to_be_kept');
$from = sample($held);
is($held->safe_psql('postgres', "SELECT count(*) FROM acu.sample WHERE at = '$from'"), 1,
	'a sample is taken though its texts cannot be kept');
is($held->safe_psql('postgres', 'SELECT error FROM acu.worker_status()'), 'relation "acu.query" does not exist',
	'the error is noted');
$held->safe_psql('postgres', 'ALTER TABLE acu.gone RENAME TO query');
sample($held);
is($held->safe_psql('postgres', $text), 1, 'and the next sample keeps them');

# The minute is over.
$ended->poll_query_until('postgres', 'SELECT pid IS NOT NULL FROM acu.worker_status()')
  or die 'the worker was not started again';
pass('the worker is started again');
$ended->safe_psql('postgres', q{ALTER TABLE acu_internal.query_minute_1 RENAME TO gone;
	UPDATE acu.ring SET since = since - interval '1 day' WHERE name IN ('sample', 'query_recent');
	SELECT pg_stat_statements_reset()});
$from = sample($ended);
is($ended->safe_psql('postgres', q{SELECT string_agg(name || ' ' || partition, ', ' ORDER BY name) FROM acu.ring
	WHERE name IN ('sample', 'query_recent')}), 'query_recent 1, sample 2', 'a ring that fails holds up no other');
like($ended->safe_psql('postgres', 'SELECT last_error_sqlstate, last_error, blocked_rotations FROM acu.sampler_status()'),
	qr/^42P01\|could not rotate the ring "query_recent": .*"acu_internal.query_minute_1" does not exist.*\|0$/,
	'acu.sampler_status() says which, and why');
$ended->safe_psql('postgres', 'ALTER TABLE acu_internal.gone RENAME TO query_minute_1');
sample($ended);
is(sums($ended, $from, 'count(*)'), 1, 'and takes samples');
like(epochs($ended), qr/^first sample, sampler restart, sampler restart$/, 'in an epoch that says why, and is no crash though the counters were reset');

# A session's own memory of the last sample is older now than the worker's.
$ended->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM acu.worker_status()');
$ended->poll_query_until('postgres', 'SELECT pid IS NULL FROM acu.worker_status()')
  or die 'the worker did not end';
is($ended->psql('postgres', 'SELECT acu.take_sample()'), 0, 'a session goes on after the worker') for 1 .. 2;
is(overlaps($ended), 0, 'and no samples overlap');
$ended->stop;

reconf($held, 'pg_acu.sample_interval', 1);
$held->poll_query_until('postgres', "SELECT ($ring) = 2") or die 'the ring was not rotated';
is($held->safe_psql('postgres', 'SELECT blocked_rotations FROM acu.sampler_status()') . '|', $blocked,
	'the ring was rotated, a minute later');
reconf($held, 'pg_acu.sample_interval', 0);
fails(3);
my @times = logged();
my @early = grep { $times[$_] - $times[ $_ - 1 ] < 59 } 1 .. $#times;
ok(@times >= 1 && !@early, 'a lasting error is logged once a minute at most')
  or diag "at @times";
is(overlaps($held), 0, 'the samples follow one another');

$held->stop;
done_testing();
