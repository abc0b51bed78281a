# Without the preload: the endpoints work, the query load says what to do. Two
# databases of one cluster, and databases in other encodings.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('plain');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE one; CREATE DATABASE two');

my ($out, $err);

sub fails_like
{
	my ($db, $sql, $pattern, $name) = @_;

	$node->psql($db, "\\set VERBOSITY verbose\n$sql", stderr => \$err);
	like($err, $pattern, $name);
}

# pg_stat_statements is needed, and the error says how to get it.
fails_like('one', 'CREATE EXTENSION pg_acu',
	qr/42704: required extension "pg_stat_statements" is not installed\nHINT:.*CASCADE/,
	'pg_stat_statements is asked for');

$node->safe_psql($_, 'CREATE EXTENSION pg_acu CASCADE') for qw(one two);
like($node->safe_psql('one', q{SELECT acu.time('Asia/Tokyo')}),
	qr/\+09:00", "timezone": "Asia\/Tokyo"\}$/, 'acu.time without the preload');
like($node->safe_psql('one', 'SELECT acu.root()'),
	qr/<option>Asia\/Tokyo<\/option>/, 'acu.root without the preload');
is($node->safe_psql('one', 'SELECT count(*) FROM acu.route_info'),
	3, 'acu.route_info without the preload');
for my $read (
	'SELECT * FROM acu.load_now()',
	'SELECT * FROM acu.statement_load',
	'SELECT acu.query_text(0, 0, 0, true)')
{
	fails_like('one', $read,
		qr/55000: pg_stat_statements must be loaded via "?shared_preload_libraries"?\nHINT:  Add pg_stat_statements to shared_preload_libraries and restart/,
		"not preloaded: $read");
}

# One database's extension is not the other's.
$node->safe_psql('one', q{SELECT acu.add_route('GET', '/one', 'pg_catalog.version()')});
is($node->safe_psql('two', q{SELECT count(*) FROM acu.route WHERE path = '/one'}),
	0, 'a route of one database is not in the other');
$node->safe_psql('one', 'DROP EXTENSION pg_acu');
like($node->safe_psql('two', 'SELECT acu.time()'), qr/UTC/, 'the other database goes on');
is($node->safe_psql('one', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'acu'}),
	0, 'nothing is left in the first');
$node->safe_psql('one', 'CREATE EXTENSION pg_acu');
like($node->safe_psql('one', 'SELECT acu.time()'), qr/UTC/, 'and it can be created again');

# Preloaded, both see the statements of the whole server, and whose they are.
$node->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
$node->restart;
is($node->safe_psql('one', 'SHOW pg_stat_statements.track'), 'all', 'the parameter group applies');
$node->safe_psql('one', 'SELECT 1 AS ran_in_one');
$node->safe_psql('two', 'SELECT 2 AS ran_in_two');
is( $node->safe_psql('two',
		q{SELECT string_agg(database_name || ' ' || calls, ', ' ORDER BY database_name)
		  FROM acu.statement_load WHERE query LIKE 'SELECT $1 AS ran_in_%'}),
	'one 1, two 1',
	'the statements of both databases');

# An unknown pg_acu setting is noticed.
SKIP:
{
	skip 'before PostgreSQL 15 any setting with a dot is taken', 1 if `pg_config --version` =~ /L 1[34]\b/;
	fails_like('one', "LOAD 'pg_acu'; SET pg_acu.no_such_setting = 1",
		qr/invalid configuration parameter name "pg_acu.no_such_setting"/, 'a misspelt setting');
}

# A known one is none, whether pg_acu is preloaded or not.
$node->append_conf('postgresql.conf', "pg_acu.database = 'one'");
$node->reload;
is($node->psql('one', q{SELECT acu.time() \g /dev/null
	SHOW pg_acu.database}, stdout => \$out, stderr => \$err), 0, 'a setting of the worker');
is("$out$err", 'one', 'is no reason to warn');

# Bytes that are no text never reach a time zone; where any bytes are text, they
# name none.
fails_like('one', q{SELECT acu.time(E'Europe/Z\xfcrich')},
	qr/22021: invalid byte sequence for encoding "UTF8"/, 'invalid UTF-8');
$node->safe_psql('postgres',
	q{CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'});
$node->safe_psql('bytes', 'CREATE EXTENSION pg_acu CASCADE');
fails_like('bytes', q{SET client_encoding = 'SQL_ASCII'; SELECT acu.time(E'Europe/Z\xfcrich')},
	qr/22023: time zone "Europe\/Z\xfcrich" not recognized/, 'any bytes');
like($node->safe_psql('bytes', q{SELECT acu.time('Europe/Zurich')}),
	qr/Europe\/Zurich/, 'a time zone in a database of any bytes');

$node->stop;
done_testing();
