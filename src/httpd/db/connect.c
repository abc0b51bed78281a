/*-------------------------------------------------------------------------
 *
 * connect.c
 *		A new connection to the database, without waiting for it.
 *
 * libpq does all of it: service files, passwords, TLS, several hosts.  Only the
 * look-up of a host's name waits, as libpq does it by itself.  Where the
 * settings name several hosts and not which kind is meant, one that can be
 * written to is asked for first, and any if there is none.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/connect.h"

#include "httpd/base/buffer.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 10
#define FIRST_BACKOFF 100
#define LAST_BACKOFF 5000

typedef struct Attempt
{
	Worker *worker;
	PGconn *connection;
	struct event *event;
	bool
		begun; /* libpq wants the socket to be writable before its first step */
	bool primary; /* asks for a server that can be written to */
	ConnectDone done;
	void *owner;
} Attempt;

/*
 * Defaults for what the DSN leaves out.  A connection that something on the way
 * has dropped without a word is noticed within 25 seconds when nothing is sent
 * on it, and within 5 when something is.
 */
static const struct
{
	const char *option;
	const char *value;
} defaults[] = {
	{ "keepalives_idle", "10" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "5000" },
};

#define DEFAULTS (sizeof(defaults) / sizeof(defaults[0]))
#define OWN_OPTIONS 4 /* beside the defaults: the DSN and three more */

static const char *
option(const PQconninfoOption *options, const char *name, const char *variable);
static bool names_service(const Worker *worker);
static void start(Attempt *attempt);
static void advance(evutil_socket_t fd, short what, void *arg);
static void wait_for(Attempt *attempt, short what);
static void finish(Attempt *attempt, const char *error);
static void check_role(const Attempt *attempt);
static void ignore_notice(void *arg, const char *message);

Attempt *
connect_begin(Worker *worker, ConnectDone done, void *owner)
{
	Attempt *attempt = allocate(sizeof(Attempt));

	attempt->worker = worker;
	attempt->done = done;
	attempt->owner = owner;
	attempt->primary = worker->prefers_primary;
	start(attempt);
	return attempt;
}

/* The first of a name's values that there is, or NULL. */
static const char *
option(const PQconninfoOption *options, const char *name, const char *variable)
{
	for (; options != NULL && options->keyword != NULL; options++)
		if (strcmp(options->keyword, name) == 0 && options->val != NULL)
			return options->val;
	return getenv(variable);
}

/* A service may say all that we have defaults for, and is not to be overruled.
 */
static bool
names_service(const Worker *worker)
{
	PQconninfoOption *options = PQconninfoParse(worker->config->dsn, NULL);
	bool named = option(options, "service", "PGSERVICE") != NULL;

	PQconninfoFree(options);
	return named;
}

bool
connect_prefers_primary(const char *dsn)
{
	PQconninfoOption *options = PQconninfoParse(dsn, NULL);
	const char *host = option(options, "host", "PGHOST");
	const char *address = option(options, "hostaddr", "PGHOSTADDR");
	bool several = (host != NULL && strchr(host, ',') != NULL) ||
				   (address != NULL && strchr(address, ',') != NULL);
	bool told =
		option(options, "service", "PGSERVICE") != NULL ||
		option(options, "target_session_attrs", "PGTARGETSESSIONATTRS") != NULL;

	PQconninfoFree(options);
	return several && !told;
}

/* What comes before the DSN is overruled by it. */
static void
start(Attempt *attempt)
{
	const char *names[DEFAULTS + OWN_OPTIONS + 1];
	const char *values[DEFAULTS + OWN_OPTIONS + 1];
	size_t count = 0;

	for (size_t i = 0; i < DEFAULTS && !names_service(attempt->worker); i++)
	{
		names[count] = defaults[i].option;
		values[count++] = defaults[i].value;
	}
	names[count] = "dbname";
	values[count++] = attempt->worker->config->dsn;
	names[count] = "fallback_application_name";
	values[count++] = "pg_acu_httpd";
	names[count] = "client_encoding";
	values[count++] = "UTF8";
	if (attempt->primary)
	{
		names[count] = "target_session_attrs";
		values[count++] = "read-write";
	}
	names[count] = values[count] = NULL;

	attempt->begun = false;
	attempt->connection = PQconnectStartParams(names, values, 1);
	/* Never from here: the caller has not the attempt in its hands yet. */
	attempt->event =
		event_new(attempt->worker->base, -1, EV_TIMEOUT, advance, attempt);
	event_active(attempt->event, EV_WRITE, 0);
}

void
connect_cancel(Attempt *attempt)
{
	event_free(attempt->event);
	PQfinish(attempt->connection);
	free(attempt);
}

int64_t
connect_backoff(int failures)
{
	int64_t wait = FIRST_BACKOFF;

	while (failures-- > 1 && wait < LAST_BACKOFF)
		wait *= 2;
	return wait < LAST_BACKOFF ? wait : LAST_BACKOFF;
}

static void
advance(evutil_socket_t fd, short what, void *arg)
{
	Attempt *attempt = arg;

	(void) fd;
	if (what & EV_TIMEOUT)
	{
		finish(attempt, "the database did not answer in time");
		return;
	}
	if (attempt->connection == NULL ||
		PQstatus(attempt->connection) == CONNECTION_BAD)
	{
		finish(attempt, PQerrorMessage(attempt->connection));
		return;
	}
	if (!attempt->begun)
	{
		attempt->begun = true;
		wait_for(attempt, EV_WRITE);
		return;
	}
	switch (PQconnectPoll(attempt->connection))
	{
		case PGRES_POLLING_READING:
			wait_for(attempt, EV_READ);
			break;
		case PGRES_POLLING_WRITING:
			wait_for(attempt, EV_WRITE);
			break;
		case PGRES_POLLING_OK:
			finish(attempt, NULL);
			break;
		default:
			finish(attempt, PQerrorMessage(attempt->connection));
			break;
	}
}

/* The socket may be another one at each step. */
static void
wait_for(Attempt *attempt, short what)
{
	static const struct timeval limit = { .tv_sec = CONNECT_SECONDS };

	event_free(attempt->event);
	attempt->event =
		event_new(attempt->worker->base, PQsocket(attempt->connection), what,
				  advance, attempt);
	event_add(attempt->event, &limit);
}

static void
finish(Attempt *attempt, const char *error)
{
	PGconn *connection = attempt->connection;

	event_free(attempt->event);
	if (error != NULL && attempt->primary)
	{
		/* None can be written to: then any, as most calls only read. */
		attempt->primary = false;
		PQfinish(connection);
		start(attempt);
		return;
	}
	if (error == NULL)
	{
		PQsetNoticeProcessor(connection, ignore_notice, NULL);
		check_role(attempt);
		attempt->done(attempt->owner, connection, NULL);
	}
	else
	{
		attempt->done(attempt->owner, NULL, error);
		PQfinish(connection);
	}
	free(attempt);
}

/* The server says whether the current role is a superuser: the login role, or
 * the one that ALTER ROLE ... SET role has put in its place. */
static void
check_role(const Attempt *attempt)
{
	const char *is_superuser =
		PQparameterStatus(attempt->connection, "is_superuser");

	if (is_superuser != NULL && strcmp(is_superuser, "on") == 0)
		worker_refuse_superuser(attempt->worker, PQuser(attempt->connection));
}

/* libpq would write it to the log, and in its own form. */
static void
ignore_notice(void *arg, const char *message)
{
	(void) arg;
	(void) message;
}
