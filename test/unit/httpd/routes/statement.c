/* Unit tests of src/httpd/routes/statement.c. */
#include "httpd/routes/statement.h"

#include "bytes.h"

static const Route route = {
	.call_start = "SELECT f(",
	.call_end = ")",
	.argument_count = 3,
	.arguments = { { "a", "text", true, KIND_TEXT },
				   { "b\"c", "integer[]", true, KIND_ARRAY },
				   { "d", "json", true, KIND_JSON } },
};

static void
a_statement_is_named_after_its_text(void **state)
{
	char name[STATEMENT_NAME_SIZE];
	char same[STATEMENT_NAME_SIZE];
	char other[STATEMENT_NAME_SIZE];

	(void) state;
	statement_name("SELECT 1", name);
	statement_name("SELECT 1", same);
	statement_name("SELECT 2", other);
	assert_string_equal(name, "acu_e004ebd5b5532a4b85984a62f8ad48a8");
	assert_string_equal(name, same);
	assert_string_not_equal(name, other);
}

static void
binds_a_value_a_null_and_leaves_one_out(void **state)
{
	Arguments arguments = { .route = &route };
	Buffer out = { 0 };

	(void) state;
	arguments_set(&arguments, 0, "xy", 2);
	arguments_set_null(&arguments, 2);
	statement_bind(&out, "s1", &arguments, true);
	assert_bytes(&out, "B\0\0\0\x1a\0s1\0\0\0\0\2\0\0\0\2xy\xff\xff\xff\xff"
					   "\0\1\0\1");
	arguments_free(&arguments);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_is_named_after_its_text),
		cmocka_unit_test(binds_a_value_a_null_and_leaves_one_out),
	};

	return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
