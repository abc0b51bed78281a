# What the tests of the workload share: servers that are sampled, and ways to
# wait for them.
package Sampled;

use strict;
use warnings;

use Exporter qw(import);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(server sampled alone sample idle reconf sums wait_for_worker);

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

# And with the extension, and a first sample that all others come after.
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

	idle($node);
	return $node->safe_psql('postgres', 'SELECT acu.take_sample()');
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

sub wait_for_worker
{
	my ($node) = @_;

	$node->poll_query_until('postgres', q{SELECT pid IS NOT NULL FROM acu.worker_status()})
	  or die 'the worker did not start';
}

1;
