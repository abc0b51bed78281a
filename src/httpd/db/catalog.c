/*-------------------------------------------------------------------------
 *
 * catalog.c
 *		The routes: read from acu.route_info, and read again when the database
 *		says that they have changed.
 *
 * Owns the routes, and the connection that reads them.  It listens for changes;
 * where it may not listen, as on a standby or behind a connection pooler, it
 * reads the routes every few seconds.  They stay in use while the database is
 * out of reach.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/catalog.h"

#include "httpd/base/log.h"
#include "httpd/db/connect.h"
#include "httpd/db/query_connection.h"
#include "httpd/routes/route_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 5000
#define CHECK_MS 30000 /* where notifications come: to see whether they can */
#define READ_MS 1000   /* between two reads, whoever asks for them */
#define MAX_ROWS_BYTES (64 * 1024 * 1024)

/* Between two reads that arguments which do not fit ask for. */
#define MIN_SPARING_MS 1000
#define MAX_SPARING_MS 30000

/* Which process answers, and the login role if it is a superuser: the current
 * role may be another, and every session can return to that of the login. */
static const char first_query[] =
	"SELECT 'p' OPERATOR(pg_catalog.||) pg_catalog.pg_backend_pid()::text"
	" UNION ALL SELECT 'r' OPERATOR(pg_catalog.||) rolname::text"
	" FROM pg_catalog.pg_roles"
	" WHERE rolname OPERATOR(pg_catalog.=) session_user AND rolsuper";

/* Size of a row of first_query: a letter and a number or a name. */
#define FIRST_ROW_SIZE 80

typedef enum CatalogState
{
	CATALOG_DISCONNECTED, /* until catalog_reconnect */
	CATALOG_DOWN,		  /* connects again at due */
	CATALOG_CONNECTING,
	CATALOG_ASKING,	   /* first_query is under way */
	CATALOG_SETTING,   /* the settings of the session are */
	CATALOG_LISTENING, /* LISTEN is */
	CATALOG_READING,   /* route_rows_query is */
	CATALOG_IDLE	   /* reads again at due */
} CatalogState;

typedef struct Catalog
{
	const Loop *loop;
	bool primary;
	RoutesChanged changed;
	void *owner;
	CatalogState state;
	QueryConnection connection;
	bool listens;
	bool pooled;	/* behind a pooler: nothing can be listened for */
	bool denied;	/* the routes are missing or not readable; they may come */
	bool outdated;	/* the routes have changed since they were last read */
	bool failed;	/* an error has ended the query */
	bool reachable; /* see catalog_is_reachable() */
	bool known;		/* see catalog_is_known() */
	bool tried;		/* see catalog_is_tried() */
	int failures;	/* to connect, in a row */
	int64_t due;	/* when to connect or to read again */
	int64_t asked;	/* when the routes were last asked for */
	int64_t sparing_again; /* when catalog_reread_sparingly may read them */
	int64_t sparing_ms;	   /* how long after the last time that is */
	LogLimit trouble_lines;
	char *trouble;	   /* why there are no routes; or NULL */
	Buffer rows;	   /* what has come of the routes */
	Buffer used;	   /* the rows that the routes in use were made of */
	RouteTable *table; /* the routes in use */
} Catalog;

RouteTable *
catalog_routes(const Catalog *catalog)
{
	return catalog->table;
}

bool
catalog_is_known(const Catalog *catalog)
{
	return catalog->known;
}

bool
catalog_is_tried(const Catalog *catalog)
{
	return catalog->tried;
}

bool
catalog_is_reachable(const Catalog *catalog)
{
	return catalog->reachable;
}

const char *
catalog_trouble(const Catalog *catalog)
{
	return catalog->trouble;
}

/* Writes to the log, but seldom while a trouble lasts. */
static void
log_trouble(Catalog *catalog, const char *message, const char *error,
			const char *hint)
{
	int left_out;

	if (log_may_write(&catalog->trouble_lines, catalog->loop->now, &left_out))
		log_error(message, "error", error, "hint", hint);
}

/* Sends a query; state says what to do with its rows and its end. */
static void
send_query(Catalog *catalog, const char *sql, CatalogState state)
{
	catalog->state = state;
	catalog->failed = false;
	query_send(&catalog->connection, sql);
}

/* Asks for the routes; take_row() and take_next_step() take the answer. */
static void
read_routes(Catalog *catalog)
{
	catalog->asked = catalog->loop->now;
	catalog->outdated = false;
	buffer_reset(&catalog->rows, 0);
	send_query(catalog, route_rows_query, CATALOG_READING);
}

void
catalog_tick(Catalog *catalog)
{
	query_tick(&catalog->connection);
	if (catalog->loop->now < catalog->due)
		return;
	if (catalog->state == CATALOG_DOWN)
	{
		catalog->state = CATALOG_CONNECTING;
		query_connect(&catalog->connection, catalog->primary);
	}
	else if (catalog->state == CATALOG_IDLE)
		read_routes(catalog);
}

