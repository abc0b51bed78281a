# Shared by the tests of the workload: servers that are sampled, and ways to
# wait for them.
package Sampled;

use strict;
use warnings;

use Cwd qw(getcwd);
use Exporter qw(import);
use POSIX qw(mktime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(before_14 is_since_14 server sampled alone sample spaced idle reconf sums wait_for_worker wait_for_sample overlaps epochs needs_httpd);

# PostgreSQL 13 counts neither the time that sessions were active, nor deallocations and resets
# of pg_stat_statements, nor nested statements by themselves.
sub before_14
{
	return scalar `pg_config --version` =~ /PostgreSQL 13\b/;
}

# is(), for what PostgreSQL 13 cannot know.
sub is_since_14
{
	my ($got, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

  SKIP:
	{
		skip "PostgreSQL 13 does not count it: $name", 1 if before_14();
		is($got, $expected, $name);
	}
}

# Skips the whole test where the HTTP server was not built, as on Debian 11, which has no llhttp.
sub needs_httpd
{
	chomp(my $bindir = `pg_config --bindir`);
	plan skip_all => 'pg_acu_httpd is not installed' unless -x "$bindir/pg_acu_httpd";
}

# With PG_ACU_TEST_CLOCK, such as '2026-10-31 23:59:50', the servers of each file begin
# when it is that time in the time zone TZ, and go on from there: over a full hour,
# midnight, the end of a month or a change of the clocks.
if (defined $ENV{PG_ACU_TEST_CLOCK})
{
	my ($year, $month, $day, $hour, $minute, $second) =
	  $ENV{PG_ACU_TEST_CLOCK} =~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)$/
	  or die "PG_ACU_TEST_CLOCK must be as in 2026-10-31 23:59:50\n";

	system_or_bail('make', '-s', 'build/clock.so');
	$ENV{PG_ACU_TEST_SECONDS} = mktime($second, $minute, $hour, $day, $month - 1, $year - 1900, 0, 0, -1) - time;
	$ENV{LD_PRELOAD} = getcwd() . '/build/clock.so';
}

# A server with the worker, that takes samples only when it is asked to: then
# no sample comes between two statements of a test.
sub server
{
	my ($name, $conf, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%init);
	$node->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
	$node->append_conf('postgresql.conf',
		"shared_preload_libraries = 'pg_stat_statements, pg_acu'\npg_acu.sample_interval = 0");
	$node->append_conf('postgresql.conf', $conf) if defined $conf;
	$node->start;
	return $node;
}

# Such a server with the extension, and a first sample that all others come after.
sub sampled
{
	my $node = server(@_);

	$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
	wait_for_worker($node);
	sample($node);
	return $node;
}

# A server without the worker: sessions take the samples.
sub alone
{
	my ($name, $conf) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
	$node->append_conf('postgresql.conf', $conf) if defined $conf;
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
	return $node;
}

# Takes a sample and returns its time, when all that was done before is in the
# server's statistics.
sub sample
{
	my ($node) = @_;

	spaced($node);
	idle($node);
	return $node->safe_psql('postgres', 'SELECT acu.take_sample()');
}

# Waits until the worker would take another sample for a session, which is a second
# after the last one. (Not in the server, where it would be load.)
sub spaced
{
	my ($node) = @_;
	my $age = $node->safe_psql('postgres',
		q{SELECT extract(epoch FROM clock_timestamp() - at) FROM acu.worker_status() WHERE pid IS NOT NULL});

	sleep 1.01 - $age if $age ne '' && $age >= 0 && $age < 1;
}

# A session's statistics are in the server's when it has ended, which is a
# moment after its client has.
sub idle
{
	my ($node) = @_;

	$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity
		WHERE backend_type IN ('client backend', 'parallel worker') AND pid <> pg_backend_pid()})
	  or die 'the sessions did not end';
}

sub reconf
{
	my ($node, $name, $value) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET $name = $value");
	$node->safe_psql('postgres', 'SELECT pg_reload_conf()');
}

# Columns of the samples after a time, summed up.
sub sums
{
	my ($node, $after, $columns) = @_;

	return $node->safe_psql('postgres', "SELECT $columns FROM acu.sample WHERE at > '$after'");
}

# Waits for a sample of the worker's own, after now.
sub wait_for_sample
{
	my ($node) = @_;
	my $now = $node->safe_psql('postgres', 'SELECT clock_timestamp()');

	$node->poll_query_until('postgres', "SELECT max(at) > '$now' FROM acu.sample")
	  or die 'the worker took no sample';
}

# Samples that begin before the last one has ended, or tell of less than nothing.
sub overlaps
{
	my ($node, $database) = @_;

	return $node->safe_psql($database // 'postgres', q{SELECT count(*) FROM
		(SELECT *, lag(at) OVER (ORDER BY at) AS before FROM acu.sample WHERE target_id = 1) AS s
		WHERE at - make_interval(secs => seconds) < before OR seconds <= 0
			OR least(cpu_seconds, background_cpu_seconds, active_sessions, calls, exec_seconds,
				plan_seconds, io_seconds, rows, blks_hit, blks_read, blks_written, temp_blks,
				wal_bytes, evictions) < 0});
}

# Why the epochs began, in their order.
sub epochs
{
	my ($node) = @_;

	return $node->safe_psql('postgres', q{SELECT string_agg(reason, ', ' ORDER BY epoch) FROM acu.epoch});
}

sub wait_for_worker
{
	my ($node) = @_;

	$node->poll_query_until('postgres', q{SELECT pid IS NOT NULL FROM acu.worker_status()})
	  or die 'the worker did not start';
}

1;
