/*-------------------------------------------------------------------------
 *
 * catalog.c
 *		The worker's own connection: it reads acu.route_info.
 *
 * Owns the connection.  It listens for changes of the routes; where it may not
 * listen, as on a standby, it reads them every few seconds.  What it has read
 * stays in use while the database is out of reach.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/catalog.h"

#include "httpd/buffer.h"
#include "httpd/connect.h"
#include "httpd/log.h"

#include <stdlib.h>
#include <string.h>

#define POLL_MS 5000
#define CHECK_MS 30000 /* where notifications come: to see whether they can */
#define DOUBT_MS 1000  /* between two reads that failed calls ask for */
#define COMPLAIN_MS 30000 /* between two log lines of one lasting trouble */

/* One row an argument, and one row for a route without any. */
static const char read_routes[] =
	"SELECT r.method, r.path, r.function, r.call_start, r.call_end,"
	" r.content_type, r.return_type, r.pipelined, r.builtin,"
	" r.volatility OPERATOR(pg_catalog.<>) 'volatile',"
	" r.returns_set, coalesce(r.max_age_seconds, 0), a.name, a.type, a.has_default,"
	" a.kind, r.trouble"
	" FROM acu.route_info AS r LEFT JOIN LATERAL ROWS FROM ("
	" pg_catalog.unnest(r.argument_names), pg_catalog.unnest(r.argument_types),"
	" pg_catalog.unnest(r.argument_defaults),"
	" pg_catalog.unnest(r.argument_kinds)) WITH ORDINALITY"
	" AS a (name, type, has_default, kind, at) ON true"
	" ORDER BY r.path, r.method, a.at";

/* The current role may be another than the login role, to which every session
 * can return.  On a standby LISTEN fails, after the first result has come. */
static const char start_listening[] =
	"SELECT rolname FROM pg_catalog.pg_roles"
	" WHERE rolname OPERATOR(pg_catalog.=) session_user AND rolsuper;"
	" LISTEN pg_acu_route";

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
	TROUBLE
};

typedef enum CatalogState
{
	ASLEEP,
	DOWN, /* connects again at due */
	CONNECTING,
	LISTENING, /* the reply to LISTEN is awaited */
	READING,   /* the routes are */
	IDLE	   /* reads again at due, if ever */
} CatalogState;

typedef struct Catalog
{
	Worker *worker;
	CatalogState state;
	bool listens;
	bool denied;	/* the routes are not there, or not for us: they may come */
	bool changed;	/* while reading: read again */
	bool reachable; /* as far as is known */
	bool known;		/* whether there are routes */
	bool tried;
	int failures;
	int64_t due;
	int64_t asked;	 /* when the last query was sent */
	int64_t doubted; /* when it was last read for that */
	bool in_doubt;	 /* a call has shown that the routes are out of date */
	int64_t complained;
	char *trouble;	  /* why there are no routes; or NULL */
	PGresult *routes; /* what the worker's routes were made of */
	struct Attempt *attempt;
	PGconn *connection;
	struct event readable;
} Catalog;

static void connect_catalog(Catalog *catalog);
static void connected(void *owner, PGconn *connection, const char *error);
static void send_query(Catalog *catalog, const char *sql, CatalogState state);
static void catalog_readable(evutil_socket_t fd, short what, void *arg);
static void take_notifications(Catalog *catalog);
static void take_result(Catalog *catalog, PGresult *result);
static void take_routes(Catalog *catalog, PGresult *result);
static void use_routes(Catalog *catalog, PGresult *result);
static void tell_troubles(const RouteTable *before, const RouteTable *table);
static bool same_rows(const PGresult *a, const PGresult *b);
static void routes_failed(Catalog *catalog, const PGresult *result);
static void rest(Catalog *catalog);
static RouteTable *table_of(const PGresult *result);
static Route *fill_route(RouteTable *table, const PGresult *result, int row);
static void fill_argument(Route *route, const PGresult *result, int row);
static char *text(const PGresult *result, int row, int column);
static bool is_true(const PGresult *result, int row, int column);
static void disconnect(Catalog *catalog);
static void lose(Catalog *catalog, const char *reason);
static void complain(Catalog *catalog, const char *message, const char *error,
					 const char *hint);

