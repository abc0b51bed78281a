# The worker's life: with and without its extension, told to stop and to go on,
# asked by many at once; and sampling without it.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = server('sampling', 'pg_acu.sample_interval = 1');
my ($out, $err, $from);

sub wait_for_state
{
	my ($database, $state) = @_;

	return $node->poll_query_until($database, "SELECT state = '$state' FROM acu.worker_status()");
}

sub samples
{
	return $node->safe_psql('postgres', 'SELECT count(*) FROM acu.sample');
}

# The extension is in another database than the worker.
$node->wait_for_log(qr/LOG:  pg_acu sampler: the database has no extension pg_acu: run CREATE EXTENSION/);
pass('the log says that the extension is missing');
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION pg_acu CASCADE');
ok(wait_for_state('other', 'no_extension'), 'so does the state');
is($node->safe_psql('other', 'SELECT state, detail, database_name FROM acu.sampler_status()'),
	'other_database|the worker keeps its samples in database postgres|postgres',
	'elsewhere acu.sampler_status() says where the samples are');
is($node->safe_psql('other', q{SELECT state, detail, hint FROM acu.status() WHERE topic = 'sampler'}),
	'off|the samples are kept in database postgres|Connect to that database.', 'and so does acu.status()');
$node->safe_psql('other', 'SELECT acu.take_sample()') for 1 .. 2;
is($node->safe_psql('other', 'SELECT count(*) FROM acu.sample'), 1,
	'and sessions take samples there by themselves');

# Then it is created, at an old version of pg_stat_statements, which cannot tell
# nested statements apart: one that ran both ways has two entries that look alike.
$node->safe_psql('postgres', q{
	CREATE EXTENSION pg_stat_statements VERSION '1.8';
	CREATE EXTENSION pg_acu;
	CREATE FUNCTION inside(times int) RETURNS void LANGUAGE plpgsql AS
		'BEGIN FOR i IN 1..times LOOP PERFORM 1 AS both_ways; END LOOP; END'});
wait_for_sample($node);
is($node->safe_psql('postgres', 'SELECT state FROM acu.sampler_status()'), 'sampling', 'once created it is sampled');
# A database that has the extension, and no samples, names the one that has them.
$node->safe_psql('postgres', 'CREATE DATABASE app');
$node->safe_psql('app', 'CREATE EXTENSION pg_acu CASCADE');
for my $report ('advise', 'demand', 'query_cost', 'stages', 'load', 'top_queries') {
	my (undef, undef, $stderr) = $node->psql('app', "SELECT * FROM acu.$report()");
	like($stderr, qr/(ERROR|NOTICE): .*this database has no samples\nHINT: .* in database postgres:/, "acu.$report says so");
}
my (undef, undef, $silent) = $node->psql('postgres', 'SELECT * FROM acu.load()');
is($silent, '', 'and the one that has them is not spoken of where they are');
$node->safe_psql('postgres', 'DROP DATABASE app');
reconf($node, 'pg_acu.sample_interval', 0);

my $both = q{SELECT sum(calls), bool_or(estimated) FROM acu.query_sample
	WHERE queryid IN (SELECT queryid FROM pg_stat_statements WHERE query LIKE 'SELECT $1 AS both_ways%')
	AND at > };
$node->safe_psql('postgres', 'SELECT inside(20); SELECT 1 AS both_ways');
$from = sample($node);
$node->safe_psql('postgres', 'SELECT inside(5)' . '; SELECT 1 AS both_ways' x 7);
sample($node);
is_since_14($node->safe_psql('postgres', "$both '$from'"), '12|f', 'version 1.8: both ways of running are counted');
is(sums($node, $from, 'sum(calls) BETWEEN 12 AND 60, bool_or(evictions IS NULL)'),
	't|t', 'and add up; evictions are not known');

# Its update, while the worker has read the old one.
$node->safe_psql('postgres', 'ALTER EXTENSION pg_stat_statements UPDATE');
$from = sample($node);
$node->safe_psql('postgres', 'SELECT inside(5)' . '; SELECT 1 AS both_ways' x 7);
sample($node);
is_since_14($node->safe_psql('postgres', "$both '$from' AND toplevel"), '7|f', 'after its update they are told apart');
is_since_14(epochs($node), 'first sample, other version of pg_stat_statements', 'an epoch says why');
is($node->safe_psql('postgres', 'SELECT last_error FROM acu.sampler_status()'), '', 'and nothing failed');

# Another version of pg_acu than the library.
$node->safe_psql('postgres', q{UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'pg_acu'});
$node->psql('postgres', "\\set VERBOSITY verbose\nSELECT acu.take_sample()", stderr => \$err);
like($err, qr/55000: the sampler of pg_acu takes no samples: the extension has another version.*ALTER EXTENSION/,
	'another version: a request says so');
$node->safe_psql('postgres', q{UPDATE pg_extension SET extversion =
	(SELECT default_version FROM pg_available_extensions WHERE name = 'pg_acu') WHERE extname = 'pg_acu'});
