# The history is rotated without holding up anybody: a sample in a transaction that lasts
# locks nothing that readers wait for, acu.rotate_history() commits, and the worker ends at
# once when it is told to while it waits for a lock. A rotation that is overdue is told.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $err;
my $due = q{UPDATE acu.ring SET since = since - interval '10 days'};
my $rings = q{SELECT string_agg(name || ' ' || partition, ', ' ORDER BY name COLLATE "C") FROM acu.ring};
my $history = q{SELECT state, detail, hint FROM acu.status() WHERE topic = 'history'};

# --- Without the worker

my $alone = alone('alone');
$alone->safe_psql('postgres', "SELECT acu.take_sample(); SELECT acu.take_sample(); $due");

my $session = $alone->background_psql('postgres', on_error_stop => 0);
$session->query('BEGIN');
$session->query('SELECT acu.take_sample()');
for my $read ('acu.sample', 'acu.query_sample', 'acu.query')
{
	is($alone->psql('postgres', "SET lock_timeout = '100ms'; SELECT count(*) FROM $read"), 0,
		"after a sample in a transaction that goes on, others read $read");
}
is($alone->psql('postgres', "SET lock_timeout = '100ms'; CALL acu.rotate_history()", stderr => \$err), 0,
	'and rotate the history');
like($err, qr/^[^\n]*NOTICE:  another session holds a table of the history, which was not emptied\n/,
	'which leaves out what the sample has read');
is($alone->safe_psql('postgres', $rings),
	'query_hour 2, query_minute 2, query_recent 2, sample 1, sample_minute 1', 'and rotates the others');
$session->query('COMMIT');
$session->quit;
is($alone->psql('postgres', "CALL acu.rotate_history()", stderr => \$err), 0, 'then they follow');
is($err, '', 'without a word');
is($alone->safe_psql('postgres', $rings),
	'query_hour 2, query_minute 2, query_recent 2, sample 2, sample_minute 2', 'each ring by one partition');

$alone->psql('postgres', "\\set VERBOSITY verbose\nBEGIN; CALL acu.rotate_history()", stderr => \$err);
like($err, qr/ERROR:  25001: acu.rotate_history\(\) cannot run inside a transaction block\nHINT: /, 'not in a transaction block');
unlike($err, qr/CONTEXT/, 'without a context');
$alone->psql('postgres', q{\set VERBOSITY verbose
	DO $$ BEGIN PERFORM 1; EXCEPTION WHEN others THEN NULL; END $$;
	SET default_transaction_read_only = on; CALL acu.rotate_history()}, stderr => \$err);
like($err, qr/ERROR:  25006: cannot rotate the history in a read-only transaction/, 'nor in one that is read-only');
$alone->safe_psql('postgres', 'CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats');
$alone->psql('postgres', "\\set VERBOSITY verbose\nCALL acu.rotate_history()", extra_params => [ '-U', 'monitor' ],
	stderr => \$err);
like($err, qr/ERROR:  42501: role monitor may not rotate the history\nHINT: .* GRANT SELECT, .* TO monitor;/,
	'without rights on the tables the error names the GRANT');
$alone->safe_psql('postgres',
	'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA acu, acu_internal TO monitor;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA acu_internal TO monitor');
$alone->safe_psql('postgres', $due);
is($alone->psql('postgres', 'CALL acu.rotate_history()', extra_params => [ '-U', 'monitor' ], stderr => \$err), 0,
	'with them it works');
is($alone->safe_psql('postgres', $rings),
	'query_hour 3, query_minute 3, query_recent 3, sample 3, sample_minute 3', 'once more');

# Two at the same time: one rotates, for the other nothing is due.
$alone->safe_psql('postgres', $due);
my @both = map { IPC::Run::start([ 'psql', '-qXAt', $alone->connstr('postgres') ], '<', \'CALL acu.rotate_history()') } 1 .. 2;
ok($_->finish, 'two sessions at once') for @both;
is($alone->safe_psql('postgres', $rings),
	'query_hour 4, query_minute 4, query_recent 1, sample 1, sample_minute 4', 'rotate each ring once');

