/*-------------------------------------------------------------------------
 *
 * client.c
 *		One connection of an HTTP client: its socket, the queue of its replies,
 *		and what it is waited for.
 *
 * Owns the client's socket, the request that it is sending, and the queue of
 * its exchanges, which keeps the order of the replies.
 *
 * A client that is idle costs its struct and at most RETAINED_BYTES of buffer.
 * Bytes from it are read into one buffer of its group; a request is put
 * together only while it is incomplete, and no more is read while
 * MAX_OUTSTANDING of its requests are under way or its replies pile up.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/client.h"

#include "httpd/net/event_switch.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEND_AT_ONCE 65536	/* bytes, instead of at the end of the turn */
#define RETAINED_BYTES 4096 /* of an empty output buffer */
#define LARGE_BYTES 65536	/* which are worth giving back to the kernel */
#define MAX_OUTSTANDING 32	/* requests of one client under way */
#define MAX_UNSENT 262144	/* bytes of replies, before reading pauses */
#define LINGER_MS 1000		/* for a refused client to read why */

static void
set_reading(Client *client, bool on)
{
	event_switch(&client->readable, &client->reading, on);
}

static void
set_writing(Client *client, bool on)
{
	event_switch(&client->writable, &client->writing, on);
}

/* The time when a wait that begins now is over. */
static int64_t
first_deadline(Client *client, Wait wait)
{
	const Loop *loop = client->group->loop;

	switch (wait)
	{
		case WAIT_HEAD:
			return loop->now + loop->config->header_timeout;
		case WAIT_BODY:
			return body_deadline(loop, &client->body,
								 client->request->body_read);
		case WAIT_LINGER:
			return loop->now + LINGER_MS;
		default:
			return loop->now + loop->config->idle_timeout;
	}
}

/* Whether a client that is waited for to take its reply reads at body-rate or
 * faster, and so gets a new time limit. */
static bool
takes_enough(const Client *client)
{
	const Config *config = client->group->loop->config;

	return client->wait == WAIT_SEND &&
		   (int64_t) client->unsent.sent >=
			   config->body_rate * config->idle_timeout / 1000;
}

void
client_wait(Client *client, Wait wait)
{
	ClientGroup *group = client->group;
	Deadline *deadline = &client->deadline;

	if (client->wait == wait && !takes_enough(client))
	{
		if (wait == WAIT_BODY)
			deadline->at =
				body_later_deadline(group->loop, &client->body,
									client->request->body_read, deadline->at);
		return;
	}
	if (client->wait != WAIT_NONE)
		deadlines_leave(&group->waits[client->wait], deadline);
	client->wait = wait;
	if (wait == WAIT_NONE)
		return;
	client->unsent.sent = 0;
	deadline->since = group->loop->now;
	deadline->at = first_deadline(client, wait);
	deadlines_join(&group->waits[wait], deadline);
}

Client *
client_new(ClientGroup *group, int fd, const struct sockaddr_storage *address,
		   event_callback_fn readable, event_callback_fn writable)
{
	Client *client = allocate(sizeof(Client));
	struct event_base *base = group->loop->base;

	client->group = group;
	client->fd = fd;
	client->address = *address;
	event_assign(&client->readable, base, fd, EV_READ | EV_PERSIST, readable,
				 client);
	event_assign(&client->writable, base, fd, EV_WRITE | EV_PERSIST, writable,
				 client);
	set_reading(client, true);
	client_wait(client, WAIT_IDLE);
	return client;
}

void
client_free(Client *client)
{
	assert(client->closed && client->exchanges.first == NULL);
	free(client->out.data);
	free(client->unsent.held.data);
	free(client);
}

void
client_show_address(const void *arg, const char *forwarded_for,
					char text[ADDRESS_SIZE])
{
	const Client *client = arg;
	const Config *config = client->group->loop->config;

	if (getnameinfo((const struct sockaddr *) &client->address,
					sizeof(client->address), text, ADDRESS_SIZE, NULL, 0,
					NI_NUMERICHOST) != 0)
		snprintf(text, ADDRESS_SIZE, "unknown");
	forwarded_client(config->trusted_proxies, forwarded_for, text);
}

void
client_want_flush(Client *client)
{
	if (client->flushing)
		return;
	client->flushing = true;
	client->next_flush = client->group->flush;
	client->group->flush = client;
}

bool
client_may_read(const Client *client)
{
	return !client->closed && !client->last_request && !client->writing &&
		   client->exchanges.count < MAX_OUTSTANDING &&
		   client->unsent.bytes < MAX_UNSENT;
}

void
client_end_request(Client *client)
{
	ClientGroup *group = client->group;

	if (client->request == NULL)
		return;
	body_count(group->loop, &client->body, 0);
	if (group->free_request_count < FREE_REQUESTS)
	{
		request_reset(client->request);
		group->free_requests[group->free_request_count++] = client->request;
	}
	else
	{
		request_free(client->request);
		free(client->request);
	}
	client->request = NULL;
	/* The time limit was that request's: the next one has its own. */
	if (client->wait == WAIT_HEAD || client->wait == WAIT_BODY)
		client_wait(client, WAIT_REPLY);
}

