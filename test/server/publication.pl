# A publication of all tables, as Debezium, DMS and blue/green deployments make, is in the way of
# nothing: every table that rows are updated in or deleted from has a replica identity.
use strict;
use warnings;

use lib 'test/server';
use Sampled;
use Test::More;

my $retention = join "\n",
  map { "pg_acu.$_ = 1min" } qw(sample_retention minute_retention query_retention query_hour_retention);

sub publish
{
	my ($node) = @_;

	$node->safe_psql('postgres', q{CREATE PUBLICATION everything FOR ALL TABLES;
		SELECT pg_create_logical_replication_slot('reader', 'test_decoding')});
}

# Samples, with a rotation of every ring.
sub rotate_rings
{
	my ($node) = @_;

	for (1 .. 15) {
		sample($node);
		$node->safe_psql('postgres', q{UPDATE acu.ring SET since = since - interval '1 day'; CALL acu.rotate_history()});
	}
}

# Samples are committed asynchronously: what they changed is published a moment later.
sub published
{
	my ($node, $change) = @_;

	return $node->poll_query_until('postgres', qq{SELECT count(*) > 0
		FROM pg_logical_slot_peek_changes('reader', NULL, NULL) WHERE data LIKE '$change%'});
}

# A server whose worker writes the samples.
my $node = server('published', "wal_level = logical\n$retention");
$node->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
wait_for_worker($node);
publish($node);
sample($node) for 1 .. 3;
is($node->safe_psql('postgres', 'SELECT error FROM acu.worker_status()'), '', 'the worker takes samples');
ok(published($node, 'table acu_internal.sample_'), 'they are published');

for my $import ('{1, 2, 3}', '{4, 5, 6}') {
	is($node->safe_psql('postgres', qq{SELECT acu.import_series('shop', '{2026-01-01, 2026-01-02, 2026-01-03}', '$import')}),
		3, 'a series is imported');
}
ok(published($node, 'table acu.sample: DELETE: target_id'), 'the second one replaced the first');
is($node->safe_psql('postgres', q{SELECT acu.drop_target('shop')}), 3, 'and it is dropped');
$node->safe_psql('postgres', q{
	SELECT acu.set_price('us-east-1', 'db.serverless', 1);
	SELECT acu.set_price('us-east-1', 'db.serverless', 2);
	SELECT acu.set_price('us-east-1', 'db.serverless', NULL);
	SELECT acu.set_instance_class('db.x1.large', 2, 16);
	SELECT acu.set_instance_class('db.x1.large', 4, 16);
	SELECT acu.set_instance_class('db.x1.large', NULL, NULL);
	SELECT acu.add_route('GET', '/version', 'version()');
	SELECT acu.drop_route('GET', '/version')});
pass('prices, sizes and routes are changed and removed');
is($node->psql('postgres', q{
	DELETE FROM acu.sample; DELETE FROM acu.query_recent; DELETE FROM acu.query_packed;
	DELETE FROM acu.query; DELETE FROM acu.epoch; UPDATE acu.target SET name = name}),
	0, 'and an administrator can delete whatever he wants');
$node->stop;

# Without it: sessions take the samples, and keep their state in a table.
$node = alone('published_alone', "wal_level = logical\n$retention");
publish($node);
rotate_rings($node);
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM acu.sample'), '>', 0, 'sessions take samples too');
ok(published($node, 'table acu.sampler_state: UPDATE'), 'and update their state');
ok(published($node, 'table acu_internal.sample_minute_'), 'and rotate the rings');
$node->stop;

done_testing();