# Overdue rotations are reported until they are done.
is($alone->safe_psql('postgres', $history) =~ s/\|.*//sr, 'ok', 'nothing is overdue');
$alone->safe_psql('postgres', "$due WHERE name IN ('sample', 'query_recent')");
$alone->psql('postgres', 'SELECT acu.take_sample()', stderr => \$err);
like($err, qr/WARNING:  the history is overdue for rotation: sample, query_recent\nHINT:  Run CALL acu.rotate_history\(\)/,
	'a sample warns when rotations are overdue');
like($alone->safe_psql('postgres', $history),
	qr/^warning\|overdue for rotation, so that it grows: sample, query_recent\|Run CALL acu.rotate_history\(\)/,
	'and so does acu.status()');
$alone->safe_psql('postgres', 'CALL acu.rotate_history()');
$alone->psql('postgres', 'SELECT acu.take_sample()', stderr => \$err);
is($err, '', 'once it is done, no more');
is(overlaps($alone), 0, 'the samples follow one another');
$alone->stop;

# --- The worker

# A foreign key of a user's keeps a partition from being emptied.
my $node = server('worker', "pg_acu.lock_timeout = '1h'");
$node->safe_psql('postgres', qq{CREATE EXTENSION pg_acu CASCADE;
	CREATE TABLE notes (target_id int, at timestamptz, FOREIGN KEY (target_id, at) REFERENCES acu_internal.sample_2); $due});
wait_for_worker($node);
sample($node);
sample($node);
is($node->safe_psql('postgres', 'SELECT last_error_sqlstate, last_error FROM acu.sampler_status()') =~ s/;.*//sr,
	'0A000|could not rotate the ring "sample": cannot truncate a table referenced in a foreign key constraint',
	'a partition that a foreign key refers to is not emptied');
like($node->safe_psql('postgres', $history), qr/^warning\|overdue for rotation, so that it grows: sample\|.* foreign key/,
	'acu.status() warns of it');

# The worker waits for a lock, for an hour if need be, and ends when it is terminated.
my $blocker = $node->background_psql('postgres');
$blocker->query('BEGIN; LOCK TABLE acu_internal.sample_1');
my $asked = '';

sub ask
{
	return IPC::Run::start(
		[ 'psql', '-qXAt', '-c', 'SELECT pg_sleep(1.1), acu.take_sample()', $node->connstr('postgres') ], '>&', \$asked);
}
my $asking = ask();
my $waits = q{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE backend_type = 'pg_acu sampler'};
$node->poll_query_until('postgres', $waits) or die 'the worker does not wait';
my $pid = $node->safe_psql('postgres', q{SELECT pid FROM acu.worker_status()});
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$node->poll_query_until('postgres', q{SELECT error LIKE 'canceling statement due to user request%' FROM acu.worker_status()})
  or die 'the cancel was dropped';
is($node->safe_psql('postgres', 'SELECT pid FROM acu.worker_status()'), $pid, 'a cancel ends the sample, not the worker');
$asking->finish;
like($asked, qr/the sampler of pg_acu failed: canceling statement due to user request/, 'who asked for it is told');
$asking = ask();
$node->poll_query_until('postgres', $waits) or die 'the worker does not wait again';
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
$node->poll_query_until('postgres', 'SELECT pid IS NULL FROM acu.worker_status()') or die 'the worker did not end';
pass('the worker ends while it waits for a lock');
like(slurp_file($node->logfile), qr/FATAL:  terminating (background worker "pg_acu sampler"|connection) due to administrator command/,
	'as a session does');
$asking->finish;
like($asked, qr/the sampler of pg_acu has ended/, 'who asked is told so');
$blocker->query('COMMIT');
$blocker->quit;

$node->stop;
done_testing();
