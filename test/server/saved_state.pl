# The bytes that a session leaves for the next one that takes a sample: whatever they
# are, the next sample is taken, and a damaged state begins an epoch that says so.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $node = alone('saved', "autovacuum = off");
my $err;

# Takes a sample after the state has become the result of an SQL expression over the
# good one, and returns why an epoch began, if one did. No sample of before is left
# that could be the answer instead.
sub reason_of
{
	my ($expression) = @_;

	return $node->safe_psql('postgres', qq{SET client_min_messages = error;
		TRUNCATE acu.sample, acu.epoch;
		UPDATE acu.sampler_state SET state = (SELECT ($expression)::bytea FROM good);
		SELECT acu.take_sample() \\g /dev/null
		SELECT string_agg(reason, ', ') FROM acu.epoch});
}

$node->safe_psql('postgres', 'SELECT acu.take_sample();
	CREATE TABLE good AS SELECT state, length(state) AS size FROM acu.sampler_state');
is(reason_of('state'), '', 'a good state goes on');
is(reason_of('NULL'), 'first sample', 'without a state the first sample begins');
is(reason_of(q{'\x'}), 'state of another version', 'no bytes');
is(reason_of(q{'\x01756361' || substr(state, 5)}), 'state of another version', 'the first version');
is(reason_of('set_byte(state, 3, get_byte(state, 3) + 1)'), 'state of another version', 'the next version');
is(reason_of('substr(state, 1, size - 1)'), 'damaged state', 'a byte is missing');
is(reason_of(q{state || '\x00'}), 'damaged state', 'there is one more');
is(reason_of(q{overlay(state PLACING '\xffffff7f' FROM 1124)}), 'damaged state', 'too many entries');

# An entry that is there twice: one of two takes the other's place.
$node->safe_psql('postgres', 'SELECT 1 AS one; SELECT 1 AS one, 2 AS two; SELECT acu.take_sample();
	DROP TABLE good; CREATE TABLE good AS SELECT state, length(state) AS size FROM acu.sampler_state');
is(reason_of('state'), '', 'a state with entries goes on');
my $entry = 4 + 4 + 8 + 3 + 8 + 11 * 8;
is(reason_of("substr(state, 1, size - $entry) || substr(state, size - 2 * $entry + 1, $entry)"),
	'damaged state', 'an entry that is there twice');

# Every word of the beginning becomes the largest number and a negative one, the whole
# is cut at many places, and there are random bytes, alone and behind a good beginning.
my $harm = q{
DO $$
DECLARE
	good CONSTANT bytea := (SELECT state FROM good);
	bad bytea[] := '{}';
	b bytea;
BEGIN
	PERFORM setseed(0.5);
	FOR at IN 1 .. least(length(good) - 4, 1400) BY 4 LOOP
		CONTINUE WHEN at BETWEEN 200 AND 1100 AND at % 3 > 0; -- one field, again and again
		bad := bad || overlay(good PLACING '\xffffff7f' FROM at) || overlay(good PLACING '\xc5ffffff' FROM at);
	END LOOP;
	FOR part IN 0 .. 40 LOOP
		bad := bad || substr(good, 1, length(good) * part / 41)
			|| (SELECT string_agg(decode(md5(random()::text), 'hex'), '') FROM generate_series(1, part * 2))
			|| substr(good, 1, 4 + part * 30)
				|| (SELECT string_agg(decode(md5(random()::text), 'hex'), '') FROM generate_series(0, part));
	END LOOP;
	FOREACH b IN ARRAY bad LOOP
		TRUNCATE acu.sample;
		UPDATE acu.sampler_state SET state = b;
		PERFORM acu.take_sample();
	END LOOP;
END
$$};
is($node->psql('postgres', "SET client_min_messages = error; $harm", stderr => \$err), 0, 'no bytes end the session')
  or diag $err;
is($node->safe_psql('postgres', q{SELECT count(*) FROM acu.query_recent
	WHERE least(cpu_seconds, exec_seconds, calls) < 0 OR cpu_seconds = 'NaN' OR cpu_seconds > 1e6}), 0,
	'and none makes up what queries did');
$node->safe_psql('postgres', 'SELECT acu.take_sample(); SELECT acu.take_sample()');
is(overlaps($node), 0, 'the samples go on');

$node->stop;
done_testing();
