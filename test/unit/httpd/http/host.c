/* Unit tests of src/httpd/http/host.c. */
#include "httpd/http/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
addresses_are_always_served(void **state)
{
	(void) state;
	assert_true(host_is_served("", "127.0.0.1:8080"));
	assert_true(host_is_served("", "[::1]:8080"));
	assert_true(host_is_served("a.org", "192.0.2.1"));
	assert_false(host_is_served("a.org", "192.0.2.1.evil.com"));
}

static void
without_a_list_only_names_that_nobody_can_own_are_served(void **state)
{
	(void) state;
	assert_true(host_is_served("", "localhost:8080"));
	assert_true(host_is_served("", "database"));
	assert_true(host_is_served("", "app.LocalHost"));
	assert_false(host_is_served("", "www.example.com:80"));
	assert_false(host_is_served("", "evil.com"));
	assert_false(host_is_served("", "evil.com:8080"));
	assert_false(host_is_served("", "evil.com."));
	assert_false(host_is_served("", "127.0.0.1.nip.io"));
	assert_false(host_is_served("", "localhost.evil.com"));
	assert_false(host_is_served("", "evilexample.com"));
	assert_false(host_is_served("", "evil.localhost.attacker.net"));
}

static void
a_list_has_names_and_what_is_below_them(void **state)
{
	const char *list = "a.org, .b.org,c";

	(void) state;
	assert_true(host_is_served(list, "a.org"));
	assert_true(host_is_served(list, "A.ORG.:443"));
	assert_true(host_is_served(list, "x.b.org"));
	assert_true(host_is_served(list, "c"));
	assert_false(host_is_served(list, "b.org"));
	assert_false(host_is_served(list, "x.a.org"));
	assert_false(host_is_served(list, "xb.org"));
	assert_false(host_is_served(list, "localhost"));
	assert_false(host_is_served(list, "a.or"));
	assert_false(host_is_served(list, ""));
	assert_true(host_is_served("*", "evil.com"));
	assert_true(host_is_served("a,*", "evil.com"));
}

static void
an_origin_is_ours_when_host_and_port_are(void **state)
{
	(void) state;
	assert_true(host_is_origin("a.org", "http://a.org"));
	assert_true(host_is_origin("a.org", "https://A.org:443"));
	assert_true(host_is_origin("a.org:8080", "http://a.org:8080"));
	assert_true(host_is_origin("[::1]:8080", "http://[::1]:8080"));
	assert_false(host_is_origin("a.org", "http://a.org.evil.com"));
	assert_false(host_is_origin("a.org", "http://a.orgy"));
	assert_false(host_is_origin("a.org:8080", "http://a.org:8081"));
	assert_false(host_is_origin("a.org", "http://a.org:8080"));
	assert_false(host_is_origin("[::1]", "http://[::2]"));
	assert_false(host_is_origin("a.org", "null"));
	assert_false(host_is_origin("a.org", ""));
	assert_false(host_is_origin("", "http://"));
}

static void
the_loopback_is_known_by_its_addresses(void **state)
{
	(void) state;
	assert_true(host_is_loopback("127.0.0.1:8080"));
	assert_true(host_is_loopback("[::1]:8080"));
	assert_true(host_is_loopback("localhost:8080"));
	assert_false(host_is_loopback("0.0.0.0:8080"));
	assert_false(host_is_loopback("[::]:8080"));
	assert_false(host_is_loopback("192.0.2.127:8080"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_always_served),
		cmocka_unit_test(
			without_a_list_only_names_that_nobody_can_own_are_served),
		cmocka_unit_test(a_list_has_names_and_what_is_below_them),
		cmocka_unit_test(an_origin_is_ours_when_host_and_port_are),
		cmocka_unit_test(the_loopback_is_known_by_its_addresses),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
