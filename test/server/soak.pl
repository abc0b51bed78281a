# More samples in a row than an hour has: the worker's own at the shortest
# interval, and between them those that sessions ask for. Its memory does not grow, the
# history by what was sampled only, and nothing is lost when the rings turn.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

plan skip_all => 'needs /proc' unless -e '/proc/self/status';

my $least = join "\n",
  map { "pg_acu.$_ = 1min" } qw(sample_retention minute_retention query_retention query_hour_retention);
my $node = sampled('soak', "log_statement = none\npg_acu.memory_interval = 1\npg_stat_statements.max = 100\n"
	  . "pg_acu.sample_interval = 1\n$least");
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');

# Kilobytes of its own: what it has touched of shared_buffers is not among them.
sub memory
{
	my ($kilobytes) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+([0-9]+) kB/m;

	return $kilobytes;
}

# Every sample finds some statements that ran before, and two that are new: what
# is kept of a statement is dropped again when pg_stat_statements has it no more.
my $number = 0;

sub load
{
	my $script = '';

	for (1 .. 2)
	{
		my $bits = $number++;
		$script .= 'SELECT 1' . join('', map { $bits >> $_ & 1 ? '+1' : '-1' } 0 .. 10) . ";\n";
	}
	return $script . "SELECT count(*) FROM pg_class;\n";
}

sub samples
{
	my ($times) = @_;

	$node->safe_psql('postgres', join '', map { load() . "SELECT pg_sleep(0.5), acu.take_sample();\n" } 1 .. $times);
}

my $total = q{SELECT sum(pg_total_relation_size(oid)) FROM pg_class
	WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind = 'r'};
# More than a minute, so that the rings rotate: the first time, once, the worker reads more of
# the catalogs than samples do.
samples(140);
my $rings = 'SELECT name, partition FROM acu.ring ORDER BY name';
my %before = split /[|\n]/, $node->safe_psql('postgres', $rings);
my $memory_before = memory();
my $bytes_before = $node->safe_psql('postgres', $total);
samples(100);

# The rings are rotated with the next minute. The worker samples, and nobody asks for it.
my %after;
my $plain = 0;
my $rotated = 0;
while ($plain < 10 || $rotated < 5)
{
	$node->safe_psql('postgres', load() . load() . 'SELECT pg_sleep(1)');
	$plain++;
	%after = split /[|\n]/, $node->safe_psql('postgres', $rings);
	$rotated = grep { $after{$_} != $before{$_} } keys %after;
	last if $plain > 90;
}
my $memory_after = memory();
my $bytes_after = $node->safe_psql('postgres', $total);

is($rotated, 5, 'all rings were rotated');
is($node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()'), $pid, 'all samples are of one worker');
is($node->safe_psql('postgres', q{SELECT sum(calls) >= 120 * 4,
		abs(sum(seconds) - extract(epoch FROM max(s.at) - (SELECT at FROM acu.epoch))) < 0.001 FROM acu.sample AS s}),
	't|t', 'and none is lost');
cmp_ok($memory_after - $memory_before, '<=', 256, 'its memory does not grow')
  or diag "$memory_before kB, then $memory_after kB";
cmp_ok(($bytes_after - $bytes_before) / 100, '<=', 4096,
	'the history grows by some hundred bytes for each query and sample')
  or diag "$bytes_before, then $bytes_after bytes";
is(overlaps($node), 0, 'the samples follow one another');
is(epochs($node), 'first sample', 'without a gap');
is($node->safe_psql('postgres', 'SELECT last_error FROM acu.sampler_status()'), '', 'nothing failed');

$node->stop;
done_testing();
