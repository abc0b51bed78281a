/*-------------------------------------------------------------------------
 *
 * client.c
 *		Connections of HTTP clients.
 *
 * Owns the clients of a worker: each is in the list of what it is waited for,
 * and the exchanges that it has begun are its queue.
 *
 * A client that is idle costs its struct and no buffer.  What it has sent is
 * read into one buffer of the worker; a request is put together only while it
 * is incomplete, and no more is read while 32 of its requests are under way or
 * its replies pile up.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/client.h"

#include "httpd/exchange.h"
#include "httpd/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 65536
#define MOST_OUTSTANDING 32 /* requests of one client under way */
#define MOST_UNSENT 262144	/* bytes of replies, before reading pauses */
#define KEPT_BYTES 4096		/* of an empty output buffer */
#define ACCEPTS_A_TURN 64
#define LINGER_MS 1000	   /* for a refused client to read why */
#define BODY_GRACE_MS 5000 /* before its rate is looked at */
#define FREE_REQUESTS 64

/* What a client is waited for, each with a time limit of its own. */
typedef enum Wait
{
	WAIT_REPLY,	 /* ours: none */
	WAIT_IDLE,	 /* the next request */
	WAIT_HEAD,	 /* the rest of a head */
	WAIT_BODY,	 /* the rest of a body */
	WAIT_SEND,	 /* to take its reply */
	WAIT_LINGER, /* to go */
	WAITS
} Wait;

typedef struct Client
{
	struct Listener *listener;
	int fd;
	struct event readable;
	struct event writable;
	bool reading; /* whether readable is added, and so on */
	bool writing;
	bool flushing;	   /* is in the listener's list for this turn */
	bool last_request; /* no request is read after those under way */
	bool lingering;
	bool owes_continue; /* 100 Continue is due once it is the next reply */
	bool closed;		/* is freed at the end of this turn */
	Wait wait;
	int64_t deadline;
	struct Client *before; /* in the list of its wait */
	struct Client *after;
	struct Client *next_flush;
	Request *request; /* that is incomplete; NULL between requests */
	int64_t body_began;
	int outstanding;
	Exchange *first; /* whose reply is the next one */
	Exchange *last;
	Buffer out;
	Buffer held; /* bytes read but not looked at, while it is paused */
} Client;

typedef struct List
{
	Client *first;
	Client *last;
} List;

typedef struct Listener
{
	Worker *worker;
	int fd;
	struct event acceptable;
	bool accepting;
	int64_t accept_again; /* when there were no more descriptors; or 0 */
	int clients;
	List waits[WAITS];
	Client *flush;
	Request *free_requests[FREE_REQUESTS];
	int free_request_count;
	char bytes[READ_BYTES];
} Listener;

static void accept_clients(evutil_socket_t fd, short what, void *arg);
static void add_client(Listener *listener, int fd);
static void set_accepting(Listener *listener, bool on);
static void client_readable(evutil_socket_t fd, short what, void *arg);
static void client_writable(evutil_socket_t fd, short what, void *arg);
static void feed(Client *client, const char *bytes, size_t size);
static bool may_read(const Client *client);
static void begin_request(Client *client);
static void end_request(Client *client);
static void head_complete(Client *client);
static void begin_exchange(Client *client);
static Exchange *queue_exchange(Client *client);
static void refuse_request(Client *client, int status, const char *message);
static void send_continue(Client *client);
static void pass_replies(Client *client);
static void want_flush(Client *client);
static void flush_client(Client *client);
static bool send_out(Client *client);
static void settle(Client *client);
static void linger(Client *client);
static void set_wait(Client *client, Wait wait);
static int64_t wait_limit(const Client *client, Wait wait);
static void set_reading(Client *client, bool on);
static void set_writing(Client *client, bool on);
static void tick_wait(Listener *listener, Wait wait);
static void time_over(Client *client);
static void close_client(Client *client);
static void free_client(Client *client);

