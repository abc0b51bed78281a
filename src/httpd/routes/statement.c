/*-------------------------------------------------------------------------
 *
 * statement.c
 *		Prepared statements: one for each route and set of given arguments.
 *
 * Owns the cache of this process: sets of four slots, in each of which the
 * least recently used statement is replaced.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/statement.h"

#include "httpd/routes/route_sql.h"
#include "httpd/wire/wire.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4
#define SETS (STATEMENT_SLOTS / WAYS)
_Static_assert(SETS *WAYS == STATEMENT_SLOTS, "sets must be whole");

/* Bytes of the text's SHA-256 in a name: enough that no two texts share it. */
#define NAME_BYTES 16

typedef struct Statement
{
	uint64_t generation; /* of the route's table; 0: the slot is empty */
	const Route *route;	 /* compared only: it may have been freed */
	uint64_t given;
	uint64_t used; /* value of uses at the last use */
	char name[STATEMENT_NAME_SIZE];
} Statement;

static Statement statements[STATEMENT_SLOTS];
static uint64_t uses = 0;

/* The first slot of the set that a statement belongs to. */
static int
first_slot(const Route *route, uint64_t given)
{
	uint64_t hash = ((uintptr_t) route >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ given) * UINT64_C(0x9e3779b97f4a7c15);
	return (int) ((hash >> 32) % SETS) * WAYS;
}

int
statement_find(const RouteTable *table, const Route *route, uint64_t given,
			   const char **name)
{
	int first = first_slot(route, given);
	int oldest = first;
	Buffer sql = { 0 };

	for (int slot = first; slot < first + WAYS; slot++)
	{
		Statement *statement = &statements[slot];

		if (statement->route == route && statement->given == given &&
			statement->generation == table->generation)
		{
			statement->used = ++uses;
			*name = statement->name;
			return slot;
		}
		if (statement->used < statements[oldest].used)
			oldest = slot;
	}

	statements[oldest] = (Statement){ .generation = table->generation,
									  .route = route,
									  .given = given,
									  .used = ++uses };
	statement_text(&sql, route, given);
	statement_name(buffer_bytes(&sql), statements[oldest].name);
	free(sql.data);
	*name = statements[oldest].name;
	return oldest;
}

void
statement_text(Buffer *sql, const Route *route, uint64_t given)
{
	if (given == STATEMENT_CHECK)
		route_sql_check(sql, route);
	else
		route_sql_call(sql, route, given);
}

void
statement_bind(Buffer *out, const char *name, const Arguments *arguments,
			   bool binary)
{
	size_t begun;
	int count = 0;

	for (uint64_t left = arguments->given; left != 0; left &= left - 1)
		count++;
	begun = wire_bind_begin(out, name, count);
	for (int i = 0; i < arguments->route->argument_count; i++)
	{
		const Value *value = &arguments->values[i];

		if (!(arguments->given & (UINT64_C(1) << i)))
			continue;
		if (value->null)
			wire_bind_null(out);
		else
			wire_bind_value(out, buffer_bytes(&arguments->bytes) + value->at,
							value->length);
	}
	wire_bind_end(out, begun, binary);
}

void
statement_name(const char *sql, char name[STATEMENT_NAME_SIZE])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	int length = snprintf(name, STATEMENT_NAME_SIZE, "acu_");

	SHA256((const unsigned char *) sql, strlen(sql), hash);
	for (int i = 0; i < NAME_BYTES; i++)
		length += snprintf(name + length, STATEMENT_NAME_SIZE - length, "%02x",
						   hash[i]);
}