is($node->psql('postgres', 'SELECT acu.take_sample()'), 0, 'with the right one it goes on');

# Dropped under the worker's feet, and created again.
reconf($node, 'pg_acu.sample_interval', 1);
wait_for_sample($node);
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');
$node->safe_psql('postgres', 'DROP EXTENSION pg_stat_statements CASCADE');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'acu'}),
	0, 'pg_acu goes with pg_stat_statements');
ok(wait_for_state('other', 'no_extension'), 'the worker notices');
$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
wait_for_sample($node);
is(epochs($node), 'first sample', 'created again it is sampled again');
is($node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()'), $pid, 'by the same worker');

# The interval is changed while it runs. From 0 on only requests give samples.
reconf($node, 'pg_acu.sample_interval', 0);
$from = sample($node);
$node->safe_psql('postgres', 'SELECT pg_sleep(2.2)');
sample($node);
is(sums($node, $from, 'count(*), bool_and(seconds > 2.2)'), '1|t', 'interval 0 turns it off');
is($node->safe_psql('postgres', 'SELECT state, detail FROM acu.sampler_status()'),
	'off|pg_acu.sample_interval is 0', 'and the state says so');
reconf($node, 'pg_acu.sample_interval', 1);
wait_for_sample($node);
is($node->safe_psql('postgres', 'SELECT state, sample_interval FROM acu.sampler_status()'),
	'sampling|00:00:01', 'interval 1 turns it on');

# Many who ask at once, beside the worker's own samples; then without a worker.
sub all_at_once
{
	my ($database, $times) = @_;
	my @sessions;

	for my $session (1 .. 3)
	{
		my %streams = (in => 'SELECT acu.take_sample();' x $times, out => '', err => '');

		$streams{harness} = IPC::Run::start(
			[ 'psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', $node->connstr($database) ],
			'<', \$streams{in}, '>', \$streams{out}, '2>', \$streams{err});
		push @sessions, \%streams;
	}
	for my $session (@sessions)
	{
		$session->{harness}->finish;
		is($session->{err}, '', "$database: no errors");
		my @times = split /\n/, $session->{out};
		is(scalar @times, $times, "$database: everybody got a time each");
		my $list = join ',', map { "'$_'::timestamptz" } @times;
		is($node->safe_psql($database, "SELECT count(*) FROM unnest(ARRAY[$list]) AS t (at)
				LEFT JOIN acu.sample AS s USING (at) WHERE s.at IS NULL"),
			0, "$database: of a sample that is there");
	}
	is(overlaps($node, $database), 0, "$database: no two samples overlap");
}
all_at_once('postgres', 40);
all_at_once('other', 15);
is($node->safe_psql('postgres', 'SELECT last_error FROM acu.sampler_status()'), '', 'the worker had no error');
$node->stop;

# Somebody who may not see the statements of others takes the samples.
$node = alone('hidden');
$node->safe_psql('postgres', q{
	CREATE ROLE sampler LOGIN; CREATE ROLE worker LOGIN;
	GRANT USAGE ON SCHEMA acu, acu_internal TO sampler;
	GRANT ALL ON ALL TABLES IN SCHEMA acu, acu_internal TO sampler;
	REVOKE SELECT ON acu.http_role FROM sampler;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA acu, acu_internal TO sampler});
my @as = (extra_params => [ '-U', 'sampler' ]);
$node->psql('postgres', 'SELECT acu.take_sample()', @as, stderr => \$err);
like($err, qr/WARNING:  the sample has no queries.*\nHINT:  Grant pg_read_all_stats/,
	'a sample without queries says so, and what to grant');
$node->psql('postgres', join(';', ("SELECT $_ AS n" x 1) x 30), extra_params => [ '-U', 'worker' ])
  for 1 .. 2;
idle($node);
$node->psql('postgres', 'SELECT acu.take_sample()', @as, stderr => \$err);
is($node->safe_psql('postgres', 'SELECT count(*), min(calls) BETWEEN 60 AND 90, min(cpu_seconds) > 0 FROM acu.sample'),
	'1|t|t', 'its sums are right');
is($node->safe_psql('postgres', 'SELECT count(*) FROM acu.query_sample'), 0, 'no query is made up');
$node->safe_psql('postgres', 'GRANT pg_read_all_stats TO sampler');
$from = $node->safe_psql('postgres', 'SELECT acu.take_sample()', @as);
$node->safe_psql('postgres', 'SELECT 1 AS shown');
idle($node);
$node->psql('postgres', 'SELECT acu.take_sample()', @as, stderr => \$err);
is($err, '', 'with the grant nothing is missing');
is($node->safe_psql('postgres', qq{SELECT sum(calls) FROM acu.query_sample
		JOIN acu.query USING (userid, dbid, queryid) WHERE query LIKE '%AS shown%' AND at > '$from'}),
	1, 'and queries are told apart');
is(overlaps($node), 0, 'the samples follow one another');

$node->stop;
done_testing();
