/* Unit tests of src/httpd/routes/arguments.c. */
#include "httpd/routes/values.h"

static void
arguments_are_found_by_their_whole_name(void **state)
{
	(void) state;
	assert_int_equal(arguments_find(&arguments, "t", 1), T);
	assert_int_equal(arguments_find(&arguments, "ja=", 2), JA);
	assert_int_equal(arguments_find(&arguments, "j", 1), J);
	assert_int_equal(arguments.status, 0);
	assert_int_equal(arguments_find(&arguments, "x", 1), -1);
	assert_refused(400, "there is no argument \"x\"");
	assert_int_equal(arguments_find(&arguments, "", 0), -1);
	assert_refused(400, "there is no argument \"\"");
}

static void
an_argument_without_a_name_is_not_found(void **state)
{
	static const Route whole_body = {
		.argument_count = 1,
		.arguments = { { NULL, "json", false, KIND_JSON } },
	};

	(void) state;
	arguments_start(&arguments, &whole_body);
	assert_int_equal(arguments_find(&arguments, "", 0), -1);
	assert_refused(400, "there is no argument \"\"");
}

static void
a_second_value_is_refused(void **state)
{
	(void) state;
	arguments_set(&arguments, T, "x", 1);
	assert_int_equal(arguments_find(&arguments, "t", 1), -1);
	assert_refused(400, "argument \"t\" is given twice");
	assert_int_equal(arguments_find(&arguments, "i", 1), I);
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	char name[80];
	char expected[128] = "there is no argument \"";

	(void) state;
	memset(name, 'a', sizeof(name));
	memcpy(name + 62, "\xe2\x82\xac", 3);
	assert_int_equal(arguments_find(&arguments, name, sizeof(name)), -1);
	strcat(strncat(expected, name, 62), "\"");
	assert_refused(400, expected);
}

static void
values_stand_beside_each_other(void **state)
{
	(void) state;
	arguments_set(&arguments, A, "{1}", 3);
	arguments_set_null(&arguments, T);
	arguments_set(&arguments, I, "", 0);
	arguments_set_text(&arguments, J, "null", 4);
	assert_value(A, "{1}");
	assert_value(T, NULL);
	assert_value(I, "");
	assert_value(J, "null");
	assert_int_equal(arguments.given, 1 << A | 1 << T | 1 << I | 1 << J);
}

static void
text_of_a_record_is_wrapped_in_json(void **state)
{
	(void) state;
	arguments_set_text(&arguments, R, "(1,\"a\")", 7);
	assert_value(R, "{\"v\": \"(1,\\\"a\\\")\"}");
}

static void
another_request_starts_anew(void **state)
{
	(void) state;
	arguments_set(&arguments, T, "x", 1);
	arguments_refuse(&arguments, 400, "%s", "no");
	arguments.plus = true;
	arguments.hint = "h";
	arguments_start(&arguments, &by_name);
	assert_int_equal(arguments.given, 0);
	assert_int_equal(arguments.status, 0);
	assert_false(arguments.plus);
	assert_null(arguments.hint);
	assert_int_equal(buffer_length(&arguments.bytes), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(arguments_are_found_by_their_whole_name),
		test(an_argument_without_a_name_is_not_found),
		test(a_second_value_is_refused),
		test(a_long_name_is_cut_between_characters),
		test(values_stand_beside_each_other),
		test(text_of_a_record_is_wrapped_in_json),
		test(another_request_starts_anew),
	};

	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
