/* Unit tests of src/stats/saved_state.c. */
#include "stats/saved_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Where fields begin in the bytes, after those of the version. */
#define AT_MARK 4
#define AT_EPOCH (AT_MARK + 8 + 8 + 4 + 8 + 8 + 4 + 4)
#define AT_ACTIVE (AT_EPOCH + 4 + 8)
#define AT_FIT_COUNT (STATE_SIZE - 4 - 4 - 2 * FIT_INTERVALS * 8 - 4)
#define AT_PROCESSES (STATE_SIZE - 8)
#define AT_ENTRIES (STATE_SIZE - 4)
#define STATE_SIZE (saved_state_size(0, 0))

static const SavedState state_of_two = {
	.mark = { .at = -5,
			  .system_identifier = UINT64_MAX,
			  .timeline = UINT32_MAX,
			  .started = 7,
			  .reset_at = 8,
			  .version = 43,
			  .reader = 10 },
	.epoch = 3,
	.evictions = 4,
	.blks = -1,
	.active_known = true,
	.active_seconds = 1.5,
	.flushed_seconds = -0.25,
	.cpu_known = true,
	.postmaster = 1234,
	.postmaster_started = 99,
	.total_ticks = 1000,
	.background_ticks = 2000,
	.postmaster_ticks = 1000,
	.buffers_used_bytes = 8192,
	.buffers_hot_bytes = 4096,
	.buffers_scan_ms = 0.5,
	.buffers_at = 9,
	.without_texts = true,
	.fit = { .count = 61, .calls = { 1, 2 }, .rest = { -3, 4 } },
	.processes = 2,
	.entries = 1,
};
static const SavedProcess process = {
	.pid = 17, .known = true, .started = 5, .ticks = 6
};
static const SavedEntry entry = {
	.userid = UINT32_MAX,
	.dbid = 5,
	.queryid = INT64_MIN,
	.toplevel = true,
	.has_text = true,
	.reading = { .counters = { 1, 2.5, 3.5, 4.5, 5, 6, 7, 8, 9, 10, 11 },
				 .since = 12 },
};

static size_t
size_of_all(void)
{
	return saved_state_size(state_of_two.processes, state_of_two.entries);
}

/* All of it in memory of exactly its size, so that ASan sees who reads on. */
static unsigned char *
written(void)
{
	unsigned char *bytes = malloc(size_of_all());
	unsigned char *at = saved_state_write(bytes, &state_of_two);

	at = saved_process_write(at, &process);
	at = saved_process_write(at, &process);
	at = saved_entry_write(at, &entry);
	assert_ptr_equal(at, bytes + size_of_all());
	return bytes;
}

static SavedStateKind
kind_of(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size > 0 ? size : 1);
	SavedStateReader reader;
	SavedState state;
	SavedStateKind kind;

	memcpy(copy, bytes, size);
	kind = saved_state_read(&reader, &state, copy, size);
	free(copy);
	return kind;
}

/* The reader's answer for damaged bytes. */
static SavedStateKind
kind_with(size_t at, const void *bytes, size_t size)
{
	unsigned char *all = written();
	SavedStateKind kind;

	memcpy(all + at, bytes, size);
	kind = kind_of(all, size_of_all());
	free(all);
	return kind;
}

static SavedStateKind
kind_with_number(size_t at, int32_t number)
{
	return kind_with(at, &number, sizeof(number));
}

static void
a_state_comes_back_as_it_was(void **unused)
{
	unsigned char *bytes = written();
	SavedStateReader reader;
	SavedState state;
	SavedProcess a_process;
	SavedEntry an_entry;

	(void) unused;
	assert_int_equal(saved_state_read(&reader, &state, bytes, size_of_all()),
					 SAVED_STATE_GOOD);
	assert_memory_equal(&state, &state_of_two, sizeof(state));
	for (int i = 0; i < 2; i++)
	{
		assert_true(saved_process_read(&reader, &a_process));
		assert_memory_equal(&a_process, &process, sizeof(process));
	}
	assert_true(saved_entry_read(&reader, &an_entry));
	assert_memory_equal(&an_entry, &entry, sizeof(entry));
	assert_ptr_equal(reader.at, reader.end);
	assert_false(saved_entry_read(&reader, &an_entry));
	assert_false(saved_process_read(&reader, &a_process));
	free(bytes);
}

