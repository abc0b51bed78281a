/* Unit tests of src/httpd/routes/json_body.c. */
#include "httpd/routes/json_body.h"

#include "httpd/routes/values.h"

static const Route whole_body = {
	.argument_count = 1,
	.arguments = { { NULL, "json", false, KIND_JSON } },
};

static bool
read_body(const char *body)
{
	arguments_start(&arguments, &by_name);
	return json_body_read(&arguments, body, strlen(body));
}

static void
keys_give_arguments(void **state)
{
	(void) state;
	assert_true(read_body(" {\"t\": \"a\", \"i\": 1, \"j\": null} "));
	assert_value(T, "a");
	assert_value(I, "1");
	assert_value(J, NULL);
	assert_true(read_body("{}"));
	assert_int_equal(arguments.given, 0);
}

static void
scalars_become_text(void **state)
{
	(void) state;
	assert_true(read_body("{\"t\": \"a\\n\\u00e9\\\"\", \"i\": -1.5e3}"));
	assert_value(T, "a\n\xc3\xa9\"");
	assert_value(I, "-1.5e3");
	assert_true(read_body("{\"t\": true}"));
	assert_value(T, "true");
	assert_true(read_body("{\"t\": \"\"}"));
	assert_value(T, "");
}

static void
json_stays_as_it_is(void **state)
{
	(void) state;
	assert_true(read_body("{\"j\": {\"a\" : [1, {}]}, \"t\": [1, \"x\"]}"));
	assert_value(J, "{\"a\" : [1, {}]}");
	assert_value(T, "[1, \"x\"]");
	assert_true(read_body("{\"j\": \"x\"}"));
	assert_value(J, "\"x\"");
	assert_true(read_body("{\"j\": 7}"));
	assert_value(J, "7");
}

static void
arrays_become_literals_of_sql(void **state)
{
	(void) state;
	assert_true(read_body("{\"a\": [1, \"a,\\\"b\\\\\", null, \"null\"]}"));
	assert_value(A, "{1,\"a,\\\"b\\\\\",NULL,\"null\"}");
	assert_true(read_body("{\"a\": []}"));
	assert_value(A, "{}");
	assert_true(read_body("{\"a\": [[1, 2], [3, 4]]}"));
	assert_value(A, "{{1,2},{3,4}}");
	assert_true(read_body("{\"a\": [{\"x\": [1, {\"y\": \"\\\"\"}]}, 2]}"));
	assert_value(A, "{\"{\\\"x\\\": [1, {\\\"y\\\": \\\"\\\\\\\"\\\"}]}\",2}");
	assert_true(read_body("{\"a\": \"{1,2}\"}"));
	assert_value(A, "{1,2}");
	assert_true(read_body("{\"a\": null}"));
	assert_value(A, NULL);
}

static void
arrays_of_json_have_its_elements(void **state)
{
	(void) state;
	assert_true(read_body("{\"ja\": [1, [2, 3], \"x\", null, {\"a\": null}]}"));
	assert_value(JA, "{\"1\",\"[2, 3]\",\"\\\"x\\\"\",NULL,"
					 "\"{\\\"a\\\": null}\"}");
	assert_true(read_body("{\"ja\": []}"));
	assert_value(JA, "{}");
}

static void
records_are_wrapped(void **state)
{
	(void) state;
	assert_true(read_body("{\"r\": {\"a\": 1}}"));
	assert_value(R, "{\"v\": {\"a\": 1}}");
	assert_true(read_body("{\"r\": \"(1)\"}"));
	assert_value(R, "{\"v\": \"(1)\"}");
	assert_true(read_body("{\"r\": null}"));
	assert_value(R, NULL);
}

static void
an_argument_may_take_the_whole_body(void **state)
{
	(void) state;
	arguments_start(&arguments, &whole_body);
	assert_true(json_body_read(&arguments, " [1]", 4));
	assert_value(0, " [1]");
	arguments_start(&arguments, &whole_body);
	assert_false(json_body_read(&arguments, "[1", 2));
}

static void
invalid_json_is_shown_where_it_begins(void **state)
{
	(void) state;
	assert_false(read_body("{\"t\": x}"));
	assert_refused(400, "the body is not JSON at character 7: x}");
	assert_false(read_body("{\"t\": \"\xc3\xa4\", "
						   "xxxxxxxxxxxxxxxxxxx\xe2\x82\xac}"));
	assert_refused(400,
				   "the body is not JSON at character 12: xxxxxxxxxxxxxxxxxxx");
	assert_false(read_body("{\"t\": 1"));
	assert_refused(400, "the body is not JSON: it ends too early, after"
						" character 7");
	assert_false(read_body("\xff"));
	assert_refused(400, "the body is not UTF-8");
	assert_false(read_body("[1]"));
	assert_refused(400, "the body is not a JSON object");
}

static void
the_first_bad_key_refuses_the_body(void **state)
{
	(void) state;
	assert_false(read_body("{\"x\": 1, \"t\": 1}"));
	assert_refused(400, "there is no argument \"x\"");
	assert_false(read_body("{\"t\": 1, \"t\": 2}"));
	assert_refused(400, "argument \"t\" is given twice");
	assert_false(read_body("{\"a\": {}}"));
	assert_refused(400, "argument \"a\" takes an array, not an object");
	assert_false(read_body("{\"ja\": {}}"));
	assert_refused(400, "argument \"ja\" takes an array, not an object");
	assert_true(read_body("{\"j\": {\"x\": 1, \"x\": 2}}"));
}

static void
depth_is_limited(void **state)
{
	char body[256] = "{\"j\": ";
	size_t start = strlen(body);

	(void) state;
	memset(body + start, '[', 63);
	memset(body + start + 63, ']', 63);
	strcpy(body + start + 126, "}");
	assert_true(read_body(body));
	memset(body + start, '[', 64);
	memset(body + start + 64, ']', 64);
	strcpy(body + start + 128, "}");
	assert_false(read_body(body));
	assert_refused(400, "the body is nested deeper than 64 levels");
	strcpy(body, "{\"t\": \"\\\"");
	start = strlen(body);
	memset(body + start, '[', 100);
	strcpy(body + start + 100, "\"}");
	assert_true(read_body(body));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(keys_give_arguments),
		test(scalars_become_text),
		test(json_stays_as_it_is),
		test(arrays_become_literals_of_sql),
		test(arrays_of_json_have_its_elements),
		test(records_are_wrapped),
		test(an_argument_may_take_the_whole_body),
		test(invalid_json_is_shown_where_it_begins),
		test(the_first_bad_key_refuses_the_body),
		test(depth_is_limited),
	};

	return cmocka_run_group_tests_name("json_body", tests, NULL, NULL);
}
