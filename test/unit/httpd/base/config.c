/* Unit tests of src/httpd/base/config.c. */
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

static int64_t
header_timeout(const char *value)
{
	Config config;
	int64_t timeout;

	assert_int_equal(read_flags(&config, "--header-timeout", value, NULL),
					 CONFIG_GOOD);
	timeout = config.header_timeout;
	config_free(&config);
	return timeout;
}

static void
has_defaults(void **state)
{
	Config config;

	(void) state;
	assert_int_equal(read_flags(&config, NULL), CONFIG_GOOD);
	assert_string_equal(config.listen, "127.0.0.1:8080");
	assert_int_equal(config.connections, 2);
	assert_int_equal(config.max_body_bytes, 1024 * 1024);
	assert_int_equal(config.header_timeout, 10000);
	assert_false(config.access_log);
	config_free(&config);
}

static void
understands_units(void **state)
{
	(void) state;
	assert_int_equal(header_timeout("1500ms"), 1500);
	assert_int_equal(header_timeout("2s"), 2000);
	assert_int_equal(header_timeout("3"), 3000);
	assert_int_equal(header_timeout("1min"), 60000);
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
refuses_what_it_does_not_understand(void **state)
{
	(void) state;
	assert_bad("--what", "1", "there is no flag \"--what\"; see --help");
	assert_bad("listen", "1", "argument 1 is no flag; see --help");
	assert_bad("--listen", NULL, "flag \"--listen\" needs a value; see --help");
	assert_bad(
		"--workers", "-1",
		"--workers: \"workers\" cannot be \"-1\"; see --help for an example");
	assert_bad("--workers", "65",
			   "--workers: \"workers\" must be between 0 and 64, not \"65\"");
	assert_bad("--workers", "99999999999999999999",
			   "--workers: \"workers\" cannot be \"99999999999999999999\"; see "
			   "--help for an example");
	assert_bad("--workers", "1s",
			   "--workers: \"workers\" cannot be \"1s\"; see --help for an "
			   "example");
	assert_bad("--access-log", "yes",
			   "--access-log: \"access-log\" must be on or off, not \"yes\"");
	assert_bad("--cors-origin", "a\r\nX: y",
			   "--cors-origin: \"cors-origin\" has a control byte");
}

static void
tells_no_password(void **state)
{
	(void) state;
	assert_bad("--dsn", "host=x password='secret",
			   "\"dsn\" is no connection string of libpq, such as host=HOST "
			   "user=ROLE dbname=NAME");
	assert_bad("--dns=host=x password=secret", NULL,
			   "there is no flag \"--dns\"; see --help");
	assert_bad("postgresql://web:secret@x/db", NULL,
			   "argument 1 is no flag; see --help");
	assert_bad("--workers", "host=x password=secret",
			   "--workers: \"workers\" cannot be \"(not shown)\"; see --help "
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
							"solo-connections=4\n") > 0);
	close(fd);
	setenv("PG_ACU_WORKERS", "2", 1);
	setenv("PG_ACU_CONNECTIONS", "5", 1);
	assert_int_equal(
		read_flags(&config, "--connections", "6", "--config", file, NULL),
		CONFIG_GOOD);
	unsetenv("PG_ACU_WORKERS");
	unsetenv("PG_ACU_CONNECTIONS");
	unlink(file);
	assert_int_equal(config.solo_connections, 4);
	assert_int_equal(config.workers, 2);
	assert_int_equal(config.connections, 6);
	config_free(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_defaults),
		cmocka_unit_test(understands_units),
		cmocka_unit_test(a_flag_may_be_one_word),
		cmocka_unit_test(refuses_what_it_does_not_understand),
		cmocka_unit_test(tells_no_password),
		cmocka_unit_test(
			a_flag_wins_over_the_environment_and_that_over_the_file),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