void
catalog_disconnect(Catalog *catalog)
{
	query_close(&catalog->connection);
	catalog->state = CATALOG_DISCONNECTED;
}

void
catalog_reconnect(Catalog *catalog)
{
	if (catalog->state != CATALOG_DISCONNECTED)
		return;
	catalog->state = CATALOG_DOWN;
	catalog->due = 0;
	catalog_tick(catalog);
}

/* Reads idle routes at once, or when the last read is long enough ago. */
static void
read_soon(Catalog *catalog)
{
	if (catalog->due > catalog->asked + READ_MS)
		catalog->due = catalog->asked + READ_MS;
	catalog_tick(catalog);
}

void
catalog_reread(Catalog *catalog)
{
	catalog->outdated = true; /* for later, if a query is under way now */
	if (catalog->state == CATALOG_IDLE)
		read_soon(catalog);
}

void
catalog_reread_sparingly(Catalog *catalog)
{
	int64_t now = catalog->loop->now;

	if (now < catalog->sparing_again)
		return;
	if (now > catalog->sparing_again + MAX_SPARING_MS)
		catalog->sparing_ms = MIN_SPARING_MS;
	else if (catalog->sparing_ms < MAX_SPARING_MS)
		catalog->sparing_ms *= 2;
	catalog->sparing_again = now + catalog->sparing_ms;
	catalog_reread(catalog);
}

/* Puts a table, which becomes the catalog's, in the place of the one in use. */
static void
use_routes(Catalog *catalog, RouteTable *table)
{
	RouteTable *old = catalog->table;

	catalog->table = table;
	catalog->sparing_again = 0;
	catalog->changed(catalog->owner, table);
	route_table_release(old);
}

/* Logs each trouble that the routes did not have before. */
static void
log_troubles(const RouteTable *before, const RouteTable *table)
{
	for (int i = 0; i < table->count; i++)
	{
		const Route *route = table->routes[i];
		const Route *old;
		bool others;

		if (route->trouble == NULL)
			continue;
		old = route_find(before, route->method, route->path,
						 strlen(route->path), &others);
		if (old == NULL || old->trouble == NULL ||
			strcmp(old->trouble, route->trouble) != 0)
			log_error("requests for a route cannot all be answered", "method",
					  route->method, "path", route->path, "function",
					  route->function, "reason", route->trouble);
	}
}

/* Uses the routes that have been read, unless they are the same: statements and
 * cached answers of those in use are lost with them. */
static void
take_routes(Catalog *catalog)
{
	RouteTable *table;

	free(catalog->trouble);
	catalog->trouble = NULL;
	catalog->reachable = catalog->known = catalog->tried = true;
	catalog->trouble_lines.used = 0;
	if (!catalog->denied && route_rows_are_same(&catalog->rows, &catalog->used))
		return;
	table = route_rows_table(&catalog->rows);
	log_troubles(catalog->table, table);
	catalog->denied = false;
	free(catalog->used.data);
	catalog->used = catalog->rows;
	memset(&catalog->rows, 0, sizeof(Buffer));
	use_routes(catalog, table);
}

/* Uses no routes where the extension or the privilege to read them is missing;
 * after any other error, which is one of the moment, they stay as they are. */
static void
take_routes_error(Catalog *catalog, const ServerError *error)
{
	bool missing = strcmp(error->sqlstate, "42P01") == 0 ||
				   strcmp(error->sqlstate, "3F000") == 0;
	bool denied = strcmp(error->sqlstate, "42501") == 0;

	if (!missing && !denied)
	{
		query_lose(&catalog->connection, error->message);
		return;
	}
	catalog->reachable = catalog->known = catalog->tried = true;
	catalog->denied = true;
	free(catalog->trouble);
	catalog->trouble = copy_string(
		missing
			? "The database has no extension pg_acu: run CREATE EXTENSION pg_acu CASCADE."
			: "The routes cannot be read: run SELECT acu.grant_http(...) for the role of the server.");
	log_trouble(catalog, "cannot read the routes; will keep trying",
				error->message, catalog->trouble);
	buffer_reset(&catalog->used, 0);
	use_routes(catalog, route_table_new());
}

/* Sets up a session of our own: what the role or the database sets must not end
 * it. */
static void
send_settings(Catalog *catalog)
{
	long long limit = (long long) catalog->loop->config->statement_timeout;
	char sql[128];

	snprintf(sql, sizeof(sql),
			 "SET statement_timeout = %lld; SET search_path = pg_catalog%s",
			 limit,
			 PQserverVersion(catalog->connection.libpq) >= 140000
				 ? "; SET idle_session_timeout = 0"
				 : "");
	send_query(catalog, sql, CATALOG_SETTING);
}

