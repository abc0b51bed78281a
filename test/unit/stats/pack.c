/* Unit tests of src/stats/pack.c. */
#include "stats/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const PackedHour hour = {
	.estimated = true,
	.counters = { 1, 2.000002, 3.5, 0, 1000, 128, 127, 16384, 5, 6,
				  INT64_MAX / 2 },
	.cpu_seconds = 0.000001,
	.count = 3,
	.minutes = { { 0, 1, 0.5, 0.25, 300 },
				 { 7, 2, 0, 0, 0 },
				 { 59, INT64_MAX / 2, 86400, 3600, 1 } },
};

static PackedHour
round_trip(const PackedHour *from)
{
	unsigned char bytes[PACKED_SIZE_MAX];
	size_t size = pack_hour(bytes, from);
	PackedHour to;

	assert_true(size <= sizeof(bytes));
	assert_true(unpack_hour(&to, bytes, size));
	return to;
}

static void
an_hour_comes_back_as_it_was(void **state)
{
	PackedHour back = round_trip(&hour);

	(void) state;
	assert_true(back.estimated);
	assert_int_equal(back.counters.calls, 1);
	assert_float_equal(back.counters.exec_seconds, 2.000002, 0);
	assert_float_equal(back.counters.plan_seconds, 3.5, 0);
	assert_int_equal(back.counters.rows, 1000);
	assert_int_equal(back.counters.blks_hit, 128);
	assert_int_equal(back.counters.blks_read, 127);
	assert_int_equal(back.counters.blks_dirtied, 16384);
	assert_int_equal(back.counters.blks_written, 5);
	assert_int_equal(back.counters.temp_blks, 6);
	assert_int_equal(back.counters.wal_bytes, INT64_MAX / 2);
	assert_float_equal(back.cpu_seconds, 0.000001, 0);
	assert_int_equal(back.count, 3);
	for (int i = 0; i < 3; i++)
		assert_memory_equal(&back.minutes[i], &hour.minutes[i],
							sizeof(PackedMinute));
}

static void
an_ordinary_hour_is_small(void **state)
{
	unsigned char bytes[PACKED_SIZE_MAX];
	PackedHour full = { .count = MINUTES };

	(void) state;
	for (int i = 0; i < MINUTES; i++)
		full.minutes[i] = (PackedMinute){ i, 6000, 0.06, 0.12, 24000 };
	assert_true(pack_hour(bytes, &full) < 800);
}

static void
what_does_not_fit_is_cut_and_not_wrapped(void **state)
{
	PackedHour odd = { .counters = { .calls = -1,
									 .exec_seconds = 1e300,
									 .plan_seconds = -1,
									 .io_seconds = __builtin_nan("") } };
	PackedHour back = round_trip(&odd);

	(void) state;
	assert_int_equal(back.counters.calls, 0);
	assert_true(back.counters.exec_seconds > 1e12);
	assert_float_equal(back.counters.plan_seconds, 0, 0);
	assert_float_equal(back.counters.io_seconds, 0, 0);
}

/* In memory of exactly their size, so that ASan sees who reads on. */
static bool
unpacks(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size > 0 ? size : 1);
	PackedHour to;
	bool good;

	memcpy(copy, bytes, size);
	good = unpack_hour(&to, copy, size);
	free(copy);
	return good;
}

static void
other_bytes_are_refused(void **state)
{
	unsigned char bytes[PACKED_SIZE_MAX + 1] = { 0 };
	size_t size = pack_hour(bytes, &hour);

	(void) state;
	for (size_t cut = 0; cut < size; cut++)
		assert_false(unpacks(bytes, cut));
	assert_false(unpacks(bytes, size + 1));
	bytes[0] = 4;
	assert_false(unpacks(bytes, size));
}

static void
minutes_are_in_order_and_of_the_hour(void **state)
{
	unsigned char bytes[PACKED_SIZE_MAX];
	PackedHour two = { .count = 2,
					   .minutes = { { .minute = 5 }, { .minute = 4 } } };

	(void) state;
	assert_false(unpacks(bytes, pack_hour(bytes, &two)));
	two.minutes[0].minute = 60;
	two.minutes[1].minute = 61;
	assert_false(unpacks(bytes, pack_hour(bytes, &two)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_comes_back_as_it_was),
		cmocka_unit_test(an_ordinary_hour_is_small),
		cmocka_unit_test(what_does_not_fit_is_cut_and_not_wrapped),
		cmocka_unit_test(other_bytes_are_refused),
		cmocka_unit_test(minutes_are_in_order_and_of_the_hour),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
