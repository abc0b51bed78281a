/*-------------------------------------------------------------------------
 *
 * listener.c
 *		The clients of a listening socket: accepting, serving and ending them.
 *
 * Owns the listening socket's event, and the lists of clients: one for each
 * thing that a client can be waited for, in the order of their deadlines, and
 * one of those that have something to send.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/listener.h"

#include "httpd/base/log.h"
#include "httpd/base/system.h"
#include "httpd/net/client.h"
#include "httpd/net/client_events.h"
#include "httpd/net/event_switch.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64
#define ACCEPT_PAUSE_MS 1000 /* when there are no more descriptors */
#define EVICT_MS 1000		 /* without a request, while others wait */
#define EVICTIONS_A_TICK 64	 /* as many as are accepted in a turn */
#define MAX_HEADERS 100
#define HEALTH_CLIENTS 64
#define OTHER_DESCRIPTORS \
	(HEALTH_CLIENTS + 32) /* pipes, the log, what libraries open */

typedef struct Listener
{
	int fd;
	struct event acceptable;
	bool opened;
	bool accepting;		  /* acceptable is added */
	int64_t accept_again; /* when there were no more descriptors; or 0 */
	int max_clients;
	int client_count;
	ClientGroup clients;
} Listener;

static void
set_accepting(Listener *listener, bool on)
{
	event_switch(&listener->acceptable, &listener->accepting, on);
}

/* Accepts clients, but only so many in a turn that others get theirs. */
static void
accept_clients(evutil_socket_t fd, short what, void *arg)
{
	Listener *listener = arg;

	(void) what;
	for (int i = 0; i < ACCEPTS_A_TURN; i++)
	{
		struct sockaddr_storage address;
		socklen_t length = sizeof(address);
		int client = system_accept(fd, (struct sockaddr *) &address, &length);

		if (client >= 0)
		{
			client_events_begin(&listener->clients, client, &address);
			if (++listener->client_count >= listener->max_clients)
				set_accepting(listener, false);
		}
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				 errno == ENOMEM)
		{
			log_error("cannot accept more clients", "error", strerror(errno));
			set_accepting(listener, false);
			listener->accept_again =
				listener->clients.loop->now + ACCEPT_PAUSE_MS;
		}
		if (client < 0 || !listener->accepting)
			return;
	}
}

/* max-clients, or as many as there are descriptors for beside those of the
 * connections to the database. */
static int
max_clients(const Config *config)
{
	int64_t most = config->max_clients;
	int64_t others =
		config->connections + config->dedicated_connections + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur != RLIM_INFINITY &&
		most > (int64_t) limit.rlim_cur - others)
		most = (int64_t) limit.rlim_cur - others;
	return most > 1 ? (int) most : 1;
}

Listener *
listener_new(Loop *loop, const Router *router, int fd, bool health)
{
	const Config *config = loop->config;
	Listener *listener = allocate(sizeof(Listener));
	ClientGroup *clients = &listener->clients;

	listener->fd = fd;
	listener->max_clients = health ? HEALTH_CLIENTS : max_clients(config);
	event_assign(&listener->acceptable, loop->base, fd, EV_READ | EV_PERSIST,
				 accept_clients, listener);
	clients->loop = loop;
	clients->router = router;
	clients->health = health;
	clients->drops = (LogLimit) LOG_LASTING_TROUBLE;
	clients->limits =
		(FramingLimits){ .line_bytes = (size_t) config->max_line_bytes,
						 .header_bytes = (size_t) config->max_header_bytes,
						 .headers = MAX_HEADERS,
						 .body_bytes = (uint64_t) config->max_body_bytes };
	return listener;
}

void
listener_open(Listener *listener)
{
	if (listener->opened)
		return;
	listener->opened = true;
	set_accepting(listener, true);
}

int
listener_clients(const Listener *listener)
{
	return listener->client_count;
}

void
listener_drain(Listener *listener)
{
	Deadlines *idle = &listener->clients.waits[WAIT_IDLE];

	set_accepting(listener, false);
	listener->opened = true;
	listener->accept_again = 0;
	close(listener->fd);
	while (idle->first != NULL)
		client_linger(client_of_deadline(idle->first));
}

/* Frees a client that has been closed: another may come in its place. */
static void
remove_client(Listener *listener, Client *client)
{
	assert(listener->client_count > 0);
	client_free(client);
	listener->client_count--;
	if (!listener->clients.loop->draining && listener->accept_again == 0)
		set_accepting(listener, true);
}

bool
listener_flush(Listener *listener)
{
	Client *client = listener->clients.flush;
	bool any = client != NULL;

	listener->clients.flush = NULL; /* what comes meanwhile is for the next */
	while (client != NULL)
	{
		Client *next = client->next_flush;

		client->flushing = false;
		if (client->closed)
			remove_client(listener, client);
		else
			client_events_flush(client);
		client = next;
	}
	return any;
}

/* Ends the clients whose time is over for one thing that they are waited for.
 * All but bodies stand in the order of their deadlines. */
static void
tick_wait(Listener *listener, Wait wait)
{
	Deadline *deadline = listener->clients.waits[wait].first;
	int64_t now = listener->clients.loop->now;

	while (deadline != NULL)
	{
		Deadline *after = deadline->after;

		if (deadline->at <= now)
			client_events_time_over(client_of_deadline(deadline));
		else if (wait != WAIT_BODY)
			break;
		deadline = after;
	}
}

/* The client that has been idle for longest, or else the one whose head has
 * been incomplete for longest; NULL when it is too early for all. */
static Client *
find_evictable(const Listener *listener)
{
	static const Wait waits[] = { WAIT_IDLE, WAIT_HEAD };
	int64_t since = listener->clients.loop->now - EVICT_MS;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
	{
		Deadline *first = listener->clients.waits[waits[i]].first;

		if (first != NULL && first->since <= since)
			return client_of_deadline(first);
	}
	return NULL;
}

/* Closes clients that send no request when others wait to be accepted in vain.
 */
static void
evict_clients(Listener *listener)
{
	struct pollfd waiting = { .fd = listener->fd, .events = POLLIN };
	Client *client;

	if (listener->clients.loop->draining || poll(&waiting, 1, 0) <= 0)
		return;
	for (int i = 0; i < EVICTIONS_A_TICK; i++)
		if ((client = find_evictable(listener)) != NULL)
			client_close(client);
}

void
listener_tick(Listener *listener)
{
	if (listener->accept_again != 0 &&
		listener->clients.loop->now >= listener->accept_again)
	{
		listener->accept_again = 0;
		set_accepting(listener, true);
	}
	for (Wait wait = WAIT_IDLE; wait < WAITS; wait++)
		tick_wait(listener, wait);
	if (listener->opened && !listener->accepting &&
		listener->client_count >= listener->max_clients)
		evict_clients(listener);
}
