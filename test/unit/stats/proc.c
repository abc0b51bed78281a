/* Unit tests of src/stats/proc.c. */
#include "stats/proc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
reads_the_times_of_a_process(void **state)
{
	ProcStat stat;

	(void) state;
	assert_true(proc_stat_parse(
		"1234 (postgres) S 77 1234 1234 0 -1 4194560 1000 2000 3 4 11 22 333 "
		"4444 20 0 1 0 987654 226000 5000 18446744073709551615 1 1 0",
		&stat));
	assert_int_equal(stat.parent, 77);
	assert_int_equal(stat.own, 33);
	assert_int_equal(stat.reaped, 4777);
	assert_int_equal(stat.started, 987654);
}

/* A process may call itself what it wants. */
static void
a_name_is_only_a_name(void **state)
{
	ProcStat stat;

	(void) state;
	assert_true(proc_stat_parse("9 (a) R 5 (b ) c) S 1 1 1 0 -1 0 0 0 0 0 1 2 "
								"3 4 20 0 1 0 5 0 0",
								&stat));
	assert_int_equal(stat.parent, 1);
	assert_int_equal(stat.own, 3);
	assert_int_equal(stat.started, 5);
}

static void
refuses_what_is_no_process(void **state)
{
	ProcStat stat;

	(void) state;
	assert_false(proc_stat_parse("", &stat));
	assert_false(proc_stat_parse("1 (x", &stat));
	assert_false(proc_stat_parse("1 (x) S 1 2 3", &stat));
	assert_false(proc_stat_parse("1 (x) S 1 1 1 0 -1 0 0 0 0 0 -1 2 3 4 20 0 1 "
								 "0 5 0",
								 &stat));
}

static void
reads_the_quota_of_a_control_group(void **state)
{
	(void) state;
	assert_float_equal(cpu_max_parse("200000 100000\n"), 2, 0);
	assert_float_equal(cpu_max_parse("50000 100000\n"), 0.5, 0);
	assert_float_equal(cpu_max_parse("max 100000\n"), 0, 0);
	assert_float_equal(cpu_max_parse("100000 0\n"), 0, 0);
	assert_float_equal(cpu_max_parse("-1 100000\n"), 0, 0);
	assert_float_equal(cpu_max_parse(""), 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_times_of_a_process),
		cmocka_unit_test(a_name_is_only_a_name),
		cmocka_unit_test(refuses_what_is_no_process),
		cmocka_unit_test(reads_the_quota_of_a_control_group),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
