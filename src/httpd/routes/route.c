/*-------------------------------------------------------------------------
 *
 * route.c
 *		Routes: the functions that requests call, by method and path.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/route.h"

#include <stdlib.h>
#include <string.h>

/* A larger answer is not cached, as each worker has a cache. */
#define MAX_CACHED_BYTES (1024 * 1024)

/* A cached answer is sent for so long after its caller lost the right to it. */
#define CHECKED_MS 1000

RouteTable *
route_table_new(void)
{
	static uint64_t generations = 0;
	RouteTable *table = allocate(sizeof(RouteTable));

	table->references = 1;
	table->generation = ++generations;
	return table;
}

Route *
route_table_add(RouteTable *table)
{
	if (table->count == table->allocated)
	{
		int allocated = table->allocated ? table->allocated * 2 : 16;
		Route **routes = allocate(allocated * sizeof(Route *));

		if (table->count > 0)
			memcpy(routes, table->routes, table->count * sizeof(Route *));
		free(table->routes);
		table->routes = routes;
		table->allocated = allocated;
	}
	return table->routes[table->count++] = allocate(sizeof(Route));
}

static int
compare_routes(const void *a, const void *b)
{
	const Route *left = *(Route *const *) a;
	const Route *right = *(Route *const *) b;
	int paths = strcmp(left->path, right->path);

	return paths != 0 ? paths : strcmp(left->method, right->method);
}

void
route_table_finish(RouteTable *table)
{
	if (table->count > 0)
		qsort(table->routes, table->count, sizeof(Route *), compare_routes);
}

RouteTable *
route_table_hold(RouteTable *table)
{
	table->references++;
	return table;
}

static void
free_route(Route *route)
{
	for (int i = 0; i < route->argument_count; i++)
	{
		free(route->arguments[i].name);
		free(route->arguments[i].type);
	}
	if (route->cache != NULL)
		free(route->cache->body.data);
	free(route->cache);
	free(route->method);
	free(route->path);
	free(route->function);
	free(route->call_start);
	free(route->call_end);
	free(route->content_type);
	free(route->trouble);
	free(route);
}

void
route_table_release(RouteTable *table)
{
	if (--table->references > 0)
		return;
	for (int i = 0; i < table->count; i++)
		free_route(table->routes[i]);
	free(table->routes);
	free(table);
}

/* Index of the first route whose path is not less than path. */
static int
first_route(const RouteTable *table, const char *path, size_t length)
{
	int low = 0;
	int high = table->count;

	while (low < high)
	{
		int middle = (low + high) / 2;
		const char *found = table->routes[middle]->path;
		int order = strncmp(found, path, length);

		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
same_path(const Route *route, const char *path, size_t length)
{
	return strncmp(route->path, path, length) == 0 &&
		   route->path[length] == '\0';
}

const Route *
route_find(const RouteTable *table, const char *method, const char *path,
		   size_t length, bool *others)
{
	int at = first_route(table, path, length);

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	*others = false;
	for (; at < table->count && same_path(table->routes[at], path, length);
		 at++)
	{
		if (strcmp(table->routes[at]->method, method) == 0)
			return table->routes[at];
		*others = true;
	}
	return NULL;
}

static void
add_method(char *list, size_t size, const char *method)
{
	size_t length = strlen(list);

	if (length + strlen(method) + sizeof(", ") > size)
		return;
	strcpy(list + length, length > 0 ? ", " : "");
	strcat(list, method);
}

void
route_methods(const RouteTable *table, const char *path, size_t length,
			  char *list, size_t size)
{
	int at = first_route(table, path, length);

	*list = '\0';
	for (; at < table->count && same_path(table->routes[at], path, length);
		 at++)
	{
		add_method(list, size, table->routes[at]->method);
		if (strcmp(table->routes[at]->method, "GET") == 0)
			add_method(list, size, "HEAD");
	}
	add_method(list, size, "OPTIONS");
}

void
route_cache_store(const Route *route, const char *body, size_t length,
				  int64_t now)
{
	if (route->cache == NULL || length > MAX_CACHED_BYTES)
		return;
	buffer_reset(&route->cache->body, MAX_CACHED_BYTES);
	buffer_append(&route->cache->body, body, length);
	route->cache->until = now + (int64_t) route->max_age_seconds * 1000;
	route->cache->checked = now;
}

const Buffer *
route_cached(const Route *route, int64_t now)
{
	return route->cache != NULL && now < route->cache->until
			   ? &route->cache->body
			   : NULL;
}

bool
route_cache_is_checked(const Route *route, int64_t now)
{
	return now - route->cache->checked < CHECKED_MS;
}

void
route_cache_mark_checked(const Route *route, int64_t now)
{
	route->cache->checked = now;
}

void
route_cache_drop(const Route *route)
{
	if (route->cache != NULL)
		route->cache->until = 0;
}

int
route_cache_age(const Route *route, int64_t now)
{
	int64_t stored_at =
		route->cache->until - (int64_t) route->max_age_seconds * 1000;

	return now > stored_at ? (int) ((now - stored_at) / 1000) : 0;
}

ArgumentKind
route_argument_kind(const char *name)
{
	static const char *const names[] = { [KIND_TEXT] = "text",
										 [KIND_JSON] = "json",
										 [KIND_ARRAY] = "array",
										 [KIND_JSON_ARRAY] = "json array",
										 [KIND_RECORD] = "record" };

	_Static_assert(sizeof(names) / sizeof(names[0]) == KINDS,
				   "a kind has no name");
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(names[i], name) == 0)
			return (ArgumentKind) i;
	return KIND_TEXT;
}

uint64_t
route_required(const Route *route)
{
	uint64_t required = 0;

	for (int i = 0; i < route->argument_count; i++)
		if (!route->arguments[i].has_default)
			required |= UINT64_C(1) << i;
	return required;
}
