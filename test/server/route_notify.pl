# A change of the routes reaches whoever listens, once, when it is committed.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('notify');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');

# psql prints the notifications that arrive with the reply of a statement.
sub heard
{
	my ($sql) = @_;
	my $out = $node->safe_psql('postgres', "LISTEN pg_acu_route; $sql; SELECT 'end'");

	return scalar(() = $out =~ /Asynchronous notification "pg_acu_route"/g);
}

my $add = q{SELECT acu.add_route('GET', '/x', 'pg_catalog.version()')};
is(heard('SELECT 1'), 0, 'silence while nothing changes');
is(heard($add), 1, 'acu.add_route is heard');
is(heard(q{SELECT acu.drop_route('GET', '/x')}), 1, 'acu.drop_route is heard');
is(heard("BEGIN; $add; ROLLBACK"), 0, 'what is rolled back is not');
is(heard(q{UPDATE acu.route SET pipelined = false WHERE path = '/time'}), 1, 'an UPDATE is heard');

$node->stop;
done_testing();
