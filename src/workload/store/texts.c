/*-------------------------------------------------------------------------
 *
 * texts.c
 *		The texts of queries in the history, with the names of their role and
 *		database: acu.query.
 *
 * Owns no data in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/store/texts.h"

#include "backend/settings.h"
#include "backend/spi.h"

#define MAX_TEXTS 20000

void
texts_add(const StatementKey *key, const char *query, TimestampTz at)
{
	Parameters p = { 0 };

	add_oid(&p, key->userid);
	add_oid(&p, key->dbid);
	add_bigint(&p, true, key->queryid);
	add_text(&p, query);
	add_time(&p, at);
	add_boolean(&p, key->toplevel);
	/* The entry of a nested statement may have a part of the text only, so that
	 * it does not replace one that is there. */
	owned_write(
		"query",
		"INSERT INTO acu.query AS q"
		" (userid, dbid, queryid, query, last_seen, user_name, database_name)"
		" VALUES ($1, $2, $3, $4, $5,"
		" (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = $1),"
		" (SELECT datname FROM pg_catalog.pg_database WHERE oid = $2))"
		" ON CONFLICT (userid, dbid, queryid) DO UPDATE"
		" SET query = CASE WHEN $6 OR q.query IS NULL"
		" THEN coalesce(excluded.query, q.query) ELSE q.query END,"
		" last_seen = excluded.last_seen,"
		" user_name = coalesce(excluded.user_name, q.user_name),"
		" database_name = coalesce(excluded.database_name, q.database_name)",
		&p);
}

void
texts_forget(void)
{
	owned_write("query",
				"UPDATE acu.query SET query = NULL WHERE query IS NOT NULL",
				NULL);
}

bool
texts_forget_unused(const char *recent)
{
	Parameters p = { 0 };

	owned_write(
		"query",
		psprintf(
			"UPDATE acu.query AS q SET last_seen = r.at FROM"
			" (SELECT userid, dbid, queryid, max(at) AS at"
			" FROM ONLY acu_internal.%s GROUP BY 1, 2, 3) AS r"
			" WHERE (q.userid, q.dbid, q.queryid) = (r.userid, r.dbid, r.queryid)",
			recent),
		NULL);
	add_float(&p, true,
			  2 * 60.0 * (acu_query_retention + acu_query_hour_retention));
	add_integer(&p, true, MAX_TEXTS);
	return owned_write(
			   "query",
			   "DELETE FROM acu.query WHERE last_seen < now() - make_interval(secs => $1)"
			   " OR last_seen < (SELECT last_seen FROM acu.query"
			   " ORDER BY last_seen DESC OFFSET $2 LIMIT 1)",
			   &p) > 0;
}
