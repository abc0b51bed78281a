/* Unit tests of src/httpd/base/config_file.c. */
#include "httpd/base/config_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/pg_acu_config.XXXXXX";
static char reason[512];
static Config config;

static int
make_file(void **state)
{
	(void) state;
	strcpy(path + strlen(path) - 6, "XXXXXX");
	close(mkstemp(path));
	settings_set_defaults(&config);
	return 0;
}

static int
remove_file(void **state)
{
	(void) state;
	settings_free(&config);
	return unlink(path);
}

/* Writes a file of size bytes, and reads it. */
static bool
read_text(const char *text, size_t size)
{
	SettingsError error = { reason, sizeof(reason) };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	*reason = '\0';
	return config_file_read(&config, path, &error);
}

static void
assert_taken(const char *text)
{
	assert_true(read_text(text, strlen(text)));
	assert_string_equal(reason, "");
}

/* rest is what the message says behind the path. */
static void
assert_refused(const char *text, const char *rest)
{
	char expected[512];

	assert_false(read_text(text, strlen(text)));
	snprintf(expected, sizeof(expected), "%s%s", path, rest);
	assert_string_equal(reason, expected);
}

static void
lines_have_a_name_and_a_value(void **state)
{
	(void) state;
	assert_taken("# a comment\n\n  workers = 1\nconnections=3 \t\r\n"
				 "cors-origin =\ndsn = host=a user=b\nmax-clients = 9");
	assert_int_equal(config.workers, 1);
	assert_int_equal(config.connections, 3);
	assert_string_equal(config.cors_origin, "");
	assert_string_equal(config.dsn, "host=a user=b");
	assert_int_equal(config.max_clients, 9);
}

static void
the_last_line_of_a_setting_counts(void **state)
{
	(void) state;
	assert_taken("workers = 1\nworkers = 2\n");
	assert_int_equal(config.workers, 2);
}

static void
errors_name_the_line(void **state)
{
	(void) state;
	assert_refused("workers = 1\n\nworkers\n", ":3: expected name = value");
	assert_refused("magic = 1\n", ":1: there is no setting \"magic\"");
	assert_refused("\nworkers = 65\n",
				   ":2: \"workers\" must be between 0 and 64, not \"65\"");
}

static void
a_line_that_cannot_be_read_whole_is_refused(void **state)
{
	static char line[8192];

	(void) state;
	assert_false(read_text("workers = 1\0\n", 13));
	assert_non_null(strstr(reason, ":1: line is too long, or has a NUL byte"));
	memset(line, 'a', sizeof(line) - 1);
	assert_refused(line, ":1: line is too long, or has a NUL byte");
}

static void
a_file_that_is_missing_or_a_directory_is_refused(void **state)
{
	SettingsError error = { reason, sizeof(reason) };

	(void) state;
	assert_false(config_file_read(&config, "/nonexistent/a", &error));
	assert_string_equal(reason, "could not open config file"
								" \"/nonexistent/a\": No such file or"
								" directory");
	assert_false(config_file_read(&config, "/tmp", &error));
	assert_string_equal(reason, "config file \"/tmp\" is a directory");
}

static void
others_may_not_change_the_file(void **state)
{
	(void) state;
	assert_int_equal(chmod(path, 0602), 0);
	assert_false(read_text("workers = 1\n", 12));
	assert_non_null(strstr(reason, "can be changed by everybody"));
}

static void
others_may_not_read_a_password(void **state)
{
	(void) state;
	assert_int_equal(chmod(path, 0644), 0);
	assert_taken("dsn = host=a user=b\n");
	assert_false(read_text("dsn = host=a password=b\n", 24));
	assert_non_null(strstr(reason, "has a password"));
	assert_false(read_text("dsn = postgresql://a:b@c/d\n", 27));
	assert_non_null(strstr(reason, "has a password"));
	assert_int_equal(chmod(path, 0640), 0);
	assert_taken("dsn = host=a password=b\n");
}

static void
the_file_may_replace_its_own_path(void **state)
{
	SettingsError error = { reason, sizeof(reason) };
	char expected[512];
	FILE *file = fopen(path, "w");

	(void) state;
	assert_true(fputs("config = elsewhere\nmagic\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_true(
		setting_set(&config, settings_find("config", 6), path, "", &error));
	assert_false(config_file_read(&config, config.config, &error));
	snprintf(expected, sizeof(expected), "%s:2: expected name = value", path);
	assert_string_equal(reason, expected);
	assert_string_equal(config.config, "elsewhere");
}

int
main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
	const struct CMUnitTest tests[] = {
		test(lines_have_a_name_and_a_value),
		test(the_last_line_of_a_setting_counts),
		test(errors_name_the_line),
		test(a_line_that_cannot_be_read_whole_is_refused),
		test(a_file_that_is_missing_or_a_directory_is_refused),
		test(others_may_not_change_the_file),
		test(others_may_not_read_a_password),
		test(the_file_may_replace_its_own_path),
	};

	return cmocka_run_group_tests_name("config_file", tests, NULL, NULL);
}
