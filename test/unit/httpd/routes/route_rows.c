/* Unit tests of src/httpd/routes/route_rows.c. */
#include "httpd/routes/route_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COLUMNS 18

/* The columns of route_rows_query. */
enum
{
	METHOD,
	PATH,
	FUNCTION,
	CALL_START,
	CALL_END,
	CONTENT_TYPE,
	RETURN_TYPE,
	PIPELINED,
	BUILTIN,
	REPEATABLE,
	RETURNS_SET,
	MAX_AGE,
	NAME,
	TYPE,
	HAS_DEFAULT,
	KIND,
	TROUBLE,
	OID
};

typedef struct Row
{
	const char *columns[COLUMNS];
} Row;

static const Row good = { { "GET", "/x", "f(text)", "SELECT f(", ")",
							"application/json", "json", "t", "f", "t", "f", "0",
							"a", "text", "f", "text", NULL, "7" } };

static Buffer rows;

static int
empty_rows(void **state)
{
	(void) state;
	buffer_reset(&rows, 0);
	return 0;
}

/* Adds a row of so many columns, as the server sends it. */
static bool
add_row(const Row *row, int columns)
{
	Buffer body = { 0 };
	Message message = { .kind = 'D' };
	bool added;

	buffer_append_int16(&body, (int16_t) columns);
	for (int i = 0; i < columns; i++)
	{
		const char *value = row->columns[i];

		buffer_append_int32(&body, value ? (int32_t) strlen(value) : -1);
		if (value != NULL)
			buffer_append_string(&body, value);
	}
	message.body = buffer_bytes(&body);
	message.size = buffer_length(&body);
	added = route_rows_add(&rows, &message);
	free(body.data);
	return added;
}

/* The good row with another value in a column. */
static Row
good_but(int column, const char *value)
{
	Row row = good;

	row.columns[column] = value;
	return row;
}

static bool
is_taken(int column, const char *value)
{
	Row row = good_but(column, value);

	return add_row(&row, COLUMNS);
}

static const Route *
find(RouteTable *table, const char *method, const char *path)
{
	bool others;

	return route_find(table, method, path, strlen(path), &others);
}

static void
rows_of_a_route_are_its_arguments(void **state)
{
	Row second = good_but(NAME, "b\"c");
	Row other = good_but(METHOD, "POST");
	RouteTable *table;
	const Route *route;

	(void) state;
	second.columns[TYPE] = "s.row[]";
	second.columns[HAS_DEFAULT] = "t";
	second.columns[KIND] = "json array";
	other.columns[NAME] = other.columns[TYPE] = NULL;
	assert_true(add_row(&good, COLUMNS));
	assert_true(add_row(&second, COLUMNS));
	assert_true(add_row(&other, COLUMNS));
	table = route_rows_table(&rows);
	assert_int_equal(table->count, 2);
	route = find(table, "GET", "/x");
	assert_string_equal(route->function, "f(text)");
	assert_int_equal(route->oid, 7);
	assert_string_equal(route->call_start, "SELECT f(");
	assert_string_equal(route->call_end, ")");
	assert_string_equal(route->content_type, "application/json");
	assert_null(route->trouble);
	assert_true(route->pipelined && route->repeatable);
	assert_false(route->builtin || route->binary);
	assert_null(route->cache);
	assert_int_equal(route->argument_count, 2);
	assert_string_equal(route->arguments[0].name, "a");
	assert_false(route->arguments[0].has_default);
	assert_string_equal(route->arguments[1].name, "b\"c");
	assert_string_equal(route->arguments[1].type, "s.row[]");
	assert_true(route->arguments[1].has_default);
	assert_int_equal(route->arguments[1].kind, KIND_JSON_ARRAY);
	assert_int_equal(find(table, "POST", "/x")->argument_count, 0);
	route_table_release(table);
}

