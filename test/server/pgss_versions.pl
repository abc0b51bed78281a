# Every version of pg_stat_statements that this server can install, in any
# schema, and updating it under pg_acu's feet.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('versions');
$node->init;
$node->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
$node->start;

my $inside = q{
	CREATE FUNCTION inside() RETURNS void LANGUAGE plpgsql AS
		'BEGIN PERFORM count(*) AS nested FROM pg_class; END';
	SELECT pg_sleep(0.01);
	SELECT inside()};
my $load = q{SELECT string_agg(concat(query, ' ', calls, ' ', coalesce(toplevel::text, '?')), ', '
		ORDER BY query) FROM acu.statement_load
	WHERE database_name = current_database()
	AND (query LIKE 'SELECT count(*) AS nested%' OR query LIKE 'SELECT inside()%')};
my $now = q{SELECT calls > 0, seconds IS NULL, calls_per_second IS NULL, evictions IS NULL,
	includes_nested FROM acu.load_now()};

sub create
{
	my ($db, $version) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE SCHEMA \"Stats \"\"here\"");
	$node->safe_psql($db,
		"CREATE EXTENSION pg_stat_statements VERSION '$version' SCHEMA \"Stats \"\"here\"");
	$node->safe_psql($db, 'CREATE EXTENSION pg_acu');
	$node->safe_psql($db, $inside);
}

# 1.8 tells neither nested statements apart nor when the counters began.
create('v18', '1.8');
is($node->safe_psql('v18', $load),
	'SELECT count(*) AS nested FROM pg_class 1 ?, SELECT inside() 1 ?', 'version 1.8');
is($node->safe_psql('v18', $now), 't|t|t|t|t', 'version 1.8: unknown is NULL');
is($node->safe_psql('v18', 'SELECT count(*) FROM acu.statement_load WHERE calls_per_second IS NOT NULL'),
	0, 'version 1.8: no rates');

# PostgreSQL 13 has none later.
if (before_14())
{
	$node->stop;
	done_testing();
	exit;
}

my $known = 'SELECT count(*) AS nested FROM pg_class 1 false, SELECT inside() 1 true';
create('v19', '1.9');
is($node->safe_psql('v19', $load), $known, 'version 1.9');
is($node->safe_psql('v19', $now), 't|f|f|f|f', 'version 1.9: all is known');
create('v110', '1.10');
is($node->safe_psql('v110', $load), $known, 'version 1.10');
is($node->safe_psql('v110', $now), 't|f|f|f|f', 'version 1.10: all is known');

# From 1.10 the time of temporary blocks is known as well.
is( $node->safe_psql('v110',
		q{SET track_io_timing = on; SET work_mem = '64kB';
		  SELECT count(*) FROM (SELECT n AS spilled FROM generate_series(1, 50000) AS n
			ORDER BY -n OFFSET 0) AS s;
		  SELECT io_seconds > 0 FROM acu.statement_load
		  WHERE query LIKE '%spilled%' AND temp_blks > 0}),
	"50000\nt",
	'the time of temporary blocks is in io_seconds');

# An update in the middle of a session, with everything planned and cached.
my ($out, $err);
$node->psql('v18', "$now; ALTER EXTENSION pg_stat_statements UPDATE; $now; $load",
	stdout => \$out, stderr => \$err);
is($err, '', 'ALTER EXTENSION pg_stat_statements UPDATE works');
is($out, "t|t|t|t|t\nt|f|f|f|f\n$known", 'and shows at once');

# Too old.
$node->safe_psql('postgres', 'CREATE DATABASE v17');
$node->safe_psql('v17', q{CREATE EXTENSION pg_stat_statements VERSION '1.7'; CREATE EXTENSION pg_acu});
$node->psql('v17', "\\set VERBOSITY verbose\nSELECT * FROM acu.load_now()", stderr => \$err);
like($err, qr/0A000: pg_stat_statements has no column .*\nDETAIL:.*1\.8.*\nHINT:  Run ALTER EXTENSION/,
	'version 1.7 is refused');
$node->safe_psql('v17', 'ALTER EXTENSION pg_stat_statements UPDATE');
is($node->safe_psql('v17', $now), 't|f|f|f|f', 'and works once updated');

# Our own version, once.
like($node->safe_psql('v110', q{SELECT extversion FROM pg_extension WHERE extname = 'pg_acu'}),
	qr/^\d+\.\d+\.\d+$/, 'a version of pg_acu');
is($node->safe_psql('v110', q{SELECT count(*) FROM pg_available_extension_versions WHERE name = 'pg_acu'}),
	1, 'this version alone is installed');

$node->stop;
done_testing();
