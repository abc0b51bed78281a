# Counts of the statements between two samples: which count, and how often.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = sampled('statements', 'pg_stat_statements.max = 20000');
my ($from, $seen);

# Rows of acu.query_sample since a time, by a part of their text.
sub queries
{
	my ($after, $like, $columns) = @_;

	return $node->safe_psql('postgres', qq{SELECT $columns FROM acu.query_sample AS s
		JOIN acu.query AS q USING (userid, dbid, queryid) WHERE at > '$after' AND query LIKE '$like'});
}

# A nested statement is in its caller's row too: both are kept, one is summed.
$node->safe_psql('postgres', q{
	CREATE FUNCTION inside() RETURNS void LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_sleep(0.3) AS nested; END'});
$from = sample($node);
$node->safe_psql('postgres', 'SELECT inside()');
sample($node);
is_since_14(queries($from, '%AS nested%', q{bool_and(NOT toplevel), sum(calls), sum(exec_seconds) >= 0.3}),
	't|1|t', 'a nested statement has rows of its own');
is_since_14(queries($from, 'SELECT inside()%', q{bool_and(toplevel), sum(calls), sum(exec_seconds) >= 0.3}),
	't|1|t', 'beside those of the function that ran it');
is_since_14(sums($node, $from, 'sum(exec_seconds) BETWEEN 0.3 AND 0.6'),
	't', 'its time is in the sum once');
is_since_14($node->safe_psql('postgres', qq{SELECT string_agg(part, ',' ORDER BY part)
		FROM acu.top_queries(since => '$from') WHERE query LIKE '%nested%' OR query LIKE '%inside()%'}),
	'nested,query', 'acu.top_queries tells them apart');

# In a function a statement may be an expression, of which there is less text.
$node->safe_psql('postgres', q{
	CREATE FUNCTION within() RETURNS void LANGUAGE plpgsql AS
		'DECLARE x int; BEGIN x := 1 + 2 + 3; PERFORM 1 + 2 + 3 AS both_ways; END';
	SELECT 1 + 2 + 3 AS both_ways});
sample($node);
$node->safe_psql('postgres', 'SELECT within()');
sample($node);
is_since_14($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT query, '; ') FROM acu.query JOIN acu.query_sample
		USING (userid, dbid, queryid) WHERE NOT toplevel AND query LIKE '%both_ways%'}),
	'SELECT $1 + $2 + $3 AS both_ways', 'a nested statement does not take the text of the same one outside');

# Ten thousand entries that nobody has seen before. Operators make them differ.
my $many = join '',
  map { my $n = $_; 'SELECT 1' . join('', map { $n >> $_ & 1 ? '+1' : '-1' } 0 .. 13) . ";\n" }
  0 .. 9999;
my $file = $node->basedir . '/many.sql';
append_to_file($file, $many);
$from = sample($node);
my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_statements');
$node->command_ok([ 'psql', '-qXAtf', $file, '-o', '/dev/null', $node->connstr('postgres') ],
	'10,000 statements run');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_statements'),
	'>=', $before + 10000, 'each has its entry');
sample($node);
is(sums($node, $from, 'sum(calls) BETWEEN 10000 AND 10100, coalesce(sum(evictions), 0)'), 't|0',
	'all are in the sample');
is( $node->safe_psql('postgres', qq{SELECT count(*) FROM acu.query_sample
		WHERE at > '$from' AND userid <> 0}),
	1000, 'the busiest thousand have rows of their own');
is( $node->safe_psql('postgres', qq{SELECT sum(calls) = (SELECT sum(calls) FROM acu.sample WHERE at > '$from')
		FROM acu.top_queries(since => '$from', max_queries => 100) WHERE part IN ('query', 'others')}),
	't', 'the parts of acu.top_queries have all calls');
$from = sample($node);
$node->command_ok([ 'psql', '-qXAtf', $file, '-o', '/dev/null', $node->connstr('postgres') ],
	'they run again');
