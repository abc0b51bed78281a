# Two sessions that import at the same time: the intervals of a target never overlap,
# though no constraint says so.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = alone('imports');
my $overlaps = q{SELECT count(*) FROM (SELECT at - make_interval(secs => seconds) AS begins,
	lag(at) OVER (PARTITION BY target_id ORDER BY at) AS before FROM acu.sample) AS s WHERE begins < before};

# Ten minutes from a time on, as an import.
sub import
{
	my ($target, $from) = @_;

	return "SELECT acu.import_series('$target', array_agg(at), array_agg(0.5)) FROM "
	  . "generate_series('2026-01-01 $from'::timestamptz, '2026-01-01 $from'::timestamptz + interval '9 min', '1 min') AS at";
}

# Returns the output of psql for SQL that runs while another session is in a transaction,
# which ends by $end once the SQL waits for it.
sub beside
{
	my ($first, $sql, $end) = @_;
	my $session = $node->background_psql('postgres');
	my ($out, $err) = ('', '');

	$session->query("BEGIN; $first");
	my $other = IPC::Run::start([ 'psql', '-qXAt', '-d', $node->connstr('postgres'), '-c', $sql ], '>', \$out, '2>', \$err);
	$node->poll_query_until('postgres', 'SELECT count(*) = 1 FROM pg_locks WHERE NOT granted')
	  or die 'it does not wait';
	$session->query($end);
	$session->quit;
	$other->finish;
	chomp($out);
	return $err ne '' ? $err : $out;
}

sub ends
{
	my ($target) = @_;

	return $node->safe_psql('postgres', "SELECT count(*), to_char(min(at), 'HH24:MI:SS') FROM acu.sample
		WHERE target_id = acu_internal.target_id('$target')");
}

# The target is new, for both.
is(beside(import('shop', '00:01'), import('shop', '00:03:30'), 'COMMIT'), 10, 'the second of two imports waits');
is(ends('shop'), '12|00:01:00', 'and replaces what overlaps of the first');
is($node->safe_psql('postgres', $overlaps), 0, 'so that nothing overlaps');
is(beside(import('shop', '00:01'), import('shop', '00:02:15'), 'ROLLBACK'), 10, 'it waits too when the first is rolled back');
is($node->safe_psql('postgres', $overlaps), 0, 'and nothing overlaps');
is(beside(import('a', '00:01'), import('b', '00:01'), 'COMMIT'), 10, 'two new targets at the same time');
is($node->safe_psql('postgres', q{SELECT count(DISTINCT id) FROM acu.target WHERE name IN ('a', 'b')}), 2,
	'get ids of their own');

# The target is dropped meanwhile.
is(beside(q{SELECT acu.drop_target('shop')}, import('shop', '00:05:30'), 'COMMIT'), 10, 'an import waits for a drop');
is(ends('shop'), '10|00:05:30', 'and makes the target anew');

# A snapshot that is older than the import of another session.
# (Where it sees intervals that the other has replaced, PostgreSQL would notice by itself.)
my %hours = ('REPEATABLE READ' => '05', SERIALIZABLE => '06');
for my $isolation (sort keys %hours)
{
	my $hour = $hours{$isolation};
	my $session = $node->background_psql('postgres', on_error_stop => 0);

	$session->query("BEGIN ISOLATION LEVEL $isolation; SELECT count(*) FROM acu.target");
	$node->safe_psql('postgres', import('shop', "$hour:01") . ';' . import("new $isolation", "$hour:01"));
	for my $target ('shop', "new $isolation")
	{
		$session->query('SAVEPOINT import');
		$session->query('\set VERBOSITY verbose');
		$session->query(import($target, "$hour:01:30") . ';');
		like($session->{stderr}, qr/ERROR:  40001: /, "$isolation: an import over one that it cannot see fails");
		$session->{stderr} = '';
		$session->query('ROLLBACK TO import');
	}
	$session->query('COMMIT');
	$session->quit;
	is($node->safe_psql('postgres', $overlaps), 0, "$isolation: nothing overlaps");
}

$node->stop;
done_testing();
