# Samples that sessions ask for: a monitoring role cannot fill the disk with them, and
# in a read-only transaction there are none.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = sampled('requests');
my @as = (extra_params => [ '-U', 'monitor' ]);
my $err;

$node->safe_psql('postgres', 'CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats');

# Many in a row, by several sessions at once.
my @sessions = map { { out => '' } } 1 .. 3;
for my $session (@sessions)
{
	$session->{harness} = IPC::Run::start(
		[ 'psql', '-qXAt', '-U', 'monitor', '-v', 'ON_ERROR_STOP=1', $node->connstr('postgres') ],
		'<', \('SELECT acu.take_sample();' x 2000), '>', \$session->{out});
}
my @times;
for my $session (@sessions)
{
	ok($session->{harness}->finish, 'a session that asks 2,000 times has no error');
	push @times, split /\n/, $session->{out};
}
is(scalar @times, 6000, 'each request gets a time');
my %distinct = map { $_ => 1 } @times;
is($node->safe_psql('postgres', 'SELECT count(*) FROM acu.sample WHERE seconds < 1'), 0,
	'no two samples are closer than a second');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (VALUES }
		. join(', ', map { "('$_'::timestamptz)" } keys %distinct)
		. q{) AS t (at) WHERE NOT EXISTS (SELECT FROM acu.sample AS s WHERE s.at = t.at)
			AND NOT EXISTS (SELECT FROM acu.epoch AS e WHERE e.at = t.at)}), 0, 'each time is that of a sample');
cmp_ok($node->safe_psql('postgres', 'SELECT pg_sleep(1.1) IS NULL, acu.take_sample()') =~ s/^.*\|//r, 'gt',
	(sort @times)[-1], 'a second later there is another');

# A sample that the worker took by itself counts as well.
reconf($node, 'pg_acu.sample_interval', 1);
wait_for_sample($node);
for (1 .. 50)
{
	my $at = $node->safe_psql('postgres', 'SELECT acu.take_sample()', @as);
	$err = $node->safe_psql('postgres', "SELECT count(*) FROM acu.sample WHERE at = '$at'");
	last if $err ne 1;
}
is($err, 1, 'beside the worker\'s own samples, each request gets the time of one that is there');
is(overlaps($node), 0, 'the samples follow one another');

# Read only.
for my $begin ('BEGIN READ ONLY', 'SET default_transaction_read_only = on')
{
	$node->psql('postgres', "\\set VERBOSITY verbose\n$begin; SELECT acu.take_sample()", @as, stderr => \$err);
	like($err, qr/ERROR:  25006: cannot take a sample in a read-only transaction\nHINT: /, "none after $begin");
	unlike($err, qr/CONTEXT/, 'without a context');
}
$node->stop;

my $alone = alone('requests_alone');
$alone->psql('postgres', "\\set VERBOSITY verbose\nBEGIN READ ONLY; SELECT acu.take_sample()", stderr => \$err);
like($err, qr/ERROR:  25006: cannot take a sample in a read-only transaction\nHINT: /, 'nor without a worker');
is($alone->safe_psql('postgres', 'SELECT count(*) FROM acu.epoch'), 0, 'and nothing is written');
$alone->stop;

done_testing();
