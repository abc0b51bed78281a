# The rings that the history is kept in, rotated again and again: nothing is lost on the
# way from one to the next, and nothing grows. They are rotated when the test says that their
# time is over, and once more where it runs across a full hour.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $retention = join "\n",
  map { "pg_acu.$_ = 1440min" } qw(sample_retention minute_retention query_retention query_hour_retention);
my $node = alone('rings', $retention);

is($node->psql('postgres', q{LOAD 'pg_acu'; ALTER SYSTEM SET pg_acu.sample_retention = 0}),
	3, 'no retention is shorter than a minute');

# Copies of the incoming rows, to compare with.
$node->safe_psql('postgres', q{
	CREATE TABLE seen_sample AS SELECT * FROM acu.sample;
	CREATE TABLE seen_query AS SELECT * FROM acu.query_recent;
	CREATE TABLE numbers AS SELECT n FROM generate_series(1, 2000) AS n;
	SELECT acu.take_sample()});

# Three samples each, and then a rotation of all rings, as if their time was over;
# %rotated counts how often each was.
my %rotated;

sub rotate
{
	my ($times) = @_;
	my $sample = q{
		SELECT count(*) FROM numbers;
		UPDATE numbers SET n = n + 1 WHERE n < 100;
		SELECT acu.take_sample() AS at \gset
		INSERT INTO seen_sample SELECT * FROM acu.sample WHERE at = :'at';
		INSERT INTO seen_query SELECT * FROM acu.query_recent WHERE at = :'at';};

	for (1 .. $times)
	{
		my $partitions = 'SELECT name, partition, since FROM acu.ring';

		$node->safe_psql('postgres', "$sample $sample $sample");
		$node->safe_psql('postgres', "UPDATE acu.ring SET since = since - interval '1 day'");
		my %before = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', $partitions);
		$node->safe_psql('postgres', 'CALL acu.rotate_history()');
		$rotated{(split /\|/)[0]}++ for grep { !$before{$_} } split /\n/, $node->safe_psql('postgres', $partitions);
	}
}

sub rows_of
{
	my ($table) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) FROM $table");
}

rotate(9);
is(join(', ', map { "$_ $rotated{$_}" } sort keys %rotated),
	'query_hour 9, query_minute 9, query_recent 9, sample 9, sample_minute 9', 'all rings are rotated');
cmp_ok(rows_of('acu.sample'), '<', 20, 'samples were rolled up into minutes');
is( $node->safe_psql('postgres', q{
	WITH now AS (SELECT sum(seconds) AS seconds, sum(cpu_seconds) AS cpu, sum(calls) AS calls,
			sum(active_sessions * seconds) AS active, sum(blks_hit) AS hit, max(connections) AS connections,
			sum(wal_bytes) AS wal, sum(exec_seconds) AS exec FROM acu.sample),
		seen AS (SELECT sum(seconds) AS seconds, sum(cpu_seconds) AS cpu, sum(calls) AS calls,
			sum(active_sessions * seconds) AS active, sum(blks_hit) AS hit, max(connections) AS connections,
			sum(wal_bytes) AS wal, sum(exec_seconds) AS exec FROM seen_sample)
	SELECT abs(now.seconds - seen.seconds) < 1e-6, abs(now.cpu - seen.cpu) < 1e-6,
		CASE WHEN current_setting('server_version_num')::int < 140000 THEN now.active IS NULL
			ELSE abs(now.active - seen.active) < 1e-6 END,
		abs(now.exec - seen.exec) < 1e-6,
		(now.calls, now.hit, now.connections, now.wal) = (seen.calls, seen.hit, seen.connections, seen.wal)
	FROM now, seen}), 't|t|t|t|t', 'their sums are those of what came in');
