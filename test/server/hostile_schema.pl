# A database whose owner is hostile, and no superuser: nothing that he leaves in its
# schemas runs when a superuser creates the extension there, nor afterwards.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init;
$node->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
$node->append_conf('postgresql.conf',
	"shared_preload_libraries = 'pg_stat_statements, pg_acu'\npg_acu.sample_interval = 0");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE evil LOGIN');

# Names of functions that the script or the library calls, in any schema.
my $called = join '|', sort keys %{ { map { $_ => 1 } map { slurp_file($_) =~ /\b([a-z_0-9]+)\(/g }
	glob('sql/pg_acu/*.sql src/{backend,workload/*,capacity}/*.c') } };

# Leaves traps in a schema, made by its owner.
sub leave_traps
{
	my ($database, $schema, $like, $names) = @_;

	command_ok([ 'psql', '-XqAt', '-U', 'evil', '-d', $node->connstr($database), '-v', "schema=$schema",
		'-v', "like=$like", '-v', "names=^($names)\$", '-f', 'test/server/hostile_schema.sql' ],
		"traps in $database.$schema");
	my ($functions, $operators) = split /\|/, $node->safe_psql($database, qq{
		SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc WHERE pronamespace = '$schema'::regnamespace),
			(SELECT pg_catalog.count(*) FROM pg_catalog.pg_operator WHERE oprnamespace = '$schema'::regnamespace)});
	cmp_ok($functions, '>', 100, 'functions among them');
	cmp_ok($operators, '>', 1000, 'and operators');
}

# (What a test asks for by itself must not fall into them either.)
sub hostile_database
{
	my ($database) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER evil");
	$node->safe_psql('postgres', "ALTER DATABASE $database SET search_path = public, pg_catalog");
	leave_traps($database, 'public', 'pg_catalog', $called);
}

sub nothing_ran
{
	my ($database, $when) = @_;

	is($node->safe_psql($database, q{SELECT pg_catalog.string_agg(DISTINCT what, ', ') FROM hostile.ran}), '',
		"$database: nothing hostile ran $when");
	is($node->safe_psql('postgres', 'SELECT rolname FROM pg_roles WHERE rolsuper'), 'postgres',
		"$database: there is no other superuser $when");
}