Catalog *
catalog_new(Worker *worker)
{
	Catalog *catalog = allocate(sizeof(Catalog));

	catalog->worker = worker;
	catalog->state = DOWN;
	catalog->complained = -COMPLAIN_MS;
	catalog->trouble = copy_string("The database has not been reached yet.");
	return catalog;
}

void
catalog_tick(Catalog *catalog)
{
	const Worker *worker = catalog->worker;
	bool asking = catalog->state == LISTENING || catalog->state == READING;

	if (asking && worker->now - catalog->asked >
					  worker->config->statement_timeout + HANG_GRACE_MS)
		lose(catalog, "the database did not answer in time");
	if (worker->now < catalog->due)
		return;
	if (catalog->state == DOWN)
		connect_catalog(catalog);
	else if (catalog->state == IDLE)
	{
		catalog->doubted = catalog->worker->now;
		catalog->in_doubt = false;
		send_query(catalog, read_routes, READING);
	}
}

void
catalog_sleep(Catalog *catalog)
{
	disconnect(catalog);
	catalog->state = ASLEEP;
}

void
catalog_wake(Catalog *catalog)
{
	if (catalog->state != ASLEEP)
		return;
	catalog->state = DOWN;
	catalog->due = 0;
	catalog_tick(catalog);
}

void
catalog_doubt(Catalog *catalog)
{
	/* Not at once, maybe: but it is not forgotten. */
	catalog->in_doubt = true;
	if (catalog->state != IDLE)
		return;
	if (catalog->due > catalog->doubted + DOUBT_MS)
		catalog->due = catalog->doubted + DOUBT_MS;
	catalog_tick(catalog);
}

bool
catalog_known(const Worker *worker)
{
	return worker->catalog->known;
}

bool
catalog_tried(const Worker *worker)
{
	return worker->catalog->tried;
}

bool
catalog_ready(const Worker *worker)
{
	return worker->catalog->reachable;
}

const char *
catalog_trouble(const Worker *worker)
{
	return worker->catalog->trouble;
}

static void
connect_catalog(Catalog *catalog)
{
	catalog->state = CONNECTING;
	catalog->attempt = connect_begin(catalog->worker, connected, catalog);
}

static void
connected(void *owner, PGconn *connection, const char *error)
{
	Catalog *catalog = owner;

	catalog->attempt = NULL;
	if (connection == NULL)
	{
		complain(catalog, "cannot connect to the database; will keep trying",
				 error, NULL);
		lose(catalog, NULL);
		return;
	}
	catalog->connection = connection;
	catalog->failures = 0;
	PQsetnonblocking(connection, 1);
	event_assign(&catalog->readable, catalog->worker->base,
				 PQsocket(connection), EV_READ | EV_PERSIST, catalog_readable,
				 catalog);
	event_add(&catalog->readable, NULL);
	send_query(catalog, start_listening, LISTENING);
}

static void
send_query(Catalog *catalog, const char *sql, CatalogState state)
{
	catalog->state = state;
	catalog->asked = catalog->worker->now;
	catalog->changed = false;
	if (!PQsendQuery(catalog->connection, sql) ||
		PQflush(catalog->connection) < 0)
		lose(catalog, PQerrorMessage(catalog->connection));
}

