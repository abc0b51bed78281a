/* Unit tests of src/httpd/http/request.c. */
#include "httpd/http/requests.h"

static void
a_request_is_the_same_in_any_pieces(void **state)
{
	static const char bytes[] = "POST /a?b=c HTTP/1.1\r\n"
								"Host: a.org\r\n"
								"content-TYPE: text/plain \t\r\n"
								"Transfer-Encoding: chunked\r\n\r\n"
								"3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";

	(void) state;
	for (size_t piece = 1; piece < sizeof(bytes); piece++)
	{
		assert_int_equal(read_pieces(bytes, piece), sizeof(bytes) - 1);
		assert_int_equal(request.stage, REQUEST_COMPLETE);
		assert_int_equal(request.method, HTTP_POST);
		assert_string_equal(buffer_bytes(&request.target), "/a?b=c");
		assert_int_equal(request.path_length, 2);
		assert_string_equal(request.query, "b=c");
		assert_string_equal(request_header(&request, HEADER_HOST), "a.org");
		assert_string_equal(request_header(&request, HEADER_CONTENT_TYPE),
							"text/plain");
		assert_int_equal(buffer_length(&request.body), 5);
		assert_memory_equal(buffer_bytes(&request.body), "abcde", 5);
		assert_int_equal(request.body_read, 5);
		assert_true(request.keep_alive);
	}
}

static void
reading_stops_behind_the_head_and_the_request(void **state)
{
	static const char bytes[] = "POST / HTTP/1.1\r\nHost: a\r\n"
								"Content-Length: 2\r\n\r\nxyGET";
	size_t head = sizeof(bytes) - 1 - 5;

	(void) state;
	assert_false(request_begun(&request));
	assert_int_equal(request_read(&request, bytes, 1), 1);
	assert_true(request_begun(&request));
	assert_int_equal(request_read(&request, bytes + 1, sizeof(bytes) - 2),
					 head - 1);
	assert_int_equal(request.stage, REQUEST_BODY);
	assert_int_equal(request_read(&request, bytes + head, 5), 2);
	assert_int_equal(request.stage, REQUEST_COMPLETE);
	request_reset(&request);
	assert_false(request_begun(&request));
	assert_null(request_header(&request, HEADER_HOST));
}

static void
a_body_that_is_not_wanted_is_counted(void **state)
{
	static const char bytes[] = "POST / HTTP/1.1\r\nHost: a\r\n"
								"Content-Length: 2\r\n\r\n";

	(void) state;
	assert_int_equal(request_read(&request, bytes, sizeof(bytes) - 1),
					 sizeof(bytes) - 1);
	request.discard = true;
	assert_int_equal(request_read(&request, "xy", 2), 2);
	assert_int_equal(request.body_read, 2);
	assert_int_equal(buffer_length(&request.body), 0);
}

static void
every_x_forwarded_for_counts_and_others_once(void **state)
{
	(void) state;
	assert_complete("GET / HTTP/1.1",
					"Host: a\r\nX-Forwarded-For: 1.1.1.1\r\nOrigin: b\r\n"
					"X-Forwarded-For: 2.2.2.2, 3.3.3.3\r\nOrigin: c\r\n");
	assert_string_equal(request_header(&request, HEADER_FORWARDED_FOR),
						"1.1.1.1,2.2.2.2, 3.3.3.3");
	assert_string_equal(request_header(&request, HEADER_ORIGIN), "b");
	assert_int_equal(buffer_length(&request.values[HEADER_ORIGIN]), 2);
	assert_int_equal(request.seen[HEADER_ORIGIN], 2);
	assert_null(request_header(&request, HEADER_CONTENT_TYPE));
}

static void
connections_are_kept_as_the_version_and_the_header_say(void **state)
{
	(void) state;
	assert_complete("GET / HTTP/1.1", "Host: a\r\n");
	assert_true(request.keep_alive);
	assert_complete("GET / HTTP/1.1", "Host: a\r\nConnection: close\r\n");
	assert_false(request.keep_alive);
	assert_complete("GET / HTTP/1.0", "");
	assert_true(request.http_1_0);
	assert_false(request.keep_alive);
	assert_complete("GET / HTTP/1.0", "Connection: keep-alive\r\n");
	assert_true(request.keep_alive);
	assert_complete("GET / HTTP/1.7", "Host: a\r\n");
	assert_false(request.http_1_0);
}

static void
a_refusal_knows_the_method(void **state)
{
	(void) state;
	assert_refused("HEAD /\x7f HTTP/1.1", "", 400,
				   "a byte in the request line that must be escaped");
	assert_true(request.method_known);
	assert_int_equal(request.method, HTTP_HEAD);
	assert_refused("HEAD  / HTTP/1.1", "", 400,
				   "blanks in the request line where none belong");
	assert_int_equal(request.method, HTTP_HEAD);
	read_pieces("X\n", 2);
	assert_int_equal(request.stage, REQUEST_REFUSED);
	assert_false(request.method_known);
	assert_int_equal(request.method, HTTP_GET);
	assert_refused("TRACE / HTTP/1.1", "Host: a\r\n", 501,
				   "CONNECT and TRACE are not served");
	assert_refused("FROB / HTTP/1.1", "Host: a\r\n", 501,
				   "a method that HTTP does not know");
}

static void
codings_of_a_body_are_seen(void **state)
{
	(void) state;
	assert_complete("GET / HTTP/1.1", "Host: a\r\n");
	assert_false(request_is_encoded(&request));
	assert_complete("GET / HTTP/1.1", "Host: a\r\nContent-Encoding: gzip\r\n");
	assert_true(request_is_encoded(&request));
	assert_complete("GET / HTTP/1.1",
					"Host: a\r\nContent-Encoding: Identity\r\n");
	assert_false(request_is_encoded(&request));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_request_is_the_same_in_any_pieces),
		test(reading_stops_behind_the_head_and_the_request),
		test(a_body_that_is_not_wanted_is_counted),
		test(every_x_forwarded_for_counts_and_others_once),
		test(connections_are_kept_as_the_version_and_the_header_say),
		test(a_refusal_knows_the_method),
		test(codings_of_a_body_are_seen),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
