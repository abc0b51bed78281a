/* Unit tests of src/httpd/base/deadlines.c. */
#include "httpd/base/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Compares the list, forwards and backwards, with so many deadlines. */
static void
assert_order(const Deadlines *list, Deadline *const *expected, int count)
{
	const Deadline *deadline = list->first;

	for (int i = 0; i < count; i++, deadline = deadline->after)
		assert_ptr_equal(deadline, expected[i]);
	assert_null(deadline);
	deadline = list->last;
	for (int i = count - 1; i >= 0; i--, deadline = deadline->before)
		assert_ptr_equal(deadline, expected[i]);
	assert_null(deadline);
}

static void
deadlines_leave_from_any_place(void **state)
{
	for (int left = 0; left < 3; left++)
	{
		Deadline deadlines[3] = { { 0 } };
		Deadline *rest[3];
		Deadlines list = { 0 };
		int count = 0;

		(void) state;
		for (int i = 0; i < 3; i++)
		{
			deadlines_join(&list, &deadlines[i]);
			if (i != left)
				rest[count++] = &deadlines[i];
		}
		deadlines_leave(&list, &deadlines[left]);
		assert_order(&list, rest, count);
		rest[count++] = &deadlines[left];
		deadlines_join(&list, &deadlines[left]);
		assert_order(&list, rest, count);
	}
}

static void
the_only_deadline_leaves_an_empty_list(void **state)
{
	Deadline deadline = { 0 };
	Deadlines list = { 0 };

	(void) state;
	deadlines_join(&list, &deadline);
	deadlines_leave(&list, &deadline);
	assert_null(list.first);
	assert_null(list.last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines_leave_from_any_place),
		cmocka_unit_test(the_only_deadline_leaves_an_empty_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
