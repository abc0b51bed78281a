/* Unit tests of src/httpd/base/log.c. */
#include "httpd/base/buffer.h"
#include "httpd/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
assert_quoted(const char *value, const char *expected)
{
	Buffer line = { 0 };

	log_quote(&line, value);
	buffer_append_byte(&line, '\0');
	assert_string_equal(buffer_bytes(&line), expected);
	free(line.data);
}

static void
plain_text_stands_as_it_is(void **state)
{
	(void) state;
	assert_quoted("/time", "/time");
	assert_quoted("", "\"\"");
	assert_quoted("a b", "\"a b\"");
	assert_quoted("\xc3\xa9 \xf0\x9f\x98\x80 \xd7\x90",
				  "\"\xc3\xa9 \xf0\x9f\x98\x80 \xd7\x90\"");
}

static void
control_bytes_and_bad_utf8_are_escaped(void **state)
{
	(void) state;
	assert_quoted("a\nb", "\"a\\x0ab\"");
	assert_quoted("\x1b[31m", "\"\\x1b[31m\"");
	assert_quoted("a\"\\", "\"a\\\"\\\\\"");
	assert_quoted("\xff\xc3\xa9", "\"\\xff\\xc3\\xa9\"");
}

static void
characters_that_deceive_are_escaped(void **state)
{
	(void) state;
	assert_quoted("\xc2\x9b"
				  "31m",
				  "\"\\xc2\\x9b31m\""); /* C1 */
	assert_quoted("a\xe2\x80\xa8"
				  "b",
				  "\"a\\xe2\\x80\\xa8b\""); /* line */
	assert_quoted("a\xe2\x80\xa9"
				  "b",
				  "\"a\\xe2\\x80\\xa9b\"");
	assert_quoted("\xe2\x80\xae", "\"\\xe2\\x80\\xae\""); /* bidi */
	assert_quoted("\xe2\x81\xa6", "\"\\xe2\\x81\\xa6\"");
	assert_quoted("\xd8\x9c", "\"\\xd8\\x9c\"");
	assert_quoted("\xe2\x80\x8b", "\"\\xe2\\x80\\x8b\""); /* no width */
	assert_quoted("\xcd\x8f", "\"\\xcd\\x8f\"");
	assert_quoted("\xe1\xa0\x8e", "\"\\xe1\\xa0\\x8e\"");
	assert_quoted("\xef\xb8\x8f", "\"\\xef\\xb8\\x8f\"");
	assert_quoted("\xf3\xa0\x84\x80", "\"\\xf3\\xa0\\x84\\x80\"");
	assert_quoted("\xf3\xa0\x81\x81", "\"\\xf3\\xa0\\x81\\x81\"");
	/* The neighbours of these ranges stand as they are. */
	assert_quoted("\xc2\xa0\xc2\xae", "\"\xc2\xa0\xc2\xae\"");
	assert_quoted("\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf",
				  "\"\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\"");
}

static void
a_long_value_is_cut_between_characters(void **state)
{
	char value[2001];
	Buffer line = { 0 };

	(void) state;
	for (int i = 0; i < 1000; i++)
		memcpy(value + 2 * i, "\xc3\xa9", 2);
	value[2000] = '\0';
	log_quote(&line, value);
	assert_int_equal(buffer_length(&line), 1024 + 2);
	line.end = line.start;
	value[0] = 'a';
	memmove(value + 1, value + 2, 1999);
	log_quote(&line, value);
	assert_int_equal(buffer_length(&line), 1023 + 2);
	assert_null(memchr(buffer_bytes(&line), '\\', buffer_length(&line)));
	free(line.data);
}

static void
lines_have_a_limit_and_those_left_out_are_counted(void **state)
{
	LogLimit limit = { .burst = 3, .every_ms = 500 };
	int left_out = -1;
	int written = 0;

	(void) state;
	for (int i = 0; i < 10; i++)
		written += log_may_write(&limit, 5000, &left_out);
	assert_int_equal(written, 3);
	assert_int_equal(left_out, 0);
	assert_false(log_may_write(&limit, 5400, &left_out));
	assert_true(log_may_write(&limit, 5600, &left_out));
	assert_int_equal(left_out, 8);
	assert_false(log_may_write(&limit, 5700, &left_out));
	assert_true(log_may_write(&limit, 90000, &left_out));
	assert_int_equal(left_out, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stands_as_it_is),
		cmocka_unit_test(control_bytes_and_bad_utf8_are_escaped),
		cmocka_unit_test(characters_that_deceive_are_escaped),
		cmocka_unit_test(a_long_value_is_cut_between_characters),
		cmocka_unit_test(lines_have_a_limit_and_those_left_out_are_counted),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
