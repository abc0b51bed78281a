/* Unit tests of src/httpd/base/text.c. */
#include "httpd/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
text_is_utf8_without_a_nul(void **state)
{
	(void) state;
	assert_true(is_text("", 0));
	assert_true(is_text("a\xc3\xa4\xf0\x9f\x98\x80", 7));
	assert_false(is_text("a\0b", 3));
	assert_false(is_text("\xff", 1));
	assert_false(is_text("\xc3", 1));
	assert_false(is_text("\xc0\x80", 2));
	assert_false(is_text("\xed\xa0\x80", 3));
}

static void
assert_copied(const char *text, const char *expected)
{
	char *copy = text_copy(text);

	assert_string_equal(copy, expected);
	free(copy);
}

static void
invalid_bytes_are_copied_as_question_marks(void **state)
{
	(void) state;
	assert_copied("", "");
	assert_copied("a\xc3\xa4", "a\xc3\xa4");
	assert_copied("caf\xe9!", "caf?!");
	assert_copied("\xff\xc3", "??");
	assert_copied("\xe2\x82", "??");
	assert_copied("\xe2\x82\xac\xe2x", "\xe2\x82\xac?x");
}

static void
text_is_clipped_between_characters(void **state)
{
	(void) state;
	assert_int_equal(text_clip("abc", 3, 3), 3);
	assert_int_equal(text_clip("abc", 3, 4), 3);
	assert_int_equal(text_clip("abcd", 4, 3), 3);
	assert_int_equal(text_clip("a\xc3\xa4z", 4, 2), 1);
	assert_int_equal(text_clip("a\xc3\xa4z", 4, 3), 3);
	assert_int_equal(text_clip("a\xf0\x9f\x98\x80", 5, 4), 1);
	assert_int_equal(text_clip("\xc3\xa4", 2, 1), 0);
	assert_int_equal(text_clip("", 0, 0), 0);
	/* Bytes that are not UTF-8 are cut anywhere. */
	assert_int_equal(text_clip("aaaa\x80\x80\x80\x80\x80\x80", 10, 9), 5);
}

static void
hexadecimal_digits_have_values(void **state)
{
	(void) state;
	for (int i = 0; i < 16; i++)
	{
		assert_int_equal(text_hex_digit("0123456789abcdef"[i]), i);
		assert_int_equal(text_hex_digit("0123456789ABCDEF"[i]), i);
	}
	for (const char *bad = "/:@G`g \xc3"; *bad != '\0'; bad++)
		assert_int_equal(text_hex_digit(*bad), -1);
	assert_int_equal(text_hex_digit('\0'), -1);
}

static void
assert_decoded(const char *text, const char *expected)
{
	Buffer decoded = { 0 };

	assert_int_equal(text_decode(&decoded, text, strlen(text)),
					 expected != NULL);
	assert_int_equal(text_is_escaped(text, strlen(text)), expected != NULL);
	if (expected != NULL)
	{
		assert_int_equal(buffer_length(&decoded), strlen(expected));
		if (*expected != '\0')
			assert_memory_equal(buffer_bytes(&decoded), expected,
								strlen(expected));
	}
	free(decoded.data);
}

static void
escapes_are_decoded(void **state)
{
	(void) state;
	assert_decoded("", "");
	assert_decoded("a+b%20c", "a b c");
	assert_decoded("%C3%a4%25", "\xc3\xa4%");
	assert_decoded("\xc3\xa4", "\xc3\xa4");
	assert_decoded("%", NULL);
	assert_decoded("%4", NULL);
	assert_decoded("a%4g", NULL);
	assert_decoded("%00", NULL);
	assert_decoded("%c3", NULL);
	assert_decoded("%ed%a0%80", NULL);
}

static void
json_is_appended_to_a_buffer(void **state)
{
	Buffer buffer = { 0 };
	JsonWriter json = text_json_writer(&buffer);

	(void) state;
	buffer_append_byte(&buffer, '>');
	json_begin_array(&json);
	json_write_string(&json, "a");
	json_end_array(&json);
	assert_int_equal(buffer_length(&buffer), 6);
	assert_memory_equal(buffer_bytes(&buffer), ">[\"a\"]", 6);
	free(buffer.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_utf8_without_a_nul),
		cmocka_unit_test(invalid_bytes_are_copied_as_question_marks),
		cmocka_unit_test(text_is_clipped_between_characters),
		cmocka_unit_test(hexadecimal_digits_have_values),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(json_is_appended_to_a_buffer),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
