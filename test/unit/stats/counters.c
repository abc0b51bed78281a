/* Unit tests of src/stats/counters.c. */
#include "stats/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000)

static const StatementCounters some = { .calls = 3,
										.exec_seconds = 1.5,
										.plan_seconds = 0.25,
										.io_seconds = 0.5,
										.rows = 4,
										.blks_hit = 5,
										.blks_read = 6,
										.blks_dirtied = 7,
										.blks_written = 8,
										.temp_blks = 9,
										.wal_bytes = 10 };

static StatementCounters
twice(const StatementCounters *counters)
{
	StatementCounters sum = *counters;

	counters_add(&sum, counters);
	return sum;
}

static DeltaKind
delta(StatementCounters *delta, StatementCounters now, int64_t now_since,
	  const StatementCounters *before, int64_t before_since, bool evicted)
{
	EntryReading a = { now, now_since };
	EntryReading b = { some, before_since };

	if (before != NULL)
		b.counters = *before;
	return counters_delta(delta, &a, before ? &b : NULL, evicted);
}

static void
a_delta_is_the_difference_of_every_counter(void **state)
{
	StatementCounters difference;

	(void) state;
	assert_int_equal(delta(&difference, twice(&some), 0, &some, 0, false),
					 DELTA_EXACT);
	assert_memory_equal(&difference, &some, sizeof(some));
	assert_int_equal(delta(&difference, some, 0, &some, 0, true), DELTA_NONE);
}

/* Each by itself: a reset is not always seen in the calls. */
static void
any_counter_that_goes_back_tells_of_a_reset(void **state)
{
	const size_t reals[] = { offsetof(StatementCounters, exec_seconds),
							 offsetof(StatementCounters, plan_seconds),
							 offsetof(StatementCounters, io_seconds) };

	(void) state;
	for (size_t at = 0; at < sizeof(some); at += 8)
	{
		StatementCounters now = twice(&some);
		StatementCounters difference;
		bool real = at == reals[0] || at == reals[1] || at == reals[2];

		if (real)
			*(double *) ((char *) &now + at) = 0.1;
		else
			*(int64_t *) ((char *) &now + at) = 1;
		assert_int_equal(delta(&difference, now, 0, &some, 0, false),
						 DELTA_ESTIMATE);
		assert_memory_equal(&difference, &now, sizeof(now));
	}
}

static void
a_new_entry_counts_as_a_whole(void **state)
{
	StatementCounters difference;

	(void) state;
	assert_int_equal(delta(&difference, some, 0, NULL, 0, false), DELTA_EXACT);
	assert_memory_equal(&difference, &some, sizeof(some));
	/* But it may be an old one that had been thrown out. */
	assert_int_equal(delta(&difference, some, 0, NULL, 0, true),
					 DELTA_ESTIMATE);
}

/* PostgreSQL 17: the entry knows when it began, and what was lost before is not
 * known. */
static void
an_entry_that_began_anew_counts_as_a_whole(void **state)
{
	StatementCounters difference;

	(void) state;
	assert_int_equal(delta(&difference, twice(&some), 9, &some, 5, false),
					 DELTA_ESTIMATE);
	assert_int_equal(difference.calls, 6);
	assert_int_equal(delta(&difference, twice(&some), 5, &some, 5, true),
					 DELTA_EXACT);
	assert_int_equal(difference.calls, 3);
	assert_int_equal(delta(&difference, some, 9, NULL, 0, false), DELTA_EXACT);
	assert_int_equal(delta(&difference, some, 9, NULL, 0, true),
					 DELTA_ESTIMATE);
}

static const ReadingMark mark = { .at = 100 * SECOND,
								  .system_identifier = 7,
								  .timeline = 1,
								  .started = SECOND,
								  .reset_at = 2 * SECOND,
								  .version = 43 };

static void
assert_judged(ReadingMark now, IntervalKind kind, const char *expected)
{
	EpochReason reason;

	assert_int_equal(interval_judge(&now, &mark, 30 * SECOND, &reason), kind);
	if (kind != INTERVAL_GOOD)
		assert_string_equal(epoch_reason_text(reason), expected);
}

#define LATER(...)                                                            \
	(ReadingMark)                                                             \
	{                                                                         \
		.at = 110 * SECOND, .system_identifier = 7, .timeline = 1,            \
		.started = SECOND, .reset_at = 2 * SECOND, .version = 43, __VA_ARGS__ \
	}

#pragma GCC diagnostic ignored "-Woverride-init"

static void
an_interval_is_good_between_like_readings(void **state)
{
	EpochReason reason;
	ReadingMark now = LATER(.at = 130 * SECOND);

	(void) state;
	assert_judged(LATER(.at = 110 * SECOND), INTERVAL_GOOD, NULL);
	assert_judged(now, INTERVAL_GOOD, NULL);
	assert_int_equal(interval_judge(&now, NULL, 30 * SECOND, &reason),
					 INTERVAL_NONE);
	assert_string_equal(epoch_reason_text(reason), "first sample");
}

static void
an_epoch_begins_where_something_was_lost(void **state)
{
	(void) state;
	assert_judged(LATER(.at = 130 * SECOND + 1), INTERVAL_NONE, "gap");
	assert_judged(LATER(.at = 100 * SECOND), INTERVAL_NONE, "clock went back");
	assert_judged(LATER(.at = 1), INTERVAL_NONE, "clock went back");
	assert_judged(LATER(.started = 3), INTERVAL_NONE, "server restart");
	assert_judged(LATER(.timeline = 2), INTERVAL_NONE, "promotion");
	assert_judged(LATER(.system_identifier = 8), INTERVAL_NONE,
				  "another server");
	assert_judged(LATER(.version = 49), INTERVAL_NONE,
				  "other version of pg_stat_statements");
	assert_judged(LATER(.reader = 10), INTERVAL_NONE,
				  "read with other privileges");
	assert_judged(LATER(.reset_at = 105 * SECOND), INTERVAL_RESET,
				  "statistics reset");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delta_is_the_difference_of_every_counter),
		cmocka_unit_test(any_counter_that_goes_back_tells_of_a_reset),
		cmocka_unit_test(a_new_entry_counts_as_a_whole),
		cmocka_unit_test(an_entry_that_began_anew_counts_as_a_whole),
		cmocka_unit_test(an_interval_is_good_between_like_readings),
		cmocka_unit_test(an_epoch_begins_where_something_was_lost),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
