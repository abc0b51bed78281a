/* Unit tests of src/httpd/routes/route_sql.c. */
#include "httpd/routes/route_sql.h"

#include "bytes.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_call_with_the_arguments_that_are_given),
		cmocka_unit_test(writes_a_record_as_what_json_becomes),
		cmocka_unit_test(writes_a_probe_that_only_reads_the_values),
		cmocka_unit_test(calls_no_other_function_than_that_of_the_route),
	};

	return cmocka_run_group_tests_name("route_sql", tests, NULL, NULL);
}
