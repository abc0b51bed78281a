/* For the unit tests: cmocka compares floats, and these are doubles. */
#ifndef PG_ACU_TEST_NEAR_H
#define PG_ACU_TEST_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define assert_near(value, expected, tolerance) \
	assert_near_at(value, expected, tolerance, #value, __FILE__, __LINE__)
#define assert_exact(value, expected) assert_near(value, expected, 0)
#define assert_unknown(value) assert_true(isnan(value))

static inline void
assert_near_at(double value, double expected, double tolerance,
			   const char *what, const char *file, int line)
{
	if (fabs(value - expected) <= tolerance)
		return;
	print_error("%s is %.12g, not %.12g\n", what, value, expected);
	_fail(file, line);
}

#endif