static void
bytes_and_ages_are_known(void **state)
{
	RouteTable *table;
	Row set = good_but(RETURN_TYPE, "bytea");

	(void) state;
	assert_true(is_taken(RETURN_TYPE, "bytea"));
	set.columns[PATH] = "/y";
	set.columns[RETURNS_SET] = "t";
	set.columns[MAX_AGE] = "60";
	assert_true(add_row(&set, COLUMNS));
	table = route_rows_table(&rows);
	assert_true(find(table, "GET", "/x")->binary);
	assert_false(find(table, "GET", "/y")->binary);
	assert_int_equal(find(table, "GET", "/y")->max_age_seconds, 60);
	assert_non_null(find(table, "GET", "/y")->cache);
	route_table_release(table);
}

static void
a_route_without_a_function_is_a_route(void **state)
{
	Row missing = { { "GET", "/x", "f(text)", [MAX_AGE] = "0" } };
	RouteTable *table;

	(void) state;
	assert_true(add_row(&missing, COLUMNS));
	table = route_rows_table(&rows);
	assert_null(find(table, "GET", "/x")->call_start);
	route_table_release(table);
}

static void
too_many_arguments_leave_no_function(void **state)
{
	RouteTable *table;

	(void) state;
	for (int i = 0; i < MAX_ARGUMENTS; i++)
		assert_true(add_row(&good, COLUMNS));
	table = route_rows_table(&rows);
	assert_non_null(find(table, "GET", "/x")->call_start);
	route_table_release(table);
	for (int i = 0; i < 3; i++)
		assert_true(add_row(&good, COLUMNS));
	table = route_rows_table(&rows);
	assert_null(find(table, "GET", "/x")->call_start);
	assert_int_equal(find(table, "GET", "/x")->argument_count, MAX_ARGUMENTS);
	route_table_release(table);
}

static void
wrong_rows_are_refused_and_leave_nothing(void **state)
{
	static const int needed[] = { METHOD,	   PATH,	FUNCTION, CALL_END,
								  RETURN_TYPE, MAX_AGE, OID };

	(void) state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		assert_false(is_taken(needed[i], NULL));
	assert_false(add_row(&good, COLUMNS - 1));
	assert_false(is_taken(PATH, "x"));
	assert_false(is_taken(PATH, "/\xff"));
	assert_false(is_taken(MAX_AGE, "-1"));
	assert_false(is_taken(MAX_AGE, "86401"));
	assert_false(is_taken(MAX_AGE, "99999999999"));
	assert_false(is_taken(OID, "x"));
	assert_false(is_taken(OID, "4294967296"));
	assert_false(is_taken(CONTENT_TYPE, "a\r\nb: c"));
	assert_false(is_taken(CONTENT_TYPE, "\xc3\xa4"));
	assert_false(is_taken(CONTENT_TYPE, "a\x7f"));
	assert_int_equal(buffer_length(&rows), 0);
	assert_true(is_taken(CONTENT_TYPE, NULL));
	assert_true(is_taken(MAX_AGE, "86400"));
	assert_true(is_taken(OID, "4294967295"));
}

static void
rows_are_compared(void **state)
{
	Buffer before = { 0 };

	(void) state;
	assert_true(route_rows_are_same(&rows, &before));
	assert_true(add_row(&good, COLUMNS));
	assert_false(route_rows_are_same(&rows, &before));
	buffer_append(&before, buffer_bytes(&rows), buffer_length(&rows));
	assert_true(route_rows_are_same(&rows, &before));
	buffer_reset(&rows, 0);
	assert_true(is_taken(OID, "8"));
	assert_false(route_rows_are_same(&rows, &before));
	free(before.data);
}

static void
no_rows_make_an_empty_table(void **state)
{
	RouteTable *table = route_rows_table(&rows);

	(void) state;
	assert_int_equal(table->count, 0);
	route_table_release(table);
}

int
main(void)
{
#define test(name) cmocka_unit_test_teardown(name, empty_rows)
	const struct CMUnitTest tests[] = {
		test(rows_of_a_route_are_its_arguments),
		test(bytes_and_ages_are_known),
		test(a_route_without_a_function_is_a_route),
		test(too_many_arguments_leave_no_function),
		test(wrong_rows_are_refused_and_leave_nothing),
		test(rows_are_compared),
		test(no_rows_make_an_empty_table),
	};

	return cmocka_run_group_tests_name("route_rows", tests, NULL, NULL);
}
