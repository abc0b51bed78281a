/*-------------------------------------------------------------------------
 *
 * route_rows.c
 *		The rows of acu.route_info, checked, and the routes that they make.
 *
 * A buffer of rows has, for each column in turn, a byte that is 0 for NULL and
 * 1 for a value, and behind that the value with its NUL.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/route_rows.h"

#include "httpd/base/text.h"

#include <stdlib.h>
#include <string.h>

/* One row for each argument, and one for a route without any.  The function of
 * a built-in route cannot be replaced but with the extension: no OID needed. */
const char route_rows_query[] =
	"SELECT r.method, r.path, r.function, r.call_start, r.call_end,"
	" r.content_type, r.return_type, r.pipelined, r.builtin,"
	" r.volatility OPERATOR(pg_catalog.<>) 'volatile',"
	" r.returns_set, coalesce(r.max_age_seconds, 0), a.name, a.type, a.has_default,"
	" a.kind, r.trouble,"
	" CASE WHEN r.builtin THEN 0 ELSE acu_internal.find_function(r.function) END"
	" FROM acu.route_info AS r LEFT JOIN LATERAL ROWS FROM ("
	" pg_catalog.unnest(r.argument_names), pg_catalog.unnest(r.argument_types),"
	" pg_catalog.unnest(r.argument_defaults),"
	" pg_catalog.unnest(r.argument_kinds)) WITH ORDINALITY"
	" AS a (name, type, has_default, kind, at) ON true"
	" ORDER BY r.path, r.method, a.at";

/* Columns of the query, in its order. */
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
	ARGUMENT_NAME,
	ARGUMENT_TYPE,
	ARGUMENT_DEFAULT,
	ARGUMENT_KIND,
	TROUBLE,
	FUNCTION_OID,
	COLUMNS
};

#define MAX_AGE_SECONDS 86400

/* Copies the columns of a row, to be freed; false when their number is another,
 * or one is not text. */
static bool
copy_columns(const Message *message, char **fields)
{
	ColumnValue values[COLUMNS];

	if (!wire_read_row(message, values, COLUMNS))
		return false;
	for (int i = 0; i < COLUMNS; i++)
	{
		if (values[i].null)
			continue;
		if (!is_text(values[i].bytes, values[i].size))
			return false;
		fields[i] = copy_bytes(values[i].bytes, values[i].size);
	}
	return true;
}

static bool
is_number(const char *field, unsigned long max)
{
	size_t digits = strspn(field, "0123456789");

	return digits > 0 && digits <= 10 && field[digits] == '\0' &&
		   strtoul(field, NULL, 10) <= max;
}

/* Whether a text may stand in a header: without bytes that would end it. */
static bool
is_header_value(const char *field)
{
	for (; *field != '\0'; field++)
		if (*field < ' ' || *field > '~')
			return false;
	return true;
}

/* Whether a row has what a route needs; without a call_start its function is
 * missing, and the columns of the call are not needed. */
static bool
is_route(char *const *fields)
{
	if (fields[METHOD] == NULL || fields[PATH] == NULL ||
		fields[FUNCTION] == NULL || fields[PATH][0] != '/' ||
		fields[MAX_AGE] == NULL || !is_number(fields[MAX_AGE], MAX_AGE_SECONDS))
		return false;
	if (fields[CALL_START] == NULL)
		return true;
	return fields[CALL_END] != NULL && fields[RETURN_TYPE] != NULL &&
		   fields[FUNCTION_OID] != NULL &&
		   is_number(fields[FUNCTION_OID], UINT32_MAX) &&
		   (fields[CONTENT_TYPE] == NULL ||
			is_header_value(fields[CONTENT_TYPE]));
}

bool
route_rows_add(Buffer *rows, const Message *message)
{
	char *fields[COLUMNS] = { 0 };
	bool good = copy_columns(message, fields) && is_route(fields);

	for (int i = 0; i < COLUMNS; i++)
	{
		if (good)
			buffer_append_byte(rows, fields[i] != NULL);
		if (good && fields[i] != NULL)
			buffer_append(rows, fields[i], strlen(fields[i]) + 1);
		free(fields[i]);
	}
	return good;
}

bool
route_rows_are_same(const Buffer *a, const Buffer *b)
{
	return buffer_length(a) == buffer_length(b) &&
		   (buffer_length(a) == 0 ||
			memcmp(buffer_bytes(a), buffer_bytes(b), buffer_length(a)) == 0);
}

static char *
copy_field(const char *field)
{
	return field == NULL ? NULL : copy_string(field);
}

static bool
is_true(const char *field)
{
	return field != NULL && strcmp(field, "t") == 0;
}

static Route *
fill_route(RouteTable *table, const char *const *fields)
{
	Route *route = route_table_add(table);

	route->method = copy_field(fields[METHOD]);
	route->path = copy_field(fields[PATH]);
	route->function = copy_field(fields[FUNCTION]);
	route->call_start = copy_field(fields[CALL_START]);
	route->call_end = copy_field(fields[CALL_END]);
	route->content_type = copy_field(fields[CONTENT_TYPE]);
	route->trouble = copy_field(fields[TROUBLE]);
	route->pipelined = is_true(fields[PIPELINED]);
	route->builtin = is_true(fields[BUILTIN]);
	route->repeatable = is_true(fields[REPEATABLE]);
	route->max_age_seconds = atoi(fields[MAX_AGE]);
	if (route->max_age_seconds > 0)
		route->cache = allocate(sizeof(RouteCache));
	if (route->call_start == NULL)
		return route;
	route->oid = (uint32_t) strtoul(fields[FUNCTION_OID], NULL, 10);
	route->binary = !is_true(fields[RETURNS_SET]) &&
					strcmp(fields[RETURN_TYPE], "bytea") == 0;
	return route;
}

/* Adds an argument.  A function with too many, of which PostgreSQL allows 100,
 * is treated as missing. */
static void
fill_argument(Route *route, const char *const *fields)
{
	Argument *argument;

	if (route->argument_count == MAX_ARGUMENTS)
	{
		free(route->call_start);
		route->call_start = NULL;
		return;
	}
	argument = &route->arguments[route->argument_count++];
	argument->name = copy_field(fields[ARGUMENT_NAME]);
	argument->type = copy_field(fields[ARGUMENT_TYPE]);
	argument->has_default = is_true(fields[ARGUMENT_DEFAULT]);
	argument->kind = route_argument_kind(
		fields[ARGUMENT_KIND] != NULL ? fields[ARGUMENT_KIND] : "");
}

RouteTable *
route_rows_table(const Buffer *rows)
{
	RouteTable *table = route_table_new();
	Route *route = NULL;
	size_t length = buffer_length(rows);
	const char *at = length > 0 ? buffer_bytes(rows) : "";
	const char *end = at + length;

	while (at < end)
	{
		const char *fields[COLUMNS] = { 0 };

		for (int i = 0; i < COLUMNS; i++)
			if (*at++ != 0)
			{
				fields[i] = at;
				at += strlen(at) + 1;
			}
		if (route == NULL || strcmp(route->method, fields[METHOD]) != 0 ||
			strcmp(route->path, fields[PATH]) != 0)
			route = fill_route(table, fields);
		if (fields[ARGUMENT_TYPE] != NULL)
			fill_argument(route, fields);
	}
	route_table_finish(table);
	return table;
}
