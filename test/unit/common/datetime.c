/* Unit tests of src/common/datetime.c. */
#include "common/datetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const DateTime article = { 2026, 11, 23, 4, 41, 16, 798676, -5 * 3600 };

static void
assert_printed(const DateTime *when, const char *expected)
{
	char text[DATETIME_SIZE];

	assert_int_equal(datetime_format(text, sizeof(text), when),
					 strlen(expected));
	assert_string_equal(text, expected);
}

static void
prints_microseconds_and_a_western_offset(void **state)
{
	(void) state;
	assert_printed(&article, "2026-11-23 04:41:16.798676-05:00");
}

static void
leaves_out_microseconds_of_zero(void **state)
{
	DateTime when = article;

	(void) state;
	when.microsecond = 0;
	assert_printed(&when, "2026-11-23 04:41:16-05:00");
}

static void
pads_every_field(void **state)
{
	DateTime when = { 7, 1, 2, 3, 4, 5, 6, 0 };

	(void) state;
	assert_printed(&when, "0007-01-02 03:04:05.000006+00:00");
}

static void
prints_offsets_of_any_size(void **state)
{
	DateTime when = article;

	(void) state;
	when.offset_seconds = 5 * 3600 + 45 * 60; /* Asia/Kathmandu */
	assert_printed(&when, "2026-11-23 04:41:16.798676+05:45");
	when.offset_seconds = -(3 * 3600 + 30 * 60); /* America/St_Johns */
	assert_printed(&when, "2026-11-23 04:41:16.798676-03:30");
	when.offset_seconds = -30 * 60; /* less than an hour keeps its sign */
	assert_printed(&when, "2026-11-23 04:41:16.798676-00:30");
	when.offset_seconds = 14 * 3600; /* Pacific/Kiritimati */
	assert_printed(&when, "2026-11-23 04:41:16.798676+14:00");
}

static void
prints_seconds_of_the_offset_only_when_needed(void **state)
{
	DateTime when = article;

	(void) state;
	when.offset_seconds = -(4 * 3600 + 56 * 60 + 2); /* New York before 1883 */
	assert_printed(&when, "2026-11-23 04:41:16.798676-04:56:02");
}

static void
never_writes_beyond_its_room(void **state)
{
	char text[DATETIME_SIZE];

	(void) state;
	memset(text, '#', sizeof(text));
	assert_int_equal(datetime_format(text, 5, &article),
					 strlen("2026-11-23 04:41:16.798676-05:00"));
	assert_string_equal(text, "2026");
	assert_int_equal(text[5], '#');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_microseconds_and_a_western_offset),
		cmocka_unit_test(leaves_out_microseconds_of_zero),
		cmocka_unit_test(pads_every_field),
		cmocka_unit_test(prints_offsets_of_any_size),
		cmocka_unit_test(prints_seconds_of_the_offset_only_when_needed),
		cmocka_unit_test(never_writes_beyond_its_room),
	};

	return cmocka_run_group_tests_name("datetime", tests, NULL, NULL);
}
