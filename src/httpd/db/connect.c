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
#include "httpd/base/log.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 10
#define FIRST_BACKOFF_MS 100
#define MAX_BACKOFF_MS 5000

typedef struct Attempt
{
	const Loop *loop;
	PGconn *connection;
	struct event *event;
	bool begun;	  /* PQconnectPoll has been called */
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

static void take_step(evutil_socket_t fd, short what, void *arg);

/* The value of an option in a connection string, or else of an environment
 * variable; NULL when there is neither. */
static const char *
option_or_variable(const PQconninfoOption *options, const char *name,
				   const char *variable)
{
	for (; options != NULL && options->keyword != NULL; options++)
		if (strcmp(options->keyword, name) == 0 && options->val != NULL)
			return options->val;
	return getenv(variable);
}

/* Whether a service file is used: its settings take the place of our defaults.
 */
static bool
names_service(const char *dsn)
{
	PQconninfoOption *options = PQconninfoParse(dsn, NULL);
	bool named = option_or_variable(options, "service", "PGSERVICE") != NULL;

	PQconninfoFree(options);
	return named;
}

bool
connect_prefers_primary(const char *dsn)
{
	PQconninfoOption *options = PQconninfoParse(dsn, NULL);
	const char *host = option_or_variable(options, "host", "PGHOST");
	const char *address = option_or_variable(options, "hostaddr", "PGHOSTADDR");
	bool several = (host != NULL && strchr(host, ',') != NULL) ||
				   (address != NULL && strchr(address, ',') != NULL);
	bool told = option_or_variable(options, "service", "PGSERVICE") != NULL ||
				option_or_variable(options, "target_session_attrs",
								   "PGTARGETSESSIONATTRS") != NULL;

	PQconninfoFree(options);
	return several && !told;
}

int64_t
connect_backoff(int failures)
{
	int64_t wait = FIRST_BACKOFF_MS;

	while (failures-- > 1 && wait < MAX_BACKOFF_MS)
		wait *= 2;
	return wait < MAX_BACKOFF_MS ? wait : MAX_BACKOFF_MS;
}

void
connect_refuse_superuser(const Config *config, const char *role)
{
	if (config->allow_superuser)
		return;
	log_error(
		"will not log in to the database as a superuser", "role", role, "hint",
		"Make a role of its own: CREATE ROLE acu_web LOGIN; SELECT acu.grant_http('acu_web');"
		" and name it: --dsn \"user=acu_web dbname=...\"."
		" Where it must be a superuser: --allow-superuser on.");
	exit(EXIT_REFUSED);
}

/* Refuses a current role that is a superuser, as the server reports it: the
 * login role, or the one that ALTER ROLE ... SET role has put in its place. */
static void
check_role(const Attempt *attempt)
{
	const char *is_superuser =
		PQparameterStatus(attempt->connection, "is_superuser");

	if (is_superuser != NULL && strcmp(is_superuser, "on") == 0)
		connect_refuse_superuser(attempt->loop->config,
								 PQuser(attempt->connection));
}

/* Keeps libpq from writing notices to stderr, in a form that is not the log's.
 */
static void
ignore_notice(void *arg, const char *message)
{
	(void) arg;
	(void) message;
}

/* Options behind the DSN win over it, those before it do not. */
static void
start_attempt(Attempt *attempt)
{
	const char *dsn = attempt->loop->config->dsn;
	const char *names[DEFAULTS + OWN_OPTIONS + 1];
	const char *values[DEFAULTS + OWN_OPTIONS + 1];
	size_t count = 0;

	for (size_t i = 0; i < DEFAULTS && !names_service(dsn); i++)
	{
		names[count] = defaults[i].option;
		values[count++] = defaults[i].value;
	}
	names[count] = "dbname";
	values[count++] = dsn;
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
	/* The first step must wait until the caller has got the attempt. */
	attempt->event =
		event_new(attempt->loop->base, -1, EV_TIMEOUT, take_step, attempt);
	event_active(attempt->event, EV_WRITE, 0);
}

/* Ends an attempt, unless a server that cannot be written to may still do.
 * error: the reason why there is no connection; NULL: there is one. */
static void
finish_attempt(Attempt *attempt, const char *error)
{
	PGconn *connection = attempt->connection;

	event_free(attempt->event);
	if (error != NULL && attempt->primary)
	{
		/* No server can be written to: any will do, as most calls only read. */
		attempt->primary = false;
		PQfinish(connection);
		start_attempt(attempt);
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

/* Waits for the socket, which may be another one at each step. */
static void
await_socket(Attempt *attempt, short what)
{
	static const struct timeval limit = { .tv_sec = CONNECT_SECONDS };

	event_free(attempt->event);
	attempt->event =
		event_new(attempt->loop->base, PQsocket(attempt->connection), what,
				  take_step, attempt);
	event_add(attempt->event, &limit);
}

/* libpq wants the socket to be writable before its first step. */
static void
take_step(evutil_socket_t fd, short what, void *arg)
{
	Attempt *attempt = arg;

	(void) fd;
	if (what & EV_TIMEOUT)
	{
		finish_attempt(attempt, "the database did not answer in time");
		return;
	}
	if (attempt->connection == NULL ||
		PQstatus(attempt->connection) == CONNECTION_BAD)
	{
		finish_attempt(attempt, PQerrorMessage(attempt->connection));
		return;
	}
	if (!attempt->begun)
	{
		attempt->begun = true;
		await_socket(attempt, EV_WRITE);
		return;
	}
	switch (PQconnectPoll(attempt->connection))
	{
		case PGRES_POLLING_READING:
			await_socket(attempt, EV_READ);
			break;
		case PGRES_POLLING_WRITING:
			await_socket(attempt, EV_WRITE);
			break;
		case PGRES_POLLING_OK:
			finish_attempt(attempt, NULL);
			break;
		default:
			finish_attempt(attempt, PQerrorMessage(attempt->connection));
			break;
	}
}

Attempt *
connect_begin(const Loop *loop, bool primary, ConnectDone done, void *owner)
{
	Attempt *attempt = allocate(sizeof(Attempt));

	attempt->loop = loop;
	attempt->done = done;
	attempt->owner = owner;
	attempt->primary = primary;
	start_attempt(attempt);
	return attempt;
}

void
connect_cancel(Attempt *attempt)
{
	event_free(attempt->event);
	PQfinish(attempt->connection);
	free(attempt);
}
