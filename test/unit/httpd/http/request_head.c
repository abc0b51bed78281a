/* Unit tests of src/httpd/http/request_head.c. */
#include "httpd/http/requests.h"

static void
an_expectation_counts_while_a_body_is_due(void **state)
{
	(void) state;
	read_lines("POST / HTTP/1.1", "Host: a\r\nExpect: 100-Continue\r\n"
								  "Content-Length: 2\r\n");
	assert_true(request.expects_continue);
	assert_complete("POST / HTTP/1.1", "Host: a\r\nExpect: 100-continue\r\n");
	assert_false(request.expects_continue);
	assert_complete("POST / HTTP/1.0", "Expect: soon\r\n");
	assert_refused("POST / HTTP/1.1", "Host: a\r\nExpect: soon\r\n", 417,
				   "an expectation other than 100-continue");
}

static void
hosts_are_checked(void **state)
{
	static const char *const good[] = { "a", "a.org:80", "[::1]:8080",
										"192.0.2.1", "a:" };
	static const char *const bad[] = { "",	   ":80",	"a b", "a/b",
									   "[::1", "a:80x", "[]",  "a@b" };
	char line[64];

	(void) state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		snprintf(line, sizeof(line), "Host: %s\r\n", good[i]);
		assert_complete("GET / HTTP/1.1", line);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		snprintf(line, sizeof(line), "Host: %s\r\n", bad[i]);
		assert_refused("GET / HTTP/1.1", line, 400, "an invalid Host header");
	}
	assert_refused("GET / HTTP/1.1", "", 400,
				   "a request without a Host header");
	assert_refused("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n", 400,
				   "more than one Host header");
}

static void
lengths_that_contradict_are_refused(void **state)
{
#define AFTER_HOST(lines) "Host: a\r\n" lines "\r\n"
	(void) state;
	read_lines("POST / HTTP/1.1",
			   AFTER_HOST("Content-Length: 1\r\nTransfer-Encoding: chunked"));
	assert_int_equal(request.refusal.status, 400);
	assert_refused("POST / HTTP/1.0", AFTER_HOST("Transfer-Encoding: chunked"),
				   400, "a Transfer-Encoding in HTTP/1.0");
	assert_refused("POST / HTTP/1.1", AFTER_HOST("Transfer-Encoding: gzip"),
				   501, "a transfer coding other than chunked");
	assert_refused("POST / HTTP/1.1",
				   AFTER_HOST("Transfer-Encoding: gzip, chunked"), 400,
				   "a transfer coding other than chunked");
	assert_refused("POST / HTTP/1.1", AFTER_HOST("Content-Length: 65"), 413,
				   "the body is too large");
	read_lines("POST / HTTP/1.1", AFTER_HOST("Content-Length: 64"));
	assert_int_equal(request.stage, REQUEST_BODY);
	read_lines("POST / HTTP/1.1",
			   AFTER_HOST("Content-Length: 1\r\nContent-Length: 1"));
	assert_int_equal(request.refusal.status, 400);
	read_lines("POST / HTTP/1.1", AFTER_HOST("Content-Length: +1"));
	assert_int_equal(request.refusal.status, 400);
}

static void
targets_are_split(void **state)
{
	(void) state;
	assert_complete("GET /a/b?c?d HTTP/1.1", "Host: a\r\n");
	assert_int_equal(request.path_length, 4);
	assert_string_equal(request.query, "c?d");
	assert_complete("GET /a HTTP/1.1", "Host: a\r\n");
	assert_null(request.query);
	assert_complete("OPTIONS * HTTP/1.1", "Host: a\r\n");
	assert_refused("GET * HTTP/1.1", "Host: a\r\n", 400,
				   "a request target that is not a path");
	assert_refused("GET /a#b HTTP/1.1", "Host: a\r\n", 400,
				   "a fragment (#) in the request line");
	read_lines("GET /%zz HTTP/1.1", "Host: a\r\n");
	assert_int_equal(request.refusal.status, 400);
}

static void
the_host_of_a_url_counts(void **state)
{
	static const struct
	{
		const char *line;
		const char *host;
		const char *target;
	} cases[] = {
		{ "GET http://b.org/c?d HTTP/1.1", "b.org", "/c?d" },
		{ "GET HTTP://b.org:80 HTTP/1.1", "b.org:80", "/" },
		{ "GET http://b.org?d HTTP/1.1", "b.org", "/?d" },
		{ "OPTIONS http://b.org HTTP/1.1", "b.org", "*" },
		{ "OPTIONS http://b.org?d HTTP/1.1", "b.org", "/?d" },
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_complete(cases[i].line, "Host: a\r\n");
		assert_string_equal(request_header(&request, HEADER_HOST),
							cases[i].host);
		assert_string_equal(buffer_bytes(&request.target), cases[i].target);
	}
	assert_refused("GET http:///c HTTP/1.1", "Host: a\r\n", 400,
				   "an invalid host in the URL of the request line");
	assert_refused("GET http://a@b/ HTTP/1.1", "Host: a\r\n", 400,
				   "an invalid host in the URL of the request line");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(an_expectation_counts_while_a_body_is_due),
		test(hosts_are_checked),
		test(lengths_that_contradict_are_refused),
		test(targets_are_split),
		test(the_host_of_a_url_counts),
	};

	return cmocka_run_group_tests_name("request_head", tests, NULL, NULL);
}
