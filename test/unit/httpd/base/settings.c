/* Unit tests of src/httpd/base/settings.c. */
#include "httpd/base/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char reason[256];
static SettingsError error = { reason, sizeof(reason) };
static Config config;

static int
make_config(void **state)
{
	(void) state;
	settings_set_defaults(&config);
	return 0;
}

static int
free_config(void **state)
{
	(void) state;
	settings_free(&config);
	return 0;
}

static bool
set(const char *name, const char *value)
{
	*reason = '\0';
	return setting_set(&config, settings_find(name, strlen(name)), value,
					   "here", &error);
}

static void
assert_refused(const char *name, const char *value, const char *expected)
{
	assert_false(set(name, value));
	assert_string_equal(reason, expected);
}

static void
every_setting_has_a_default(void **state)
{
	(void) state;
	assert_string_equal(config.listen, "127.0.0.1:8080");
	assert_string_equal(config.dsn, "");
	assert_int_equal(config.connections, 2);
	assert_int_equal(config.max_body_bytes, 1024 * 1024);
	assert_int_equal(config.header_timeout, 10000);
	assert_false(config.access_log);
}

static void
settings_are_found_by_their_whole_name(void **state)
{
	(void) state;
	assert_non_null(settings_find("workers", 7));
	assert_ptr_equal(settings_find("workers = 1", 7),
					 settings_find("workers", 7));
	assert_null(settings_find("worker", 6));
	assert_null(settings_find("workerss", 8));
	assert_null(settings_find("", 0));
}

static void
durations_have_units(void **state)
{
	static const struct
	{
		const char *value;
		int64_t expected;
	} cases[] = { { "1500ms", 1500 },
				  { "2s", 2000 },
				  { "3", 3000 },
				  { "1min", 60000 },
				  { "24h", 86400000 } };

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_true(set("header-timeout", cases[i].value));
		assert_int_equal(config.header_timeout, cases[i].expected);
	}
	assert_false(set("header-timeout", "1kB"));
	assert_false(set("header-timeout", "10 s"));
}

static void
sizes_have_units(void **state)
{
	(void) state;
	assert_true(set("max-body-bytes", "2kB"));
	assert_int_equal(config.max_body_bytes, 2048);
	assert_true(set("max-body-bytes", "3MB"));
	assert_int_equal(config.max_body_bytes, 3 * 1024 * 1024);
	assert_true(set("max-unsent-bytes", "1GB"));
	assert_int_equal(config.max_unsent_bytes, 1 << 30);
	assert_true(set("max-body-bytes", "5"));
	assert_int_equal(config.max_body_bytes, 5);
	assert_false(set("max-body-bytes", "1KB"));
	assert_false(set("max-body-bytes", "1s"));
}

static void
numbers_have_limits(void **state)
{
	(void) state;
	assert_true(set("workers", "64"));
	assert_refused("workers", "65",
				   "here: \"workers\" must be between 0 and 64, not \"65\"");
	assert_refused("idle-timeout", "25h",
				   "here: \"idle-timeout\" must be between 1 and 86400000 ms,"
				   " not \"25h\"");
	assert_refused("workers", "-1",
				   "here: invalid value for \"workers\": \"-1\"; see --help for"
				   " an example");
	assert_refused("max-body-bytes", "9999999999999GB",
				   "here: invalid value for \"max-body-bytes\":"
				   " \"9999999999999GB\"; see --help for an example");
	assert_int_equal(config.workers, 64);
}

static void
switches_are_on_or_off(void **state)
{
	static const char *const on[] = { "on", "ON", "true", "1" };
	static const char *const off[] = { "off", "Off", "false", "0" };

	(void) state;
	for (int i = 0; i < 4; i++)
	{
		assert_true(set("access-log", on[i]));
		assert_true(config.access_log);
		assert_true(set("access-log", off[i]));
		assert_false(config.access_log);
	}
	assert_refused("access-log", "yes",
				   "here: \"access-log\" must be on or off, not \"yes\"");
}

static void
texts_are_checked(void **state)
{
	(void) state;
	assert_true(set("cors-origin", "https://a.org"));
	assert_string_equal(config.cors_origin, "https://a.org");
	assert_refused("cors-origin", "a\r\nX: y",
				   "here: \"cors-origin\" has a control byte");
	assert_string_equal(config.cors_origin, "https://a.org");
	assert_true(set("trusted-proxies", "10.0.0.0/8, ::1"));
	assert_refused("trusted-proxies", "proxy.example",
				   "here: \"trusted-proxies\" must be a list of addresses, such"
				   " as 10.0.0.0/8,::1");
}

static void
a_message_repeats_no_connection_string(void **state)
{
	(void) state;
	assert_refused("workers", "host=x password=secret",
				   "here: invalid value for \"workers\": \"(not shown)\"; see"
				   " --help for an example");
	assert_refused("access-log", "postgresql://a:secret@b/c",
				   "here: \"access-log\" must be on or off, not"
				   " \"(not shown)\"");
}

static void
the_environment_has_names_of_its_own(void **state)
{
	(void) state;
	setenv("PG_ACU_MAX_CLIENTS", "7", 1);
	setenv("PG_ACU_WORKERS", "many", 1);
	*reason = '\0';
	assert_true(setting_read_environment(
		&config, settings_find("max-clients", 11), &error));
	assert_int_equal(config.max_clients, 7);
	assert_false(settings_read_environment(&config, &error));
	assert_string_equal(reason, "PG_ACU_WORKERS: invalid value for \"workers\":"
								" \"many\"; see --help for an example");
	unsetenv("PG_ACU_MAX_CLIENTS");
	unsetenv("PG_ACU_WORKERS");
	assert_true(settings_read_environment(&config, &error));
}

int
main(void)
{
#define test(name) \
	cmocka_unit_test_setup_teardown(name, make_config, free_config)
	const struct CMUnitTest tests[] = {
		test(every_setting_has_a_default),
		test(settings_are_found_by_their_whole_name),
		test(durations_have_units),
		test(sizes_have_units),
		test(numbers_have_limits),
		test(switches_are_on_or_off),
		test(texts_are_checked),
		test(a_message_repeats_no_connection_string),
		test(the_environment_has_names_of_its_own),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
