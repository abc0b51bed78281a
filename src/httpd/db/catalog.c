/*-------------------------------------------------------------------------
 *
 * catalog.c
 *		The worker's own connection: it reads acu.route_info.
 *
 * Owns the connection.  It listens for changes of the routes; where it may not
 * listen, as on a standby or behind a connection pooler, it reads them every
 * few seconds.  What it has read stays in use while the database is out of
 * reach.
 *
 * What the server sends is checked and bounded, as it may be another server
 * than was meant.  So the messages are read here: libpq would keep all that
 * comes.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/catalog.h"

#include "httpd/base/buffer.h"
#include "httpd/db/connect.h"
#include "httpd/base/log.h"
#include "httpd/routes/routes_read.h"
#include "httpd/db/transport.h"
#include "httpd/wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 5000
#define CHECK_MS 30000 /* where notifications come: to see whether they can */
#define READ_MS 1000   /* between two reads, whoever asks for them */
#define MAX_ROWS_BYTES (64 * 1024 * 1024)
#define MAX_MESSAGE_BYTES (1024 * 1024)
#define READ_BYTES 65536
#define COMPLAIN_MS 30000 /* between two log lines of one lasting trouble */

/* Which process answers, and the login role if it is a superuser: the current
 * role may be another, and every session can return to that of the login. */
static const char first_query[] =
	"SELECT 'p' OPERATOR(pg_catalog.||) pg_catalog.pg_backend_pid()::text"
	" UNION ALL SELECT 'r' OPERATOR(pg_catalog.||) rolname::text"
	" FROM pg_catalog.pg_roles"
	" WHERE rolname OPERATOR(pg_catalog.=) session_user AND rolsuper";

/* A letter and a number or a name. */
#define FIRST_ANSWER_SIZE 80

typedef enum CatalogState
{
	ASLEEP,
	DOWN, /* connects again at due */
	CONNECTING,
	ASKING,	   /* the number of the session's process is awaited */
	SETTING,   /* its settings are */
	LISTENING, /* the reply to LISTEN is */
	READING,   /* the routes are */
	IDLE	   /* reads again at due, if ever */
} CatalogState;

typedef struct Catalog
{
	Worker *worker;
	CatalogState state;
	bool listens;
	bool pooled;	/* a pooler lies between: nothing can be listened for */
	bool denied;	/* the routes are not there, or not for us: they may come */
	bool changed;	/* they are out of date, as was noticed since */
	bool failed;	/* an error has answered the query */
	bool reachable; /* as far as is known */
	bool known;		/* whether there are routes */
	bool tried;
	int failures;
	int64_t due;
	int64_t asked; /* when the last query was sent */
	int64_t read;  /* when the routes were last asked for */
	int64_t complained;
	char *trouble; /* why there are no routes; or NULL */
	Buffer rows;   /* what has come of the routes */
	Buffer routes; /* what the worker's routes were made of */
	struct Attempt *attempt;
	PGconn *connection;
	Transport transport;
	Buffer in;
	struct event readable;
} Catalog;

static void connect_catalog(Catalog *catalog);
static void connected(void *owner, PGconn *connection, const char *error);
static void send_query(Catalog *catalog, const char *sql, CatalogState state);
static void read_routes(Catalog *catalog);
static bool is_asking(const Catalog *catalog);
static void catalog_readable(evutil_socket_t fd, short what, void *arg);
static void read_messages(Catalog *catalog);
static bool take_message(Catalog *catalog, const Message *message);
static bool take_row(Catalog *catalog, const Message *message);
static void take_process(Catalog *catalog, const char *number);
static bool take_error(Catalog *catalog, const Message *message);
static void next_step(Catalog *catalog);
static void set_up(Catalog *catalog);
static void take_routes(Catalog *catalog);
static void routes_failed(Catalog *catalog, const ServerError *error);
static void use_nothing(Catalog *catalog);
static void read_soon(Catalog *catalog);
static void rest(Catalog *catalog);
static void disconnect(Catalog *catalog);
static void lose(Catalog *catalog, const char *reason);
static void tell_troubles(const RouteTable *before, const RouteTable *table);
static void complain(Catalog *catalog, const char *message, const char *error,
					 const char *hint);

Catalog *
catalog_new(Worker *worker)
{
	Catalog *catalog = allocate(sizeof(Catalog));

	catalog->worker = worker;
	catalog->state = DOWN;
	catalog->complained = -COMPLAIN_MS;
	catalog->read = -READ_MS;
	catalog->trouble = copy_string("The database has not been reached yet.");
	return catalog;
}

