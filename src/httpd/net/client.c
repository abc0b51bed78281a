/*-------------------------------------------------------------------------
 *
 * client.c
 *		One connection of an HTTP client.
 *
 * Owns the client's socket, the request that it is sending, and the queue of
 * its exchanges, which keeps the order of the replies.  What it sends becomes
 * requests in client_requests.c.
 *
 * A client that is idle costs its struct and at most KEPT_BYTES of buffer. What
 * it has sent is read into one buffer of the worker; a request is put together
 * only while it is incomplete, and no more is read while 32 of its requests are
 * under way or its replies pile up.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/client.h"

#include "httpd/protocols/exchange.h"
#include "httpd/net/unsent.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEND_AT_ONCE 65536 /* bytes, instead of at the end of the turn */
#define KEPT_BYTES 4096	   /* of an empty output buffer */

static void client_readable(evutil_socket_t fd, short what, void *arg);
static void client_writable(evutil_socket_t fd, short what, void *arg);
static void pass_replies(Client *client);
static bool send_out(Client *client);
static void wait_for(Client *client, Wait wait);
static void set_reading(Client *client, bool on);
static void set_writing(Client *client, bool on);

Client *
client_new(Listener *listener, int fd, const struct sockaddr_storage *address)
{
	Client *client = allocate(sizeof(Client));

	client->address = *address;

	client->listener = listener;
	client->fd = fd;
	event_assign(&client->readable, listener->worker->base, fd,
				 EV_READ | EV_PERSIST, client_readable, client);
	event_assign(&client->writable, listener->worker->base, fd,
				 EV_WRITE | EV_PERSIST, client_writable, client);
	set_reading(client, true);
	wait_for(client, WAIT_IDLE);
	return client;
}

void
client_address(const Client *client, const char *forwarded_for,
			   char text[ADDRESS_SIZE])
{
	const Config *config = client->listener->worker->config;

	if (getnameinfo((const struct sockaddr *) &client->address,
					sizeof(client->address), text, ADDRESS_SIZE, NULL, 0,
					NI_NUMERICHOST) != 0)
		snprintf(text, ADDRESS_SIZE, "unknown");
	forwarded_client(config->trusted_proxies, forwarded_for, text);
}

void
client_flush(Client *client)
{
	if (client->dropped || !send_out(client))
	{
		client_close(client);
		return;
	}
	set_writing(client, buffer_length(&client->out) > 0);
	/* What was held while too much was under way. */
	if (buffer_length(&client->held) > 0 && client_may_read(client))
	{
		Buffer held = unsent_release(client);

		client_feed(client, buffer_bytes(&held), buffer_length(&held));
		free(held.data);
		return;
	}
	client_settle(client);
}

void
client_time_over(Client *client)
{
	switch (client->wait)
	{
		case WAIT_HEAD:
			client_refuse_request(client, 408,
								  "the head of the request took too long");
			break;
		case WAIT_BODY:
			client_refuse_request(client, 408,
								  "the body of the request came too slowly");
			break;
		case WAIT_IDLE:
			client_linger(client);
			break;
		default:
			client_close(client);
			break;
	}
}

/*
 * Closing at once could take back a reply that the client has not read yet,
 * when bytes of it wait unread here: so it is told the end, and given a second
 * to close.
 */
void
client_linger(Client *client)
{
	client->lingering = true;
	client->last_request = true;
	client_end_request(client);
	shutdown(client->fd, SHUT_WR);
	set_writing(client, false);
	set_reading(client, true);
	wait_for(client, WAIT_LINGER);
}

void
client_free(Client *client)
{
	free(client->out.data);
	free(client->held.data);
	free(client);
}

Buffer *
client_reply_buffer(Client *client, Exchange *exchange)
{
	return client->first == exchange ? &client->out : &exchange->reply;
}

void
client_answered(Client *client, size_t size)
{
	unsent_add(client, size);
	pass_replies(client);
	listener_want_flush(client->listener, client);
	if (buffer_length(&client->out) >= SEND_AT_ONCE)
		client_send(client);
}