sample($node);
is(sums($node, $from, 'sum(calls) BETWEEN 10000 AND 10100'), 't', 'and count once more, not twice');

# The workers of a parallel query are no calls.
$node->safe_psql('postgres', q{
	CREATE TABLE wide AS SELECT n, repeat('x', 50) AS filler FROM generate_series(1, 300000) AS n;
	ALTER TABLE wide SET (parallel_workers = 2); ANALYZE wide});
my $parallel = q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;};
like($node->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE) SELECT count(*) FROM wide WHERE md5(n::text) > 'f'"),
	qr/Workers Launched: [12]/, 'a query runs in parallel');
$from = sample($node);
$node->safe_psql('postgres', "$parallel SELECT count(*) FROM wide WHERE md5(n::text) > 'f'");
sample($node);
is(queries($from, '%md5(n::text)%', 'sum(calls)'), '1', 'it is one call');
is(queries($from, '%md5(n::text)%', 'sum(blks) > 2000'), 't', 'with the blocks of its workers');

# Their CPU, while they run, is their client's and not the background's.
my $long = IPC::Run::start([ 'psql', '-qX', '-c',
	"$parallel SELECT count(*) FROM wide, generate_series(1, 1000) AS g WHERE md5((n + g)::text) > 'f'",
	$node->connstr('postgres') ], '>', \my $out, '2>', \my $err);
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'})
  or die 'the query runs without workers';
spaced($node);
$from = $node->safe_psql('postgres', 'SELECT acu.take_sample()');
$node->safe_psql('postgres', 'SELECT pg_sleep(1.5)');
$node->safe_psql('postgres', 'SELECT acu.take_sample()');
is(sums($node, $from, 'sum(cpu_seconds) > 0.5, sum(background_cpu_seconds) < sum(cpu_seconds) / 4'), 't|t',
	'the CPU of its workers is that of sessions');
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%md5((n + g)%'
	AND backend_type = 'client backend' AND pid <> pg_backend_pid()});
$long->finish; # with an error: it was cancelled

# A statement's entry is reset by itself: it counts from 0 again.
my $probe = 'SELECT 1 AS probe, now()';
my $reset = q{SELECT count(pg_stat_statements_reset(userid, dbid, queryid))
	FROM pg_stat_statements WHERE query LIKE 'SELECT $1 AS probe%'};
$node->safe_psql('postgres', join(';', ($probe) x 50));
$from = sample($node);
$node->safe_psql('postgres', "$reset;" . join(';', ($probe) x 3));
sample($node);
is(queries($from, '%AS probe%', 'sum(calls), bool_or(estimated)'), '3|t',
	'after a reset of one entry its calls are those since, as an estimate');
is(sums($node, $from, 'count(*), sum(calls) < 60'), '1|t', 'the sample is good');

# Samples of the worker's own do not write at once what queries did.
sample($node);
reconf($node, 'pg_acu.sample_interval', 1);
wait_for_sample($node);
$node->safe_psql('postgres', $reset);
wait_for_sample($node);
$seen = $node->safe_psql('postgres', 'SELECT max(at) FROM acu.sample');
$node->safe_psql('postgres', join(';', ($probe) x 10));
wait_for_sample($node);
reconf($node, 'pg_acu.sample_interval', 0);
sample($node);
is(queries($seen, '%AS probe%', 'sum(calls), bool_or(estimated)'), '10|f',
	'with a sample between reset and return they are exact');
is($node->safe_psql('postgres', 'SELECT count(DISTINCT epoch) FROM acu.sample'),
	1, 'nothing of this began an epoch');

is($node->safe_psql('postgres', q{SELECT count(*) FROM acu.query_hour WHERE least(calls, exec_seconds,
	cpu_seconds, plan_seconds, io_seconds, rows, blks_hit, blks_read, blks_dirtied, blks_written,
	temp_blks, wal_bytes) < 0}), 0, 'no counter is negative');
