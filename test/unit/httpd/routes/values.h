/* A route with an argument of each kind, and checks of its values for the unit
 * tests of the readers. */
#ifndef PG_ACU_TEST_VALUES_H
#define PG_ACU_TEST_VALUES_H

#include "httpd/routes/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum
{
	T,
	I,
	J,
	A,
	JA,
	R,
	ARGUMENTS
};

static const Route by_name = {
	.call_start = "SELECT f(",
	.call_end = ")",
	.argument_count = ARGUMENTS,
	.arguments = { [T] = { "t", "text", true, KIND_TEXT },
				   [I] = { "i", "integer", true, KIND_TEXT },
				   [J] = { "j", "jsonb", true, KIND_JSON },
				   [A] = { "a", "text[]", true, KIND_ARRAY },
				   [JA] = { "ja", "json[]", true, KIND_JSON_ARRAY },
				   [R] = { "r", "s.row", true, KIND_RECORD } },
};

static Arguments arguments;

static inline int
start_arguments(void **state)
{
	(void) state;
	memset(&arguments, 0, sizeof(arguments));
	arguments_start(&arguments, &by_name);
	return 0;
}

static inline int
free_arguments(void **state)
{
	(void) state;
	arguments_free(&arguments);
	return 0;
}

/* The value of an argument is this text; NULL: it is null. */
static inline void
assert_value(int argument, const char *expected)
{
	const Value *value = &arguments.values[argument];

	assert_true(arguments.given & (UINT64_C(1) << argument));
	assert_int_equal(value->null, expected == NULL);
	if (expected == NULL)
		return;
	assert_int_equal(value->length, strlen(expected));
	if (value->length > 0)
		assert_memory_equal(buffer_bytes(&arguments.bytes) + value->at,
							expected, value->length);
}

static inline void
assert_refused(int status, const char *message)
{
	assert_int_equal(arguments.status, status);
	assert_string_equal(arguments.message, message);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, start_arguments, free_arguments)

#endif
