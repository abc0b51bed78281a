# Events that lose the counters, or the time in between: resets, restarts and crashes.
# The samples go on, in a new epoch that says why, and none is made up. (What the worker
# writes is committed asynchronously: before a crash, a checkpoint keeps it.)
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = sampled('epochs', 'restart_after_crash = on');
my $probe = join(';', ('SELECT 1 AS probe') x 200);
my @reasons = ('first sample');

# Takes two samples with some load in between, after what the caller has done.
sub goes_on
{
	my ($name, $reason) = @_;
	my $from;

	push @reasons, $reason if defined $reason;
	wait_for_worker($node);
	$from = sample($node);
	$node->safe_psql('postgres', $probe);
	sample($node);
	is(epochs($node), join(', ', @reasons), "$name: the epochs");
	is(sums($node, $from, 'count(*), sum(calls) BETWEEN 200 AND 260, max(epoch)'),
		'1|t|' . @reasons, "$name: the next sample is right");
	is(overlaps($node), 0, "$name: the samples follow one another");
}

goes_on('nothing');

# All counters are reset: what they have is what happened since.
my $from = sample($node);
$node->safe_psql('postgres', "$probe; SELECT pg_stat_statements_reset(); SELECT 1 AS probe; SELECT 1 AS probe");
goes_on('a full reset', before_14() ? undef : 'statistics reset');
is_since_14($node->safe_psql('postgres', qq{SELECT calls BETWEEN 2 AND 50, reason, s.epoch = e.epoch
		FROM acu.sample AS s JOIN acu.epoch AS e ON e.at = s.at WHERE s.at > '$from'}),
	't|statistics reset|t', 'a full reset: its sample has the calls since, in the new epoch');

# Resets of pg_stat_database, from which active sessions and coverage come.
$from = sample($node);
$node->safe_psql('postgres', "$probe; SELECT pg_stat_reset()");
sample($node);
is(sums($node, $from, 'count(*), sum(calls) BETWEEN 200 AND 260'),
	'1|t', 'a reset of the database statistics costs no calls');

$node->restart;
goes_on('a restart', 'server restart');

$node->safe_psql('postgres', "$probe; CHECKPOINT");
$node->stop('immediate');
$node->start;
goes_on('an immediate stop', 'server restart');

# A killed session takes all others with it, the worker too.
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');
my $session = $node->background_psql('postgres', on_error_stop => 0);
my $victim = $session->query('SELECT pg_backend_pid()');
$node->safe_psql('postgres', "$probe; CHECKPOINT");
kill 'KILL', $victim;
$node->poll_query_until('postgres', "SELECT pid <> $pid FROM acu.worker_status()")
  or die 'the worker was not started again';
$session->{run}->finish;
# PostgreSQL 13 does not tell it from a worker that was killed by itself.
goes_on('a crash', before_14() ? 'sampler restart' : 'crash recovery');

# Nothing was lost here: the counters of a clean restart are kept, but nobody
# knows what the time in between was.
is($node->safe_psql('postgres', q{SELECT bool_and(seconds < 60), bool_and(cpu_seconds <= seconds * vcpus * 1.1 + 0.1)
		FROM acu.sample}), 't|t', 'no sample is longer, or has more CPU, than there was');
is($node->safe_psql('postgres', 'SELECT epoch, epoch_reason, last_error FROM acu.sampler_status()'),
	@reasons . "|$reasons[-1]|", 'acu.sampler_status() has the last one');

$node->stop;
done_testing();
