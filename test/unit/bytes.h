/* For the unit tests: the content of a buffer, byte for byte. */
#ifndef PG_ACU_TEST_BYTES_H
#define PG_ACU_TEST_BYTES_H

#include "httpd/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* The literal may have NUL bytes; the buffer is freed. */
#define assert_bytes(buffer, literal)                                 \
	do                                                                \
	{                                                                 \
		assert_int_equal(buffer_length(buffer), sizeof(literal) - 1); \
		assert_memory_equal(buffer_bytes(buffer), literal,            \
							sizeof(literal) - 1);                     \
		free((buffer)->data);                                         \
	} while (0)

#endif
