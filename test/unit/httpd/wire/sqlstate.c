/* Unit tests of src/httpd/wire/sqlstate.c. */
#include "httpd/wire/sqlstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
a_status_follows_from_the_sqlstate(void **state)
{
	static const struct
	{
		const char *sqlstate;
		int status;
	} known[] = {
		{ "22023", 400 }, { "23514", 400 }, { "P0001", 400 }, { "23502", 409 },
		{ "23503", 409 }, { "23505", 409 }, { "23P01", 409 }, { "42501", 403 },
		{ "P0002", 404 }, { "25006", 405 }, { "57014", 504 }, { "40001", 503 },
		{ "40P01", 503 }, { "53300", 503 }, { "08006", 503 }, { "57P01", 503 },
		{ "57P02", 503 }, { "57P03", 503 }, { "PT418", 418 }, { "PT599", 599 },
		{ "PT399", 500 }, { "PT600", 500 }, { "PT4x1", 500 }, { "XX000", 500 },
		{ "42883", 500 }, { "57P04", 500 },
	};

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(sqlstate_status(known[i].sqlstate), known[i].status);
}

static void
a_function_chooses_a_status_from_400_to_599(void **state)
{
	(void) state;
	assert_true(sqlstate_sets_status("PT400"));
	assert_true(sqlstate_sets_status("PT599"));
	assert_false(sqlstate_sets_status("PT399"));
	assert_false(sqlstate_sets_status("PT600"));
	assert_false(sqlstate_sets_status("PT4x1"));
	assert_false(sqlstate_sets_status("P0404"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_follows_from_the_sqlstate),
		cmocka_unit_test(a_function_chooses_a_status_from_400_to_599),
	};

	return cmocka_run_group_tests_name("sqlstate", tests, NULL, NULL);
}
