# pg_acu.cpu_factor is how many Aurora vCPUs a CPU of this machine is worth: what reads
# samples multiplies with it, and nothing is stored otherwise.
use strict;
use warnings;

use lib 'test/server';
use Sampled;
use Test::More;

my $node = alone('factor', 'pg_acu.cpu_factor = 2');
my $span = q{'local', '2001-01-01', '2001-01-02'};

# Two minutes of half a CPU, of which a tenth works for no client.
$node->safe_psql('postgres', q{
	INSERT INTO acu.sample (target_id, at, seconds, cpu_seconds, background_cpu_seconds, connections)
	SELECT 1, '2001-01-01'::timestamptz + n * interval '1 minute', 60, 30, 3, 1 FROM generate_series(1, 2) AS n;
	INSERT INTO acu.query_recent
	SELECT 1, '2001-01-01 00:02', 120, 10, 0, 11, true, false, 48, 1, 48, 0, 0, 0, 1, 0, 0, 0, 0, 0});
is($node->safe_psql('postgres', "SELECT DISTINCT vcpu_used FROM acu.load($span) WHERE seconds > 0"), 1,
	'the load is in vCPUs of Aurora');
is($node->safe_psql('postgres', "SELECT DISTINCT cpu_acu FROM acu.demand($span)"), 4.6,
	'and so is the need, to which Aurora\'s own background comes as it is');
is($node->safe_psql('postgres', "SELECT string_agg(concat_ws(' ', part, cpu_seconds), ', ' ORDER BY part)
		FROM acu.query_cost($span, 8, 8) WHERE part <> 'held'"),
	'background 30, query 96, unattributed', 'queries and the background are multiplied too');
is($node->safe_psql('postgres', "SELECT string_agg(round(acu_hours::numeric, 6)::text, ' ' ORDER BY part)
		FROM acu.query_cost($span, 8, 8) WHERE part <> 'held'"),
	join(' ', map { sprintf '%.6f', 5 * 120 / 3600 * $_ / 138 } 30, 96, 12), 'and have their shares');
is($node->safe_psql('postgres', 'SELECT DISTINCT cpu_seconds FROM acu.sample'), 30, 'samples are as they were');

$node->stop;
done_testing();
