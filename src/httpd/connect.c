/*-------------------------------------------------------------------------
 *
 * connect.c
 *		A new connection to the database, without waiting for it.
 *
 * libpq does all of it: service files, passwords, TLS, several hosts.  Only the
 * look-up of a host's name waits, as libpq does it by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/connect.h"

#include "httpd/buffer.h"

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
	ConnectDone done;
	void *owner;
} Attempt;

static void advance(evutil_socket_t fd, short what, void *arg);
static void wait_for(Attempt *attempt, short what);
static void finish(Attempt *attempt, const char *error);
static void check_role(const Attempt *attempt);
static void ignore_notice(void *arg, const char *message);

Attempt *
connect_begin(Worker *worker, ConnectDone done, void *owner)
{
	static const char *const names[] = { "dbname", "fallback_application_name",
										 "client_encoding", NULL };
	const char *values[] = { worker->config->dsn, "pg_acu_httpd", "UTF8",
							 NULL };
	Attempt *attempt = allocate(sizeof(Attempt));

	attempt->worker = worker;
	attempt->done = done;
	attempt->owner = owner;
	attempt->connection = PQconnectStartParams(names, values, 1);
	/* Never from here: the caller has not the attempt in its hands yet. */
	attempt->event = event_new(worker->base, -1, EV_TIMEOUT, advance, attempt);
	event_active(attempt->event, EV_WRITE, 0);
	return attempt;
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
