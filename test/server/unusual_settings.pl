# Many unusual settings at once, with the rarest events one after the other: the samples
# go on without an error, and none tells of less than nothing.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = sampled('many', q{
autovacuum = off
restart_after_crash = on
max_connections = 30
shared_buffers = 1MB
work_mem = 64kB
temp_buffers = 100
temp_file_limit = 0
max_stack_depth = 100kB
max_parallel_workers = 0
statement_timeout = 20s
lock_timeout = 1s
default_transaction_isolation = serializable
default_transaction_deferrable = on
row_security = off
plan_cache_mode = force_generic_plan
enable_hashjoin = off
enable_mergejoin = off
enable_sort = off
enable_hashagg = off
enable_indexscan = off
enable_indexonlyscan = off
enable_bitmapscan = off
jit_above_cost = 0
bytea_output = escape
datestyle = 'German, DMY'
intervalstyle = sql_standard
timezone = 'Asia/Kathmandu'
extra_float_digits = -15
quote_all_identifiers = on
array_nulls = off
transform_null_equals = on
track_counts = off
track_activity_query_size = 100
log_min_duration_statement = 0
wal_level = minimal
max_wal_senders = 0
pg_stat_statements.max = 100
pg_stat_statements.save = off
pg_stat_statements.track = top
pg_acu.sample_interval = 1
pg_acu.memory_interval = 1
pg_acu.query_text_length = 64
pg_acu.queries_per_minute = 5
pg_acu.sample_retention = 1
pg_acu.query_retention = 1
});
my $load = join ';', map { 'SELECT ' . join(', ', ('1') x $_) . " AS \"\xe2\x82\xac\"" } 1 .. 150;

# Runs SQL in a session that has ordinary settings where the server's would be in the way.
sub ask
{
	my ($sql) = @_;

	return $node->safe_psql('postgres', "SET default_transaction_isolation = 'read committed'; SET max_stack_depth = '1MB';
		SET temp_file_limit = -1; SET work_mem = '4MB'; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET lock_timeout = 0; $sql");
}

my %happens = (
	'nothing' => sub { },
	'evictions' => sub { $node->safe_psql('postgres', $load) for 1 .. 3 },
	'a full reset' => sub { ask('SELECT pg_stat_statements_reset()') },
	'a reset of one role' => sub { ask('SELECT pg_stat_statements_reset(10, 0, 0)') },
	'a reset of one database' => sub { ask('SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()') },
	'a reset of single entries' => sub { ask('SELECT count(pg_stat_statements_reset(userid, dbid, queryid)) FROM pg_stat_statements') },
	'a reset of all statistics' => sub { ask('SELECT pg_stat_reset(); SELECT pg_stat_reset_shared(\'bgwriter\')') },
	'a restart' => sub { $node->restart },
	'an immediate stop' => sub { $node->stop('immediate'); $node->start },
	'a crash' => sub {
		my $pid = $node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()');
		my $session = $node->background_psql('postgres', on_error_stop => 0);
		my $victim = $session->query('SELECT pg_backend_pid()') =~ /(\d+)/ ? $1 : die 'no session';
		kill 'KILL', $victim;
		$node->poll_query_until('postgres', "SELECT pid <> $pid FROM acu.worker_status()") or die 'no worker';
		$session->{run}->finish;
	},
	'texts switched off and on' => sub { reconf($node, 'pg_acu.track_query_text', 'off'); reconf($node, 'pg_acu.track_query_text', 'on') },
	'sampling switched off and on' => sub { reconf($node, 'pg_acu.sample_interval', 0); reconf($node, 'pg_acu.sample_interval', 1) },
	'rings that turn' => sub { ask(q{UPDATE acu.ring SET since = since - interval '1000 days'}) },
	'an extension that is created anew' => sub { ask('DROP EXTENSION pg_acu; CREATE EXTENSION pg_acu') },
);
for my $name (sort keys %happens)
{
	$node->safe_psql('postgres', $load);
	$happens{$name}->();
	wait_for_worker($node);
	$node->safe_psql('postgres', $load);
	for (1 .. 2)
	{
		my $now = ask('SELECT coalesce(max(at), now() - interval \'1 day\') FROM acu.sample') =~ s/\n//gr;
		$node->poll_query_until('postgres', "SELECT max(at) > '$now' FROM acu.sample") or die 'no sample';
	}
	# A sample that was under way may have met the tables' end.
	my $error = $name =~ /extension/ ? qr/(relation "acu\w*\.\w+" does not exist)?/ : qr//;
	like(ask('SELECT state, error FROM acu.worker_status()'), qr/^sampling\|$error$/, "$name: samples are taken, without an error");
}
is(ask(q{SELECT count(*) FROM (SELECT *, lag(at) OVER (ORDER BY at) AS before FROM acu.sample WHERE target_id = 1) AS s
	WHERE at - make_interval(secs => seconds) < before OR seconds <= 0 OR seconds > 60 OR cpu_seconds > seconds * vcpus * 1.2 + 0.2
		OR least(cpu_seconds, background_cpu_seconds, active_sessions, calls, exec_seconds, io_seconds, rows, blks_hit, blks_read,
			blks_written, temp_blks, wal_bytes, evictions, connections) < 0 OR coverage > 1}), 0, 'no sample tells of what cannot be');
is(ask(q{SELECT count(*) FROM acu.query_hour WHERE least(cpu_seconds, calls, exec_seconds, rows, blks_hit, wal_bytes) < 0}), 0,
	'nor does a query');
is(ask(q{SELECT count(*) FROM acu.query WHERE octet_length(query) > 64}), 0, 'no text is longer than it may be');
$node->stop;
done_testing();