static void
another_version_is_told(void **unused)
{
	const unsigned char before[] = { 0x01, 0x75, 0x63, 0x61 };
	const unsigned char next[] = { 'a', 'c', 'u', 2 };

	(void) unused;
	assert_int_equal(kind_of(before, 0), SAVED_STATE_OTHER_VERSION);
	assert_int_equal(kind_with(0, before, 4), SAVED_STATE_OTHER_VERSION);
	assert_int_equal(kind_with(0, next, 4), SAVED_STATE_OTHER_VERSION);
}

static void
no_part_of_it_is_taken_for_the_whole(void **unused)
{
	unsigned char *bytes = written();

	(void) unused;
	for (size_t size = 4; size < size_of_all(); size++)
		assert_int_equal(kind_of(bytes, size), SAVED_STATE_DAMAGED);
	free(bytes);
}

static void
counts_must_fit_the_length(void **unused)
{
	const int32_t wrong[] = { 0, 1, 3, 300001, INT32_MAX, -1, INT32_MIN };

	(void) unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(kind_with_number(AT_PROCESSES, wrong[i]),
						 SAVED_STATE_DAMAGED);
	for (size_t i = 2; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(kind_with_number(AT_ENTRIES, wrong[i]),
						 SAVED_STATE_DAMAGED);
	assert_int_equal(kind_with_number(AT_PROCESSES, 2), SAVED_STATE_GOOD);
}

static void
a_fit_has_a_place_for_its_next_interval(void **unused)
{
	(void) unused;
	assert_int_equal(kind_with_number(AT_FIT_COUNT, -59), SAVED_STATE_DAMAGED);
	assert_int_equal(kind_with_number(AT_FIT_COUNT, 2 * FIT_INTERVALS),
					 SAVED_STATE_DAMAGED);
	assert_int_equal(kind_with_number(AT_FIT_COUNT, 2 * FIT_INTERVALS - 1),
					 SAVED_STATE_GOOD);
}

static void
numbers_stay_in_their_range(void **unused)
{
	const double wrong[] = { __builtin_nan(""), __builtin_inf(), 1e300, -2e15 };
	const int64_t far = INT64_MAX;
	const unsigned char flag = 2;

	(void) unused;
	assert_int_equal(kind_with(AT_MARK, &far, 8), SAVED_STATE_DAMAGED);
	assert_int_equal(kind_with_number(AT_EPOCH, -1), SAVED_STATE_DAMAGED);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(kind_with(AT_ACTIVE, &wrong[i], 8),
						 SAVED_STATE_DAMAGED);
	assert_int_equal(kind_with(AT_ACTIVE + 16, &flag, 1), SAVED_STATE_DAMAGED);
}

static void
entries_and_processes_are_checked_too(void **unused)
{
	unsigned char *bytes = written();
	SavedStateReader reader;
	SavedState state;
	SavedProcess a_process;
	SavedEntry an_entry;

	(void) unused;
	bytes[STATE_SIZE + 3] = 0x80;	 /* the sign of a pid */
	bytes[size_of_all() - 1] = 0x80; /* the sign of wal_bytes */
	assert_int_equal(saved_state_read(&reader, &state, bytes, size_of_all()),
					 SAVED_STATE_GOOD);
	assert_false(saved_process_read(&reader, &a_process));
	reader.at = reader.end - (saved_state_size(0, 1) - STATE_SIZE);
	assert_false(saved_entry_read(&reader, &an_entry));
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_comes_back_as_it_was),
		cmocka_unit_test(another_version_is_told),
		cmocka_unit_test(no_part_of_it_is_taken_for_the_whole),
		cmocka_unit_test(counts_must_fit_the_length),
		cmocka_unit_test(a_fit_has_a_place_for_its_next_interval),
		cmocka_unit_test(numbers_stay_in_their_range),
		cmocka_unit_test(entries_and_processes_are_checked_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