# Every report and every function that changes something, with one that it refuses.
my @calls = (
	'SELECT acu.root()', q{SELECT acu.time('Asia/Tokyo')}, 'SELECT * FROM acu.route_info',
	q{SELECT acu.add_route('GET', '/hostile', 'pg_catalog.version()'::pg_catalog.regprocedure, true, 5)},
	q{SELECT acu.grant_http('acu_web'::pg_catalog.regrole)}, q{SELECT acu.drop_route('GET', '/hostile')},
	'SELECT * FROM acu.statement_load', 'SELECT * FROM acu.load_now()', 'SELECT * FROM acu.status()',
	'SELECT * FROM acu.sampler_status()',
	'SELECT * FROM acu.load()', 'SELECT * FROM acu.top_queries()', 'SELECT acu.workload()',
	'SELECT * FROM acu.query_sample', 'SELECT * FROM acu.query_hour', 'SELECT * FROM acu.worker_status()',
	q{SELECT acu.set_price('us-east-1', 'db.serverless', 0.12, 0.16)},
	q{SELECT acu.set_instance_class('db.r99.large', 2::double precision, 16::double precision)},
	q{SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02, 2026-01-03}', '{1, 2, 1}', vcpus => 4::double precision)},
	q{SELECT acu.import_cloudwatch('other', '{"MetricDataResults": [{"Id": "cpu", "Label": "CPUUtilization",
		"Timestamps": ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"], "Values": [10, 20]}]}', 'db.r6g.large')},
	'SELECT * FROM acu.constants()', map({ ("SELECT * FROM acu.demand('$_')", "SELECT * FROM acu.simulate('$_')",
		"SELECT * FROM acu.outcome('$_')", "SELECT * FROM acu.options('$_')", "SELECT * FROM acu.advise('$_')",
		"SELECT * FROM acu.query_cost('$_')", "SELECT * FROM acu.stages('$_')") } 'shop', 'local'),
	q{SELECT * FROM acu.aws_estimate('db.r6g.large', 40::double precision, 80::double precision)}, 'SELECT * FROM acu.current_price',
	'SELECT * FROM acu.current_instance_class');
my @refused = (q{SELECT acu.time('Asia/Tokio')}, q{SELECT * FROM acu.load('shpo')},
	q{SELECT * FROM acu.advise(region => 'eu-wst-1')}, q{SELECT acu.set_price('us-east-1', 'db.r6g.lrge', -1)},
	q{SELECT acu.add_route('BREW', 'pot', 'pg_catalog.version()')}, q{SELECT * FROM acu.aws_estimate('db.r6g.lage', 1, 1)});

# Runs as a superuser, with the owner's schemas first in the search_path.
sub works
{
	my ($database) = @_;
	my ($out, $err);

	for my $sql (@calls)
	{
		is($node->psql($database, $sql, stdout => \$out, stderr => \$err), 0, "$database: " . $sql =~ s/\s+/ /gr);
		unlike($err, qr/hostile/, 'runs nothing hostile');
	}
	for my $sql (@refused)
	{
		$node->psql($database, $sql, stderr => \$err);
		like($err, qr/ERROR: .*\n(?s:.*)HINT: /, "$database: $sql is refused");
	}
}

sub refers_nowhere
{
	my ($database) = @_;

	is($node->safe_psql($database, slurp_file('test/outside.sql') . 'SELECT * FROM pg_temp.outside()'), '',
		"$database: the extension refers to nothing outside");
}

sub samples
{
	my ($database) = @_;

	$node->append_conf('postgresql.conf', "pg_acu.database = '$database'");
	$node->restart;
	$node->poll_query_until($database, 'SELECT pid IS NOT NULL FROM acu.worker_status()')
	  or die 'the worker did not start';
	$node->safe_psql($database, 'SELECT acu.take_sample(); SELECT pg_catalog.pg_sleep(1)') for 1 .. 3;
	# All rings turn.
	$node->safe_psql($database, q{UPDATE acu.ring SET since = '2000-01-01'});
	$node->safe_psql($database, 'SELECT acu.take_sample()');
	is($node->safe_psql($database, q{SELECT state, last_error FROM acu.sampler_status()}), 'off|',
		"$database: samples are taken");
	is($node->safe_psql($database, 'SELECT pg_catalog.count(*) FROM acu.sample'), 3, "$database: and kept");
}

$node->safe_psql('postgres', 'CREATE ROLE acu_web LOGIN');

# pg_stat_statements in public, where it usually is.
hostile_database('usual');
$node->safe_psql('usual', 'CREATE EXTENSION pg_acu CASCADE');
nothing_ran('usual', 'when the extension is created');

# In a schema of its own, and in one of the hostile owner's.
hostile_database('apart');
$node->safe_psql('apart', 'CREATE SCHEMA stats; CREATE EXTENSION pg_stat_statements SCHEMA stats; CREATE EXTENSION pg_acu');
nothing_ran('apart', 'when the extension is created');
hostile_database('within');
$node->safe_psql('within', 'CREATE SCHEMA tools AUTHORIZATION evil');
leave_traps('within', 'tools', 'pg_catalog', $called);
$node->safe_psql('within', 'CREATE EXTENSION pg_stat_statements SCHEMA tools; CREATE EXTENSION pg_acu');
nothing_ran('within', 'when the extension is created');

for my $database (qw(usual apart within))
{
	refers_nowhere($database);
	samples($database);
	works($database);
	nothing_ran($database, 'afterwards');
	$node->safe_psql($database, 'DROP EXTENSION pg_acu; CREATE EXTENSION pg_acu');
	nothing_ran($database, 'when it is created again');
}

# Somebody who may create objects in our schemas imitates our own functions.
for my $schema (qw(acu acu_internal))
{
	$node->safe_psql('usual', "GRANT CREATE ON SCHEMA $schema TO evil");
	leave_traps('usual', $schema, $schema, '.*');
}
samples('usual');
works('usual');
nothing_ran('usual', 'though our schemas are open');

# A schema that is there already is not used.
my ($err, $status);
for my $sql ('CREATE SCHEMA acu AUTHORIZATION evil', 'CREATE SCHEMA acu CREATE TABLE route (path text)',
	'CREATE SCHEMA acu_internal AUTHORIZATION evil')
{
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS squatted');
	$node->safe_psql('postgres', 'CREATE DATABASE squatted OWNER evil');
	$node->safe_psql('squatted', $sql, extra_params => [ '-U', 'evil' ]);
	$status = $node->psql('squatted', "\\set VERBOSITY verbose\nCREATE EXTENSION pg_acu CASCADE", stderr => \$err);
	isnt($status, 0, "after $sql the extension is not created");
	like($err, qr/42P06: schema "acu(?:_internal)?" already exists/, 'and the error names the schema');
	is($node->safe_psql('squatted', q{SELECT count(*) FROM pg_extension WHERE extname LIKE 'pg_acu'}), 0, 'nothing is left');
}

$node->stop;
done_testing();
