/* Unit tests of src/httpd/wire/wire.c, sqlstate.c and reply.c: what is written
 * to the server and to clients, byte for byte. */
#include "httpd/http/reply.h"
#include "httpd/wire/sqlstate.h"
#include "httpd/routes/route_sql.h"
#include "httpd/routes/statement.h"
#include "httpd/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define assert_bytes(buffer, literal)                                 \
	do                                                                \
	{                                                                 \
		assert_int_equal(buffer_length(buffer), sizeof(literal) - 1); \
		assert_memory_equal(buffer_bytes(buffer), literal,            \
							sizeof(literal) - 1);                     \
		free((buffer)->data);                                         \
	} while (0)

static const Route route = {
	.call_start = "SELECT f(",
	.call_end = ")",
	.argument_count = 3,
	.arguments = { { "a", "text", true, KIND_TEXT },
				   { "b\"c", "integer[]", true, KIND_ARRAY },
				   { "d", "json", true, KIND_JSON } },
};

static void
writes_a_call_with_the_arguments_that_are_given(void **state)
{
	Buffer sql = { 0 };
	Buffer none = { 0 };

	(void) state;
	route_sql_call(&sql, &route, 6);
	assert_bytes(&sql,
				 "SELECT f(\"b\"\"c\" => $1::integer[], \"d\" => $2::json)\0");
	route_sql_call(&none, &route, 0);
	assert_bytes(&none, "SELECT f()\0");
}

static void
writes_a_record_as_what_json_becomes(void **state)
{
	static const Route takes_record = {
		.call_start = "SELECT f(",
		.call_end = ")",
		.argument_count = 1,
		.arguments = { { "p", "app.point", false, KIND_RECORD } },
	};
	Buffer sql = { 0 };

	(void) state;
	route_sql_call(&sql, &takes_record, 1);
	assert_bytes(
		&sql,
		"SELECT f(\"p\" => (SELECT r.v FROM"
		" pg_catalog.json_to_record($1::pg_catalog.json) AS r (v app.point)))\0");
}

static void
writes_a_probe_that_only_reads_the_values(void **state)
{
	Buffer sql = { 0 };

	(void) state;
	route_sql_probe(&sql, &route, 6);
	assert_bytes(&sql,
				 "SELECT pg_catalog.num_nulls($1::integer[], $2::json)\0");
}

static void
calls_no_other_function_than_that_of_the_route(void **state)
{
	static const Route named = { .call_start = "SELECT \"a'b\\c\".f(",
								 .call_end = ")",
								 .function = "\"a'b\\c\".f()",
								 .oid = 77 };
	Buffer call = { 0 };
	Buffer check = { 0 };

	(void) state;
	route_sql_call(&call, &named, 0);
	assert_bytes(&call,
				 "SELECT (SELECT \"a'b\\c\".f()) WHERE E'\"a''b\\\\c\".f()'"
				 "::pg_catalog.regprocedure::pg_catalog.oid"
				 " OPERATOR(pg_catalog.=) 77::pg_catalog.oid\0");
	route_sql_check(&check, &named);
	assert_bytes(&check, "SELECT true WHERE E'\"a''b\\\\c\".f()'"
						 "::pg_catalog.regprocedure::pg_catalog.oid"
						 " OPERATOR(pg_catalog.=) 77::pg_catalog.oid"
						 " AND pg_catalog.has_function_privilege("
						 "77::pg_catalog.oid, 'EXECUTE')\0");
}

static void
a_statement_is_named_after_its_text(void **state)
{
	char name[STATEMENT_NAME_SIZE];
	char same[STATEMENT_NAME_SIZE];
	char other[STATEMENT_NAME_SIZE];

	(void) state;
	statement_name("SELECT 1", name);
	statement_name("SELECT 1", same);
	statement_name("SELECT 2", other);
	assert_string_equal(name, "acu_e004ebd5b5532a4b85984a62f8ad48a8");
	assert_string_equal(name, same);
	assert_string_not_equal(name, other);
}

static void
a_parameter_has_two_texts(void **state)
{
	static const char body[] = "TimeZone\0UTC";
	Message message = { 'S', sizeof(body), body };
	Message cut = { 'S', sizeof(body) - 1, body };
	Message one = { 'S', 9, body };
	Message more = { 'S', 4, "a\0b\0\0" };
	Parameter parameter;

	(void) state;
	assert_true(wire_read_parameter(&message, &parameter));
	assert_string_equal(parameter.name, "TimeZone");
	assert_string_equal(parameter.value, "UTC");
	assert_false(wire_read_parameter(&cut, &parameter));
	assert_false(wire_read_parameter(&one, &parameter));
	assert_true(wire_read_parameter(&more, &parameter));
	more.size = 5;
	assert_false(wire_read_parameter(&more, &parameter));
}

