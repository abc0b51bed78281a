/* Unit tests of src/httpd/routes/request_arguments.c. */
#include "httpd/routes/request_arguments.h"

#include "httpd/routes/values.h"

#include <stdio.h>

#define JSON "Content-Type: application/json\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static const FramingLimits limits = {
	.line_bytes = 256, .header_bytes = 512, .headers = 8, .body_bytes = 256
};

static Request request;

/* A request with headers and a body of this method and target. */
static void
make_request(const char *method_and_target, const char *headers,
			 const char *body)
{
	char bytes[1024];
	size_t taken = 0;
	size_t size =
		(size_t) snprintf(bytes, sizeof(bytes),
						  "%s HTTP/1.1\r\nHost: a\r\n%s"
						  "Content-Length: %zu\r\n\r\n%s",
						  method_and_target, headers, strlen(body), body);

	request_free(&request);
	request_init(&request, &limits);
	while (taken < size && request.stage <= REQUEST_BODY)
		taken += request_read(&request, bytes + taken, size - taken);
	assert_int_equal(request.stage, REQUEST_COMPLETE);
}

static bool
read_arguments(const char *method_and_target, const char *headers,
			   const char *body)
{
	make_request(method_and_target, headers, body);
	return request_arguments_read(&arguments, &by_name, &request);
}

static void
query_and_body_give_arguments(void **state)
{
	(void) state;
	assert_true(read_arguments("GET /f?t=a", "", ""));
	assert_value(T, "a");
	assert_true(read_arguments("POST /f?t=a", JSON, "{\"i\": 1}"));
	assert_value(T, "a");
	assert_value(I, "1");
	assert_true(read_arguments("PUT /f", FORM, "t=b"));
	assert_value(T, "b");
	assert_true(read_arguments("POST /f", JSON, ""));
	assert_int_equal(arguments.given, 0);
	assert_false(read_arguments("POST /f?t=a", FORM, "t=b"));
	assert_refused(400, "argument \"t\" is given twice");
}

static void
media_types_may_have_parameters(void **state)
{
	(void) state;
	assert_true(read_arguments(
		"POST /f", "Content-Type: Application/JSON;charset=utf-8\r\n", "{}"));
	assert_true(
		read_arguments("POST /f", "Content-Type: application/json \r\n", "{}"));
	assert_false(
		read_arguments("POST /f", "Content-Type: application/jsonp\r\n", "{}"));
	assert_refused(415, "the body must be application/json or"
						" application/x-www-form-urlencoded");
	assert_false(read_arguments("POST /f", "", "{}"));
	assert_int_equal(arguments.status, 415);
}

static void
json_that_is_sent_as_a_form_gets_a_hint(void **state)
{
	(void) state;
	assert_false(read_arguments("POST /f", FORM, " \n{\"t\": 1}"));
	assert_int_equal(arguments.status, 400);
	assert_non_null(strstr(arguments.hint, "looks like JSON"));
	assert_false(read_arguments("POST /f", FORM, "x=1"));
	assert_null(arguments.hint);
}

static void
some_requests_may_have_no_body(void **state)
{
	static const char *const methods[] = { "GET /f", "HEAD /f", "DELETE /f" };
	Refusal refusal;

	(void) state;
	for (int i = 0; i < 3; i++)
	{
		make_request(methods[i], JSON, "{}");
		assert_false(request_may_have_body(&request, &refusal));
		assert_int_equal(refusal.status, 400);
		assert_non_null(refusal.hint);
	}
	make_request("PATCH /f", JSON "Content-Encoding: gzip\r\n", "{}");
	assert_false(request_may_have_body(&request, &refusal));
	assert_int_equal(refusal.status, 415);
	make_request("PATCH /f", JSON, "{}");
	assert_true(request_may_have_body(&request, &refusal));
	assert_int_equal(refusal.status, 0);
}

static void
arguments_without_a_default_are_required(void **state)
{
	static const Route needs = {
		.argument_count = 2,
		.arguments = { { "a", "text", true, KIND_TEXT },
					   { "b", "text", false, KIND_TEXT } },
	};
	static const Route needs_body = {
		.argument_count = 1,
		.arguments = { { NULL, "json", false, KIND_JSON } },
	};

	(void) state;
	make_request("GET /f?a=1", "", "");
	assert_false(request_arguments_read(&arguments, &needs, &request));
	assert_refused(400, "argument \"b\" is missing");
	make_request("GET /f?b=1", "", "");
	assert_true(request_arguments_read(&arguments, &needs, &request));
	make_request("POST /f", "", "");
	assert_false(request_arguments_read(&arguments, &needs_body, &request));
	assert_refused(400, "the body is missing");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(query_and_body_give_arguments),
		test(media_types_may_have_parameters),
		test(json_that_is_sent_as_a_form_gets_a_hint),
		test(some_requests_may_have_no_body),
		test(arguments_without_a_default_are_required),
	};
	int failed =
		cmocka_run_group_tests_name("request_arguments", tests, NULL, NULL);

	request_free(&request);
	return failed;
}
