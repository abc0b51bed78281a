/*-------------------------------------------------------------------------
 *
 * worker.c
 *		One worker process: its event loop, its ticks, and its end.
 *
 * Owns the Worker, of which there is one in a process.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/worker.h"

#include "httpd/base/buffer.h"
#include "httpd/base/log.h"
#include "httpd/base/loop.h"
#include "httpd/base/system.h"
#include "httpd/db/database.h"
#include "httpd/net/listener.h"
#include "httpd/protocols/router.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#define TICK_MS 100

/* Clients wait in the socket until the routes are known, but not for longer. */
#define OPEN_MS 1000

/* After the master has gone, nothing replaces this worker or waits for it. */
#define ORPHAN_DRAIN_MS 500

/* Large replies come and go all the time: under load, malloc is to keep their
 * memory instead of asking the kernel for it again, which cost a third of the
 * speed of 20 kB pages.  It is given back in the next quiet second. */
#define RETAINED_MEMORY (8 * 1024 * 1024)
#define MAX_RETAINED_PIECE (1024 * 1024)
#define QUIET_MS 1000

typedef struct Worker
{
	Loop loop;
	struct Database *database;
	Router router;
	struct Listener *listeners[LISTENERS]; /* NULL: none */
	int64_t drained_by; /* when draining, requests are given up then */
} Worker;

/* The requests under way are answered until a limit of milliseconds has passed;
 * no others are taken. */
static void
drain_worker(Worker *worker, int64_t limit)
{
	Loop *loop = &worker->loop;
	int64_t until = loop->now + limit;

	if (!loop->draining || until < worker->drained_by)
		worker->drained_by = until;
	if (loop->draining)
		return; /* told twice; its listening socket is closed already */
	loop->draining = true;
	for (int i = 0; i < LISTENERS; i++)
		if (worker->listeners[i] != NULL)
			listener_drain(worker->listeners[i]);
}

/* Whether no client is left, or their time is over. */
static bool
is_drained(const Worker *worker)
{
	int clients = 0;

	for (int i = 0; i < LISTENERS; i++)
		if (worker->listeners[i] != NULL)
			clients += listener_clients(worker->listeners[i]);
	return clients == 0 || worker->loop.now >= worker->drained_by;
}

static void
on_terminate(evutil_socket_t fd, short what, void *arg)
{
	Worker *worker = arg;

	(void) fd;
	(void) what;
	drain_worker(worker, worker->loop.config->drain_timeout);
}

static void
on_master_gone(evutil_socket_t fd, short what, void *arg)
{
	(void) fd;
	(void) what;
	log_error("the master has gone");
	drain_worker(arg, ORPHAN_DRAIN_MS);
}

/* Does all that depends on the time alone. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	Worker *worker = arg;
	Loop *loop = &worker->loop;

	(void) fd;
	(void) what;
	loop_read_clock(loop);
	database_tick(worker->database);
	for (int i = 0; i < LISTENERS; i++)
		if (worker->listeners[i] != NULL)
			listener_tick(worker->listeners[i]);
	if (!loop->trimmed && loop->now - loop->last_call >= QUIET_MS)
	{
		system_trim_memory();
		loop->trimmed = true;
	}
}

/* Sends what one turn of the loop has gathered, in one piece for each socket.
 * A client that has been sent its replies may have held back more requests. */
static void
flush_worker(Worker *worker)
{
	bool more;

	do
	{
		database_flush(worker->database);
		more = false;
		for (int i = 0; i < LISTENERS; i++)
			if (worker->listeners[i] != NULL)
				more = listener_flush(worker->listeners[i]) || more;
	} while (more);
}

/* Makes the parts of a worker, the lower ones first, and begins to connect. */
static void
begin_worker(Worker *worker, const Config *config,
			 const int listen_fds[LISTENERS])
{
	Loop *loop = &worker->loop;

	loop->config = config;
	loop->base = event_base_new();
	if (loop->base == NULL)
	{
		log_error("could not make an event loop");
		exit(1);
	}
	loop_read_clock(loop);
	worker->database = database_new(loop);
	router_init(&worker->router, loop, worker->database);
	for (int i = 0; i < LISTENERS; i++)
		if (listen_fds[i] >= 0)
			worker->listeners[i] = listener_new(
				loop, &worker->router, listen_fds[i], i == HEALTH_LISTENER);
	/* A health check must not wait for the routes: it asks about them. */
	if (worker->listeners[HEALTH_LISTENER] != NULL)
		listener_open(worker->listeners[HEALTH_LISTENER]);
}

int
worker_run(const Config *config, const int listen_fds[LISTENERS],
		   int master_pipe)
{
	static const struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	Worker *worker = allocate(sizeof(Worker));
	Loop *loop = &worker->loop;
	struct event *events[3];
	int64_t open_by;

	system_keep_memory(RETAINED_MEMORY, MAX_RETAINED_PIECE);
	begin_worker(worker, config, listen_fds);
	open_by = loop->now + OPEN_MS;
	events[0] = event_new(loop->base, -1, EV_PERSIST, on_tick, worker);
	events[1] = evsignal_new(loop->base, SIGTERM, on_terminate, worker);
	events[2] =
		event_new(loop->base, master_pipe, EV_READ, on_master_gone, worker);
	event_add(events[0], &tick);
	event_add(events[1], NULL);
	event_add(events[2], NULL);

	while (!loop->draining || !is_drained(worker))
	{
		event_base_loop(loop->base, EVLOOP_ONCE);
		loop_read_clock(loop);
		if (database_is_tried(worker->database) || loop->now >= open_by)
			listener_open(worker->listeners[0]);
		flush_worker(worker);
	}
	database_disconnect(worker->database);
	flush_worker(worker); /* tells clients that were not answered in time */
	for (int i = 0; i < 3; i++)
		event_free(events[i]);
	return 0;
}