cmp_ok(rows_of('acu.query_packed'), '>', 0, 'queries were packed');
is( $node->safe_psql('postgres', q{
	WITH now AS (SELECT userid, dbid, queryid, toplevel, sum(cpu_seconds) AS cpu, sum(calls) AS calls,
			sum(exec_seconds) AS exec, sum(rows) AS rows, sum(blks_hit) AS hit, sum(blks_read) AS read,
			sum(blks_dirtied) AS dirtied, sum(blks_written) AS written, sum(temp_blks) AS temp,
			sum(wal_bytes) AS wal FROM acu.query_hour GROUP BY 1, 2, 3, 4),
		seen AS (SELECT userid, dbid, queryid, toplevel, sum(cpu_seconds) AS cpu, sum(calls) AS calls,
			sum(exec_seconds) AS exec, sum(rows) AS rows, sum(blks_hit) AS hit, sum(blks_read) AS read,
			sum(blks_dirtied) AS dirtied, sum(blks_written) AS written, sum(temp_blks) AS temp,
			sum(wal_bytes) AS wal FROM seen_query GROUP BY 1, 2, 3, 4)
	SELECT count(*) > 5, bool_and(abs(now.cpu - seen.cpu) < 1e-4), bool_and(abs(now.exec - seen.exec) < 1e-4),
		bool_and((now.calls, now.rows, now.hit, now.read, now.dirtied, now.written, now.temp, now.wal)
			= (seen.calls, seen.rows, seen.hit, seen.read, seen.dirtied, seen.written, seen.temp, seen.wal))
	FROM now FULL JOIN seen USING (userid, dbid, queryid, toplevel)}), 't|t|t|t',
	'so are those of every query');
is( $node->safe_psql('postgres', q{
	SELECT abs(sum(s.calls) - (SELECT sum(calls) FROM seen_query)) , sum(blks) > 0
	FROM acu.query_sample AS s}), '0|t', 'acu.query_sample has them all');
is(overlaps($node), 0, 'the samples follow one another');

# Many rotations later.
rotate(25);
my @tables = qw(acu.sample acu.query_recent acu.query_packed acu.query acu.epoch);
my @before = map { rows_of($_) } @tables;
# (but for a row that is updated all the time: that is for autovacuum)
my $bytes = q{SELECT sum(pg_total_relation_size(oid)) FROM pg_class
	WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND relkind = 'r' AND relname <> 'sampler_state'};
my $bytes_before = $node->safe_psql('postgres', $bytes);
rotate(40);
for my $i (0 .. $#tables)
{
	cmp_ok(rows_of($tables[$i]), '<=', $before[$i] + 60, "$tables[$i] does not grow");
}
cmp_ok(rows_of('acu.sample'), '<=', 6 + 13 * 2, 'samples of two rotations are left, and minutes of thirteen');
cmp_ok($node->safe_psql('postgres', $bytes), '<', $bytes_before + 128 * 1024, 'nor do all tables together');
is(overlaps($node), 0, 'the samples follow one another');

# Texts go with the last row of their query.
my $probe = q{SELECT count(*) FROM acu.query WHERE query LIKE 'SELECT count(*) FROM numbers'};
$node->safe_psql('postgres', q{
	UPDATE acu.query SET last_seen = last_seen - interval '3 days';
	INSERT INTO acu.query VALUES (10, 1, 99, 'gone', now() - interval '5 days')});
rotate(4);
is($node->safe_psql('postgres', q{SELECT count(*) FROM acu.query WHERE query = 'gone'}),
	0, 'a text that nothing refers to goes');
is($node->safe_psql('postgres', $probe), 1, 'one that is used stays');

# Somebody reads while the rings are to be rotated: the samples go on, and the rotation
# is made up for.
my $report = $node->background_psql('postgres');
$report->query('BEGIN');
$report->query('SELECT count(*) FROM acu.sample');
my $partition = $node->safe_psql('postgres', q{SELECT partition FROM acu.ring WHERE name = 'sample'});
my $count = rows_of('acu.sample');
rotate(2);
is(rows_of('acu.sample'), $count + 6, 'samples are taken while a report reads');
is($node->safe_psql('postgres', q{SELECT partition FROM acu.ring WHERE name = 'sample'}), $partition,
	'but the ring that is read is not rotated');
$report->quit;
idle($node);
rotate(1);
isnt($node->safe_psql('postgres', q{SELECT partition FROM acu.ring WHERE name = 'sample'}), $partition,
	'until the report has ended');
is(overlaps($node), 0, 'the samples follow one another');

$node->stop;
done_testing();