void
catalog_tick(Catalog *catalog)
{
	const Worker *worker = catalog->worker;

	if (is_asking(catalog) &&
		worker->now - catalog->asked >
			worker->config->statement_timeout + HANG_GRACE_MS)
		lose(catalog, "the database did not answer in time");
	if (worker->now < catalog->due)
		return;
	if (catalog->state == DOWN)
		connect_catalog(catalog);
	else if (catalog->state == IDLE)
		read_routes(catalog);
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
	catalog->changed = true; /* for later, when it is busy now */
	if (catalog->state == IDLE)
		read_soon(catalog);
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
	if (!transport_open(&catalog->transport, connection, &error))
	{
		lose(catalog, error);
		return;
	}
	catalog->failures = 0;
	event_assign(&catalog->readable, catalog->worker->base,
				 PQsocket(connection), EV_READ | EV_PERSIST, catalog_readable,
				 catalog);
	event_add(&catalog->readable, NULL);
	send_query(catalog, first_query, ASKING);
}

/* A query is short and the only one, so that the socket takes it whole. */
static void
send_query(Catalog *catalog, const char *sql, CatalogState state)
{
	Buffer out = { 0 };
	ssize_t sent;
	size_t length;

	catalog->state = state;
	catalog->failed = false;
	catalog->asked = catalog->worker->now;
	wire_query(&out, sql);
	length = buffer_length(&out);
	sent = transport_write(&catalog->transport, buffer_bytes(&out), length);
	free(out.data);
	if (sent < 0 || (size_t) sent < length)
		lose(catalog, "could not send to the database");
}

static void
read_routes(Catalog *catalog)
{
	catalog->read = catalog->worker->now;
	catalog->changed = false;
	buffer_reset(&catalog->rows, 0);
	send_query(catalog, routes_query, READING);
}

static void
catalog_readable(evutil_socket_t fd, short what, void *arg)
{
	Catalog *catalog = arg;
	ssize_t got;

	(void) fd;
	(void) what;
	do
	{
		char *room = buffer_reserve(&catalog->in, READ_BYTES);

		got = transport_read(&catalog->transport, room, READ_BYTES);
		if (got == TRANSPORT_GONE)
		{
			lose(catalog, "the database closed the connection");
			return;
		}
		if (got > 0)
		{
			catalog->in.end += (size_t) got;
			read_messages(catalog);
			if (catalog->connection == NULL)
				return;
		}
	} while (got == READ_BYTES || transport_pending(&catalog->transport));

	if (catalog->changed && catalog->state == IDLE)
		read_soon(catalog);
}

static void
read_messages(Catalog *catalog)
{
	Buffer *in = &catalog->in;
	Message message;

	for (;;)
	{
		bool whole = wire_read(buffer_bytes(in), buffer_length(in), &message);

		if (message.kind != 0 && message.size > MAX_MESSAGE_BYTES)
		{
			lose(catalog, "the database sent a message that is too long");
			return;
		}
		if (!whole)
			break;
		if (!take_message(catalog, &message))
		{
			if (catalog->connection != NULL)
				lose(catalog, "the database sent what was not expected");
			return;
		}
		buffer_take(in, MESSAGE_HEADER + message.size);
	}
	if (buffer_length(in) == 0)
		buffer_reset(in, READ_BYTES);
}

/* False when it is no answer to what was asked, or the connection has been
 * lost. */
static bool
take_message(Catalog *catalog, const Message *message)
{
	switch (message->kind)
	{
		case 'C': /* CommandComplete */
		case 'N': /* NoticeResponse */
		case 'S': /* ParameterStatus */
			return true;
		case 'T': /* RowDescription */
			return is_asking(catalog);
		case 'A': /* NotificationResponse */
			catalog->changed = true;
			return true;
		case 'D': /* DataRow */
			return take_row(catalog, message);
		case 'E': /* ErrorResponse */
			return take_error(catalog, message);
		case 'Z': /* ReadyForQuery */
			if (!is_asking(catalog))
				return false;
			next_step(catalog);
			return catalog->connection != NULL;
		default:
			return false;
	}
}

static bool
take_row(Catalog *catalog, const Message *message)
{
	char answer[FIRST_ANSWER_SIZE];
	ColumnValue value;

	if (catalog->state == READING)
		return routes_add_row(&catalog->rows, message) &&
			   buffer_length(&catalog->rows) <= MAX_ROWS_BYTES;
	if (catalog->state != ASKING || !wire_read_value(message, &value) ||
		value.size < 2 || value.size >= sizeof(answer))
		return false;
	memcpy(answer, value.bytes, value.size);
	answer[value.size] = '\0';
	if (*answer == 'r')
		worker_refuse_superuser(catalog->worker, answer + 1);
	else
		take_process(catalog, answer + 1);
	return true;
}

