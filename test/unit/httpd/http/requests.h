/* A request, and how the unit tests of its readers fill it. */
#ifndef PG_ACU_TEST_REQUESTS_H
#define PG_ACU_TEST_REQUESTS_H

#include "httpd/http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const FramingLimits limits = {
	.line_bytes = 256, .header_bytes = 512, .headers = 16, .body_bytes = 64
};

static Request request;

static inline int
make_request(void **state)
{
	(void) state;
	request_init(&request, &limits);
	return 0;
}

static inline int
free_request(void **state)
{
	(void) state;
	request_free(&request);
	return 0;
}

/* Reads bytes, in pieces of a size, until the request is complete or refused.
 * Returns how many it took. */
static inline size_t
read_pieces(const char *bytes, size_t piece)
{
	size_t size = strlen(bytes);
	size_t taken = 0;

	request_reset(&request);
	while (taken < size && request.stage <= REQUEST_BODY)
		taken += request_read(&request, bytes + taken,
							  size - taken < piece ? size - taken : piece);
	return taken;
}

/* A request whole, with these lines behind the request line. */
static inline void
read_lines(const char *request_line, const char *lines)
{
	char bytes[1024];

	snprintf(bytes, sizeof(bytes), "%s\r\n%s\r\n", request_line, lines);
	read_pieces(bytes, sizeof(bytes));
}

static inline void
assert_refused(const char *request_line, const char *lines, int status,
			   const char *message)
{
	read_lines(request_line, lines);
	assert_int_equal(request.stage, REQUEST_REFUSED);
	assert_int_equal(request.refusal.status, status);
	assert_string_equal(request.refusal.message, message);
}

static inline void
assert_complete(const char *request_line, const char *lines)
{
	read_lines(request_line, lines);
	assert_int_equal(request.stage, REQUEST_COMPLETE);
	assert_int_equal(request.refusal.status, 0);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, make_request, free_request)

#endif
