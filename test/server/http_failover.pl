# The HTTP server with two servers to choose from: what writes finds the one that can be
# written to, also after a failover, and is told 503, never 405, while there is none.
use strict;
use warnings;

use lib 'test/server';
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sampled;
use Test::More;

needs_httpd();

my $primary = sampled('primary', undef, allows_streaming => 1);
$primary->safe_psql('postgres', q{CREATE ROLE acu_web LOGIN; SELECT acu.grant_http('acu_web');
	CREATE TABLE public.visit (at timestamptz); GRANT INSERT ON public.visit TO acu_web;
	CREATE FUNCTION public.visit() RETURNS void LANGUAGE sql AS 'INSERT INTO public.visit VALUES (now())';
	CREATE FUNCTION public.look() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
	SELECT acu.add_route('POST', '/visit', 'public.visit()'), acu.add_route('POST', '/look', 'public.look()'),
		acu.add_route('GET', '/visit', 'public.visit()')});
$primary->backup('copy');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

# The standby comes first.
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $log = $standby->basedir . '/httpd.log';
my $dsn = sprintf 'host=%s,%s port=%d,%d dbname=postgres user=acu_web', $standby->host, $primary->host,
	$standby->port, $primary->port;
my $httpd = IPC::Run::start([ $standby->config_data('--bindir') . '/pg_acu_httpd', '--listen', "127.0.0.1:$port",
	'--workers', '1', '--statement-timeout', '1s', '--dsn', $dsn ], '<', '/dev/null', '>', $log, '2>&1');

my %seen;

# The status of an answer; what was seen is noted.
sub status
{
	my ($method, $path) = @_;
	my ($out, $err) =
		run_command([ 'curl', '-s', '-o', '/dev/null', '-X', $method, '-w', '%{http_code}', "http://127.0.0.1:$port$path" ]);

	$seen{"$method $path $out"}++;
	return $out;
}

sub becomes
{
	my ($method, $path, $status) = @_;

	for (1 .. 450)
	{
		return 1 if status($method, $path) eq $status;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

ok(becomes('GET', '/readyz', 200), 'it is ready');
is(status('POST', '/visit'), 204, 'what writes goes to the primary, although the standby comes first');

# The primary lets nobody write, as when its disk is full or before a switch.
$primary->safe_psql('postgres', 'ALTER SYSTEM SET default_transaction_read_only = on');
$primary->reload;
ok(becomes('POST', '/visit', 503), 'what writes is told 503 while no server can be written to');
ok(becomes('GET', '/readyz', 503), 'and so is who asks whether it is ready');
ok(becomes('GET', '/time', 200), 'what reads is answered');
ok(becomes('POST', '/look', 200), 'and so is a POST that only reads');
$primary->safe_psql('postgres', 'SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only');
$primary->reload;
ok(becomes('POST', '/visit', 204), 'what writes is answered again');
ok(becomes('GET', '/readyz', 200), 'and it is ready');

# Failover: first there is the standby alone, then it is promoted.
$primary->stop('immediate');
ok(becomes('GET', '/time', 200), 'what reads is answered by the standby');
ok(becomes('POST', '/visit', 503), 'what writes is told 503');
ok(becomes('GET', '/readyz', 503), 'and so is who asks whether it is ready');
$standby->promote;
ok(becomes('POST', '/visit', 204), 'after the promotion what writes is answered');
ok(becomes('GET', '/readyz', 200), 'and it is ready');

is(status('GET', '/visit'), 405, 'a GET that would write is 405 there as anywhere');

is(join(' ', grep { /^POST.*405/ } sort keys %seen), '', 'no POST was told 405');
$httpd->signal('TERM');
$httpd->finish;
is($httpd->result(0), 0, 'it ends');
$standby->stop;
done_testing();