static void
catalog_readable(evutil_socket_t fd, short what, void *arg)
{
	Catalog *catalog = arg;

	(void) fd;
	(void) what;
	if (!PQconsumeInput(catalog->connection))
	{
		lose(catalog, PQerrorMessage(catalog->connection));
		return;
	}
	while (!PQisBusy(catalog->connection) &&
		   (catalog->state == LISTENING || catalog->state == READING))
	{
		PGresult *result = PQgetResult(catalog->connection);

		/* The end of a reply is a NULL; what is next is decided there. */
		if (result != NULL)
			take_result(catalog, result);
		else if (catalog->state == LISTENING)
			send_query(catalog, read_routes, READING);
		else
			rest(catalog);
		if (catalog->connection == NULL)
			return;
	}
	take_notifications(catalog);
}

static void
take_notifications(Catalog *catalog)
{
	PGnotify *notification;

	while ((notification = PQnotifies(catalog->connection)) != NULL)
	{
		catalog->changed = true;
		PQfreemem(notification);
	}
	if (catalog->changed && catalog->state == IDLE)
		send_query(catalog, read_routes, READING);
}

static void
take_result(Catalog *catalog, PGresult *result)
{
	bool good = PQresultStatus(result) == PGRES_COMMAND_OK ||
				PQresultStatus(result) == PGRES_TUPLES_OK;

	if (catalog->state == READING && good)
	{
		take_routes(catalog, result);
		return; /* it is kept */
	}
	if (catalog->state == LISTENING && PQntuples(result) > 0)
		worker_refuse_superuser(catalog->worker, PQgetvalue(result, 0, 0));
	if (catalog->state == LISTENING)
		catalog->listens = good;
	else
		routes_failed(catalog, result);
	PQclear(result);
}

static void
take_routes(Catalog *catalog, PGresult *result)
{
	free(catalog->trouble);
	catalog->trouble = NULL;
	catalog->reachable = catalog->known = catalog->tried = true;
	catalog->denied = false;
	catalog->complained = -COMPLAIN_MS;
	use_routes(catalog, result);
}

/* What is prepared and kept for the routes is lost only when they change. */
static void
use_routes(Catalog *catalog, PGresult *result)
{
	RouteTable *table;

	if (same_rows(catalog->routes, result))
	{
		PQclear(result);
		return;
	}
	table = table_of(result);
	tell_troubles(catalog->worker->routes, table);
	PQclear(catalog->routes);
	catalog->routes = result;
	worker_use_routes(catalog->worker, table);
}

/* Logs each trouble that the routes did not have before. */
static void
tell_troubles(const RouteTable *before, const RouteTable *table)
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

static bool
same_rows(const PGresult *a, const PGresult *b)
{
	if (a == NULL || b == NULL || PQntuples(a) != PQntuples(b))
		return false;
	for (int row = 0; row < PQntuples(a); row++)
		for (int column = 0; column <= TROUBLE; column++)
			if (PQgetisnull(a, row, column) != PQgetisnull(b, row, column) ||
				strcmp(PQgetvalue(a, row, column),
					   PQgetvalue(b, row, column)) != 0)
				return false;
	return true;
}

static void
routes_failed(Catalog *catalog, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	bool missing = sqlstate != NULL && (strcmp(sqlstate, "42P01") == 0 ||
										strcmp(sqlstate, "3F000") == 0);
	bool denied = sqlstate != NULL && strcmp(sqlstate, "42501") == 0;

	/* Any other trouble is one of the moment; the routes stay as they were. */
	if (!missing && !denied)
	{
		lose(catalog, PQresultErrorMessage(result));
		return;
	}
	catalog->reachable = catalog->known = catalog->tried = true;
	catalog->denied = true;
	free(catalog->trouble);
	catalog->trouble = copy_string(
		missing
			? "The database has no extension pg_acu: run CREATE EXTENSION pg_acu CASCADE."
			: "The routes cannot be read: run SELECT acu.grant_http(...) for the role of the server.");
	complain(catalog, "cannot read the routes; will keep trying",
			 PQresultErrorMessage(result), catalog->trouble);
	use_routes(catalog, NULL);
}

/* Until a notification, or until the routes are due again: a connection that
 * something on the way has dropped would say nothing. */
