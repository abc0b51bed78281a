/* Unit tests of src/httpd/base/buffer.c. */
#include "httpd/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static Buffer buffer;

static int
free_buffer(void **state)
{
	(void) state;
	free(buffer.data);
	memset(&buffer, 0, sizeof(buffer));
	return 0;
}

static void
assert_content(const char *expected, size_t size)
{
	assert_int_equal(buffer_length(&buffer), size);
	assert_memory_equal(buffer_bytes(&buffer), expected, size);
}

static void
bytes_are_appended(void **state)
{
	(void) state;
	buffer_append(&buffer, "", 0);
	assert_int_equal(buffer_length(&buffer), 0);
	buffer_append(&buffer, "a\0b", 3);
	buffer_append_string(&buffer, "cd");
	buffer_append_byte(&buffer, 'e');
	assert_content("a\0bcde", 6);
}

static void
numbers_have_their_form(void **state)
{
	(void) state;
	buffer_append_uint(&buffer, 0);
	buffer_append_uint(&buffer, UINT64_MAX);
	buffer_append_int16(&buffer, 0x1234);
	buffer_append_int32(&buffer, -2);
	assert_content("018446744073709551615\x12\x34\xff\xff\xff\xfe", 27);
}

static void
a_buffer_grows_and_keeps_its_content(void **state)
{
	(void) state;
	for (int i = 0; i < 10000; i++)
		buffer_append_byte(&buffer, (char) i);
	assert_int_equal(buffer_length(&buffer), 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buffer_bytes(&buffer)[i], (char) i);
}

static void
taken_bytes_make_room(void **state)
{
	size_t capacity;

	(void) state;
	buffer_append_string(&buffer, "abcdef");
	buffer_take(&buffer, 2);
	assert_content("cdef", 4);
	buffer_take(&buffer, 4);
	assert_int_equal(buffer_length(&buffer), 0);
	assert_int_equal(buffer.start, 0);

	/* The content moves to the start, before more memory is allocated. */
	capacity = buffer.capacity;
	memset(buffer_reserve(&buffer, capacity), 'x', capacity);
	buffer.end += capacity;
	buffer_take(&buffer, capacity - 1);
	buffer_append_string(&buffer, "yz");
	assert_int_equal(buffer.capacity, capacity);
	assert_content("xyz", 3);
}

static void
room_is_reserved(void **state)
{
	(void) state;
	memcpy(buffer_reserve(&buffer, 3), "abc", 3);
	assert_int_equal(buffer_length(&buffer), 0);
	buffer.end += 3;
	assert_content("abc", 3);
	memset(buffer_reserve(&buffer, 100000), 0, 100000);
	assert_content("abc", 3);
}

static void
a_large_buffer_is_freed_when_it_is_emptied(void **state)
{
	(void) state;
	buffer_append_string(&buffer, "abc");
	buffer_reset(&buffer, 4096);
	assert_int_equal(buffer_length(&buffer), 0);
	assert_non_null(buffer.data);
	buffer_reserve(&buffer, 5000);
	buffer_reset(&buffer, 4096);
	assert_null(buffer.data);
	assert_int_equal(buffer.capacity, 0);
}

static void
copies_end_with_a_nul(void **state)
{
	char *string = copy_string("abc");
	char *bytes = copy_bytes("a\0bc", 3);
	char *zeroed = allocate(3);

	(void) state;
	assert_string_equal(string, "abc");
	assert_memory_equal(bytes, "a\0b\0", 4);
	assert_memory_equal(zeroed, "\0\0\0", 3);
	free(string);
	free(bytes);
	free(zeroed);
}

int
main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_buffer)
	const struct CMUnitTest tests[] = {
		test(bytes_are_appended),
		test(numbers_have_their_form),
		test(a_buffer_grows_and_keeps_its_content),
		test(taken_bytes_make_room),
		test(room_is_reserved),
		test(a_large_buffer_is_freed_when_it_is_emptied),
		test(copies_end_with_a_nul),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
