# Values that the server does not track are NULL, not 0, and acu.status() says why. Reports
# have the minute that is not over, too.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

plan skip_all => 'PostgreSQL 13 has no compute_query_id, and active_sessions is never known' if before_14();

my $burn = 'SELECT sum(sqrt(n)) FROM generate_series(1, 1500000) AS n';
my $columns = join ', ', map { "count($_)" } qw(cpu_seconds connections calls exec_seconds blks_hit active_sessions io_seconds);

# Checks which columns a server with some settings samples, and why not the others.
sub knows
{
	my ($name, $settings, $known, $unknown) = @_;
	my $node = sampled($name =~ s/\W/_/gr, "autovacuum = off\ntrack_io_timing = on\npg_stat_statements.track_planning = on\n$settings");
	my $from;

	sample($node);
	$from = sample($node);
	$node->safe_psql('postgres', $burn);
	sample($node);
	is(sums($node, $from, $columns), $known, "$name: what is known");
	like($node->safe_psql('postgres', 'SELECT unknown FROM acu.sampler_status()'), $unknown, "$name: acu.sampler_status() says why");
	is($node->safe_psql('postgres', 'SELECT state, error FROM acu.worker_status()'), 'sampling|', "$name: it is no error");
	return ($node, $from);
}

my ($node, $from) = knows('all', '', '1|1|1|1|1|1|1', qr/^$/);
# Where little was seen, a larger pg_stat_statements.max helps only if entries were thrown out.
for ([ 0, qr/^The other blocks are of autovacuum, / ], [ 3, qr/^Raise pg_stat_statements.max\.$/ ])
{
	my ($evictions, $hint) = @$_;

	like($node->safe_psql('postgres', qq{BEGIN; UPDATE acu.sample SET coverage = 0.3, evictions = $evictions;
		SELECT hint FROM acu.status() WHERE topic = 'statements'; ROLLBACK}), $hint, "$evictions evictions: what helps");
}
$node->stop;
for ([ 'compute_query_id = off', qr/^compute_query_id is off, so that no statements are counted$/ ],
	[ 'pg_stat_statements.track = none', qr/^pg_stat_statements.track is none, so that no statements are counted$/ ],
	[ "shared_preload_libraries = 'pg_acu'", qr/^pg_stat_statements is not preloaded, so .* add it to shared_preload_libraries/ ])
{
	my ($setting, $unknown) = @$_;

	($node, $from) = knows($setting, $setting, '1|1|0|0|0|1|0', $unknown);
	is($node->safe_psql('postgres', qq{SELECT bool_and(part IN ('background', 'unexplained')), sum(cpu_seconds) > 0.1
		FROM acu.top_queries(since => '$from')}), 't|t', "$setting: the CPU is nobody's");
	is($node->safe_psql('postgres', "SELECT count(calls), count(calls_per_second) FROM acu.load(since => '$from')"), '0|0',
		"$setting: nor does a report know");
	$node->stop;
}
($node, $from) = knows('track_activities = off', 'track_activities = off', '1|1|1|1|1|0|1',
	qr/^track_activities is off, so that active_sessions is not known$/);
$node->stop;
($node, $from) = knows('track_io_timing = off', "track_io_timing = off\npg_stat_statements.track_planning = off", '1|1|1|1|1|1|0',
	qr/^pg_stat_statements.track_planning is off, so that plan_seconds is not known; track_io_timing is off, so that io_seconds is not known$/);

# A session that has other settings changes nothing, and none counts of one that hides.
$node->safe_psql('postgres', 'SET compute_query_id = off; SET track_activities = off; SELECT acu.take_sample()');
sample($node);
is(sums($node, $from, 'bool_and(calls IS NOT NULL)'), 't', 'what one session does not track, others do');
my $hidden = $node->background_psql('postgres');
$hidden->query('SET track_activities = off');
spaced($node);
my $at = $node->safe_psql('postgres', 'SELECT acu.take_sample()');
is($node->safe_psql('postgres', "SELECT active_sessions FROM acu.sample WHERE at = '$at'"), '',
	'of a session without track_activities nobody knows whether it is active');