static void
rest(Catalog *catalog)
{
	if (catalog->changed)
	{
		send_query(catalog, read_routes, READING);
		return;
	}
	catalog->state = IDLE;
	catalog->due = catalog->worker->now +
				   (catalog->listens && !catalog->denied ? CHECK_MS : POLL_MS);
	if (catalog->in_doubt)
		catalog->due = catalog->doubted + DOUBT_MS;
}

static RouteTable *
table_of(const PGresult *result)
{
	RouteTable *table = route_table_new();
	Route *route = NULL;

	for (int row = 0; result != NULL && row < PQntuples(result); row++)
	{
		if (route == NULL ||
			strcmp(route->method, PQgetvalue(result, row, METHOD)) != 0 ||
			strcmp(route->path, PQgetvalue(result, row, PATH)) != 0)
			route = fill_route(table, result, row);
		if (!PQgetisnull(result, row, ARGUMENT_TYPE))
			fill_argument(route, result, row);
	}
	route_table_finish(table);
	return table;
}

static Route *
fill_route(RouteTable *table, const PGresult *result, int row)
{
	Route *route = route_table_add(table);
	bool set = is_true(result, row, RETURNS_SET);

	route->method = text(result, row, METHOD);
	route->path = text(result, row, PATH);
	route->function = text(result, row, FUNCTION);
	route->call_start = text(result, row, CALL_START);
	route->call_end = text(result, row, CALL_END);
	route->content_type = text(result, row, CONTENT_TYPE);
	route->trouble = text(result, row, TROUBLE);
	route->pipelined = is_true(result, row, PIPELINED);
	route->builtin = is_true(result, row, BUILTIN);
	route->repeatable = is_true(result, row, REPEATABLE);
	route->max_age_seconds = atoi(PQgetvalue(result, row, MAX_AGE));
	if (route->max_age_seconds > 0)
		route->kept = allocate(sizeof(Kept));
	route->binary =
		!set && strcmp(PQgetvalue(result, row, RETURN_TYPE), "bytea") == 0;
	return route;
}

static void
fill_argument(Route *route, const PGresult *result, int row)
{
	Argument *argument;

	/* PostgreSQL lets a function have up to 100; nobody asks a URL for them. */
	if (route->argument_count == MOST_ARGUMENTS)
	{
		free(route->call_start);
		route->call_start = NULL;
		return;
	}
	argument = &route->arguments[route->argument_count++];
	argument->name = text(result, row, ARGUMENT_NAME);
	argument->type = text(result, row, ARGUMENT_TYPE);
	argument->has_default = is_true(result, row, ARGUMENT_DEFAULT);
	argument->kind =
		route_argument_kind(PQgetvalue(result, row, ARGUMENT_KIND));
}

static char *
text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column)
			   ? NULL
			   : copy_string(PQgetvalue(result, row, column));
}

static bool
is_true(const PGresult *result, int row, int column)
{
	return strcmp(PQgetvalue(result, row, column), "t") == 0;
}

static void
disconnect(Catalog *catalog)
{
	if (catalog->attempt != NULL)
		connect_cancel(catalog->attempt);
	catalog->attempt = NULL;
	if (catalog->connection != NULL)
	{
		event_del(&catalog->readable);
		PQfinish(catalog->connection);
	}
	catalog->connection = NULL;
}

static void
lose(Catalog *catalog, const char *reason)
{
	if (reason != NULL)
		complain(catalog, "lost the connection that reads the routes", reason,
				 NULL);
	disconnect(catalog);
	catalog->reachable = false;
	catalog->tried = true;
	catalog->state = DOWN;
	catalog->due = catalog->worker->now + connect_backoff(++catalog->failures);
}

static void
complain(Catalog *catalog, const char *message, const char *error,
		 const char *hint)
{
	if (catalog->worker->now - catalog->complained < COMPLAIN_MS)
		return;
	catalog->complained = catalog->worker->now;
	log_error(message, "error", error, "hint", hint ? hint : "");
}
