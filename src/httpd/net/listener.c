/*-------------------------------------------------------------------------
 *
 * listener.c
 *		The clients of a worker: accepting them, and how long each is
 *		waited for.
 *
 * Owns the listening socket's event, and the lists of clients: one for each
 * thing that a client can be waited for, in the order of their deadlines, and
 * one of those that have something to send.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/listener.h"

#include "httpd/net/body.h"
#include "httpd/net/client.h"
#include "httpd/base/log.h"
#include "httpd/base/system.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64
#define ACCEPT_PAUSE_MS 1000 /* when there are no more descriptors */
#define LINGER_MS 1000		 /* for a refused client to read why */
#define EVICT_MS 1000		 /* without a request, while others wait */
#define EVICTIONS_A_TICK 64	 /* as many as are accepted in a turn */
#define HEALTH_CLIENTS 64
#define OTHER_DESCRIPTORS \
	(HEALTH_CLIENTS + 32) /* pipes, the log, what libraries open */

static int most_clients(const Config *config);
static void accept_clients(evutil_socket_t fd, short what, void *arg);
static void set_accepting(Listener *listener, bool on);
static void leave_list(List *list, Client *client);
static void join_list(List *list, Client *client);
static int64_t deadline(Client *client, Wait wait);
static bool takes_enough(const Client *client);
static void tick_wait(Listener *listener, Wait wait);
static void evict(Listener *listener);
static Client *evictable(const Listener *listener);

Listener *
listener_new(Worker *worker, int listen_fd, bool health)
{
	Listener *listener = allocate(sizeof(Listener));

	listener->worker = worker;
	listener->fd = listen_fd;
	listener->health = health;
	listener->most_clients =
		health ? HEALTH_CLIENTS : most_clients(worker->config);
	event_assign(&listener->acceptable, worker->base, listen_fd,
				 EV_READ | EV_PERSIST, accept_clients, listener);
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
	return listener->clients;
}

void
listener_drain(Listener *listener)
{
	set_accepting(listener, false);
	listener->opened = true;
	listener->accept_again = 0;
	close(listener->fd);
	while (listener->waits[WAIT_IDLE].first != NULL)
		client_linger(listener->waits[WAIT_IDLE].first);
}

bool
listener_flush(Listener *listener)
{
	Client *client = listener->flush;
	bool any = client != NULL;

	listener->flush = NULL; /* what comes meanwhile is for the next time */
	while (client != NULL)
	{
		Client *next = client->next_flush;

		client->flushing = false;
		if (client->closed)
			client_free(client);
		else
			client_flush(client);
		client = next;
	}
	return any;
}

void
listener_send_pending(Listener *listener)
{
	for (Client *client = listener->flush; client != NULL;
		 client = client->next_flush)
		client_send(client);
}

void
listener_tick(Listener *listener)
{
	if (listener->accept_again != 0 &&
		listener->worker->now >= listener->accept_again)
	{
		listener->accept_again = 0;
		set_accepting(listener, true);
	}
	for (Wait wait = WAIT_IDLE; wait < WAITS; wait++)
		tick_wait(listener, wait);
	if (listener->opened && !listener->accepting &&
		listener->clients >= listener->most_clients)
		evict(listener);
}

void
listener_want_flush(Listener *listener, Client *client)
{
	if (client->flushing)
		return;
	client->flushing = true;
	client->next_flush = listener->flush;
	listener->flush = client;
}

void
listener_wait(Listener *listener, Client *client, Wait wait)
{
	if (client->wait == wait && !takes_enough(client))
	{
		if (wait == WAIT_BODY)
			client->deadline = body_later_deadline(client);
		return;
	}
	if (client->wait != WAIT_NONE)
		leave_list(&listener->waits[client->wait], client);
	client->wait = wait;
	if (wait == WAIT_NONE)
		return;
	client->sent = 0;
	client->wait_began = listener->worker->now;
	client->deadline = deadline(client, wait);
	join_list(&listener->waits[wait], client);
}

void
listener_forget(Listener *listener)
{
	listener->clients--;
	if (!listener->worker->draining && listener->accept_again == 0)
		set_accepting(listener, true);
}

/* The connections to the database need descriptors as well. */
static int
most_clients(const Config *config)
{
	int64_t most = config->max_clients;
	int64_t others =
		config->connections + config->solo_connections + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur != RLIM_INFINITY &&
		most > (int64_t) limit.rlim_cur - others)
		most = (int64_t) limit.rlim_cur - others;
	return most > 1 ? (int) most : 1;
}

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
			client_new(listener, client, &address);
			if (++listener->clients >= listener->most_clients)
				set_accepting(listener, false);
		}
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				 errno == ENOMEM)
		{
			log_error("cannot accept more clients", "error", strerror(errno));
			set_accepting(listener, false);
			listener->accept_again = listener->worker->now + ACCEPT_PAUSE_MS;
		}
		if (client < 0 || !listener->accepting)
			return;
	}
}

static void
set_accepting(Listener *listener, bool on)
{
	if (listener->accepting == on)
		return;
	listener->accepting = on;
	if (on)
		event_add(&listener->acceptable, NULL);
	else
		event_del(&listener->acceptable);
}

static void
leave_list(List *list, Client *client)
{
	*(client->before ? &client->before->after : &list->first) = client->after;
	*(client->after ? &client->after->before : &list->last) = client->before;
}

static void
join_list(List *list, Client *client)
{
	client->before = list->last;
	client->after = NULL;
	*(list->last ? &list->last->after : &list->first) = client;
	list->last = client;
}

static int64_t
deadline(Client *client, Wait wait)
{
	const Worker *worker = client->listener->worker;
	const Config *config = worker->config;

	switch (wait)
	{
		case WAIT_HEAD:
			return worker->now + config->header_timeout;
		case WAIT_BODY:
			return body_deadline(client);
		case WAIT_LINGER:
			return worker->now + LINGER_MS;
		default:
			return worker->now + config->idle_timeout;
	}
}

/* Who takes its replies, but a byte now and then, is not waited for anew. */
static bool
takes_enough(const Client *client)
{
	const Config *config = client->listener->worker->config;

	return client->wait == WAIT_SEND &&
		   (int64_t) client->sent >=
			   config->body_rate * config->idle_timeout / 1000;
}

/* Lists are in the order of their deadlines, but that of bodies. */
static void
tick_wait(Listener *listener, Wait wait)
{
	Client *client = listener->waits[wait].first;
	int64_t now = listener->worker->now;

	while (client != NULL)
	{
		Client *after = client->after;

		if (client->deadline <= now)
			client_time_over(client);
		else if (wait != WAIT_BODY)
			break;
		client = after;
	}
}

/* Closes clients that send no request when others wait to be accepted in vain.
 */
static void
evict(Listener *listener)
{
	struct pollfd waiting = { .fd = listener->fd, .events = POLLIN };
	Client *client;

	if (listener->worker->draining || poll(&waiting, 1, 0) <= 0)
		return;
	for (int i = 0; i < EVICTIONS_A_TICK; i++)
		if ((client = evictable(listener)) != NULL)
			client_close(client);
}

/* The client that has been idle for longest, or else the one whose head has
 * been incomplete for longest; NULL when it is too early for all. */
static Client *
evictable(const Listener *listener)
{
	static const Wait waits[] = { WAIT_IDLE, WAIT_HEAD };

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
	{
		Client *client = listener->waits[waits[i]].first;

		if (client != NULL &&
			listener->worker->now - client->wait_began >= EVICT_MS)
			return client;
	}
	return NULL;
}
