/*-------------------------------------------------------------------------
 *
 * route_sql.c
 *		SQL that calls a route's function, or checks whether it may be called.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/route_sql.h"

#include "httpd/wire/wire.h"

/* The value of a parameter, in the type of its argument. */
static void
append_parameter(Buffer *sql, const Argument *argument, int number)
{
	bool record = argument->kind == KIND_RECORD;

	if (record)
		buffer_append_string(sql,
							 "(SELECT r.v FROM pg_catalog.json_to_record(");
	buffer_append_byte(sql, '$');
	buffer_append_uint(sql, (uint64_t) number);
	buffer_append_string(sql, record ? "::pg_catalog.json) AS r (v " : "::");
	buffer_append_string(sql, argument->type);
	if (record)
		buffer_append_string(sql, "))");
}

/* A literal that means the same whatever standard_conforming_strings is. */
static void
append_literal(Buffer *sql, const char *text)
{
	buffer_append_string(sql, "E'");
	for (; *text != '\0'; text++)
	{
		if (*text == '\'' || *text == '\\')
			buffer_append_byte(sql, *text);
		buffer_append_byte(sql, *text);
	}
	buffer_append_byte(sql, '\'');
}

/*
 * The condition that the name still means the route's function.  PostgreSQL
 * resolves the name when it prepares the statement, and again when the function
 * is dropped, replaced or renamed.  A new function has another OID, and may
 * have another type of result.
 */
static void
append_identity(Buffer *sql, const Route *route)
{
	buffer_append_string(sql, " WHERE ");
	append_literal(sql, route->function);
	buffer_append_string(sql, "::pg_catalog.regprocedure::pg_catalog.oid"
							  " OPERATOR(pg_catalog.=) ");
	buffer_append_uint(sql, route->oid);
	buffer_append_string(sql, "::pg_catalog.oid");
}

void
route_sql_call(Buffer *sql, const Route *route, uint64_t given)
{
	int parameter = 0;

	if (route->oid != 0)
		buffer_append_string(sql, "SELECT (");
	buffer_append_string(sql, route->call_start);
	for (int i = 0; i < route->argument_count; i++)
	{
		const Argument *argument = &route->arguments[i];

		if (!(given & (UINT64_C(1) << i)))
			continue;
		if (parameter > 0)
			buffer_append_string(sql, ", ");
		if (argument->name != NULL)
		{
			wire_identifier(sql, argument->name);
			buffer_append_string(sql, " => ");
		}
		append_parameter(sql, argument, ++parameter);
	}
	buffer_append_string(sql, route->call_end);
	if (route->oid != 0)
	{
		buffer_append_byte(sql, ')');
		append_identity(sql, route);
	}
	buffer_append_byte(sql, '\0');
}

void
route_sql_check(Buffer *sql, const Route *route)
{
	buffer_append_string(sql, "SELECT true");
	append_identity(sql, route);
	buffer_append_string(sql, " AND pg_catalog.has_function_privilege(");
	buffer_append_uint(sql, route->oid);
	buffer_append_string(sql, "::pg_catalog.oid, 'EXECUTE')");
	buffer_append_byte(sql, '\0');
}

void
route_sql_probe(Buffer *sql, const Route *route, uint64_t given)
{
	int parameter = 0;

	buffer_append_string(sql, "SELECT pg_catalog.num_nulls(");
	for (int i = 0; i < route->argument_count; i++)
	{
		if (!(given & (UINT64_C(1) << i)))
			continue;
		if (parameter > 0)
			buffer_append_string(sql, ", ");
		append_parameter(sql, &route->arguments[i], ++parameter);
	}
	buffer_append_byte(sql, ')');
	buffer_append_byte(sql, '\0');
}
