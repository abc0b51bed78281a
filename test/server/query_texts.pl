# The texts of queries that are kept: without passwords, in any encoding, with the names
# that go with them, in little memory; and not at all when they are not wanted.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

# CREATE EXTENSION pg_acu runs hundreds of statements in each database, which pg_stat_statements
# tracks too. There are five of them here, with about 3,800 entries: far more than the 1,000 queries
# that a minute keeps by default, of which the large statements below, which take little time, would
# be left out, and not far from the 5,000 beyond which pg_stat_statements evicts entries by default.
my $node = sampled('texts', "autovacuum = off\nlog_statement = none\nmax_logical_replication_workers = 0\n"
	. "pg_acu.queries_per_minute = 10000\npg_stat_statements.max = 10000",
	extra => [ '--encoding=UTF8', '--locale=C' ]);
my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');

# Why texts may be missing, for who reads the log of a failure.
sub why
{
	return $node->safe_psql('postgres', q{SELECT 'entries: ' || count(*) || ', evictions: ' ||
		coalesce((SELECT sum(evictions)::text FROM acu.sample), 'unknown') || ', parts with queries that were not kept: ' ||
		(SELECT count(*) FROM acu.query_recent WHERE userid = 0 AND calls > 0) || ', ' ||
		(SELECT state || coalesce(': ' || error, '') FROM acu.worker_status()) FROM pg_stat_statements(false)});
}

sub kept
{
	my ($pattern, $database) = @_;

	return $node->safe_psql($database // 'postgres',
		"SET client_encoding = 'UTF8'; SELECT count(*) FROM acu.query WHERE query LIKE '$pattern'");
}

# --- Passwords

$node->safe_psql('postgres', q{SET client_min_messages = error;
	CREATE ROLE one LOGIN PASSWORD 'hunter2';
	ALTER USER one WITH ENCRYPTED PASSWORD 'hunter2';
	ALTER ROLE one VALID UNTIL '2100-01-01' PASSWORD $x$hunter2$x$;
	CREATE USER two PASSWORD E'hunter2';
	CREATE GROUP three PASSWORD 'hunter2';
	DO $$ BEGIN EXECUTE format('ALTER ROLE one PASSWORD %L', 'hunter2'); END $$;
	CREATE FOREIGN DATA WRAPPER w;
	CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', key 'hunter2');
	CREATE USER MAPPING FOR one SERVER s OPTIONS (user 'one', password 'hunter2');
	ALTER USER MAPPING FOR one SERVER s OPTIONS (SET password 'hunter2');
	CREATE SUBSCRIPTION p CONNECTION 'postgresql://one:hunter2@nowhere.invalid/x' PUBLICATION p WITH (connect = false);
	ALTER SUBSCRIPTION p CONNECTION 'host=nowhere.invalid password=hunter2';
	ALTER SUBSCRIPTION p SET (slot_name = NONE); DROP SUBSCRIPTION p;
	SET my.password = hunter2;
	SET my.own TO "hunter2";
	ALTER ROLE one SET my.own TO hunter2;
	CREATE PROCEDURE enter(text) LANGUAGE sql AS 'SELECT 1';
	CALL enter('hunter2');
	COPY (SELECT 1) TO PROGRAM 'cat >/dev/null # -phunter2';
	CREATE TABLE plain (a text DEFAULT 'a literal')});
sample($node);
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%hunter2%'}), '>', 5,
	'pg_stat_statements has passwords');
is(kept('%hunter2%'), 0, 'none is kept');
is($node->safe_psql('postgres', q{SELECT string_agg(query, ';' ORDER BY query) FROM acu.query
	WHERE query LIKE 'CREATE ROLE one%' OR query LIKE 'CREATE TABLE plain%'}),
	q{CREATE ROLE one LOGIN PASSWORD '***';CREATE TABLE plain (a text DEFAULT 'a literal')},
	'what was done is, and literals that are no secret are');

# --- Names

$node->safe_psql('postgres', 'CREATE DATABASE gone');
$node->safe_psql('gone', 'SELECT 1 AS before_it_went', extra_params => [ '-U', 'two' ]);
my $from = sample($node);
$node->safe_psql('postgres', 'DROP DATABASE gone');
$node->safe_psql('postgres', 'DROP ROLE two');
my $names = q{SELECT user_name, database_name FROM acu.top_queries(max_queries => 1000) WHERE query LIKE '%AS before_it_went'};
is($node->safe_psql('postgres', $names), 'two|gone', 'the names of a role and a database that were dropped');

# --- Encodings

$node->safe_psql('postgres', "CREATE DATABASE $_->[0] TEMPLATE template0 ENCODING '$_->[1]' LC_COLLATE 'C' LC_CTYPE 'C'")
  for [ 'bytes', 'SQL_ASCII' ], [ 'latin', 'LATIN1' ], [ 'euc', 'EUC_JP' ], [ 'windows', 'WIN1252' ];