Listener *
listener_new(Worker *worker, int listen_fd)
{
	Listener *listener = allocate(sizeof(Listener));

	listener->worker = worker;
	listener->fd = listen_fd;
	event_assign(&listener->acceptable, worker->base, listen_fd,
				 EV_READ | EV_PERSIST, accept_clients, listener);
	set_accepting(listener, true);
	return listener;
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
	listener->accept_again = 0;
	while (listener->waits[WAIT_IDLE].first != NULL)
		linger(listener->waits[WAIT_IDLE].first);
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
			free_client(client);
		else
			flush_client(client);
		client = next;
	}
	return any;
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
}

Buffer *
client_reply_buffer(Client *client, Exchange *exchange)
{
	return client->first == exchange ? &client->out : &exchange->reply;
}

void
client_answered(Client *client)
{
	pass_replies(client);
	want_flush(client);
}

static void
accept_clients(evutil_socket_t fd, short what, void *arg)
{
	Listener *listener = arg;

	(void) what;
	for (int i = 0; i < ACCEPTS_A_TURN; i++)
	{
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0)
			add_client(listener, client);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				 errno == ENOMEM)
		{
			log_error("cannot accept more clients", "error", strerror(errno));
			set_accepting(listener, false);
			listener->accept_again = listener->worker->now + 1000;
		}
		if (client < 0 || !listener->accepting)
			return;
	}
}

static void
add_client(Listener *listener, int fd)
{
	Client *client = allocate(sizeof(Client));

	client->listener = listener;
	client->fd = fd;
	event_assign(&client->readable, listener->worker->base, fd,
				 EV_READ | EV_PERSIST, client_readable, client);
	event_assign(&client->writable, listener->worker->base, fd,
				 EV_WRITE | EV_PERSIST, client_writable, client);
	set_reading(client, true);
	client->wait = WAIT_REPLY;
	set_wait(client, WAIT_IDLE);
	if (++listener->clients >= listener->worker->config->max_clients)
		set_accepting(listener, false);
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
client_readable(evutil_socket_t fd, short what, void *arg)
{
	Client *client = arg;
	Listener *listener = client->listener;
	ssize_t got = recv(fd, listener->bytes, READ_BYTES, 0);

	(void) what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0 || (got == 0 && client->lingering))
		close_client(client);
	else if (got == 0)
	{
		/* It may have closed its half only, and wait for what it asked. */
		client->last_request = true;
		end_request(client);
		settle(client);
	}
	else if (!client->lingering)
		feed(client, listener->bytes, (size_t) got);
}

static void
client_writable(evutil_socket_t fd, short what, void *arg)
{
	Client *client = arg;

	(void) fd;
	(void) what;
	flush_client(client);
}

/* Takes bytes as far as requests may be begun, and holds the rest. */
static void
feed(Client *client, const char *bytes, size_t size)
{
	size_t taken = 0;

	while (taken < size && may_read(client))
	{
		begin_request(client);
		taken += request_read(client->request, bytes + taken, size - taken);
		switch (client->request->stage)
		{
			case REQUEST_HEAD:
				break;
			case REQUEST_BODY:
				head_complete(client);
				break;
			case REQUEST_COMPLETE:
				begin_exchange(client);
				break;
			case REQUEST_REFUSED:
				refuse_request(client, client->request->refusal.status,
							   client->request->refusal.message);
				break;
		}
	}
	if (taken < size && !client->last_request && !client->closed)
		buffer_append(&client->held, bytes + taken, size - taken);
	settle(client);
}

static bool
may_read(const Client *client)
{
	return !client->closed && !client->last_request &&
		   client->outstanding < MOST_OUTSTANDING &&
		   buffer_length(&client->out) < MOST_UNSENT;
}

static void
begin_request(Client *client)
{
	Listener *listener = client->listener;

	if (client->request != NULL)
		return;
	client->body_began = 0;
	if (listener->free_request_count > 0)
		client->request =
			listener->free_requests[--listener->free_request_count];
	else
	{
		client->request = allocate(sizeof(Request));
		request_init(client->request, &listener->worker->limits);
	}
}

static void
end_request(Client *client)
{
	Listener *listener = client->listener;

	if (client->request == NULL)
		return;
	if (listener->free_request_count < FREE_REQUESTS)
	{
		request_reset(client->request);
		listener->free_requests[listener->free_request_count++] =
			client->request;
	}
	else
	{
		request_free(client->request);
		free(client->request);
	}
	client->request = NULL;
}

