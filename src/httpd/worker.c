/*-------------------------------------------------------------------------
 *
 * worker.c
 *		One worker process: its event loop, its clock, and its end.
 *
 * Owns the Worker.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/worker.h"

#include "httpd/base/buffer.h"
#include "httpd/db/catalog.h"
#include "httpd/db/connect.h"
#include "httpd/http/host.h"
#include "httpd/net/listener.h"
#include "httpd/base/log.h"
#include "httpd/base/system.h"
#include "httpd/db/pool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK_MS 100
#define MOST_HEADERS 100

/* Calls under way on a shared connection: enough to keep the server busy.  Who
 * comes then waits here, where a connection that is free first takes it. */
#define DEPTH 32

/* Clients wait in the socket until the routes are known, but not for longer. */
#define OPEN_MS 1000

/* After the master has gone there is nobody to replace us, or to wait for us.
 */
#define ORPHAN_DRAIN_MS 500

/* Large replies come and go all the time: under load, malloc is to keep their
 * memory instead of asking the kernel for it again, which cost a third of the
 * speed of 20 kB pages.  It is given back in the next quiet second. */
#define KEPT_MEMORY (8 * 1024 * 1024)
#define LARGEST_KEPT_PIECE (1024 * 1024)
#define QUIET_MS 1000

static void
begin(Worker *worker, const Config *config, const int listen_fds[LISTENERS]);
static void flush(Worker *worker);
static void look_at_clock(Worker *worker);
static void on_tick(evutil_socket_t fd, short what, void *arg);
static void on_terminate(evutil_socket_t fd, short what, void *arg);
static void on_master_gone(evutil_socket_t fd, short what, void *arg);
static void drain(Worker *worker, int64_t limit);
static bool is_drained(const Worker *worker);
static void fall_asleep(Worker *worker);

int
worker_run(const Config *config, const int listen_fds[LISTENERS],
		   int master_pipe)
{
	static const struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	Worker *worker = allocate(sizeof(Worker));
	struct event *events[3];
	int64_t open_by;

	system_keep_memory(KEPT_MEMORY, LARGEST_KEPT_PIECE);
	begin(worker, config, listen_fds);
	open_by = worker->now + OPEN_MS;
	events[0] = event_new(worker->base, -1, EV_PERSIST, on_tick, worker);
	events[1] = evsignal_new(worker->base, SIGTERM, on_terminate, worker);
	events[2] =
		event_new(worker->base, master_pipe, EV_READ, on_master_gone, worker);
	event_add(events[0], &tick);
	event_add(events[1], NULL);
	event_add(events[2], NULL);

	while (!worker->draining || !is_drained(worker))
	{
		event_base_loop(worker->base, EVLOOP_ONCE);
		look_at_clock(worker);
		if (catalog_tried(worker) || worker->now >= open_by)
			listener_open(worker->listeners[0]);
		flush(worker);
	}
	pool_sleep(worker->shared);
	pool_sleep(worker->solo);
	catalog_sleep(worker->catalog);
	flush(worker); /* who was not answered in time is told so */
	for (int i = 0; i < 3; i++)
		event_free(events[i]);
	return 0;
}

/*
 * What one turn of the loop has gathered leaves in one piece each.  A client
 * that has been sent its replies may have held back more requests.
 */
static void
flush(Worker *worker)
{
	bool more;

	do
	{
		pool_flush(worker->shared);
		pool_flush(worker->solo);
		more = false;
		for (int i = 0; i < LISTENERS; i++)
			if (worker->listeners[i] != NULL)
				more = listener_flush(worker->listeners[i]) || more;
	} while (more);
}

void
worker_wake(Worker *worker)
{
	if (!worker->asleep)
		return;
	worker->asleep = false;
	pool_wake(worker->shared);
	pool_wake(worker->solo);
	catalog_wake(worker->catalog);
}

void
worker_refuse_superuser(const Worker *worker, const char *role)
{
	if (worker->config->allow_superuser)
		return;
	log_error(
		"will not log in to the database as a superuser", "role", role, "hint",
		"Make a role of its own: CREATE ROLE acu_web LOGIN; SELECT acu.grant_http('acu_web');"
		" and name it: --dsn \"user=acu_web dbname=...\"."
		" Where it must be a superuser: --allow-superuser on.");
	exit(EXIT_REFUSED);
}

void
worker_use_routes(Worker *worker, RouteTable *routes)
{
	route_table_release(worker->routes);
	worker->routes = routes;
	worker->suspect_again = 0;
	worker->writes = false;
	for (int i = 0; i < routes->count; i++)
		if (strcmp(routes->routes[i]->method, "GET") != 0 &&
			!routes->routes[i]->repeatable)
			worker->writes = true;
}

