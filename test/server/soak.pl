# As many samples as an hour has, in a row: the worker's memory does not grow,
# and the history by what was sampled only.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

plan skip_all => 'needs /proc' unless -e '/proc/self/status';

my $node = sampled('soak', "log_statement = none\npg_acu.memory_interval = 1\npg_stat_statements.max = 100");
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

sub samples
{
	my ($times) = @_;
	my $script = '';

	for (1 .. $times)
	{
		for (1 .. 2)
		{
			my $bits = $number++;
			$script .= 'SELECT 1' . join('', map { $bits >> $_ & 1 ? '+1' : '-1' } 0 .. 10) . ";\n";
		}
		$script .= "SELECT count(*) FROM pg_class;\nSELECT acu.take_sample();\n";
	}
	$node->safe_psql('postgres', $script);
}

my $total = q{SELECT sum(pg_total_relation_size(oid)) FROM pg_class
	WHERE relnamespace = 'acu'::regnamespace AND relkind = 'r'};
samples(60);
my $memory_before = memory();
my $bytes_before = $node->safe_psql('postgres', $total);
samples(150);
my $bytes_between = $node->safe_psql('postgres', $total);
samples(150);
my $memory_after = memory();
my $bytes_after = $node->safe_psql('postgres', $total);

is($node->safe_psql('postgres', 'SELECT count(*), sum(calls) >= 360 * 4 FROM acu.sample'), '360|t', '360 samples were taken');
is($node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()'), $pid, 'by one worker');
cmp_ok($memory_after - $memory_before, '<=', 256, 'its memory does not grow')
  or diag "$memory_before kB, then $memory_after kB";
cmp_ok($bytes_after - $bytes_between, '<=', 1.2 * ($bytes_between - $bytes_before) + 128 * 1024,
	'the history grows by what was sampled');
cmp_ok(($bytes_after - $bytes_before) / 300, '<=', 4096, 'by some hundred bytes for each query and sample')
  or diag "$bytes_before, then $bytes_after bytes";
is(overlaps($node), 0, 'the samples follow one another');
is($node->safe_psql('postgres', 'SELECT last_error FROM acu.status()'), '', 'nothing failed');

$node->stop;
done_testing();
