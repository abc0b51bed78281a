/* Unit tests of src/httpd/http/forwarded.c. */
#include "httpd/http/forwarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void
assert_client(const char *proxies, const char *peer, const char *forwarded_for,
			  const char *expected)
{
	char address[ADDRESS_SIZE];

	snprintf(address, sizeof(address), "%s", peer);
	forwarded_client(proxies, forwarded_for, address);
	assert_string_equal(address, expected);
}

static void
only_proxies_that_are_named_are_believed(void **state)
{
	(void) state;
	assert_client("", "192.0.2.1", "198.51.100.7", "192.0.2.1");
	assert_client("10.0.0.1", "192.0.2.1", "198.51.100.7", "192.0.2.1");
	assert_client("10.0.0.1", "10.0.0.1", "198.51.100.7", "198.51.100.7");
	assert_client("10.0.0.1", "10.0.0.1", NULL, "10.0.0.1");
	assert_client("10.0.0.1", "10.0.0.1", " ,, ", "10.0.0.1");
}

static void
what_a_client_claims_is_behind_what_the_proxy_saw(void **state)
{
	(void) state;
	assert_client("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 198.51.100.7",
				  "198.51.100.7");
	assert_client("10.0.0.0/8", "10.0.0.1", "1.1.1.1,198.51.100.7 ,10.9.9.9",
				  "198.51.100.7");
	assert_client("10.0.0.0/8", "10.0.0.1", "10.2.2.2", "10.2.2.2");
	assert_client("10.0.0.0/8", "10.0.0.1", "198.51.100.7, unknown",
				  "10.0.0.1");
	assert_client("10.0.0.0/8", "10.0.0.1", "198.51.100.7, \"x\", 10.3.3.3",
				  "10.3.3.3");
}

static void
networks_of_both_kinds(void **state)
{
	(void) state;
	assert_client("2001:db8::/33", "2001:db8:7fff::1", "::1", "::1");
	assert_client("2001:db8::/33", "2001:db8:8000::1", "::1",
				  "2001:db8:8000::1");
	assert_client("127.0.0.0/8", "::ffff:127.0.0.1", "2001:db8::5",
				  "2001:db8::5");
	assert_client("192.0.2.128/25", "192.0.2.127", "::1", "192.0.2.127");
	assert_client("0.0.0.0/0", "203.0.113.9", "1.2.3.4", "1.2.3.4");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_proxies_that_are_named_are_believed),
		cmocka_unit_test(what_a_client_claims_is_behind_what_the_proxy_saw),
		cmocka_unit_test(networks_of_both_kinds),
	};

	return cmocka_run_group_tests_name("forwarded", tests, NULL, NULL);
}