$hidden->quit;
$node->stop;

# --- Too little room

$node = sampled('small', 'pg_stat_statements.max = 100');
$node->safe_psql('postgres', join ';', map { 'SELECT ' . join ', ', ('1') x $_ } 1 .. 200);
sample($node);
like($node->safe_psql('postgres', 'SELECT unknown FROM acu.sampler_status()'),
	qr/pg_stat_statements.max is 100, so that entries were evicted \d+ times/, 'too few entries are told');
$node->stop;

$node = server('none', 'max_worker_processes = 0');
$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
like($node->safe_psql('postgres', 'SELECT state, detail FROM acu.sampler_status()'), qr/^no_slot\|there is no worker: max_worker_processes \(0\) is too small for it: raise it/,
	'without room for a worker the state says so');
like(slurp_file($node->logfile), qr/LOG:  too many background workers/, 'and so does the log');
$node->safe_psql('postgres', 'SELECT acu.take_sample()') for 1 .. 2;
is($node->safe_psql('postgres', 'SELECT count(*) FROM acu.sample'), 1, 'sessions take samples then');
$node->stop;
$node = server('nowhere', "pg_acu.database = 'nowhere'");
$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
like($node->safe_psql('postgres', 'SELECT state, detail FROM acu.sampler_status()'), qr/^no_database\|the worker has no database, or not yet; pg_acu.database is 'nowhere'/,
	'a database that is not there is another reason');
$node->stop;

# --- The minute that is not over

$node = sampled('pending', "autovacuum = off\npg_acu.sample_interval = 1");
my $sums = q{SELECT abs((SELECT sum(cpu_seconds) FROM acu.top_queries() WHERE part <> 'nested')
		- (SELECT sum(cpu_seconds) FROM acu.sample)) < 0.001,
	abs((SELECT sum(cpu_share) FROM acu.top_queries() WHERE part <> 'nested') - 1) < 0.001};
my $query = q{SELECT count(*) FROM acu.top_queries() WHERE query LIKE 'SELECT sum(sqrt(n))%'};
$node->safe_psql('postgres', $burn);
wait_for_sample($node) for 1 .. 2;
is($node->safe_psql('postgres', $query), 1, 'right after the start there are queries');

# Then they come with the minute. Until then their CPU is there.
$node->poll_query_until('postgres', q{SELECT now() - min(at) > interval '61 seconds' FROM acu.sample}) or die;
for (1 .. 5)
{
	$node->safe_psql('postgres', $burn);
	wait_for_sample($node);
	is($node->safe_psql('postgres', $sums), 't|t', 'the parts sum up to the CPU of the samples');
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM acu.top_queries() WHERE part = 'pending' AND cpu_seconds > 0}), 1,
	'some of it is of the minute that is not over')
  or diag $node->safe_psql('postgres', 'SELECT now(), (SELECT max(at) FROM acu.query_recent)');

my $written = q{SELECT count(*) = 0 FROM acu.top_queries() WHERE part = 'pending'};
reconf($node, 'pg_acu.sample_interval', 0);
ok($node->poll_query_until('postgres', $written), 'switched off, all is written');
is($node->safe_psql('postgres', $sums), 't|t', 'and sums up');
my $calls = qq{SELECT sum(calls) FROM acu.top_queries() WHERE query LIKE 'SELECT sum(sqrt(n))%'};
is($node->safe_psql('postgres', $calls), 6, 'with all calls');

reconf($node, 'pg_acu.sample_interval', 1);
$node->safe_psql('postgres', $burn);
wait_for_sample($node) for 1 .. 2;
$node->restart;
is($node->safe_psql('postgres', $calls), 7, 'a shutdown writes them, too');
is(overlaps($node), 0, 'no samples overlap');
$node->stop;
done_testing();
