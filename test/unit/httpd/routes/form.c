/* Unit tests of src/httpd/routes/form.c. */
#include "httpd/routes/form.h"

#include "httpd/routes/values.h"

static bool
read_form(const char *form)
{
	arguments_start(&arguments, &by_name);
	return form_read(&arguments, form, strlen(form));
}

static void
pairs_give_values(void **state)
{
	(void) state;
	assert_true(read_form("t=a&i=1"));
	assert_value(T, "a");
	assert_value(I, "1");
	assert_int_equal(arguments.given, 1 << T | 1 << I);
}

static void
escapes_are_decoded_in_names_and_values(void **state)
{
	(void) state;
	assert_true(read_form("%6aa=%7B1%7d&t=a%26b%3Dc=d"));
	assert_value(JA, "{1}");
	assert_value(T, "a&b=c=d");
}

static void
a_plus_is_a_blank_and_is_noted(void **state)
{
	(void) state;
	assert_true(read_form("t=a+b"));
	assert_value(T, "a b");
	assert_true(arguments.plus);
	assert_true(read_form("t=a%2Bb"));
	assert_value(T, "a+b");
	assert_false(arguments.plus);
}

static void
a_name_alone_gives_an_empty_string(void **state)
{
	(void) state;
	assert_true(read_form("t&i="));
	assert_value(T, "");
	assert_value(I, "");
}

static void
empty_pairs_do_not_count(void **state)
{
	(void) state;
	assert_true(read_form(""));
	assert_true(read_form("&&t=a&"));
	assert_value(T, "a");
	assert_int_equal(arguments.given, 1 << T);
}

static void
bad_pairs_are_refused(void **state)
{
	static const char *const bad[] = { "t=%",	 "t=%4",  "t=%zz",	"%ff=a",
									   "t=\xff", "t=%00", "i=1&t=%" };

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		assert_false(read_form(bad[i]));
		assert_refused(400, "the form has a bad percent escape, a NUL, or bytes"
							" that are not UTF-8");
	}
	assert_false(read_form("x=1"));
	assert_refused(400, "there is no argument \"x\"");
	assert_false(read_form("=1"));
	assert_refused(400, "there is no argument \"\"");
	assert_false(read_form("t=1&t=1"));
	assert_refused(400, "argument \"t\" is given twice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(pairs_give_values),
		test(escapes_are_decoded_in_names_and_values),
		test(a_plus_is_a_blank_and_is_noted),
		test(a_name_alone_gives_an_empty_string),
		test(empty_pairs_do_not_count),
		test(bad_pairs_are_refused),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