is($node->safe_psql('postgres', 'SELECT error FROM acu.worker_status()'), '', 'the worker had no error');
# Clients are counted, and the HTTP server is none. (Who asks for the sample is one.)
# Its name alone hides nobody: the role must be one that was made for it.
$node->safe_psql('postgres', q{CREATE ROLE web LOGIN; CREATE ROLE stranger LOGIN; SELECT acu.grant_http('web')});
my @sessions = map { $node->background_psql('postgres') } 1 .. 2;
push @sessions, $node->background_psql('postgres', extra_params => [ '-U', 'web' ]);
{
	local $ENV{PGAPPNAME} = 'pg_acu_httpd';
	push @sessions, map { $node->background_psql('postgres', extra_params => [ '-U', $_ ]) } qw(web stranger),
	  $node->safe_psql('postgres', 'SELECT current_user');
}
$_->query('SELECT 1') for @sessions;
spaced($node);
$node->safe_psql('postgres', 'SELECT acu.take_sample()');
spaced($node);
$from = $node->safe_psql('postgres', 'SELECT acu.take_sample()');
is($node->safe_psql('postgres', "SELECT connections FROM acu.sample WHERE at = '$from'"), 6,
	'clients are counted, without the HTTP server');
$_->quit for @sessions;
$node->stop;

# Too many statements for pg_stat_statements: what it threw out is not seen.
$node = sampled('evictions', 'pg_stat_statements.max = 100');
$node->safe_psql('postgres', q{
	CREATE TABLE paged AS SELECT n, repeat('x', 200) AS filler FROM generate_series(1, 2000) AS n;
	VACUUM ANALYZE paged});
my $scan = 'SELECT count(*) FROM paged';
$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
sample($node);
$from = sample($node);
$node->safe_psql('postgres', join(';', ($scan) x 400));
sample($node);
is_since_14(sums($node, $from, 'min(coverage) > 0.9, sum(evictions)'), 't|0', 'few statements are all seen');

my $one_off = $node->basedir . '/one_off.sql';
append_to_file($one_off,
	join '', map { my $n = $_; 'SELECT count(*) FROM paged WHERE n > 1'
		  . join('', map { $n >> $_ & 1 ? '+1' : '-1' } 0 .. 11) . ";\n" } 0 .. 2999);
$node->safe_psql('postgres', join(';', ($probe) x 20));
$from = sample($node);
$node->command_ok([ 'psql', '-qXAtf', $one_off, '-o', '/dev/null', $node->connstr('postgres') ],
	'3,000 statements run, once each');
$node->safe_psql('postgres', join(';', ($probe) x 2));
sample($node);
is_since_14(sums($node, $from, 'max(coverage) < 0.5, sum(evictions) > 10'), 't|t',
	'the coverage falls, and the evictions are counted');
is(sums($node, $from, 'sum(calls) < 1000, min(calls) >= 0'), 't|t', 'no call is made up');
is_since_14(queries($from, '%AS probe%', 'sum(calls), bool_and(estimated)'), '2|t',
	'an entry that came back is an estimate');
is_since_14(queries($from, '%FROM paged WHERE%', 'bool_and(estimated)'), 't',
	'and so is one that may have been thrown out before');
is_since_14($node->safe_psql('postgres', 'SELECT coverage < 0.7, evictions > 10, last_error FROM acu.sampler_status()'),
	't|t|', 'acu.sampler_status() says so');
is_since_14(epochs($node), 'first sample, statistics reset', 'and they begin no epoch');
# (No session but one comes in between, as each reads some hundred blocks of the catalog.)
$from = sample($node);
select undef, undef, undef, 1.1;
$node->safe_psql('postgres', 'SELECT acu.take_sample()');
is(sums($node, $from, 'bool_and(coverage IS NULL)'), 't', 'of a few blocks no coverage is told')
  or diag sums($node, $from, q{string_agg(format('%s of %s', blks_hit + blks_read, (blks_hit + blks_read) / nullif(coverage, 0)), ', ')});
is(overlaps($node), 0, 'the samples follow one another');

$node->stop;
done_testing();
