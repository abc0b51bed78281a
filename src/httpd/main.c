/*-------------------------------------------------------------------------
 *
 * main.c
 *		pg_acu_httpd: it reads its settings, and becomes the master process.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/buffer.h"
#include "httpd/base/loop.h"
#include "httpd/master.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define USAGE_ERROR EXIT_REFUSED

/* A copy of the command line, as it was before passwords were hidden in it. */
static char **
copy_arguments(int argc, char **argv)
{
	char **copy = allocate(((size_t) argc + 1) * sizeof(char *));

	for (int i = 0; i < argc; i++)
		copy[i] = copy_string(argv[i]);
	return copy;
}

/* Ends the program before it has begun, with one line on stderr. */
static void
usage_error(const char *message)
{
	fprintf(stderr, "pg_acu_httpd: %s\n", message);
	exit(USAGE_ERROR);
}

/* A fault of a parser must cost no more than an account without rights. */
static void
refuse_root(const Config *config)
{
	if (geteuid() == 0 && !config->allow_root)
		usage_error(
			"will not run as root: start it as a user of its own (systemd: User=;"
			" containers: --user), or with --allow-root on");
}

/* A client or a connection to the database is a descriptor each. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	Master master = { .argc = argc, .argv = copy_arguments(argc, argv) };
	char error[600];

	config_hide_passwords(argc, argv);
	switch (
		config_read(&master.config, argc, master.argv, error, sizeof(error)))
	{
		case CONFIG_ANSWERED:
			return 0;
		case CONFIG_BAD:
			usage_error(error);
			break;
		case CONFIG_GOOD:
			break;
	}
	refuse_root(&master.config);
	raise_descriptor_limit();
	if (!master_listen(&master, error, sizeof(error)))
		usage_error(error);
	return master_run(&master);
}
