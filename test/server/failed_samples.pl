# Samples that fail, or wait: the counters of the server go on meanwhile, so what
# happened is in the next sample, which is a longer one, and no epoch begins. And
# settings of the database or the role, which must not make samples fail at all.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = sampled('failing', 'autovacuum = off');
my $probe = join(';', ('SELECT 1 AS probe, now()') x 200);
my $state = 'SELECT state FROM acu.worker_status()';
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');
my ($from, $err);

# Other sessions stay: what counts here is in pg_stat_statements at once.
sub take
{
	spaced($node);
	return $node->safe_psql('postgres', 'SELECT acu.take_sample()');
}

# Checks that statements run while no sample could be taken are in a later one.
sub nothing_is_lost
{
	my ($name) = @_;

	take();
	is(sums($node, $from, 'sum(calls) >= 200'), 't', "$name: the calls are counted");
	is($node->safe_psql('postgres', qq{SELECT sum(seconds)::numeric(9, 3)
			= extract(epoch FROM max(at) - '$from')::numeric(9, 3) FROM acu.sample WHERE at > '$from'}), 't',
		"$name: without a gap");
	is(epochs($node), 'first sample', "$name: and no epoch began");
	is($node->safe_psql('postgres', $state), 'sampling', "$name: then it goes on");
	is($node->safe_psql('postgres', q{SELECT sum(calls) BETWEEN 200 AND 210 FROM acu.query_sample
			JOIN acu.query USING (userid, dbid, queryid) WHERE query LIKE 'SELECT $1 AS probe%' AND at > '} . $from . q{'}),
		't', "$name: nor are those of the query lost");
	is(overlaps($node), 0, "$name: no samples overlap");
}

# A session holds the table: by the time that the worker gives up waiting for it, more
# than three of its intervals are over.
$from = take();
my $session = $node->background_psql('postgres');
$session->query('BEGIN; LOCK TABLE acu.sample');
reconf($node, 'pg_acu.sample_interval', 1);
$node->poll_query_until('postgres', "SELECT ($state) = 'failing'") or die 'it did not fail';
$node->safe_psql('postgres', $probe);
my $first = $node->safe_psql('postgres', 'SELECT error_at FROM acu.worker_status()');
$node->poll_query_until('postgres', "SELECT error_at > '$first' FROM acu.worker_status()") or die 'it did not fail again';
$session->query('COMMIT');
wait_for_sample($node);
nothing_is_lost('a lock that is held for long');

# One that is held for less, but for more than three intervals: the worker waits.
$from = take();
$session->query('BEGIN; LOCK TABLE acu.sample');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity
	WHERE backend_type = 'pg_acu sampler' AND wait_event_type = 'Lock'}) or die 'it does not wait';
$node->safe_psql('postgres', "$probe; SELECT pg_sleep(3.5)");
$session->query('COMMIT');
wait_for_sample($node);
nothing_is_lost('a lock that is waited for');

# A cancel while it takes a sample.
reconf($node, 'pg_acu.sample_interval', 0);
$from = take();
$node->safe_psql('postgres', $probe);
$session->query('BEGIN; LOCK TABLE acu.sample');
spaced($node);
my $asking = $node->background_psql('postgres', on_error_stop => 0);
$asking->query_until(qr/asking/, "\\echo asking\nSELECT acu.take_sample();\n");
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity
	WHERE backend_type = 'pg_acu sampler' AND wait_event_type = 'Lock'}) or die 'it does not wait';
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$node->poll_query_until('postgres', "SELECT ($state) = 'failing'") or die 'it was not cancelled';
$session->query('COMMIT');
$asking->quit;
nothing_is_lost('a cancel');

