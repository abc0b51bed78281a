# Code of others on the tables of the extension: what somebody with the privilege
# TRIGGER adds never runs when samples are taken, and what the owner of a table adds
# runs with the rights of that owner alone.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $tables = q{SELECT c.oid::regclass AS name FROM pg_class AS c
	WHERE c.relnamespace IN ('acu'::regnamespace, 'acu_internal'::regnamespace) AND c.relkind = 'r'};

# Records which code runs as whom, and what it gets when it tries to have more rights.
my $trap = q{
	CREATE SCHEMA mallory AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA mallory TO PUBLIC;
	SET ROLE mallory;
	CREATE TABLE mallory.ran (what text, "user" text, got text);
	GRANT INSERT ON mallory.ran TO PUBLIC;
	CREATE FUNCTION mallory.trap(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
	DECLARE
		attempt text;
		got text;
	BEGIN
		FOREACH attempt IN ARRAY ARRAY['SET ROLE postgres', 'RESET ROLE', 'SET SESSION AUTHORIZATION DEFAULT',
			'SET SESSION AUTHORIZATION postgres', 'SET session_replication_role = origin',
			'SET search_path = mallory, pg_catalog', 'SELECT 1', 'CREATE TEMP TABLE pg_class (n int)'] LOOP
			BEGIN
				EXECUTE attempt;
				IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
					got := concat_ws(', ', got, attempt);
					PERFORM mallory.rise();
				END IF;
			EXCEPTION WHEN OTHERS THEN
				NULL;
			END;
		END LOOP;
		PERFORM mallory.note(what, got);
		RETURN true;
	END $$;
	CREATE FUNCTION mallory.note(what text, got text) RETURNS void LANGUAGE sql AS
		'INSERT INTO mallory.ran VALUES (what, current_user, got)';
	CREATE FUNCTION mallory.rise() RETURNS void LANGUAGE plpgsql AS 'BEGIN ALTER ROLE mallory SUPERUSER; END';
	-- (Of a column: the planner computes a constant for whoever reads the table.)
	CREATE FUNCTION mallory.trap_on(what text, value anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
		'BEGIN RETURN mallory.trap(what); END';
	CREATE FUNCTION mallory.fire() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM mallory.trap(concat_ws(' ', TG_NAME, TG_OP, TG_TABLE_NAME));
		RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
	END $$;
	RESET ROLE};

sub as_mallory
{
	my ($node, $sql) = @_;

	$node->safe_psql('postgres', $sql, extra_params => [ '-U', 'mallory' ]);
}

# Triggers of every kind on every table, which each are ENABLE or ENABLE ALWAYS.
sub add_triggers
{
	my ($node, $mode) = @_;

	as_mallory($node, qq{DO \$\$
		DECLARE t regclass;
		BEGIN
			FOR t IN $tables LOOP
				EXECUTE format('CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION mallory.fire()', t);
				EXECUTE format('CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION mallory.fire()', t);
				EXECUTE format('CREATE TRIGGER c BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s EXECUTE FUNCTION mallory.fire()', t);
				EXECUTE format('CREATE CONSTRAINT TRIGGER d AFTER INSERT OR UPDATE OR DELETE ON %s INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mallory.fire()', t);
				IF '$mode' <> 'ENABLE' THEN
					EXECUTE format('ALTER TABLE %1\$s $mode TRIGGER a, $mode TRIGGER b, $mode TRIGGER c', t);
				END IF;
			END LOOP;
		END \$\$});
}

# Everything that is ever written: samples, queries, texts, epochs, and rotations of all rings.
sub samples
{
	my ($node, $name) = @_;
	my $from = sample($node);

	$node->safe_psql('postgres', "SELECT 1 AS $name; CREATE TABLE $name (n int)");
	sample($node);
	for (1 .. 3)
	{
		# (By mallory, as this runs what there is on the tables too.)
		$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
		as_mallory($node, q{
			UPDATE acu.ring SET since = since - interval '1000 days';
			UPDATE acu.query SET last_seen = last_seen - interval '1000 days' WHERE query LIKE '%CREATE TABLE%'});
		# A worker rotates them with its first sample, and then once a minute.
		if ($name =~ /^worker/)
		{
			$node->restart;
			wait_for_worker($node);
		}
		sample($node) for 1 .. 2;
		$node->safe_psql('postgres', 'CALL acu.rotate_history()') if $name =~ /^session/;
	}
	cmp_ok(sums($node, $from, 'count(*)'), '>=', 3, "$name: samples are taken");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM acu.ring WHERE since > now() - interval '1 day'}), 5,
		"$name: and the rings are rotated");
	is($node->safe_psql('postgres', 'SELECT count(*) > 0 FROM acu.query_packed'), 't', "$name: queries are packed");
	# (Not acu.status(), which reads views of mallory.)
	is($node->safe_psql('postgres', 'SELECT error FROM acu.worker_status()'), '', "$name: nothing fails");
}

