/* Unit tests of src/httpd/routes/route.c. */
#include "httpd/routes/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static Route *
add(RouteTable *table, const char *method, const char *path)
{
	Route *route = route_table_add(table);

	route->method = copy_string(method);
	route->path = copy_string(path);
	return route;
}

/* Some paths begin like others, and stand in no order. */
static RouteTable *
some_routes(void)
{
	RouteTable *table = route_table_new();

	add(table, "POST", "/item");
	add(table, "GET", "/items");
	add(table, "GET", "/");
	add(table, "GET", "/item");
	add(table, "DELETE", "/it");
	add(table, "GET", "/item/price");
	route_table_finish(table);
	return table;
}

static const char *
found(const RouteTable *table, const char *method, const char *path)
{
	bool others;
	const Route *route = route_find(table, method, path, strlen(path), &others);

	if (route != NULL)
		assert_string_equal(route->path, path);
	return route ? route->method : others ? "others" : "none";
}

static void
finds_a_route_by_method_and_whole_path(void **state)
{
	RouteTable *table = some_routes();

	(void) state;
	assert_string_equal(found(table, "GET", "/"), "GET");
	assert_string_equal(found(table, "GET", "/item"), "GET");
	assert_string_equal(found(table, "POST", "/item"), "POST");
	assert_string_equal(found(table, "HEAD", "/items"), "GET");
	assert_string_equal(found(table, "DELETE", "/it"), "DELETE");
	assert_string_equal(found(table, "GET", "/it"), "others");
	assert_string_equal(found(table, "PUT", "/item"), "others");
	assert_string_equal(found(table, "HEAD", "/it"), "others");
	assert_string_equal(found(table, "GET", "/ite"), "none");
	assert_string_equal(found(table, "GET", "/itemsx"), "none");
	assert_string_equal(found(table, "GET", ""), "none");
	assert_string_equal(found(table, "GET", "/zzz"), "none");
	route_table_release(table);
}

/* The target of a request goes on behind its path. */
static void
looks_at_no_more_than_the_length(void **state)
{
	RouteTable *table = some_routes();
	bool others;

	(void) state;
	assert_non_null(route_find(table, "GET", "/item?id=1", 5, &others));
	assert_null(route_find(table, "GET", "/item?id=1", 10, &others));
	route_table_release(table);
}

static void
an_empty_table_has_no_route(void **state)
{
	RouteTable *table = route_table_new();

	(void) state;
	route_table_finish(table);
	assert_string_equal(found(table, "GET", "/"), "none");
	route_table_release(table);
}

static void
lists_the_methods_of_a_path(void **state)
{
	RouteTable *table = some_routes();
	char list[128];

	(void) state;
	route_methods(table, "/item", 5, list, sizeof(list));
	assert_string_equal(list, "GET, HEAD, POST, OPTIONS");
	route_methods(table, "/it", 3, list, sizeof(list));
	assert_string_equal(list, "DELETE, OPTIONS");
	route_methods(table, "/item", 5, list, 12);
	assert_string_equal(list, "GET, HEAD");
	route_table_release(table);
}

static void
is_freed_with_its_last_holder(void **state)
{
	RouteTable *table = some_routes();

	(void) state;
	route_table_hold(table);
	route_table_release(table);
	assert_string_equal(found(table, "GET", "/"), "GET");
	route_table_release(table);
}

static void
an_argument_without_default_is_required(void **state)
{
	Route route = { .argument_count = 3,
					.arguments = { { "a", "text", true, KIND_TEXT },
								   { "b", "text", false, KIND_TEXT },
								   { "c", "text", false, KIND_TEXT } } };

	(void) state;
	assert_int_equal(route_required(&route), 6);
}

static void
keeps_an_answer_until_it_is_too_old(void **state)
{
	RouteCache cache = { 0 };
	Route route = { .max_age_seconds = 2, .cache = &cache };

	(void) state;
	assert_null(route_cached(&route, 0));
	route_cache_store(&route, "one", 3, 10000);
	assert_memory_equal(buffer_bytes(route_cached(&route, 11999)), "one", 3);
	assert_null(route_cached(&route, 12000));
	route_cache_store(&route, "", 0, 12000);
	assert_int_equal(buffer_length(route_cached(&route, 12000)), 0);
	free(cache.body.data);
}

static void
keeps_nothing_large_and_nothing_unasked(void **state)
{
	size_t size = 1024 * 1024;
	char *large = calloc(1, size + 1);
	RouteCache cache = { 0 };
	Route route = { .max_age_seconds = 2, .cache = &cache };
	Route other = { .max_age_seconds = 0 };

	(void) state;
	route_cache_store(&route, large, size + 1, 0);
	assert_null(route_cached(&route, 0));
	route_cache_store(&route, large, size, 0);
	assert_int_equal(buffer_length(route_cached(&route, 0)), size);
	route_cache_store(&other, "one", 3, 0);
	assert_null(route_cached(&other, 0));
	free(cache.body.data);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_route_by_method_and_whole_path),
		cmocka_unit_test(looks_at_no_more_than_the_length),
		cmocka_unit_test(an_empty_table_has_no_route),
		cmocka_unit_test(lists_the_methods_of_a_path),
		cmocka_unit_test(is_freed_with_its_last_holder),
		cmocka_unit_test(an_argument_without_default_is_required),
		cmocka_unit_test(keeps_an_answer_until_it_is_too_old),
		cmocka_unit_test(keeps_nothing_large_and_nothing_unasked),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
