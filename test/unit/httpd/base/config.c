/* Unit tests of src/httpd/base/config.c: flags, and the order of the sources.
 */
#include "httpd/base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char error[256];

/* Reads flags up to a NULL, which is the last of them. */
static ConfigResult
read_flags(Config *config, ...)
{
	char *argv[16] = { "pg_acu_httpd" };
	int argc = 1;
	va_list flags;

	va_start(flags, config);
	while ((argv[argc] = va_arg(flags, char *)) != NULL)
		argc++;
	va_end(flags);
	*error = '\0';
	return config_read(config, argc, argv, error, sizeof(error));
}

static void
assert_bad(const char *flag, const char *value, const char *expected)
{
	Config config;

	assert_int_equal(read_flags(&config, flag, value, NULL), CONFIG_BAD);
	assert_string_equal(error, expected);
	config_free(&config);
}

static void
a_flag_may_be_one_word(void **state)
{
	Config config;

	(void) state;
	assert_int_equal(
		read_flags(&config, "--max-body-bytes=2kB", "--access-log=on", NULL),
		CONFIG_GOOD);
	assert_int_equal(config.max_body_bytes, 2048);
	assert_true(config.access_log);
	config_free(&config);
}

static void
refuses_flags_that_there_are_not(void **state)
{
	(void) state;
	assert_bad("--what", "1", "there is no flag \"--what\"; see --help");
	assert_bad("-workers", "1", "there is no flag \"-workers\"; see --help");
	assert_bad("listen", "1", "argument 1 is not a flag; see --help");
	assert_bad("--listen", NULL, "flag \"--listen\" needs a value; see --help");
}

static void
names_the_flag_of_an_invalid_value(void **state)
{
	(void) state;
	assert_bad("--workers", "65",
			   "--workers: \"workers\" must be between 0 and 64, not \"65\"");
	assert_bad("--access-log=yes", NULL,
			   "--access-log: \"access-log\" must be on or off, not \"yes\"");
}

static void
tells_no_password(void **state)
{
	(void) state;
	assert_bad(
		"--dsn", "host=x password='secret",
		"\"dsn\" must be a connection string of libpq, such as host=HOST "
		"user=ROLE dbname=NAME");
	assert_bad("--dns=host=x password=secret", NULL,
			   "there is no flag \"--dns\"; see --help");
	assert_bad("postgresql://web:secret@x/db", NULL,
			   "argument 1 is not a flag; see --help");
	assert_bad(
		"--workers", "host=x password=secret",
		"--workers: invalid value for \"workers\": \"(not shown)\"; see --help "
		"for an example");
	assert_bad("--access-log=postgresql://web:secret@x/db", NULL,
			   "--access-log: \"access-log\" must be on or off, not \"(not "
			   "shown)\"");
}

static void
a_flag_wins_over_the_environment_and_that_over_the_file(void **state)
{
	char file[] = "/tmp/pg_acu_config.XXXXXX";
	int fd = mkstemp(file);
	Config config;

	(void) state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "# a comment\n\nworkers = 1\nconnections = 3 \n"
							"dedicated-connections=4\n") > 0);
	close(fd);
	setenv("PG_ACU_WORKERS", "2", 1);
	setenv("PG_ACU_CONNECTIONS", "5", 1);
	assert_int_equal(
		read_flags(&config, "--connections", "6", "--config", file, NULL),
		CONFIG_GOOD);
	unsetenv("PG_ACU_WORKERS");
	unsetenv("PG_ACU_CONNECTIONS");
	unlink(file);
	assert_int_equal(config.dedicated_connections, 4);
	assert_int_equal(config.workers, 2);
	assert_int_equal(config.connections, 6);
	config_free(&config);
}

static void
passwords_are_hidden_from_the_list_of_processes(void **state)
{
	char uri[] = "postgresql://web:secret@x/db";
	char words[] = "--dsn=host=x password=secret";
	char plain[] = "--workers=2";
	char *argv[] = { "pg_acu_httpd", "--dsn", uri, words, plain };

	(void) state;
	config_hide_passwords(5, argv);
	assert_string_equal(uri, "xxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	assert_string_equal(words, "--dsn=xxxxxxxxxxxxxxxxxxxxxx");
	assert_string_equal(plain, "--workers=2");
	assert_string_equal(argv[1], "--dsn");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flag_may_be_one_word),
		cmocka_unit_test(refuses_flags_that_there_are_not),
		cmocka_unit_test(names_the_flag_of_an_invalid_value),
		cmocka_unit_test(tells_no_password),
		cmocka_unit_test(passwords_are_hidden_from_the_list_of_processes),
		cmocka_unit_test(
			a_flag_wins_over_the_environment_and_that_over_the_file),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