void
worker_suspect(Worker *worker)
{
	pool_suspect(worker->shared);
	pool_suspect(worker->solo);
	catalog_doubt(worker->catalog);
}

bool
worker_wants_primary(const Worker *worker)
{
	return worker->writes && (worker->seen_primary || worker->prefers_primary);
}

static void
begin(Worker *worker, const Config *config, const int listen_fds[LISTENERS])
{
	worker->config = config;
	worker->limits =
		(FramingLimits){ .line_bytes = (size_t) config->max_line_bytes,
						 .header_bytes = (size_t) config->max_header_bytes,
						 .headers = MOST_HEADERS,
						 .body_bytes = (uint64_t) config->max_body_bytes };
	worker->any_host =
		strcmp(config->allowed_hosts, "*") == 0 ||
		(*config->allowed_hosts == '\0' && !host_is_loopback(config->listen));
	worker->base = event_base_new();
	if (worker->base == NULL)
	{
		log_error("could not make an event loop");
		exit(1);
	}
	look_at_clock(worker);
	worker->last_request = worker->now;
	worker->prefers_primary = connect_prefers_primary(config->dsn);
	worker->routes = route_table_new();
	worker->shared = pool_new(worker, (int) config->connections, DEPTH);
	worker->solo = pool_new(worker, (int) config->solo_connections, 1);
	worker->catalog = catalog_new(worker);
	for (int i = 0; i < LISTENERS; i++)
		if (listen_fds[i] >= 0)
			worker->listeners[i] =
				listener_new(worker, listen_fds[i], i == HEALTH_LISTENER);
	/* Whether the routes are known is what is asked there. */
	if (worker->listeners[HEALTH_LISTENER] != NULL)
		listener_open(worker->listeners[HEALTH_LISTENER]);
	catalog_tick(worker->catalog);
}

static void
look_at_clock(Worker *worker)
{
	static time_t shown = 0;
	struct timespec now;
	time_t seconds;

	clock_gettime(SYSTEM_CLOCK, &now);
	worker->now = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;

	seconds = time(NULL);
	if (seconds != shown)
	{
		struct tm utc;

		shown = seconds;
		gmtime_r(&seconds, &utc);
		strftime(worker->date, sizeof(worker->date),
				 "%a, %d %b %Y %H:%M:%S GMT", &utc);
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	Worker *worker = arg;
	int64_t idle = worker->config->idle_disconnect;

	(void) fd;
	(void) what;
	look_at_clock(worker);
	if (!worker->asleep)
	{
		catalog_tick(worker->catalog);
		/* The first calls of a connection are those of the routes. */
		if (worker->routes->count > 0)
		{
			pool_tick(worker->shared);
			pool_tick(worker->solo);
		}
		if (idle > 0 && worker->now - worker->last_request >= idle)
			fall_asleep(worker);
	}
	for (int i = 0; i < LISTENERS; i++)
		if (worker->listeners[i] != NULL)
			listener_tick(worker->listeners[i]);
	if (!worker->trimmed && worker->now - worker->last_call >= QUIET_MS)
	{
		system_trim_memory();
		worker->trimmed = true;
	}
}

static void
on_terminate(evutil_socket_t fd, short what, void *arg)
{
	Worker *worker = arg;

	(void) fd;
	(void) what;
	drain(worker, worker->config->drain_timeout);
}

static void
on_master_gone(evutil_socket_t fd, short what, void *arg)
{
	(void) fd;
	(void) what;
	log_error("the master has gone");
	drain(arg, ORPHAN_DRAIN_MS);
}

static void
drain(Worker *worker, int64_t limit)
{
	int64_t until = worker->now + limit;

	if (!worker->draining || until < worker->drained_by)
		worker->drained_by = until;
	if (worker->draining)
		return; /* told twice; its listening socket is closed already */
	worker->draining = true;
	for (int i = 0; i < LISTENERS; i++)
		if (worker->listeners[i] != NULL)
			listener_drain(worker->listeners[i]);
}

static bool
is_drained(const Worker *worker)
{
	int clients = 0;

	for (int i = 0; i < LISTENERS; i++)
		if (worker->listeners[i] != NULL)
			clients += listener_clients(worker->listeners[i]);
	return clients == 0 || worker->now >= worker->drained_by;
}

/* An open session would keep an Aurora from pausing. */
static void
fall_asleep(Worker *worker)
{
	if (pool_busy(worker->shared) || pool_busy(worker->solo))
		return;
	worker->asleep = true;
	pool_sleep(worker->shared);
	pool_sleep(worker->solo);
	catalog_sleep(worker->catalog);
	log_info("left the database, as no request came");
}
