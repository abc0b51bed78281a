# The settings of the sampler: its intervals, and the history that is kept.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = sampled('settings', "shared_buffers = 64MB\nautovacuum = off\nlog_statement = none\npg_acu.memory_interval = 1");
my $from;

# Sets a value; one sample later the worker has read it for sure.
sub set
{
	my ($name, $value) = @_;

	reconf($node, "pg_acu.$name", $value);
	return sample($node);
}

# --- Memory

# MiB of shared_buffers that are used, and that are hot, at a new look.
sub buffers
{
	$node->safe_psql('postgres', 'SELECT pg_sleep(1.1)');
	my $at = sample($node);

	return split /\|/, $node->safe_psql('postgres', qq{SELECT buffers_used_bytes / 1048576, buffers_hot_bytes / 1048576,
		buffers_used_bytes <= shared_buffers_bytes FROM acu.sample WHERE at = '$at'});
}

my ($used_before, $hot_before) = buffers();
$node->safe_psql('postgres', q{CREATE TABLE seven_mib AS SELECT n, repeat('x', 1000) AS filler FROM generate_series(1, 6272) AS n});
my ($used, $hot, $fits) = buffers();
cmp_ok($used - $used_before, '>=', 6, 'what was written once is in shared_buffers');
cmp_ok($hot - $hot_before, '<', 3, 'but is not hot');
is($fits, 't', 'there is no more than shared_buffers');
$node->safe_psql('postgres', 'SELECT count(*) FROM seven_mib') for 1 .. 3;
(undef, $hot) = buffers();
cmp_ok($hot - $hot_before, '>=', 6, 'what is used again and again is');
$from = set('memory_interval', 3600);
$node->safe_psql('postgres', 'DROP TABLE seven_mib');
sample($node);
cmp_ok(sums($node, $from, 'max(buffers_hot_bytes) / 1048576'), '>=', $hot, 'between two looks it is what it was');
$from = set('memory_interval', 0);
sample($node);
is(sums($node, $from, 'count(*), count(buffers_used_bytes), count(buffers_hot_bytes)'), '1|0|0',
	'without looks it is not known');

# --- Queries

sub count_of
{
	my ($what) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) FROM $what");
}

is(count_of(q{pg_stat_statements WHERE query ~ '^INSERT INTO acu.(sample|query_recent)_|^SELECT oid, extversion'}),
	0, 'what the worker runs is not in the load');

set('track_query_text', 'off');
$node->safe_psql('postgres', 'SELECT 1 AS secret, now()');
$from = sample($node);
my $texts = q{acu.query WHERE query LIKE 'SELECT $1 AS secret%'};
is(count_of($texts), 0, 'no text is kept');
is(count_of(qq{acu.query_sample AS s JOIN pg_stat_statements AS p USING (userid, dbid, queryid)
	WHERE s.at = '$from' AND query LIKE 'SELECT \$1 AS secret%'}), 1, 'but what it did is');
set('query_text_length', 64);
set('track_query_text', 'on');
$node->safe_psql('postgres', 'SELECT 1 AS secret, ' . join ', ', map { "$_ AS c$_" } 1 .. 50);
sample($node);
is($node->safe_psql('postgres', q{SELECT min(length(query)), max(length(query)) FROM acu.query
	WHERE query LIKE 'SELECT $1 AS secret%'}), '26|64', 'then texts are, of the length that is wanted');

set('queries_per_minute', 3);
$node->safe_psql('postgres', join ';', map { 'SELECT ' . join ', ', ('1') x $_ } 1 .. 9);
$from = sample($node);
is($node->safe_psql('postgres', qq{SELECT count(*) FILTER (WHERE userid <> 0), sum(calls) FILTER (WHERE toplevel) >= 9,
		sum(calls) FILTER (WHERE toplevel) = (SELECT calls FROM acu.sample WHERE at = '$from')
		FROM acu.query_sample WHERE at = '$from'}), '3|t|t', 'the rest are one row together');
set('queries_per_minute', 1000);

# --- Time

# The most clients at a time were there between two samples.
$from = sample($node);
my @sessions = map { $node->background_psql('postgres') } 1 .. 3;
$_->query('SELECT 1') for @sessions;
$node->safe_psql('postgres', 'SELECT pg_sleep(1.5)');
$_->quit for @sessions;
sample($node);
is(sums($node, $from, 'max(connections)'), 4, 'clients are counted between samples too');

# A shorter interval than the one that is under way throws nothing away.
set('sample_interval', 3600);
$from = sample($node);
$node->safe_psql('postgres', 'SELECT pg_sleep(3.5)');
reconf($node, 'pg_acu.sample_interval', 1);
wait_for_sample($node);
cmp_ok(sums($node, $from, 'max(seconds)'), '>', 3.5, 'the interval under way becomes a sample');
is(epochs($node), 'first sample', 'and no gap');

# Three missed intervals are a gap.
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');
wait_for_sample($node);
$from = $node->safe_psql('postgres', 'SELECT max(at) FROM acu.sample');
kill 'STOP', $pid;
$node->safe_psql('postgres', 'SELECT pg_sleep(4.5)');
kill 'CONT', $pid;
wait_for_sample($node);
is(epochs($node), 'first sample, gap', 'three intervals that were missed are a gap');
is(sums($node, $from, 'max(seconds) < 3'), 't', 'which is in no sample');

# The queries of a minute that is not over are written before the server stops.
$node->safe_psql('postgres', 'SELECT 1 * 2 * 3 AS pending');
my $id = $node->safe_psql('postgres', q{SELECT queryid FROM pg_stat_statements WHERE query LIKE '% AS pending' AND calls = 1});
wait_for_sample($node);
$node->restart;
is($node->safe_psql('postgres', "SELECT sum(calls) FROM acu.query_sample WHERE queryid = $id"), 1,
	'nothing is lost when the server stops');
is($node->safe_psql('postgres', 'SELECT last_error FROM acu.sampler_status()'), '', 'nothing failed');
is(overlaps($node), 0, 'the samples follow one another');

$node->stop;
done_testing();
