/* Unit tests of src/httpd/base/loop.c. */
#include "httpd/base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
the_date_is_that_of_the_header(void **state)
{
	Loop loop = { 0 };
	struct tm utc;
	char again[sizeof(loop.date)];

	(void) state;
	loop_read_clock(&loop);
	assert_int_equal(strlen(loop.date),
					 strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
	assert_non_null(strptime(loop.date, "%a, %d %b %Y %H:%M:%S GMT", &utc));
	assert_int_equal(timegm(&utc), loop.dated);
	strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	assert_string_equal(again, loop.date);
}

static void
the_clock_never_goes_back(void **state)
{
	Loop loop = { 0 };
	int64_t before;

	(void) state;
	loop_read_clock(&loop);
	before = loop.now;
	assert_true(before > 0);
	loop_read_clock(&loop);
	assert_true(loop.now >= before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_date_is_that_of_the_header),
		cmocka_unit_test(the_clock_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
