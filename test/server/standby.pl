# A hot standby answers what only reads; nothing else.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', slurp_file('conf/aurora-postgresql15.conf'));
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION pg_acu CASCADE');
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

$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
$standby->safe_psql('postgres', q{SELECT acu.add_route('GET', '/x', 'pg_catalog.version()')});
is($standby->safe_psql('postgres', q{SELECT count(*) FROM acu.route WHERE path = '/x'}),
	1, 'and works after promotion');

$standby->stop;
$primary->stop;
done_testing();