/* A body is to come.  Who asks whether to send it is told. */
static void
head_complete(Client *client)
{
	if (client->body_began == 0)
		client->body_began = client->listener->worker->now;
	if (!client->request->expects_continue)
		return;
	client->request->expects_continue = false;
	switch (route_refusal(client->listener->worker, client->request))
	{
		case 0:
			client->owes_continue = true;
			send_continue(client);
			break;
		default:
			/* The router says why; the body is not to come any more. */
			client->request->keep_alive = false;
			begin_exchange(client);
	}
}

static void
send_continue(Client *client)
{
	if (!client->owes_continue || client->first != NULL)
		return;
	client->owes_continue = false;
	buffer_append_string(&client->out, "HTTP/1.1 100 Continue\r\n\r\n");
	want_flush(client);
}

static Exchange *
queue_exchange(Client *client)
{
	const Request *request = client->request;
	Exchange *exchange = exchange_new(client->listener->worker, client);

	exchange->method = request->method;
	exchange->http_1_0 = request->http_1_0;
	exchange->keep_alive = request->keep_alive;
	exchange->target = buffer_length(&request->target) > 0
						   ? copy_bytes(buffer_bytes(&request->target),
										buffer_length(&request->target))
						   : copy_string("");
	if (client->last != NULL)
		client->last->next = exchange;
	else
		client->first = exchange;
	client->last = exchange;
	client->outstanding++;
	return exchange;
}

static void
begin_exchange(Client *client)
{
	Exchange *exchange = queue_exchange(client);

	client->last_request = !exchange->keep_alive;
	client->owes_continue = false;
	route_request(exchange, client->request);
	end_request(client);
}

/* Nothing that follows can be trusted to be where a request begins. */
static void
refuse_request(Client *client, int status, const char *message)
{
	Exchange *exchange = queue_exchange(client);

	exchange->keep_alive = false;
	client->last_request = true;
	client->owes_continue = false;
	exchange_refuse(exchange, status, message, NULL);
	end_request(client);
}

/* Replies leave in the order of the requests. */
static void
pass_replies(Client *client)
{
	while (client->first != NULL && client->first->answered)
	{
		Exchange *exchange = client->first;

		buffer_append(&client->out, buffer_bytes(&exchange->reply),
					  buffer_length(&exchange->reply));
		/* While draining the reply may end what the request did not. */
		if (!exchange->keep_alive)
			client->last_request = true;
		client->first = exchange->next;
		if (client->first == NULL)
			client->last = NULL;
		client->outstanding--;
		exchange->client = NULL;
		if (!exchange->in_pool)
			exchange_free(exchange);
	}
	send_continue(client);
}

static void
want_flush(Client *client)
{
	if (client->flushing)
		return;
	client->flushing = true;
	client->next_flush = client->listener->flush;
	client->listener->flush = client;
}

static void
flush_client(Client *client)
{
	if (!send_out(client))
	{
		close_client(client);
		return;
	}
	/* What was held while too much was under way. */
	if (buffer_length(&client->held) > 0 && may_read(client))
	{
		Buffer held = client->held;

		memset(&client->held, 0, sizeof(client->held));
		feed(client, buffer_bytes(&held), buffer_length(&held));
		free(held.data);
		return;
	}
	settle(client);
}

