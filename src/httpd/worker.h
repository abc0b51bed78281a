/*-------------------------------------------------------------------------
 *
 * worker.h
 *		One worker process: an event loop, its clients and its connections to
 *		the database.
 *
 * A worker has one thread, and shares nothing with other workers: whatever is
 * reached from a Worker is touched by its own loop only, without locks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_WORKER_H
#define PG_ACU_WORKER_H

#include "httpd/base/config.h"
#include "httpd/routes/route.h"
#include "httpd/http/framing.h"

#include <event2/event.h>
#include <event2/event_struct.h>

struct Catalog;
struct Listener;
struct Pool;

/* Sockets that a worker listens on: for all, and for health checks alone if
 * that is asked for, which others cannot keep from being accepted. */
#define LISTENERS 2
#define HEALTH_LISTENER 1

typedef struct Worker
{
	const Config *config;
	FramingLimits limits;
	bool any_host; /* requests may name any host */
	struct event_base *base;
	struct Listener *listeners[LISTENERS]; /* clients; NULL: none */
	struct Catalog *catalog;			   /* where the routes come from */
	RouteTable *routes;	   /* never NULL; empty until they are known */
	bool writes;		   /* one of them may change data */
	bool prefers_primary;  /* of several servers, see connect.h */
	bool seen_primary;	   /* the database could be written to before */
	struct Pool *shared;   /* connections that many requests share */
	struct Pool *solo;	   /* connections for one request at a time */
	int64_t now;		   /* milliseconds of a clock that never jumps */
	int64_t last_call;	   /* when the last request for a function came */
	int64_t last_request;  /* when the last one for the database came */
	size_t bodies;		   /* bytes of bodies, also of those in exchanges */
	size_t unsent;		   /* bytes that are kept for clients, see unsent.h */
	char date[32];		   /* for the header Date */
	int64_t suspect_again; /* when bad arguments may have routes read */
	int64_t suspect_ms;	   /* how long after the last time that is */
	bool trimmed;		   /* has given back memory since last_call */
	bool asleep;		   /* has left the database, see idle-disconnect */
	bool draining;
	int64_t drained_by; /* when what is left is given up */
} Worker;

/* Runs a worker until it is told to end, and returns its exit status.
 * master_pipe is readable once the master has gone. */
extern int worker_run(const Config *config, const int listen_fds[LISTENERS],
					  int master_pipe);

/* Exit status of a worker that must not run with these settings, and of the
 * master after it. */
#define EXIT_REFUSED 2

/* Ends the worker, and with it the daemon, when the login role of a new
 * connection to the database is a superuser and that is not allowed. */
extern void worker_refuse_superuser(const Worker *worker, const char *role);

/* A request needs the database: makes a worker that has left it come back. */
extern void worker_wake(Worker *worker);

/* A connection has been silent for too long: those that have not been heard of
 * late may be dead as well, and are closed unless calls are under way. */
extern void worker_suspect(Worker *worker);

/* Whether the database is expected to be one that can be written to, and a
 * route needs it to be. */
extern bool worker_wants_primary(const Worker *worker);

/* The routes have been read again. */
extern void worker_use_routes(Worker *worker, RouteTable *routes);

#endif
