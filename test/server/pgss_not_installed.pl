# A server on which pg_stat_statements was never installed: CREATE EXTENSION says
# what to install. The server is a copy of the real one, with links for all that
# it shares but that extension's files.
use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename;
use File::Copy;
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = PostgreSQL::Test::Utils::tempdir_short();

# PostgreSQL finds its share folder relative to where its program really is.
sub folder_of
{
	my ($option) = @_;
	my $folder = `pg_config --$option`;

	chomp $folder;
	return $folder;
}

my ($bin, $share, $lib) = map { folder_of($_) } qw(bindir sharedir pkglibdir);
make_path("$top$bin", "$top$share/extension", dirname("$top$lib"));
for my $program (qw(postgres initdb pg_ctl))
{
	copy("$bin/$program", "$top$bin/$program") or die "could not copy $program: $!";
	chmod 0755, "$top$bin/$program";
}
symlink $lib, "$top$lib" or die "could not link $lib: $!";
for my $file (glob("$share/* $share/extension/*"))
{
	my $link = $top . $file;

	next if $file =~ /\/extension$/ || basename($file) =~ /^pg_stat_statements/;
	symlink realpath($file), $link or die "could not link $file: $!";
}

my $node = PostgreSQL::Test::Cluster->new('missing');
{
	local $ENV{PATH} = "$top$bin:$ENV{PATH}";
	my $err;

	$node->init;
	$node->start;
	like($node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions
			WHERE name IN ('pg_acu', 'pg_stat_statements')}),
		qr/^1$/, 'pg_acu is there, pg_stat_statements is not');
	$node->psql('postgres', 'CREATE EXTENSION pg_acu CASCADE', stderr => \$err);
	# PostgreSQL 13 has no hint.
	like($err, qr/extension\ "pg_stat_statements"\ is\ not\ available.*HINT:\ \ The\ extension\ must\ first\ be\ installed
			|could\ not\ open\ extension\ control\ file\ .*pg_stat_statements\.control/sx,
		'CREATE EXTENSION says what to install');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'acu'}),
		0, 'and leaves nothing behind');
	$node->stop;
}

done_testing();