/* False when the client has gone. */
static bool
send_out(Client *client)
{
	while (buffer_length(&client->out) > 0)
	{
		ssize_t sent = send(client->fd, buffer_bytes(&client->out),
							buffer_length(&client->out), MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN;
		buffer_take(&client->out, (size_t) sent);
		if (client->wait == WAIT_SEND)
			set_wait(client, WAIT_REPLY); /* it moves: its time begins anew */
	}
	buffer_reset(&client->out, KEPT_BYTES);
	return true;
}

/* Brings in line what a client is in and what it is waited for. */
static void
settle(Client *client)
{
	bool unsent = buffer_length(&client->out) > 0;
	bool over = client->last_request && client->first == NULL;

	if (client->closed || client->lingering)
		return;
	if (unsent && client->flushing)
		return; /* it is looked at again at the end of this turn */
	if (over && !unsent)
	{
		linger(client);
		return;
	}
	set_writing(client, unsent);
	set_reading(client, may_read(client));
	if (unsent)
		set_wait(client, WAIT_SEND);
	else if (client->request != NULL && client->request->stage == REQUEST_BODY)
		set_wait(client, WAIT_BODY);
	else if (client->request != NULL && request_begun(client->request))
		set_wait(client, WAIT_HEAD);
	else if (client->first != NULL)
		set_wait(client, WAIT_REPLY);
	else if (client->listener->worker->draining)
		linger(client);
	else
	{
		end_request(client);
		set_wait(client, WAIT_IDLE);
	}
}

/*
 * Closing at once could take back a reply that the client has not read yet,
 * when bytes of it wait unread here: so it is told the end, and given a second
 * to close.
 */
static void
linger(Client *client)
{
	client->lingering = true;
	client->last_request = true;
	end_request(client);
	shutdown(client->fd, SHUT_WR);
	set_writing(client, false);
	set_reading(client, true);
	set_wait(client, WAIT_LINGER);
}

static void
set_wait(Client *client, Wait wait)
{
	List *from = &client->listener->waits[client->wait];
	List *to = &client->listener->waits[wait];

	if (client->wait == wait)
	{
		/* A body has more time the more of it has come. */
		if (wait == WAIT_BODY)
			client->deadline = wait_limit(client, wait);
		return;
	}
	if (client->wait != WAIT_REPLY)
	{
		*(client->before ? &client->before->after : &from->first) =
			client->after;
		*(client->after ? &client->after->before : &from->last) =
			client->before;
	}
	client->wait = wait;
	if (wait == WAIT_REPLY)
		return;
	client->deadline = wait_limit(client, wait);
	client->before = to->last;
	client->after = NULL;
	*(to->last ? &to->last->after : &to->first) = client;
	to->last = client;
}

static int64_t
wait_limit(const Client *client, Wait wait)
{
	const Worker *worker = client->listener->worker;
	const Config *config = worker->config;

	switch (wait)
	{
		case WAIT_HEAD:
			return worker->now + config->header_timeout;
		case WAIT_BODY:
			return client->body_began + BODY_GRACE_MS +
				   (int64_t) buffer_length(&client->request->body) * 1000 /
					   config->body_rate;
		case WAIT_LINGER:
			return worker->now + LINGER_MS;
		default:
			return worker->now + config->idle_timeout;
	}
}

static void
set_reading(Client *client, bool on)
{
	if (client->reading == on)
		return;
	client->reading = on;
	if (on)
		event_add(&client->readable, NULL);
	else
		event_del(&client->readable);
}

static void
set_writing(Client *client, bool on)
{
	if (client->writing == on)
		return;
	client->writing = on;
	if (on)
		event_add(&client->writable, NULL);
	else
		event_del(&client->writable);
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
			time_over(client);
		else if (wait != WAIT_BODY)
			break;
		client = after;
	}
}

static void
time_over(Client *client)
{
	switch (client->wait)
	{
		case WAIT_HEAD:
			refuse_request(client, 408,
						   "the head of the request took too long");
			break;
		case WAIT_BODY:
			refuse_request(client, 408,
						   "the body of the request came too slowly");
			break;
		case WAIT_IDLE:
			linger(client);
			break;
		default:
			close_client(client);
			break;
	}
}

/* It is freed at the end of this turn: events of it may still be due. */
static void
close_client(Client *client)
{
	if (client->closed)
		return;
	client->closed = true;
	client->last_request = true;
	set_reading(client, false);
	set_writing(client, false);
	set_wait(client, WAIT_REPLY);
	close(client->fd);
	end_request(client);
	while (client->first != NULL)
	{
		Exchange *exchange = client->first;

		client->first = exchange->next;
		exchange->client = NULL;
		if (!exchange->in_pool)
			exchange_free(exchange);
	}
	client->last = NULL;
	client->listener->clients--;
	if (!client->listener->worker->draining &&
		client->listener->accept_again == 0)
		set_accepting(client->listener, true);
	want_flush(client);
}

static void
free_client(Client *client)
{
	free(client->out.data);
	free(client->held.data);
	free(client);
}