# Functions that change a table with the rights of their caller refuse to do so.
sub refuses
{
	my ($node, $name) = @_;
	my %changes = (
		q{SELECT acu.add_route('GET', '/x', 'pg_catalog.version()')} => 'acu.route',
		q{SELECT acu.drop_route('GET', '/mine')} => 'acu.route',
		q{SELECT acu.grant_http('web')} => 'acu.http_role',
		q{SELECT acu.set_price('us-east-1', 'db.serverless', 1)} => 'acu.price',
		q{SELECT acu.set_price('us-east-1', 'db.serverless', NULL)} => 'acu.price',
		q{SELECT acu.set_instance_class('db.r6g.large', 2, 16)} => 'acu.instance_class');
	my $err;

	$node->safe_psql('postgres', q{CREATE ROLE web LOGIN; SET session_replication_role = replica;
		INSERT INTO acu.route (method, path, function) VALUES ('GET', '/mine', 'pg_catalog.version()');
		DELETE FROM mallory.ran});
	for my $sql (sort keys %changes)
	{
		$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stderr => \$err);
		like($err, qr/42501: table $changes{$sql} has the trigger "a", whose function belongs to role mallory\nHINT:  .*DROP TRIGGER a ON /,
			"$name: $sql is refused");
	}
	is(ran($node, 'count(*)'), 0, "$name: and runs nothing");
	$node->safe_psql('postgres', join ';', map { "DROP TRIGGER $_ ON acu.route" } qw(a b c d));
	is($node->psql('postgres', q{SELECT acu.add_route('GET', '/x', 'pg_catalog.version()')}), 0,
		"$name: without the triggers it is not");
}

sub ran
{
	my ($node, $columns) = @_;

	return $node->safe_psql('postgres', "SELECT $columns FROM mallory.ran");
}

sub superusers
{
	my ($node) = @_;

	return $node->safe_psql('postgres', q{SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles WHERE rolsuper});
}

