/*-------------------------------------------------------------------------
 *
 * sqlstate.c
 *		The HTTP status for an error of PostgreSQL.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/wire/sqlstate.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Statuses by the start of an SQLSTATE; the first match counts. */
static const struct
{
	const char *prefix;
	int status;
} statuses[] = {
	{ "22", 400 },	  /* data exception: an invalid value */
	{ "23514", 400 }, /* check violation */
	{ "P0001", 400 }, /* RAISE EXCEPTION */
	{ "23502", 409 }, /* not null violation */
	{ "23503", 409 }, /* foreign key violation */
	{ "23505", 409 }, /* unique violation */
	{ "23P01", 409 }, /* exclusion violation */
	{ "42501", 403 }, /* insufficient privilege */
	{ "P0002", 404 }, /* no data found */
	{ "25006", 405 }, /* read-only transaction */
	{ "57014", 504 }, /* query canceled: the statement timeout */
	{ "40001", 503 }, /* serialization failure */
	{ "40P01", 503 }, /* deadlock detected */
	{ "53", 503 },	  /* insufficient resources */
	{ "08", 503 },	  /* connection exception */
	{ "57P01", 503 }, /* admin shutdown */
	{ "57P02", 503 }, /* crash shutdown */
	{ "57P03", 503 }, /* cannot connect now */
};

int
sqlstate_status(const char *sqlstate)
{
	if (sqlstate_sets_status(sqlstate))
		return atoi(sqlstate + 2);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strncmp(sqlstate, statuses[i].prefix, strlen(statuses[i].prefix)) ==
			0)
			return statuses[i].status;
	return 500;
}

/* RAISE ... USING ERRCODE = 'PT404' */
bool
sqlstate_sets_status(const char *sqlstate)
{
	return strncmp(sqlstate, "PT", 2) == 0 &&
		   (sqlstate[2] == '4' || sqlstate[2] == '5') &&
		   strspn(sqlstate + 2, "0123456789") == 3;
}
