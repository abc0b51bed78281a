# A hot standby answers what only reads, and takes no samples; once promoted it
# does both.
use strict;
use warnings;

use lib 'test/server';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

my $primary = sampled('primary', undef, allows_streaming => 1);
sample($primary);
$primary->backup('copy');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

$primary->safe_psql('postgres', q{SELECT acu.add_route('GET', '/later', 'pg_catalog.version()')});
$primary->wait_for_catchup($standby);

my $err;
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'it is a standby');
like($standby->safe_psql('postgres', q{SELECT acu.time('America/New_York')}),
	qr/^\{"time": ".*-0[45]:00", "timezone": "America\/New_York"\}$/, 'acu.time');
like($standby->safe_psql('postgres', 'SELECT acu.root()'), qr/href="\/later"/, 'acu.root');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM acu.route_info WHERE call_start IS NOT NULL'),
	4, 'acu.route_info');
is($standby->safe_psql('postgres', 'SELECT calls > 0 FROM acu.load_now()'),
	't', 'the query load of the standby itself');
$standby->psql('postgres',
	"\\set VERBOSITY verbose\nSELECT acu.add_route('GET', '/x', 'pg_catalog.version()')",
	stderr => \$err);
like($err, qr/25006: cannot execute INSERT in a read-only transaction/, 'acu.add_route is refused');

# Its own load is not sampled; the history is the primary's.
reconf($standby, 'pg_acu.sample_interval', 1);
$standby->poll_query_until('postgres', q{SELECT state = 'standby' FROM acu.sampler_status()})
  or die 'the worker does not know that it is on a standby';
$standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT acu.take_sample()", stderr => \$err);
like($err, qr/25006: cannot take a sample on a standby\nHINT:  Do it on the primary/, 'a request says so');
my $theirs = 'SELECT count(*), max(at) FROM acu.sample';
is($standby->safe_psql('postgres', $theirs), $primary->safe_psql('postgres', $theirs),
	'the samples are those of the primary');
is($standby->safe_psql('postgres', q{SELECT state, detail FROM acu.status() WHERE topic = 'sampler'}),
	'off|this server is a standby', 'acu.status() says why there are no samples');
is($standby->safe_psql('postgres', 'SELECT samples, last_error FROM acu.sampler_status()'), '1|', 'and nothing failed');
is($standby->safe_psql('postgres', 'SELECT sum(seconds) > 0 FROM acu.load()'), 't', 'acu.load works');

$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
$standby->safe_psql('postgres', q{SELECT acu.add_route('GET', '/x', 'pg_catalog.version()')});
is($standby->safe_psql('postgres', q{SELECT count(*) FROM acu.route WHERE path = '/x'}),
	1, 'and works after promotion');
wait_for_sample($standby);
is(epochs($standby), 'first sample, promotion', 'its samples begin, in an epoch that says why');
is(overlaps($standby), 0, 'and follow those of the primary');
is($standby->safe_psql('postgres', 'SELECT state, last_error FROM acu.sampler_status()'), 'sampling|', 'without an error');

$standby->stop;
$primary->stop;
done_testing();
