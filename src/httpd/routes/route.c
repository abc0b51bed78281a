/*-------------------------------------------------------------------------
 *
 * route.c
 *		Routes: what a request for a method and a path calls.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/route.h"

#include <stdlib.h>
#include <string.h>

/* A larger answer is not kept: each worker has its own. */
#define LARGEST_KEPT (1024 * 1024)

/* An answer outlives the right to have it by no more than this. */
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
	if (table->count == table->room)
	{
		int room = table->room ? table->room * 2 : 16;
		Route **routes = allocate(room * sizeof(Route *));

		if (table->count > 0)
			memcpy(routes, table->routes, table->count * sizeof(Route *));
		free(table->routes);
		table->routes = routes;
		table->room = room;
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
	if (route->kept != NULL)
		free(route->kept->body.data);
	free(route->kept);
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

/* The first route whose path is not before this one. */
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
	/* Longer paths that begin like this one stand behind it. */
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
route_keep(const Route *route, const char *body, size_t length, int64_t now)
{
	if (route->kept == NULL || length > LARGEST_KEPT)
		return;
	buffer_reset(&route->kept->body, LARGEST_KEPT);
	buffer_append(&route->kept->body, body, length);
	route->kept->until = now + (int64_t) route->max_age_seconds * 1000;
	route->kept->checked = now;
}

const Buffer *
route_kept(const Route *route, int64_t now)
{
	return route->kept != NULL && now < route->kept->until ? &route->kept->body
														   : NULL;
}

bool
route_kept_checked(const Route *route, int64_t now)
{
	return now - route->kept->checked < CHECKED_MS;
}

void
route_keep_on(const Route *route, int64_t now)
{
	route->kept->checked = now;
}

void
route_drop_kept(const Route *route)
{
	if (route->kept != NULL)
		route->kept->until = 0;
}

int
route_kept_age(const Route *route, int64_t now)
{
	int64_t kept_at =
		route->kept->until - (int64_t) route->max_age_seconds * 1000;

	return now > kept_at ? (int) ((now - kept_at) / 1000) : 0;
}

ArgumentKind
route_argument_kind(const char *name)
{
	static const char *const names[] = { [KIND_TEXT] = "text",
										 [KIND_JSON] = "json",
										 [KIND_ARRAY] = "array",
										 [KIND_JSON_ARRAY] = "json array",
										 [KIND_RECORD] = "record" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
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
