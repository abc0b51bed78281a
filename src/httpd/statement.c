/*-------------------------------------------------------------------------
 *
 * statement.c
 *		Prepared statements: one for each route and set of given arguments.
 *
 * Owns the cache, of this process: sets of four slots; what has not been used
 * for longest makes room.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/statement.h"

#include <stdio.h>

#define WAYS 4
#define SETS (STATEMENT_SLOTS / WAYS)

typedef struct Statement
{
	uint64_t serial;	 /* 0: the slot is empty */
	uint64_t generation; /* of the route's table */
	const Route *route;	 /* compared, never followed */
	uint64_t given;
	uint64_t used;
} Statement;

static Statement statements[STATEMENT_SLOTS];
static uint64_t serials = 0;
static uint64_t uses = 0;

static int first_slot(const Route *route, uint64_t given);

int
statement_find(const RouteTable *table, const Route *route, uint64_t given,
			   uint64_t *serial)
{
	int first = first_slot(route, given);
	int oldest = first;

	for (int slot = first; slot < first + WAYS; slot++)
	{
		Statement *statement = &statements[slot];

		if (statement->serial != 0 && statement->route == route &&
			statement->given == given &&
			statement->generation == table->generation)
		{
			statement->used = ++uses;
			*serial = statement->serial;
			return slot;
		}
		if (statement->used < statements[oldest].used)
			oldest = slot;
	}

	statements[oldest] = (Statement){ .serial = ++serials,
									  .generation = table->generation,
									  .route = route,
									  .given = given,
									  .used = ++uses };
	*serial = statements[oldest].serial;
	return oldest;
}

void
statement_name(int slot, char *name)
{
	snprintf(name, STATEMENT_NAME_SIZE, "acu%d", slot);
}

static int
first_slot(const Route *route, uint64_t given)
{
	uint64_t hash = ((uintptr_t) route >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ given) * UINT64_C(0x9e3779b97f4a7c15);
	return (int) (hash >> 58) % SETS * WAYS;
}