/* Waits until a notification comes or the routes are due: something on the way
 * may have dropped the connection, which would then say nothing. */
static void
become_idle(Catalog *catalog)
{
	bool told = catalog->listens && !catalog->denied;

	catalog->state = CATALOG_IDLE;
	catalog->due = catalog->loop->now + (told ? CHECK_MS : POLL_MS);
	if (catalog->outdated)
		read_soon(catalog);
}

/* Takes the number of the process that answers: behind a pooler it is another
 * one than that which the connection began with. */
static void
take_process(Catalog *catalog, const char *number)
{
	bool known = catalog->pooled;

	catalog->listens = false;
	catalog->pooled = atoi(number) != PQbackendPID(catalog->connection.libpq);
	if (catalog->pooled && !known)
		log_info("the database is behind a connection pooler: changed routes "
				 "are noticed within five seconds");
}

/* QueryEvents.begun */
static void
ask_first(void *owner)
{
	Catalog *catalog = owner;

	catalog->failures = 0;
	send_query(catalog, first_query, CATALOG_ASKING);
}

/* QueryEvents.row */
static bool
take_row(void *owner, const Message *row)
{
	Catalog *catalog = owner;
	char answer[FIRST_ROW_SIZE];
	ColumnValue value;

	if (catalog->state == CATALOG_READING)
		return route_rows_add(&catalog->rows, row) &&
			   buffer_length(&catalog->rows) <= MAX_ROWS_BYTES;
	if (catalog->state != CATALOG_ASKING || !wire_read_value(row, &value) ||
		value.size < 2 || value.size >= sizeof(answer))
		return false;
	memcpy(answer, value.bytes, value.size);
	answer[value.size] = '\0';
	if (*answer == 'r')
		connect_refuse_superuser(catalog->loop->config, answer + 1);
	else
		take_process(catalog, answer + 1);
	return true;
}

/* QueryEvents.failed: where LISTEN fails, the routes are polled. */
static void
take_error(void *owner, const ServerError *error)
{
	Catalog *catalog = owner;

	catalog->failed = true;
	if (catalog->state == CATALOG_READING)
		take_routes_error(catalog, error);
	else if (catalog->state != CATALOG_LISTENING)
		query_lose(&catalog->connection, error->message);
}

/* QueryEvents.done */
static void
take_next_step(void *owner)
{
	Catalog *catalog = owner;

	switch (catalog->state)
	{
		case CATALOG_ASKING:
			if (catalog->pooled)
				read_routes(catalog);
			else
				send_settings(catalog);
			break;
		case CATALOG_SETTING:
			send_query(catalog, "LISTEN pg_acu_route", CATALOG_LISTENING);
			break;
		case CATALOG_LISTENING:
			catalog->listens = !catalog->failed;
			read_routes(catalog);
			break;
		default:
			if (!catalog->failed)
				take_routes(catalog);
			become_idle(catalog);
			break;
	}
}

/* QueryEvents.notified */
static void
note_change(void *owner)
{
	Catalog *catalog = owner;

	catalog->outdated = true;
}

/* QueryEvents.settled: one read answers all notifications that came at a time.
 */
static void
heed_changes(void *owner)
{
	Catalog *catalog = owner;

	if (catalog->outdated && catalog->state == CATALOG_IDLE)
		read_soon(catalog);
}

/* QueryEvents.lost */
static void
try_again_later(void *owner, bool connecting, const char *reason)
{
	Catalog *catalog = owner;

	log_trouble(catalog,
				connecting ? "cannot connect to the database; will keep trying"
						   : "lost the connection that reads the routes",
				reason, "");
	catalog->reachable = false;
	catalog->tried = true;
	catalog->state = CATALOG_DOWN;
	catalog->due = catalog->loop->now + connect_backoff(++catalog->failures);
}

Catalog *
catalog_new(const Loop *loop, bool primary, RoutesChanged changed, void *owner)
{
	static const QueryEvents events = {
		.begun = ask_first,
		.row = take_row,
		.failed = take_error,
		.done = take_next_step,
		.notified = note_change,
		.settled = heed_changes,
		.lost = try_again_later,
	};
	Catalog *catalog = allocate(sizeof(Catalog));

	catalog->loop = loop;
	catalog->primary = primary;
	catalog->changed = changed;
	catalog->owner = owner;
	catalog->state = CATALOG_DOWN;
	catalog->connection.loop = loop;
	catalog->connection.events = &events;
	catalog->connection.owner = catalog;
	catalog->asked = -READ_MS;
	catalog->trouble_lines = (LogLimit) LOG_LASTING_TROUBLE;
	catalog->trouble = copy_string("The database has not been reached yet.");
	catalog->table = route_table_new();
	return catalog;
}