/* Behind a pooler the process that answers is another one than that which the
 * connection began with. */
static void
take_process(Catalog *catalog, const char *number)
{
	bool known = catalog->pooled;

	catalog->listens = false;
	catalog->pooled = atoi(number) != PQbackendPID(catalog->connection);
	if (catalog->pooled && !known)
		log_info("the database is behind a connection pooler: changed routes "
				 "are noticed within five seconds");
}

static bool
take_error(Catalog *catalog, const Message *message)
{
	ServerError error;

	if (!wire_read_error(message, &error))
		return false;
	if (error.severity != NULL && strcmp(error.severity, "ERROR") != 0)
		lose(catalog, error.message);
	else if (catalog->state == READING)
		routes_failed(catalog, &error);
	else if (catalog->state != LISTENING)
		lose(catalog, error.message);
	catalog->failed = true;
	return catalog->connection != NULL;
}

static bool
is_asking(const Catalog *catalog)
{
	return catalog->state == ASKING || catalog->state == SETTING ||
		   catalog->state == LISTENING || catalog->state == READING;
}

/* A reply is over. */
static void
next_step(Catalog *catalog)
{
	switch (catalog->state)
	{
		case ASKING:
			if (catalog->pooled)
				read_routes(catalog);
			else
				set_up(catalog);
			break;
		case SETTING:
			send_query(catalog, "LISTEN pg_acu_route", LISTENING);
			break;
		case LISTENING:
			catalog->listens = !catalog->failed;
			read_routes(catalog);
			break;
		default:
			if (!catalog->failed)
				take_routes(catalog);
			rest(catalog);
			break;
	}
}

/* The session is ours: what the role or the database sets must not end it. */
static void
set_up(Catalog *catalog)
{
	long long limit = (long long) catalog->worker->config->statement_timeout;
	char sql[128];

	snprintf(sql, sizeof(sql),
			 "SET statement_timeout = %lld; SET search_path = pg_catalog%s",
			 limit,
			 PQserverVersion(catalog->connection) >= 140000
				 ? "; SET idle_session_timeout = 0"
				 : "");
	send_query(catalog, sql, SETTING);
}

static void
take_routes(Catalog *catalog)
{
	RouteTable *table;

	free(catalog->trouble);
	catalog->trouble = NULL;
	catalog->reachable = catalog->known = catalog->tried = true;
	catalog->complained = -COMPLAIN_MS;
	/* What is prepared and kept for the routes is lost only when they change.
	 */
	if (!catalog->denied && routes_are_same(&catalog->rows, &catalog->routes))
		return;
	table = routes_table(&catalog->rows);
	tell_troubles(catalog->worker->routes, table);
	catalog->denied = false;
	free(catalog->routes.data);
	catalog->routes = catalog->rows;
	memset(&catalog->rows, 0, sizeof(Buffer));
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

static void
routes_failed(Catalog *catalog, const ServerError *error)
{
	bool missing = strcmp(error->sqlstate, "42P01") == 0 ||
				   strcmp(error->sqlstate, "3F000") == 0;
	bool denied = strcmp(error->sqlstate, "42501") == 0;

	/* Any other trouble is one of the moment; the routes stay as they were. */
	if (!missing && !denied)
	{
		lose(catalog, error->message);
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
			 error->message, catalog->trouble);
	use_nothing(catalog);
}

static void
use_nothing(Catalog *catalog)
{
	buffer_reset(&catalog->routes, 0);
	worker_use_routes(catalog->worker, route_table_new());
}

/* At once, or when the last read is long enough ago. */
static void
read_soon(Catalog *catalog)
{
	if (catalog->due > catalog->read + READ_MS)
		catalog->due = catalog->read + READ_MS;
	catalog_tick(catalog);
}

/* Until a notification, or until the routes are due again: a connection that
 * something on the way has dropped would say nothing. */
static void
rest(Catalog *catalog)
{
	catalog->state = IDLE;
	catalog->due = catalog->worker->now +
				   (catalog->listens && !catalog->denied ? CHECK_MS : POLL_MS);
	if (catalog->changed)
		read_soon(catalog);
}

static void
disconnect(Catalog *catalog)
{
	if (catalog->attempt != NULL)
		connect_cancel(catalog->attempt);
	catalog->attempt = NULL;
	if (catalog->connection != NULL)
	{
		if (event_initialized(&catalog->readable))
			event_del(&catalog->readable);
		transport_close(&catalog->transport);
		PQfinish(catalog->connection);
	}
	catalog->connection = NULL;
	buffer_reset(&catalog->in, 0);
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
