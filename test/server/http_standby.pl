# The HTTP server of a hot standby: it cannot listen for changed routes there, and
# finds them all the same; what writes is refused.
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
	SELECT acu.add_route('POST', '/visit', 'public.visit()')});
$primary->backup('copy');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $log = $standby->basedir . '/httpd.log';
my $httpd = IPC::Run::start([ $standby->config_data('--bindir') . '/pg_acu_httpd', '--listen', "127.0.0.1:$port",
	'--dsn', $standby->connstr('postgres') . ' user=acu_web' ], '<', '/dev/null', '>', $log, '2>&1');

# The status and the body of an answer.
sub ask
{
	my (@arguments) = @_;
	my ($out, $err) = run_command([ 'curl', '-s', '-w', ' %{http_code}', @arguments ]);

	return $out;
}

# Until a path has a status; a quarter of the time that a test may take is plenty.
sub becomes
{
	my ($path, $status) = @_;

	for (1 .. 450)
	{
		return 1 if ask("http://127.0.0.1:$port$path") =~ / $status$/;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

ok(becomes('/readyz', 200), 'it is ready');
like(ask("http://127.0.0.1:$port/time"), qr/^\{"time": .*\} 200$/, 'it answers');
like(ask('-X', 'POST', "http://127.0.0.1:$port/visit"), qr/"code": "25006".* 405$/, 'what writes is refused');
like(ask('-X', 'POST', '-D', '-', "http://127.0.0.1:$port/visit"), qr/^Allow: POST, OPTIONS\r$/m,
	'with the methods that there are');

$primary->safe_psql('postgres', q{SELECT acu.add_route('GET', '/version', 'pg_catalog.version()')});
ok(becomes('/version', 200), 'a new route is found');
$primary->safe_psql('postgres', q{SELECT acu.drop_route('GET', '/version')});
ok(becomes('/version', 404), 'and so is that it has gone');

$httpd->signal('TERM');
$httpd->finish;
is($httpd->result(0), 0, 'it ends');
$standby->stop;
$primary->stop;
done_testing();