static void
binds_a_value_a_null_and_leaves_one_out(void **state)
{
	Arguments arguments = { .route = &route };
	Buffer out = { 0 };

	(void) state;
	arguments_set(&arguments, 0, "xy", 2);
	arguments_set_null(&arguments, 2);
	statement_bind(&out, "s1", &arguments, true);
	assert_bytes(&out, "B\0\0\0\x1a\0s1\0\0\0\0\2\0\0\0\2xy\xff\xff\xff\xff"
					   "\0\1\0\1");
	arguments_free(&arguments);
}

static void
a_message_is_read_once_it_is_whole(void **state)
{
	static const char bytes[] = "D\0\0\0\x0c\0\1\0\0\0\2okZ\0\0\0\5I";
	Message message;
	ColumnValue value;

	(void) state;
	assert_false(wire_read(bytes, 4, &message));
	assert_int_equal(message.kind, 0);
	assert_false(wire_read(bytes, 12, &message));
	assert_int_equal(message.size, 8);
	assert_true(wire_read(bytes, sizeof(bytes) - 1, &message));
	assert_true(wire_read_value(&message, &value));
	assert_false(value.null);
	assert_int_equal(value.size, 2);
	assert_memory_equal(value.bytes, "ok", 2);
}

static void
a_value_must_be_as_long_as_it_says(void **state)
{
	Message longer = { 'D', 8, "\0\1\0\0\0\3ok" };
	Message two = { 'D', 8, "\0\2\0\0\0\2ok" };
	Message null = { 'D', 6, "\0\1\xff\xff\xff\xff" };
	Message negative = { 'D', 6, "\0\1\xff\xff\xff\xfe" };
	ColumnValue value;

	(void) state;
	assert_false(wire_read_value(&longer, &value));
	assert_false(wire_read_value(&two, &value));
	assert_false(wire_read_value(&negative, &value));
	assert_true(wire_read_value(&null, &value));
	assert_true(value.null);
}

static void
an_error_has_its_fields(void **state)
{
	static const char body[] = "SFEHLER\0VERROR\0C22023\0Mbad\0Hdo\0";
	Message message = { 'E', sizeof(body), body };
	Message cut = { 'E', 20, body };
	ServerError error;

	(void) state;
	assert_true(wire_read_error(&message, &error));
	assert_string_equal(error.severity, "ERROR");
	assert_string_equal(error.sqlstate, "22023");
	assert_string_equal(error.message, "bad");
	assert_string_equal(error.hint, "do");
	assert_null(error.detail);
	assert_false(wire_read_error(&cut, &error));
}

static void
a_status_follows_from_the_sqlstate(void **state)
{
	static const struct
	{
		const char *sqlstate;
		int status;
	} known[] = {
		{ "22023", 400 }, { "23514", 400 }, { "P0001", 400 }, { "23502", 409 },
		{ "23503", 409 }, { "23505", 409 }, { "23P01", 409 }, { "42501", 403 },
		{ "P0002", 404 }, { "25006", 405 }, { "57014", 504 }, { "40001", 503 },
		{ "40P01", 503 }, { "53300", 503 }, { "08006", 503 }, { "57P01", 503 },
		{ "57P02", 503 }, { "57P03", 503 }, { "PT418", 418 }, { "PT599", 599 },
		{ "PT399", 500 }, { "PT600", 500 }, { "PT4x1", 500 }, { "XX000", 500 },
		{ "42883", 500 }, { "57P04", 500 },
	};

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(sqlstate_status(known[i].sqlstate), known[i].status);
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_call_with_the_arguments_that_are_given),
		cmocka_unit_test(writes_a_record_as_what_json_becomes),
		cmocka_unit_test(writes_a_probe_that_only_reads_the_values),
		cmocka_unit_test(calls_no_other_function_than_that_of_the_route),
		cmocka_unit_test(a_statement_is_named_after_its_text),
		cmocka_unit_test(a_parameter_has_two_texts),
		cmocka_unit_test(binds_a_value_a_null_and_leaves_one_out),
		cmocka_unit_test(a_message_is_read_once_it_is_whole),
		cmocka_unit_test(a_value_must_be_as_long_as_it_says),
		cmocka_unit_test(an_error_has_its_fields),
		cmocka_unit_test(a_status_follows_from_the_sqlstate),
		cmocka_unit_test(writes_a_reply),
		cmocka_unit_test(an_error_is_json_whatever_is_in_it),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
