/* Unit tests of src/common/json.c. */
#include "common/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct Text
{
	char bytes[1024];
	size_t length;
} Text;

static void
append(void *out, const char *bytes, size_t size)
{
	Text *text = out;

	assert_true(text->length + size < sizeof(text->bytes));
	memcpy(text->bytes + text->length, bytes, size);
	text->length += size;
	text->bytes[text->length] = '\0';
}

static void
commas_and_colons_stand_between_values(void **state)
{
	Text text = { .length = 0 };
	JsonWriter json = json_writer(append, &text);

	(void) state;
	json_begin_object(&json);
	json_write_key(&json, "a");
	json_write_integer(&json, 1);
	json_write_key(&json, "b");
	json_begin_array(&json);
	json_write_boolean(&json, true);
	json_write_boolean(&json, false);
	json_write_null(&json);
	json_begin_object(&json);
	json_end_object(&json);
	json_begin_array(&json);
	json_end_array(&json);
	json_write_string(&json, "x");
	json_end_array(&json);
	json_write_key(&json, "c");
	json_write_raw(&json, "[1,2]", 5);
	json_end_object(&json);
	assert_string_equal(
		text.bytes,
		"{\"a\": 1, \"b\": [true, false, null, {}, [], \"x\"], \"c\": [1,2]}");
}

static const char *
string_of(const char *string)
{
	static Text text;
	JsonWriter json = json_writer(append, &text);

	text.length = 0;
	json_write_string(&json, string);
	return text.bytes;
}

static void
strings_are_escaped_as_postgresql_does_it(void **state)
{
	(void) state;
	assert_string_equal(string_of(""), "\"\"");
	assert_string_equal(string_of("plain"), "\"plain\"");
	assert_string_equal(string_of("\"a\\b\""), "\"\\\"a\\\\b\\\"\"");
	assert_string_equal(string_of("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	assert_string_equal(string_of("\x01 \x1f\x7f/"),
						"\"\\u0001 \\u001f\x7f/\"");
	assert_string_equal(string_of("\xc3\xa4\xf0\x9f\x98\x80"),
						"\"\xc3\xa4\xf0\x9f\x98\x80\"");
	assert_string_equal(string_of(NULL), "null");
}

static void
text_of_a_length_may_have_a_nul(void **state)
{
	Text text = { .length = 0 };
	JsonWriter json = json_writer(append, &text);

	(void) state;
	json_write_text(&json, "a\0b", 3);
	assert_string_equal(text.bytes, "\"a\\u0000b\"");
}

static void
keys_are_escaped(void **state)
{
	Text text = { .length = 0 };
	JsonWriter json = json_writer(append, &text);

	(void) state;
	json_begin_object(&json);
	json_write_key(&json, "a\"\n");
	json_write_null(&json);
	json_end_object(&json);
	assert_string_equal(text.bytes, "{\"a\\\"\\n\": null}");
}

static const char *
number_of(double number)
{
	static Text text;
	JsonWriter json = json_writer(append, &text);

	text.length = 0;
	json_write_double(&json, number);
	return text.bytes;
}

static void
doubles_have_the_digits_that_tell_them_apart(void **state)
{
	(void) state;
	assert_string_equal(number_of(0), "0");
	assert_string_equal(number_of(0.1), "0.1");
	assert_string_equal(number_of(-2.5), "-2.5");
	assert_string_equal(number_of(1e300), "1e+300");
	assert_string_equal(number_of(0.1 + 0.2), "0.30000000000000004");
	assert_string_equal(number_of(1.0 / 3), "0.3333333333333333");
	for (double number = 5e-324; number < 1e308; number *= 977.123)
		assert_true(strtod(number_of(number), NULL) == number);
}

static void
what_json_has_no_number_for_is_null(void **state)
{
	(void) state;
	assert_string_equal(number_of(INFINITY), "null");
	assert_string_equal(number_of(-INFINITY), "null");
	assert_string_equal(number_of(NAN), "null");
}

static void
integers_are_whole(void **state)
{
	Text text = { .length = 0 };
	JsonWriter json = json_writer(append, &text);

	(void) state;
	json_begin_array(&json);
	json_write_integer(&json, INT64_MIN);
	json_write_integer(&json, INT64_MAX);
	json_end_array(&json);
	assert_string_equal(text.bytes,
						"[-9223372036854775808, 9223372036854775807]");
}

static void
levels_go_as_deep_as_is_said(void **state)
{
	Text text = { .length = 0 };
	JsonWriter json = json_writer(append, &text);

	(void) state;
	for (int i = 0; i < JSON_MAX_DEPTH / 2; i++)
	{
		json_begin_object(&json);
		json_write_key(&json, "k");
		json_begin_array(&json);
	}
	for (int i = 0; i < JSON_MAX_DEPTH / 2; i++)
	{
		json_end_array(&json);
		json_end_object(&json);
	}
	assert_int_equal(json.depth, 0);
	assert_string_equal(text.bytes + text.length - 4, "]}]}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_colons_stand_between_values),
		cmocka_unit_test(strings_are_escaped_as_postgresql_does_it),
		cmocka_unit_test(text_of_a_length_may_have_a_nul),
		cmocka_unit_test(keys_are_escaped),
		cmocka_unit_test(doubles_have_the_digits_that_tell_them_apart),
		cmocka_unit_test(what_json_has_no_number_for_is_null),
		cmocka_unit_test(integers_are_whole),
		cmocka_unit_test(levels_go_as_deep_as_is_said),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
