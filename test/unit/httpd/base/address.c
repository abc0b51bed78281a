/* Unit tests of src/httpd/base/address.c. */
#include "httpd/base/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static bool
parses(const char *text)
{
	Address address;

	return address_parse(text, strlen(text), &address);
}

static bool
is_in(const char *text, const char *list)
{
	Address address;

	assert_true(address_parse(text, strlen(text), &address));
	return address_is_listed(&address, list);
}

static void
addresses_of_both_families_are_parsed(void **state)
{
	Address v4;
	Address mapped;

	(void) state;
	assert_true(parses("192.0.2.1"));
	assert_true(parses("2001:db8::1"));
	assert_false(parses(""));
	assert_false(parses("192.0.2"));
	assert_false(parses("192.0.2.256"));
	assert_false(parses("a.org"));
	assert_false(parses("::1%lo"));
	assert_true(address_parse("192.0.2.1:80", 9, &v4));
	assert_true(address_parse("::ffff:192.0.2.1", 16, &mapped));
	assert_true(v4.is_v4 && mapped.is_v4);
	assert_memory_equal(v4.bytes, mapped.bytes, sizeof(v4.bytes));
}

static void
a_text_longer_than_any_address_is_none(void **state)
{
	char text[ADDRESS_SIZE + 1];

	(void) state;
	memset(text, '1', ADDRESS_SIZE);
	text[ADDRESS_SIZE] = '\0';
	assert_false(parses(text));
}

static void
networks_end_at_the_bit_that_is_said(void **state)
{
	(void) state;
	assert_true(is_in("10.1.2.3", "10.0.0.0/8"));
	assert_false(is_in("11.1.2.3", "10.0.0.0/8"));
	assert_true(is_in("192.0.2.255", "192.0.2.128/25"));
	assert_false(is_in("192.0.2.127", "192.0.2.128/25"));
	assert_true(is_in("2001:db8:7fff::1", "2001:db8::/33"));
	assert_false(is_in("2001:db8:8000::1", "2001:db8::/33"));
	assert_true(is_in("203.0.113.9", "0.0.0.0/0"));
	assert_false(is_in("2001:db8::1", "0.0.0.0/0"));
	assert_true(is_in("2001:db8::1", "::/0"));
}

static void
any_entry_of_a_list_is_enough(void **state)
{
	(void) state;
	assert_true(is_in("::1", "10.0.0.0/8, 127.0.0.1 ::1"));
	assert_true(is_in("127.0.0.1", "nonsense,127.0.0.1"));
	assert_false(is_in("127.0.0.2", "10.0.0.0/8, 127.0.0.1 ::1"));
	assert_false(is_in("127.0.0.1", ""));
}

static void
a_list_is_good_when_all_its_entries_are(void **state)
{
	(void) state;
	assert_true(address_is_list(""));
	assert_true(address_is_list("10.0.0.0/8, ::1\t127.0.0.1"));
	assert_false(address_is_list("10.0.0.0/33"));
	assert_false(address_is_list("::/129"));
	assert_false(address_is_list("10.0.0.0/"));
	assert_false(address_is_list("10.0.0.0/-1"));
	assert_false(address_is_list("10.0.0.0/0008"));
	assert_false(address_is_list("proxy.example"));
	assert_false(address_is_list("10.0.0.1, 10.0.0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_both_families_are_parsed),
		cmocka_unit_test(a_text_longer_than_any_address_is_none),
		cmocka_unit_test(networks_end_at_the_bit_that_is_said),
		cmocka_unit_test(any_entry_of_a_list_is_enough),
		cmocka_unit_test(a_list_is_good_when_all_its_entries_are),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
