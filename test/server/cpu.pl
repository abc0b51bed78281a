# The CPU that the samples have, against what this test reads of the server's
# processes by itself: whatever the load is like, they agree within 3 %.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use POSIX ();
use Sampled;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'needs /proc' unless -e '/proc/self/stat';

my $tick = POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $node = sampled('cpu', "max_connections = 300\nfsync = off\nlog_statement = none\nshared_buffers = 64MB");
my $postmaster = $node->safe_psql('postgres', q{SELECT pg_read_file('postmaster.pid')}) =~ s/\n.*//sr;
my ($from, $err);

# utime, stime, cutime and cstime of a process, in ticks, and its parent; the
# name, which may have any character, is in parentheses before.
sub times_of
{
	my ($pid) = @_;

	open(my $file, '<', "/proc/$pid/stat") or return;
	my $stat = <$file> // return;
	my @fields = split ' ', $stat =~ s/^.*\)//sr;
	return ($fields[1], $fields[11] + $fields[12], $fields[13] + $fields[14]);
}

# CPU-seconds of the postmaster, of its children, and of those that it has
# waited for. When one ends in between it is read again.
sub server_cpu
{
	for (1 .. 100)
	{
		my (undef, $own, $reaped) = times_of($postmaster);
		my $sum = $own + $reaped;

		for my $pid (map { /(\d+)$/ } glob '/proc/[0-9]*')
		{
			my ($parent, $alive, $waited) = times_of($pid);
			$sum += $alive + $waited if defined $parent && $parent == $postmaster;
		}
		my (undef, undef, $after) = times_of($postmaster);
		return $sum / $tick if $after == $reaped;
	}
	die 'the sessions never stop ending';
}

# Runs some load between two samples, and compares.
sub agrees
{
	my ($name, $load) = @_;

	$from = sample($node);
	my $before = server_cpu();
	$load->();
	my $read = server_cpu() - $before;
	sample($node);
	my $sampled = sums($node, $from, 'sum(cpu_seconds)');
	cmp_ok($read, '>=', 2, "$name: enough CPU to compare");
	cmp_ok(abs($sampled / $read - 1), '<=', 0.03, "$name: the CPU of the samples")
	  or diag "samples $sampled s, /proc $read s";
	is(sums($node, $from, 'count(*), bool_and(cpu_seconds <= seconds * vcpus * 1.03 + 0.05), bool_and(background_cpu_seconds <= cpu_seconds)'),
		'1|t|t', "$name: is no more than there is");
}

sub pgbench
{
	run_log([ 'pgbench', '-n', @_, $node->connstr('postgres') ]) or die 'pgbench failed';
}

# Again and again, until the server has used enough CPU.
sub bench
{
	my @options = @_;

	return sub {
		my $before = server_cpu();

		do { pgbench(@options) } while (server_cpu() - $before < 2.2);
	};
}

pgbench('-i', '-q', '-s', 2);
my $aggregate = $node->basedir . '/aggregate.sql';
append_to_file($aggregate, "SELECT sum(sqrt(n)) FROM generate_series(1, 300000) AS n;\n");
my $queue = $node->basedir . '/queue.sql';
append_to_file($queue, q{BEGIN; SELECT abalance FROM pgbench_accounts WHERE aid = 1 FOR UPDATE;
SELECT sum(sqrt(n)) FROM generate_series(1, 20000) AS n; END;});

agrees('select-only', bench('-S', '-c', 2, '-T', 3));
agrees('TPC-B', bench('-c', 2, '-T', 4));
agrees('a connection per transaction', bench('-S', '-C', '-c', 2, '-T', 3));
agrees('an aggregate', bench('-f', $aggregate, '-c', 1, '-T', 3));
agrees('an aggregate of four', bench('-f', $aggregate, '-c', 4, '-T', 2));

# The CPU of a program that a session runs is the session's, while the session lives.
my $session = $node->background_psql('postgres');
$session->query('SELECT 1');
spaced($node);
my $then = $node->safe_psql('postgres', 'SELECT acu.take_sample()');
$session->query(q{COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; awk "BEGIN { while (i < 4e7) i++ }"'});
spaced($node);
$node->safe_psql('postgres', 'SELECT acu.take_sample()');
is(sums($node, $then, 'sum(cpu_seconds) > 0.2'), 't', 'the CPU of a program that a session ran');
$session->quit;

# I/O workers, from PostgreSQL 18 on, read for sessions: what they use is no background.
SKIP:
{
	skip 'this server has no I/O workers', 2
	  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_settings WHERE name = 'io_method'}) == 0;
	is($node->safe_psql('postgres', 'SHOW io_method'), 'worker', 'there are I/O workers');
	$node->safe_psql('postgres', q{CREATE TABLE wide AS
		SELECT n, repeat('x', 1000) AS filler FROM generate_series(1, 200000) AS n; CHECKPOINT});
	sample($node);
	my $idle = sample($node);
	$node->safe_psql('postgres', 'SET max_parallel_workers_per_gather = 0' . '; SELECT count(*) FROM wide' x 10);
	sample($node);
	is(sums($node, $idle, 'sum(cpu_seconds) > 0.3, sum(background_cpu_seconds) < sum(cpu_seconds) / 5'), 't|t',
		'and their CPU is the sessions\'');
}

# In a function: what runs inside is its caller's.
$node->safe_psql('postgres', q{
	CREATE FUNCTION inside() RETURNS float8 LANGUAGE plpgsql AS
		'BEGIN RETURN (SELECT sum(sqrt(n)) FROM generate_series(1, 3000000) AS n); END';
	SELECT inside()});
sample($node);

# Which query it was. (In a queue for a lock that cannot be told: waiting is time, too.)
is($node->safe_psql('postgres', qq{SELECT query LIKE 'SELECT sum(sqrt(n))%', cpu_share > 0.5
		FROM acu.top_queries(since => '$from', max_queries => 1) LIMIT 1}),
	't|t', 'the query that computes has most of it');
is($node->safe_psql('postgres', qq{SELECT abs(sum(cpu_seconds) / (SELECT sum(cpu_seconds)
		FROM acu.sample WHERE at > '$from') - 1) < 0.001, abs(sum(cpu_share) - 1) < 0.001
		FROM acu.top_queries(since => '$from') WHERE part <> 'nested'}),
	't|t', 'the parts sum up to the CPU of the samples');

agrees('a lock queue', bench('-f', $queue, '-c', 8, '-j', 2, '-T', 3));

# Two hundred sessions, each of which has ended long before the next sample. What
# they used is known from the kernel alone; of that a tenth of a second must show.
$from = sample($node);
my $before = server_cpu();
pgbench('-S', '-C', '-c', 50, '-j', 2, '-t', 1) for 1 .. 4;
idle($node);
my $read = server_cpu() - $before;
sample($node);
is(sums($node, $from, 'sum(calls) >= 200'), 't', 'the calls of 200 short sessions are counted');
cmp_ok($read, '>', 0.1, 'they used some CPU');
cmp_ok(sums($node, $from, 'sum(cpu_seconds)'), '>=', $read - 0.05, 'which is counted too');
is(overlaps($node), 0, 'the samples follow one another');
is($node->safe_psql('postgres', 'SELECT cpu_unknown, last_error FROM acu.sampler_status()'), '|', 'all was read');

$node->stop;
done_testing();