# Triggers of a user who was given TRIGGER, as GRANT ALL ON ALL TABLES IN SCHEMA acu does.
for my $node (sampled('worker_fires'), alone('session_fires'))
{
	my $name = $node->name;

	$node->safe_psql('postgres', "CREATE ROLE mallory LOGIN; $trap; GRANT USAGE ON SCHEMA acu, acu_internal TO mallory;
		GRANT ALL ON ALL TABLES IN SCHEMA acu, acu_internal TO mallory");
	add_triggers($node, 'ENABLE');
	samples($node, $name);
	is(ran($node, q{count(*) FILTER (WHERE what NOT LIKE '_ UPDATE ring' AND what NOT LIKE '_ UPDATE query')}), 0,
		"$name: no trigger of somebody with the privilege TRIGGER fires");
	cmp_ok(ran($node, q{count(*) FILTER (WHERE "user" = 'mallory')}), '>', 0, "$name: but it does when she changes a table");
	is(ran($node, q{count(*) FILTER (WHERE "user" <> 'mallory')}), 0, "$name: for nobody else");
	is(superusers($node), 'postgres', "$name: nobody became superuser");
	refuses($node, $name);
	$node->stop;
}

# The owner of the extension is no superuser, and attaches whatever an owner can.
for my $preloaded (1, 0)
{
	my $node = $preloaded ? server('worker_owned') : alone('session_owned');
	my $name = $node->name;

	$node->safe_psql('postgres', 'DROP EXTENSION IF EXISTS pg_acu');
	$node->safe_psql('postgres', q{CREATE ROLE mallory LOGIN; CREATE ROLE boss SUPERUSER;
		CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
		SET ROLE boss; CREATE EXTENSION pg_acu; RESET ROLE;
		REASSIGN OWNED BY boss TO mallory; DROP ROLE boss});
	$node->safe_psql('postgres', $trap);
	wait_for_worker($node) if $preloaded;
	add_triggers($node, 'ENABLE ALWAYS');
	as_mallory($node, qq{
		CREATE FUNCTION mallory.deny() RETURNS boolean LANGUAGE sql AS 'SELECT mallory.trap(''policy'')';
		DO \$\$
		DECLARE
			t regclass;
			c name;
		BEGIN
			FOR t IN $tables LOOP
				c := (SELECT attname FROM pg_attribute WHERE attrelid = t AND attnum = 1);
				EXECUTE format('CREATE INDEX ON %s ((mallory.trap_on(''index'', %I)))', t, c);
				EXECUTE format('ALTER TABLE %s ADD CHECK (mallory.trap_on(''check'', %I)) NO INHERIT', t, c);
				EXECUTE format('CREATE POLICY p ON %s USING (mallory.deny())', t);
				EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
			END LOOP;
		END \$\$;
		CREATE RULE r AS ON UPDATE TO acu.ring DO ALSO SELECT mallory.trap('rule');
		ALTER TABLE acu.ring ENABLE ALWAYS RULE r;
		ALTER TABLE acu.epoch ADD mark boolean DEFAULT mallory.trap('default');
		DELETE FROM mallory.ran});
	samples($node, $name);
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT substring(what, '^. [A-Z]+|^[a-z]+'), ', ')
		FROM mallory.ran}), 'a DELETE, a INSERT, a UPDATE, b DELETE, b INSERT, b UPDATE, '
		. 'c DELETE, c INSERT, c TRUNCATE, c UPDATE, check, d UPDATE, default, index, policy, rule',
		"$name: code of the owner runs, of every kind");
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT concat_ws(' ', "user", got), ', ')
		FROM mallory.ran}), 'mallory', "$name: as the owner, and never as a superuser");
	is(superusers($node), 'postgres', "$name: nobody became superuser");

	# A deferred trigger would run at COMMIT, when the rights are the sampler's again.
	as_mallory($node, 'DELETE FROM mallory.ran; ALTER TABLE acu.epoch ENABLE ALWAYS TRIGGER d');
	my $err;
	$node->psql('postgres', 'SELECT pg_stat_statements_reset(), pg_sleep(1); SELECT acu.take_sample(); SELECT acu.take_sample()', stderr => \$err);
  SKIP:
	{
		skip 'on PostgreSQL 13 a reset begins no epoch, whose table has the trigger', 2 if before_14();
		like($err, qr/cannot fire deferred trigger within security-restricted operation/, "$name: a deferred trigger is refused");
		is(ran($node, 'count(*)'), 0, "$name: and does not run");
	}
	$node->stop;
}

# The owner of pg_stat_statements is no superuser, and has put something else in its place.
for my $preloaded (1, 0)
{
	my $node = $preloaded ? server('worker_counters') : alone('session_counters');
	my $name = $node->name;
	my $err;

	$node->safe_psql('postgres', 'DROP EXTENSION IF EXISTS pg_stat_statements CASCADE');
	$node->safe_psql('postgres', q{CREATE ROLE mallory LOGIN; CREATE ROLE boss SUPERUSER; GRANT CREATE ON SCHEMA public TO mallory;
		SET ROLE boss; CREATE EXTENSION pg_stat_statements; RESET ROLE; CREATE EXTENSION pg_acu;
		REASSIGN OWNED BY boss TO mallory; DROP ROLE boss});
	$node->safe_psql('postgres', $trap);
	wait_for_worker($node) if $preloaded;
	sample($node);
	is(superusers($node), 'postgres', "$name: the genuine functions are read");
	my @info = before_14() ? () : # which has no such function
	  (q{ALTER FUNCTION pg_stat_statements_info() RENAME TO other_info;
			CREATE FUNCTION pg_stat_statements_info(n int DEFAULT 0, OUT dealloc bigint, OUT stats_reset timestamptz)
			RETURNS record LANGUAGE plpgsql AS 'BEGIN PERFORM mallory.trap(''info''); END'});
	for my $change (
		@info,
		q{ALTER FUNCTION pg_stat_statements(boolean) RENAME TO others;
			CREATE FUNCTION pg_stat_statements(showtext boolean) RETURNS SETOF pg_class LANGUAGE plpgsql
			AS 'BEGIN PERFORM mallory.trap(''entries''); END'})
	{
		as_mallory($node, $change);
		for my $sql ('SELECT acu.take_sample()', 'SELECT * FROM acu.load_now()', 'SELECT * FROM acu.statement_load')
		{
			spaced($node);
			$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stderr => \$err);
			like($err, qr/42809: .*function public.pg_stat_statements(_info\(\)|\(boolean\)) is not that of the extension/,
				"$name: $sql refuses another function");
		}
	}
	is(ran($node, 'count(*)'), 0, "$name: which does not run");
	is(superusers($node), 'postgres', "$name: nobody became superuser");
	$node->stop;
}

done_testing();