void
client_send(Client *client)
{
	if (client->closed || client->dropped || client->writing ||
		buffer_length(&client->out) == 0)
		return;
	if (!send_out(client))
	{
		client_drop(client);
		return;
	}
	set_writing(client, buffer_length(&client->out) > 0);
	if (client->writing)
		wait_for(client, WAIT_SEND);
}

void
client_drop(Client *client)
{
	unsent_forget(client);
	client->dropped = client->last_request = true;
	listener_want_flush(client->listener, client);
}

/* No request is begun that could only be answered behind the last reply. */
void
client_end_after(Client *client, Exchange *exchange)
{
	exchange->keep_alive = false;
	client->last_request = true;
}

static void
client_readable(evutil_socket_t fd, short what, void *arg)
{
	Client *client = arg;
	Listener *listener = client->listener;
	ssize_t got;

	(void) what;
	if (client->dropped)
		return;
	got = recv(fd, listener->bytes, READ_BYTES, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0 || (got == 0 && client->lingering))
		client_close(client);
	else if (got == 0)
	{
		/* It may have closed its half only, and wait for what it asked. */
		client->last_request = true;
		client_end_request(client);
		client_settle(client);
	}
	else if (!client->lingering)
		client_feed(client, listener->bytes, (size_t) got);
}

static void
client_writable(evutil_socket_t fd, short what, void *arg)
{
	Client *client = arg;

	(void) fd;
	(void) what;
	client_flush(client);
}

void
client_send_continue(Client *client)
{
	static const char reply[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!client->owes_continue || client->first != NULL)
		return;
	client->owes_continue = false;
	buffer_append_string(&client->out, reply);
	unsent_add(client, sizeof(reply) - 1);
	listener_want_flush(client->listener, client);
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
		client->first = exchange->next;
		if (client->first == NULL)
			client->last = NULL;
		client->outstanding--;
		unsent_take(client, sizeof(Exchange));
		exchange->client = NULL;
		if (!exchange->in_pool)
			exchange_free(exchange);
	}
	client_send_continue(client);
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
		unsent_taken(client, (size_t) sent);
	}
	buffer_reset(&client->out, KEPT_BYTES);
	return true;
}

/* Brings in line what a client is in and what it is waited for. */
void
client_settle(Client *client)
{
	bool unsent = buffer_length(&client->out) > 0;
	bool over = client->last_request && client->first == NULL;

	if (client->closed || client->dropped || client->lingering)
		return;
	if (unsent && client->flushing)
	{
		/* It is looked at again at the end of this turn. */
		if (client->wait != WAIT_SEND)
			wait_for(client, WAIT_REPLY);
		return;
	}
	if (over && !unsent)
	{
		client_linger(client);
		return;
	}
	set_writing(client, unsent);
	set_reading(client, client_may_read(client));
	if (unsent)
		wait_for(client, WAIT_SEND);
	else if (client->request != NULL &&
			 client->request->stage == REQUEST_BODY && client_may_read(client))
		wait_for(client, WAIT_BODY);
	else if (client->request != NULL && request_begun(client->request))
		wait_for(client, WAIT_HEAD);
	else if (client->first != NULL)
		wait_for(client, WAIT_REPLY);
	else if (client->listener->worker->draining)
		client_linger(client);
	else
	{
		client_end_request(client);
		wait_for(client, WAIT_IDLE);
	}
}

static void
wait_for(Client *client, Wait wait)
{
	listener_wait(client->listener, client, wait);
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

/* It is freed at the end of this turn: events of it may still be due. */
void
client_close(Client *client)
{
	if (client->closed)
		return;
	client->closed = true;
	client->last_request = true;
	set_reading(client, false);
	set_writing(client, false);
	client_end_request(client);
	wait_for(client, WAIT_NONE);
	close(client->fd);
	unsent_forget(client);
	while (client->first != NULL)
	{
		Exchange *exchange = client->first;

		client->first = exchange->next;
		exchange->client = NULL;
		if (!exchange->in_pool)
			exchange_free(exchange);
	}
	client->last = NULL;
	listener_forget(client->listener);
	listener_want_flush(client->listener, client);
}
