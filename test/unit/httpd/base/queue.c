/* Unit tests of src/httpd/base/queue.h. */
#include "httpd/base/container.h"
#include "httpd/base/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>

typedef struct Item
{
	int number;
	QueueLink link;
} Item;

static Item *
take_item(Queue *queue)
{
	QueueLink *link = queue_take(queue);

	return link == NULL ? NULL : container_of(link, Item, link);
}

static void
a_queue_gives_back_what_came_first(void **state)
{
	Item items[3] = { { 0 } };
	Queue queue = { 0 };

	(void) state;
	for (int i = 0; i < 3; i++)
		queue_append(&queue, &items[i].link);
	assert_int_equal(queue.count, 3);
	for (int i = 0; i < 3; i++)
		assert_ptr_equal(take_item(&queue), &items[i]);
	assert_null(take_item(&queue));
	assert_int_equal(queue.count, 0);
	queue_append(&queue, &items[1].link);
	assert_ptr_equal(take_item(&queue), &items[1]);
}

static void
the_last_of_a_queue_can_be_removed_and_another_appended(void **state)
{
	Item items[3] = { { 0 } };
	Queue queue = { 0 };

	(void) state;
	queue_append(&queue, &items[0].link);
	queue_append(&queue, &items[1].link);
	queue_remove(&queue, &items[0].link, &items[1].link);
	queue_append(&queue, &items[2].link);
	assert_int_equal(queue.count, 2);
	assert_ptr_equal(take_item(&queue), &items[0]);
	assert_ptr_equal(take_item(&queue), &items[2]);
	assert_null(queue.first);
	assert_null(queue.last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_gives_back_what_came_first),
		cmocka_unit_test(
			the_last_of_a_queue_can_be_removed_and_another_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
