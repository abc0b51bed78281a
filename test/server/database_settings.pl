# A database whose standard_conforming_strings is off, where a backslash in a literal is an
# escape, and that has other settings which change what SQL means: the extension is the same
# there as in any other, and so is what it does.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = alone('strings');
$node->safe_psql('postgres', 'CREATE DATABASE escapes');
$node->safe_psql('postgres', "ALTER DATABASE escapes SET $_") for 'standard_conforming_strings = off',
  'transform_null_equals = on', 'array_nulls = off', "datestyle = 'SQL, DMY'", 'intervalstyle = sql_standard',
  "timezone = 'Asia/Tokyo'", 'extra_float_digits = -15', 'check_function_bodies = off', 'bytea_output = escape';
is($node->safe_psql('escapes', q{SELECT length('\.')}), 1, 'the setting is off');

my ($out, $err);
is($node->psql('escapes', 'CREATE EXTENSION pg_acu CASCADE', stderr => \$err), 0, 'the extension is created');
unlike($err, qr/nonstandard use of/, 'without a warning about its literals');

# The extension's rows in catalogs and tables, each with the name of its object.
my %definitions = (
	'bodies' => q{SELECT oid::regprocedure, prosrc, pg_get_function_arguments(oid) FROM pg_proc
		WHERE pronamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)},
	'constraints' => q{SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)},
	'relations' => q{SELECT oid::regclass, pg_get_viewdef(oid), pg_get_indexdef(oid) FROM pg_class
		WHERE relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace)},
	'defaults' => q{SELECT adrelid::regclass, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef},
	'prices' => 'SELECT * FROM acu.price',
	'sizes' => 'SELECT * FROM acu.instance_class',
	'comments' => q{SELECT i.type, i.identity, d.description FROM pg_description AS d,
		pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i WHERE i.identity LIKE '%acu%'});

for my $kind (sort keys %definitions)
{
	my $sql = "SET datestyle = 'ISO'; SET extra_float_digits = 1; SET bytea_output = hex; SET standard_conforming_strings = on;
		SET intervalstyle = postgres; SELECT d::text FROM ($definitions{$kind}) AS d ORDER BY d::text COLLATE \"C\"";
	my $there = $node->safe_psql('escapes', $sql);

	isnt($there, '', "there are $kind");
	ok($there eq $node->safe_psql('postgres', $sql), "the $kind are the same");
}

# Functions whose pattern has an escaped dot.
my %refused = (
	q{SELECT acu.set_instance_class('dbxr9.large', 2, 16)} => qr/invalid instance class "dbxr9.large"/,
	q{INSERT INTO acu.instance_class (instance_class, vcpu, memory_gib) VALUES ('dbxr9.large', 2, 16)} => qr/violates check constraint/,
	q{SELECT acu.set_price('us-east-1', 'dbxserverless', 1, 1)} => qr/invalid item "dbxserverless"/,
	q{SELECT acu.add_route('GET', '/a/../b', 'acu.root()')} => qr{path "/a/\.\./b" is changed by clients});
for my $sql (sort keys %refused)
{
	$node->psql('escapes', $sql, stderr => \$err);
	like($err, $refused{$sql}, "refused: $sql");
}
is($node->psql('escapes', q{SELECT acu.add_route('GET', '/xx/b', 'acu.root()')}), 0, 'and no other character for one');

# A space in a pattern, and seconds since 1970 for a time.
is($node->psql('escapes', q{SELECT acu.import_cloudwatch('words', '{"MetricDataResults": [{"Id": "m1",
	"Label": "shop CPUUtilization Average", "Timestamps": [1767225600.5, 1767225900.5, 1767226200.5], "Values": [10, 20, 10]}]}',
	'db.r6g.large')}, stderr => \$err), 0, 'words of a label are told apart') or diag $err;
unlike($err, qr/nonstandard use of/, 'without a warning');
is($node->safe_psql('escapes', q{SELECT count(*) > 0 FROM acu.load('words', '2026-01-01 00:00+00', '2026-01-01 01:00+00')}), 't',
	'and imported');

$node->stop;
done_testing();
