/* Unit tests of src/common/html.c. */
#include "common/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
assert_escaped(const char *text, const char *expected)
{
	char html[256];

	assert_int_equal(html_escape(html, sizeof(html), text), strlen(expected));
	assert_string_equal(html, expected);
}

static void
leaves_ordinary_text_alone(void **state)
{
	(void) state;
	assert_escaped("", "");
	assert_escaped("America/Port-au-Prince", "America/Port-au-Prince");
	assert_escaped("Z\xc3\xbcrich \xff", "Z\xc3\xbcrich \xff");
}

static void
escapes_what_html_means(void **state)
{
	(void) state;
	assert_escaped("<script>", "&lt;script&gt;");
	assert_escaped("a&b", "a&amp;b");
	assert_escaped("\"'", "&quot;&#39;");
	assert_escaped("&amp;", "&amp;amp;");
}

static void
fills_its_room_and_no_more(void **state)
{
	char html[8];

	(void) state;
	memset(html, '#', sizeof(html));
	assert_int_equal(html_escape(html, 4, "abcdef"), 6);
	assert_string_equal(html, "abc");
	assert_int_equal(html[4], '#');
	assert_int_equal(html_escape(html, 7, "ab&"), 7);
	assert_string_equal(html, "ab");
	assert_int_equal(html_escape(html, 8, "ab&"), 7);
	assert_string_equal(html, "ab&amp;");
}

static void
writes_nothing_after_what_did_not_fit(void **state)
{
	char html[4];

	(void) state;
	assert_int_equal(html_escape(html, sizeof(html), "a&b"), 7);
	assert_string_equal(html, "a");
}

static void
measures_without_any_room(void **state)
{
	(void) state;
	assert_int_equal(html_escape(NULL, 0, "<>"), 8);
}

static void
grows_by_no_more_than_it_says(void **state)
{
	(void) state;
	assert_true(html_escape(NULL, 0, "\"\"\"\"") == 4 * HTML_GROWTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_ordinary_text_alone),
		cmocka_unit_test(escapes_what_html_means),
		cmocka_unit_test(fills_its_room_and_no_more),
		cmocka_unit_test(writes_nothing_after_what_did_not_fit),
		cmocka_unit_test(measures_without_any_room),
		cmocka_unit_test(grows_by_no_more_than_it_says),
	};

	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
