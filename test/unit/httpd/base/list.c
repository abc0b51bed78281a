/* Unit tests of src/httpd/base/list.c. */
#include "httpd/base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
assert_entry(const char *entry, size_t length, const char *expected)
{
	assert_non_null(entry);
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(entry, expected, length);
}

static void
entries_come_in_their_order(void **state)
{
	const char *list = " ,a.org, \tb.org c,";
	const char *const expected[] = { "a.org", "b.org", "c" };
	size_t length;

	(void) state;
	for (int i = 0; i < 3; i++)
	{
		const char *entry = list_next(&list, &length);

		assert_entry(entry, length, expected[i]);
	}
	assert_null(list_next(&list, &length));
	assert_int_equal(length, 0);
	assert_null(list_next(&list, &length));
}

static void
the_last_entries_come_first_from_the_end(void **state)
{
	const char *list = ", 10.0.0.1,::1 , ";
	size_t size = strlen(list);
	size_t length;
	const char *entry;

	(void) state;
	entry = list_last(list, &size, &length);
	assert_entry(entry, length, "::1");
	entry = list_last(list, &size, &length);
	assert_entry(entry, length, "10.0.0.1");
	assert_null(list_last(list, &size, &length));
	assert_int_equal(size, 0);
	assert_null(list_last(list, &size, &length));
}

static void
an_empty_list_has_no_entry(void **state)
{
	const char *list = "";
	size_t size = 0;
	size_t length;

	(void) state;
	assert_null(list_next(&list, &length));
	assert_null(list_last(list, &size, &length));
	list = " ,\t,";
	assert_null(list_next(&list, &length));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_in_their_order),
		cmocka_unit_test(the_last_entries_come_first_from_the_end),
		cmocka_unit_test(an_empty_list_has_no_entry),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
