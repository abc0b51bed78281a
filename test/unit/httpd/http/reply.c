/* Unit tests of src/httpd/http/reply.c. */
#include "httpd/http/reply.h"

#include "bytes.h"

static void
writes_a_reply(void **state)
{
	ReplyHead head = { .status = 200,
					   .date = "D",
					   .content_type = "text/plain",
					   .max_age = 60,
					   .keep_alive = true };
	Buffer out = { 0 };
	Buffer last = { 0 };

	(void) state;
	reply_write(&out, &head, "hi", 2);
	assert_bytes(&out, "HTTP/1.1 200 OK\r\nDate: D\r\n"
					   "Content-Type: text/plain\r\n"
					   "X-Content-Type-Options: nosniff\r\n"
					   "Content-Security-Policy: default-src 'none';"
					   " frame-ancestors 'none'\r\nContent-Length: 2\r\n"
					   "Cache-Control: max-age=60\r\n\r\nhi");
	head = (ReplyHead){ .status = 503,
						.date = "D",
						.request_id = "1-2",
						.retry_after = true,
						.no_body = true };
	reply_write(&last, &head, "hi", 2);
	assert_bytes(&last, "HTTP/1.1 503 Service Unavailable\r\nDate: D\r\n"
						"Content-Length: 2\r\nX-Request-Id: 1-2\r\n"
						"Retry-After: 1\r\nConnection: close\r\n\r\n");
}

static void
an_error_is_json_whatever_is_in_it(void **state)
{
	Buffer json = { 0 };

	(void) state;
	reply_error_body(&json, "22023", "a \"b\" \\ \n\x01 \xc3\xa9", NULL, "h");
	assert_bytes(&json, "{\"code\": \"22023\", \"message\": "
						"\"a \\\"b\\\" \\\\ \\n\\u0001 \xc3\xa9\", "
						"\"detail\": null, \"hint\": \"h\"}");
}

static void
a_preflight_is_told_what_it_asks(void **state)
{
	ReplyHead head = { .status = 204,
					   .date = "D",
					   .allow = "GET, HEAD",
					   .origin = "https://a.org",
					   .preflight = true,
					   .vary_origin = true,
					   .keep_alive = true };
	Buffer out = { 0 };

	(void) state;
	reply_write(&out, &head, "hi", 2);
	assert_bytes(&out, "HTTP/1.1 204 No Content\r\nDate: D\r\n"
					   "Allow: GET, HEAD\r\nVary: Origin\r\n"
					   "Access-Control-Allow-Origin: https://a.org\r\n"
					   "Access-Control-Expose-Headers: X-Request-Id\r\n"
					   "Access-Control-Allow-Methods: GET, HEAD\r\n"
					   "Access-Control-Allow-Headers: Content-Type\r\n"
					   "Access-Control-Max-Age: 86400\r\n\r\n");
}

static void
an_old_client_is_told_that_its_connection_stays(void **state)
{
	ReplyHead head = { .status = 418,
					   .date = "D",
					   .age = 3,
					   .http_1_0 = true,
					   .keep_alive = true };
	Buffer out = { 0 };

	(void) state;
	reply_write(&out, &head, "", 0);
	assert_bytes(&out, "HTTP/1.1 418 Refused\r\nDate: D\r\n"
					   "Content-Length: 0\r\nAge: 3\r\n"
					   "Connection: keep-alive\r\n\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_reply),
		cmocka_unit_test(an_error_is_json_whatever_is_in_it),
		cmocka_unit_test(a_preflight_is_told_what_it_asks),
		cmocka_unit_test(an_old_client_is_told_that_its_connection_stays),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