# The worker's look for its extension may fail as well.
$from = take();
$node->safe_psql('postgres', $probe);
$session->query('BEGIN; LOCK TABLE pg_extension IN ACCESS EXCLUSIVE MODE');
spaced($node);
$asking = $node->background_psql('postgres', on_error_stop => 0);
$asking->query_until(qr/asking/, "\\echo asking\nSELECT acu.take_sample();\n");
$node->poll_query_until('postgres', "SELECT ($state) = 'failing'") or die 'it did not fail';
$session->query('COMMIT');
$asking->quit;
$session->quit;
nothing_is_lost('a lock of the catalog');

# The history is broken for a while, and so is the writing of minutes.  Of a ring all members
# are missing, as any of them may be the one that is written to.
my @members = split /\n/,
  $node->safe_psql('postgres', q{SELECT inhrelid::regclass FROM pg_inherits
	WHERE inhparent = 'acu.query_recent'::regclass ORDER BY 1});
ok(@members > 1, 'the ring has members');
for my $tables ([ 'acu.ring' ], \@members)
{
	my $missing = join '|', map { quotemeta } @$tables;
	my (@break, @mend);

	for my $table (@$tables)
	{
		my ($schema, $name) = split /\./, $table;

		push @break, "ALTER TABLE $table RENAME TO gone_$name";
		push @mend, "ALTER TABLE $schema.gone_$name RENAME TO $name";
	}
	$from = take();
	$node->safe_psql('postgres', join '; ', @break, $probe);
	for (1 .. 3)
	{
		spaced($node);
		$node->psql('postgres', 'SELECT acu.take_sample()', stderr => \$err);
		like($err, qr/the sampler of pg_acu failed: relation "($missing)" does not exist/, 'who asks is told why');
	}
	$node->safe_psql('postgres', join '; ', @mend);
	nothing_is_lost("$tables->[0] is missing");
}
is($node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()'), $pid, 'all by one worker');

# --- Settings that a server, a database or a role has

$node->safe_psql('postgres', q{CREATE ROLE nobody; CREATE SCHEMA trap;
	ALTER DATABASE postgres SET role = nobody;
	ALTER DATABASE postgres SET search_path = trap;
	ALTER DATABASE postgres SET statement_timeout = 1;
	ALTER DATABASE postgres SET default_transaction_read_only = on;
	ALTER DATABASE postgres SET default_transaction_isolation = serializable;
	ALTER DATABASE postgres SET default_transaction_deferrable = on;
	ALTER DATABASE postgres SET temp_file_limit = 0;
	ALTER DATABASE postgres SET exit_on_error = on;
	ALTER DATABASE postgres SET transform_null_equals = on;
	ALTER DATABASE postgres SET standard_conforming_strings = off;
	ALTER DATABASE postgres SET session_preload_libraries = 'no_such_library';
	ALTER DATABASE postgres SET pg_stat_statements.track = 'none'});
$node->restart;
$node->poll_query_until('template1', q{SELECT count(*) = 1 FROM pg_stat_activity
	WHERE backend_type = 'pg_acu sampler' AND application_name = 'pg_acu sampler'}) or die 'the worker did not start';
{
	local $ENV{PGOPTIONS} = '-c session_preload_libraries= -c default_transaction_read_only=off -c statement_timeout=0'
	  . ' -c default_transaction_isolation=read\ committed -c exit_on_error=off -c role=none -c temp_file_limit=-1'
	  . ' -c standard_conforming_strings=on';
	$from = take();
	take();
	is(sums($node, $from, 'count(*)'), 1, 'it takes samples whatever settings its database has');
	is($node->safe_psql('postgres', 'SELECT state, error FROM acu.worker_status()'), 'sampling|', 'without an error');
	$node->safe_psql('postgres', q{ALTER DATABASE postgres RESET ALL;
		ALTER ROLE } . $node->safe_psql('postgres', 'SELECT current_user') . q{ SET role = nobody});
	$node->restart;
	wait_for_worker($node);
	$from = take();
	take();
	is(sums($node, $from, 'count(*)'), 1, 'or its role');
	is($node->safe_psql('postgres', 'SELECT state, error FROM acu.worker_status()'), 'sampling|', 'without an error either');
}

$node->stop;
done_testing();
