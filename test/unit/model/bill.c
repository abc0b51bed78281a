/* Unit tests of src/model/bill.c. */
#include "model/bill.h"

#include "near.h"

#include <string.h>

#define FIRST BILL_QUERIES
#define SECOND (BILL_QUERIES + 1)
#define PARTS (BILL_QUERIES + 2)

static double
sum(const double *parts)
{
	double sum = 0;

	for (int i = 0; i < PARTS; i++)
		sum += parts[i];
	return sum;
}

static void
every_driver_pays_for_its_own(void **state)
{
	BillWindow window = { .usd = { 8, 4, 2, 1 },
						  .idle_usd = 16,
						  .cpu_seconds = 100,
						  .background_cpu_seconds = 10 };
	BillEntry entries[] = { { FIRST, 20, 300 }, { SECOND, 30, 100 } };
	double parts[PARTS] = { 0 };

	(void) state;
	bill_window(&window, entries, 2, parts);
	assert_near(parts[FIRST], 8 * 0.2 + 4 * 0.75, 1e-12);
	assert_near(parts[SECOND], 8 * 0.3 + 4 * 0.25, 1e-12);
	assert_near(parts[BILL_BACKGROUND], 8 * 0.1, 1e-12);
	assert_near(parts[BILL_UNATTRIBUTED], 8 * 0.4, 1e-12);
	assert_exact(parts[BILL_CONNECTIONS], 2);
	assert_exact(parts[BILL_FLOOR], 1);
	assert_exact(parts[BILL_IDLE_CAPACITY], 16);
	assert_near(sum(parts), 31, 1e-12);
}

static void
queries_that_explain_too_much_share_what_there_is(void **state)
{
	BillWindow window = { .usd = { 8 },
						  .cpu_seconds = 100,
						  .background_cpu_seconds = 50 };
	BillEntry entries[] = { { FIRST, 100, 0 }, { SECOND, 50, 0 } };
	double parts[PARTS] = { 0 };

	(void) state;
	bill_window(&window, entries, 2, parts);
	assert_near(parts[FIRST], 4, 1e-12);
	assert_near(parts[SECOND], 2, 1e-12);
	assert_near(parts[BILL_BACKGROUND], 2, 1e-12);
	assert_near(parts[BILL_UNATTRIBUTED], 0, 1e-12);
}

static void
what_nobody_did_is_nobodys(void **state)
{
	BillWindow window = { .usd = { 8, 4 } };
	BillEntry entry = { FIRST, 0, 0 };
	double parts[PARTS] = { 0 };

	(void) state;
	bill_window(&window, &entry, 1, parts);
	assert_exact(parts[BILL_UNATTRIBUTED], 12);
	bill_window(&window, NULL, 0, parts);
	assert_exact(parts[BILL_UNATTRIBUTED], 24);
}

/* However little it was. */
static void
the_least_cpu_is_paid_for(void **state)
{
	BillWindow window = { .usd = { 8, 4 }, .cpu_seconds = 0x1p-1070 };
	BillEntry entries[] = { { FIRST, 0x1p-1070, 0x1p-1070 } };
	double parts[PARTS] = { 0 };

	(void) state;
	bill_window(&window, entries, 1, parts);
	assert_near(parts[FIRST], 12, 1e-12);
	assert_near(sum(parts), 12, 1e-12);
}

static void
windows_add_up(void **state)
{
	BillWindow window = { .usd = { 8 }, .cpu_seconds = 1 };
	BillEntry entry = { FIRST, 1, 0 };
	double parts[PARTS] = { 0 };

	(void) state;
	bill_window(&window, &entry, 1, parts);
	bill_window(&window, &entry, 1, parts);
	assert_near(parts[FIRST], 16, 1e-12);
}

static void
parts_are_the_bill_to_the_last_nano_dollar(void **state)
{
	const double parts[] = { 1 / 3.0, 1 / 3.0, 1 / 3.0, 0, 1e-10 };
	int64_t nano[5];
	BillRemainder remainders[5];

	(void) state;
	assert_true(bill_round(parts, 5, nano, remainders));
	assert_int_equal(nano[0] + nano[1] + nano[2] + nano[3] + nano[4],
					 1000000000);
	/* The parts that lose most by rounding get more; of equals, the first. */
	assert_int_equal(nano[0], 333333334);
	assert_int_equal(nano[1], 333333333);
	assert_int_equal(nano[2], 333333333);
	assert_int_equal(nano[3], 0);
	assert_int_equal(nano[4], 0);
}

static void
the_largest_remainders_are_rounded_up(void **state)
{
	const double parts[] = { 1.25e-9, 2.75e-9, 3.5e-9, 4.5e-9 };
	const int64_t expected[] = { 1, 3, 4, 4 };
	int64_t nano[4];
	BillRemainder remainders[4];

	(void) state;
	assert_true(bill_round(parts, 4, nano, remainders));
	for (int i = 0; i < 4; i++)
		assert_int_equal(nano[i], expected[i]);
}

static void
too_much_money_is_refused(void **state)
{
	double parts[] = { 3e9, 0.9e9 };
	int64_t nano[2];
	BillRemainder remainders[2];

	(void) state;
	assert_true(bill_round(parts, 2, nano, remainders));
	assert_int_equal(nano[0] + nano[1], INT64_C(3900000000000000000));
	parts[1] = 1.1e9;
	assert_false(bill_round(parts, 2, nano, remainders));
	parts[1] = NAN;
	assert_false(bill_round(parts, 2, nano, remainders));
	parts[1] = INFINITY;
	assert_false(bill_round(parts, 2, nano, remainders));
	assert_true(bill_round(parts, 0, nano, remainders));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_driver_pays_for_its_own),
		cmocka_unit_test(queries_that_explain_too_much_share_what_there_is),
		cmocka_unit_test(what_nobody_did_is_nobodys),
		cmocka_unit_test(the_least_cpu_is_paid_for),
		cmocka_unit_test(windows_add_up),
		cmocka_unit_test(parts_are_the_bill_to_the_last_nano_dollar),
		cmocka_unit_test(the_largest_remainders_are_rounded_up),
		cmocka_unit_test(too_much_money_is_refused),
	};

	return cmocka_run_group_tests_name("bill", tests, NULL, NULL);
}
