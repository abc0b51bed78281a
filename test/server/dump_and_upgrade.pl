# pg_dump and pg_upgrade keep the users' routes, roles, prices, targets and imports;
# built-in rows come from the extension, and the server's own samples stay.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('source');
$node->init;
$node->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', q{
	CREATE EXTENSION pg_acu CASCADE;
	CREATE SCHEMA "My shop";
	CREATE FUNCTION "My shop".item(id int, note text DEFAULT 'none') RETURNS json
		LANGUAGE sql STABLE AS 'SELECT json_build_object(''id'', id)';
	CREATE ROLE web LOGIN;
	GRANT USAGE ON SCHEMA "My shop" TO web;
	REVOKE EXECUTE ON FUNCTION acu.time(text) FROM PUBLIC;
	SELECT acu.grant_http('web');
	SELECT acu.add_route('GET', '/item', '"My shop".item(int, text)', pipelined => false);
	SELECT acu.set_price('us-east-1', 'db.serverless', 0.11, 0.15);
	SELECT acu.set_instance_class('db.r6a.xlarge', 4, 32);
	SELECT acu.import_series('gone', '{2026-01-01, 2026-01-02}', '{1, 1}');
	SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02}', '{1, 2}', '{1e9, 2e9}', '{3, 4}', 2);
	DELETE FROM acu.sample WHERE target_id = 2;
	DELETE FROM acu.target WHERE name = 'gone'});
$node->safe_psql('shop', 'SELECT acu.take_sample()') for 1 .. 2;

my $state = q{
	SELECT method, path, function, pipelined, builtin, max_age_seconds FROM acu.route ORDER BY path, method;
	SELECT path, call_start, call_end, argument_names, argument_types FROM acu.route_info
		ORDER BY path, method;
	SELECT role FROM acu.http_role;
	SELECT * FROM acu.price WHERE NOT builtin OR region = 'us-east-1' AND item = 'db.serverless'
		ORDER BY builtin;
	SELECT count(*), count(*) FILTER (WHERE builtin), count(DISTINCT (platform, pricing, deployment, item, region))
		FROM acu.price;
	SELECT count(*), count(*) FILTER (WHERE builtin), count(DISTINCT instance_class) FROM acu.instance_class;
	SELECT * FROM acu.instance_class WHERE NOT builtin;
	TABLE acu.target ORDER BY id;
	SELECT s.* FROM acu.sample AS s WHERE s.target_id <> 1 ORDER BY at;
	SELECT has_function_privilege('web', 'acu.time(text)', 'EXECUTE'),
		has_function_privilege('public', 'acu.time(text)', 'EXECUTE')};
my $before = $node->safe_psql('shop', $state);
like($before, qr/GET\|\/item\|"My shop"\.item\(integer, text\)\|f\|f\|\n/, 'a route of a user');
like($before, qr/^t\|f$/m, 'and a grant of a user');
like($before, qr/^aurora\|on_demand\|single_az\|db\.serverless\|us-east-1\|0\.11\|0\.15\|/m, 'a price of a user');
like($before, qr/^db\.r6a\.xlarge\|4\|32\|f$/m, 'a size of a user');
like($before, qr/^3\|shop\|import\|f$/m, 'a target of a user');
like($before, qr/^3\|2026-01-02 .*\|86400\|1\|172800\|\|import\|2\|4\|/m, 'and its history');

my $local = 'SELECT count(*) FROM acu.sample WHERE target_id = 1';
is($node->safe_psql('shop', $local), 1, 'a sample of the server itself');

# A dump and its restore, as plain text and in the custom format.
my $dump = $node->basedir . '/shop.sql';
my $err;
$node->command_ok([ 'pg_dump', '-f', $dump, 'shop' ], 'pg_dump');
unlike(slurp_file($dump), qr/^GET\t\/time\t/m, 'built-in routes are not dumped');
unlike(slurp_file($dump), qr/^(aurora|rds|db\.).*\tt$/m, 'nor are built-in prices and sizes');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->psql('copy', slurp_file($dump), on_error_stop => 1, stderr => \$err);
is($err, '', 'the dump restores without errors');
is($node->safe_psql('copy', $state), $before, 'and all is there');
is($node->safe_psql('copy',
		q{SELECT acu.import_series('another', '{2026-01-01, 2026-01-02}', '{1, 1}');
			SELECT acu.import_series('third', '{2026-01-01, 2026-01-02}', '{1, 1}')}),
	"2\n2", 'and targets can be added to it');
is($node->safe_psql('copy', $local), 0, 'but for the samples of the server itself');
$node->safe_psql('copy', 'SELECT acu.take_sample()') for 1 .. 2;
is($node->safe_psql('copy', $local), 1, 'and samples taken');

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dump.custom", 'shop' ], 'pg_dump -Fc');
$node->safe_psql('postgres', 'CREATE DATABASE again');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'again', "$dump.custom" ], 'pg_restore');
is($node->safe_psql('again', $state), $before, 'and all is there again');

# pg_upgrade refuses columns of the types that hold a function's OID, and drops a
# database that the sampler would hold.
my $new = PostgreSQL::Test::Cluster->new('upgraded');
$new->init;
$new->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
$_->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements, pg_acu'") for $node, $new;
$node->stop;
chdir $node->basedir or die "could not enter " . $node->basedir;
chomp(my $bindir = `pg_config --bindir`);
my @no_sync = `$bindir/pg_upgrade --help` =~ /(--no-sync)/; # since PostgreSQL 15
command_ok(
	[
		"$bindir/pg_upgrade", @no_sync,
		'-d', $node->data_dir, '-D', $new->data_dir,
		'-b', $bindir, '-B', $bindir,
		'-s', $node->host, '-p', $node->port, '-P', $new->port
	],
	'pg_upgrade');
$new->start;
is($new->safe_psql('shop', $state), $before, 'and all is there after it');

$new->stop;
done_testing();