void
client_queue(Client *client, Exchange *exchange)
{
	queue_append(&client->exchanges, &exchange->link);
	unsent_add(client->group->loop, &client->unsent, sizeof(Exchange));
}

Buffer *
client_reply_buffer(Client *client, Exchange *exchange)
{
	return client_first_exchange(client) == exchange ? &client->out
													 : &exchange->reply;
}

void
client_send_continue(Client *client)
{
	static const char reply[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!client->owes_continue || client->exchanges.first != NULL)
		return;
	client->owes_continue = false;
	buffer_append_string(&client->out, reply);
	unsent_add(client->group->loop, &client->unsent, sizeof(reply) - 1);
	client_want_flush(client);
}

/* Puts replies into the output in the order of their requests, as far as they
 * are there. */
static void
pass_replies(Client *client)
{
	Exchange *exchange;

	while ((exchange = client_first_exchange(client)) != NULL &&
		   exchange->answered)
	{
		buffer_append(&client->out, buffer_bytes(&exchange->reply),
					  buffer_length(&exchange->reply));
		queue_take(&client->exchanges);
		unsent_remove(client->group->loop, &client->unsent, sizeof(Exchange));
		exchange_let_go(exchange);
	}
	client_send_continue(client);
}

void
client_answered(void *arg, size_t size)
{
	Client *client = arg;

	unsent_add(client->group->loop, &client->unsent, size);
	pass_replies(client);
	client_want_flush(client);
	if (buffer_length(&client->out) >= SEND_AT_ONCE)
		client_send(client);
}

/* Sends what the kernel takes now; false when the client has gone. */
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
		unsent_take(client->group->loop, &client->unsent, (size_t) sent,
					client->writing);
	}
	buffer_reset(&client->out, RETAINED_BYTES);
	return true;
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
		client_wait(client, WAIT_SEND);
}

void
client_send_pending(ClientGroup *group)
{
	for (Client *client = group->flush; client != NULL;
		 client = client->next_flush)
		client_send(client);
}

bool
client_send_last(Client *client)
{
	if (client->dropped || !send_out(client))
	{
		client_close(client);
		return false;
	}
	set_writing(client, buffer_length(&client->out) > 0);
	return true;
}

void
client_linger(Client *client)
{
	client->lingering = true;
	client->last_request = true;
	client_end_request(client);
	shutdown(client->fd, SHUT_WR);
	set_writing(client, false);
	set_reading(client, true);
	client_wait(client, WAIT_LINGER);
}

void
client_settle(Client *client)
{
	bool unsent = buffer_length(&client->out) > 0;
	bool over = client->last_request && client->exchanges.first == NULL;

	if (client->closed || client->dropped || client->lingering)
		return;
	if (unsent && client->flushing)
	{
		/* client_events_flush() comes back here at the end of this turn. */
		if (client->wait != WAIT_SEND)
			client_wait(client, WAIT_REPLY);
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
		client_wait(client, WAIT_SEND);
	else if (client->request != NULL &&
			 client->request->stage == REQUEST_BODY && client_may_read(client))
		client_wait(client, WAIT_BODY);
	else if (client->request != NULL && request_begun(client->request))
		client_wait(client, WAIT_HEAD);
	else if (client->exchanges.first != NULL)
		client_wait(client, WAIT_REPLY);
	else if (client->group->loop->draining)
		client_linger(client);
	else
	{
		client_end_request(client);
		client_wait(client, WAIT_IDLE);
	}
}

/* Frees the memory that is kept for a client which is or will be closed. */
static void
forget_unsent(Client *client)
{
	Loop *loop = client->group->loop;

	if (client->unsent.bytes > LARGE_BYTES)
		loop->trimmed = false;
	unsent_remove(loop, &client->unsent, client->unsent.bytes);
	free(unsent_release(loop, &client->unsent).data);
	buffer_reset(&client->out, 0);
	for (QueueLink *link = client->exchanges.first; link != NULL;
		 link = link->next)
		if (exchange_of_link(link)->answered)
			buffer_reset(&exchange_of_link(link)->reply, 0);
}

void
client_drop(Client *client)
{
	forget_unsent(client);
	client->dropped = client->last_request = true;
	client_want_flush(client);
}

void
client_close(Client *client)
{
	Exchange *exchange;

	if (client->closed)
		return;
	client->closed = true;
	client->last_request = true;
	set_reading(client, false);
	set_writing(client, false);
	client_end_request(client);
	client_wait(client, WAIT_NONE);
	close(client->fd);
	forget_unsent(client);
	while ((exchange = exchange_of_link(queue_take(&client->exchanges))) !=
		   NULL)
		exchange_let_go(exchange);
	client_want_flush(client);
}