$node->safe_psql('bytes', qq{SET client_encoding = 'SQL_ASCII'; SELECT 1 AS "raw\xfc"});
$node->safe_psql('bytes', qq{SET client_encoding = 'SQL_ASCII'; SELECT 1, 2 AS "good\xc3\xbc"});
$node->safe_psql('latin', qq{SET client_encoding = 'LATIN1'; SELECT 1 AS "latin\xfc"});
$node->safe_psql('euc', qq{SET client_encoding = 'EUC_JP'; SELECT 1 AS "euc\xa4\xa2"});
sample($node);
is(kept('SELECT $1 AS "raw\\\\xfc"'), 1, 'bytes that are no text are escaped');
is(kept(qq{SELECT \$1, \$2 AS "good\xc3\xbc"}), 1, 'bytes that are text are text');
is(kept(qq{SELECT \$1 AS "latin\xc3\xbc"}), 1, 'a text of another encoding is converted');
is(kept(qq{SELECT \$1 AS "euc\xe3\x81\x82"}), 1, 'of another one, too');
is($node->safe_psql('postgres', 'SELECT state, error FROM acu.worker_status()'), 'sampling|', 'without an error');
is($node->psql('postgres', 'SELECT count(query) FROM acu.statement_load'), 0, 'all texts can be read');

# In a database of bytes, in those that have few characters, and in those where some bytes
# stand for no character.
for my $database (qw(bytes latin euc windows))
{
	my $err;

	$node->safe_psql($database, 'CREATE EXTENSION pg_acu CASCADE; SELECT acu.take_sample()');
	$node->safe_psql('postgres', 'SELECT 1 AS "' . 'x' x $_ . "\xe2\x82\xac" x 20 . '", ' . join ', ', map { "$_ AS c$_" } 1 .. 200)
	  for 20 .. 22;
	$node->safe_psql('bytes', qq{SET client_encoding = 'SQL_ASCII'; SELECT 1 AS "raw\xfc", 2});
	$node->safe_psql($_, qq{SET client_encoding = 'SQL_ASCII'; SELECT 1 AS "void\xfc\xe9\x81\xa1"}) for qw(bytes windows);
	$node->safe_psql('euc', qq{SET client_encoding = 'SQL_ASCII'; SELECT 1 AS "void\xfc\xe9"});
	idle($node);
	is($node->psql($database, 'SET client_min_messages = warning; SELECT acu.take_sample()', stderr => \$err), 0, "$database: a sample");
	is($err, '', "$database: without a warning");
	for my $encoding ('UTF8', { euc => 'EUC_JP', windows => 'WIN1252' }->{$database} // 'LATIN1')
	{
		is($node->psql($database, "SET client_encoding = '$encoding'; SELECT count(query), max(length(query)) FROM acu.top_queries(max_queries => 1000);
			SELECT acu.workload(); SELECT count(query) FROM acu.statement_load; SELECT query FROM acu.top_queries(max_queries => 1000)", stderr => \$err), 0,
			"$database: all is shown to $encoding") or diag $err;
	}
}

is($node->psql('postgres', q{SELECT set_config(name, 'on', false) FROM pg_settings
	WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
	SELECT count(query) FROM acu.statement_load}), 0, 'also where all queries that can be are parallel');

# --- Memory

# A statement has as many bytes as pg_stat_statements keeps, all of them.
my $before = memory();
my $large = $node->basedir . '/large.sql';
append_to_file($large, join '', map { 'SELECT 1' . ', 2' x $_ . ' /*' . 'x' x 1_000_000 . "*/;\n" } 1 .. 60);
$node->command_ok([ 'psql', '-qXAtf', $large, '-o', '/dev/null', $node->connstr('postgres') ], 'large statements run');
sample($node);
is(kept('SELECT $1, $2%xxx'), 60, 'and are kept') or diag why();
is($node->safe_psql('postgres', q{SELECT max(octet_length(query)) FROM acu.query}), 1024, 'cut');
note sprintf 'from %d MB to %d MB', $before, memory();
cmp_ok(memory() - $before, '<', 60 * 2.6, 'without more copies of all texts than pg_stat_statements makes');

# The most memory that the worker has had, in MB.
sub memory
{
	return slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m ? $1 / 1000 : die 'no VmHWM';
}

# --- Texts that are not to be kept

# A constraint that lets texts be forgotten, but no names be written after that.
my $last = $node->safe_psql('postgres', 'SELECT max(last_seen) FROM acu.query');
$node->safe_psql('postgres', "ALTER TABLE acu.query ADD CONSTRAINT not_later CHECK (last_seen <= '$last')");
sample($node);
reconf($node, 'pg_acu.track_query_text', 'off');
sample($node);
like($node->safe_psql('postgres', 'SELECT error FROM acu.worker_status()'), qr/not_later/, 'names cannot be written');
cmp_ok($node->safe_psql('postgres', 'SELECT count(query) FROM acu.query'), '>', 0, 'and nothing is forgotten');
$node->safe_psql('postgres', 'ALTER TABLE acu.query DROP CONSTRAINT not_later');
sample($node);
is($node->safe_psql('postgres', 'SELECT count(query) FROM acu.query'), 0, 'when they can, the texts are forgotten after all');
reconf($node, 'pg_acu.track_query_text', 'on');
sample($node);
sample($node);

reconf($node, 'pg_acu.track_query_text', 'off');
sample($node);
sample($node);
is($node->safe_psql('postgres', 'SELECT count(query) FROM acu.query'), 0, 'switched off, all texts are forgotten');
is($node->safe_psql('postgres', q{SELECT count(*) > 0 FROM acu.query WHERE database_name = 'postgres'}), 't', 'names are not');
reconf($node, 'pg_acu.track_query_text', 'on');
sample($node);
sample($node);
is(kept('SELECT $1, $2%xxx'), 60, 'switched on, they are kept again') or diag why();

$node->stop;
done_testing();
