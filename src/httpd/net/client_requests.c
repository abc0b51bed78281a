/*-------------------------------------------------------------------------
 *
 * client_requests.c
 *		What a client sends becomes requests, and these become exchanges.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/client.h"

#include "httpd/net/body.h"
#include "httpd/protocols/exchange.h"
#include "httpd/net/unsent.h"

#include <stdlib.h>

#define MOST_OUTSTANDING 32 /* requests of one client under way */
#define MOST_UNSENT 262144	/* bytes of replies, before reading pauses */

static void begin_request(Client *client);
static void body_due(Client *client);
static bool refuse_body(Client *client);
static void begin_exchange(Client *client);
static Exchange *queue_exchange(Client *client);

/* Takes bytes as far as requests may be begun, and holds the rest. */
void
client_feed(Client *client, const char *bytes, size_t size)
{
	size_t taken = 0;

	while (taken < size && client_may_read(client))
	{
		begin_request(client);
		taken += request_read(client->request, bytes + taken, size - taken);
		switch (client->request->stage)
		{
			case REQUEST_HEAD:
				break;
			case REQUEST_BODY:
				body_due(client);
				break;
			case REQUEST_COMPLETE:
				begin_exchange(client);
				break;
			case REQUEST_REFUSED:
				client_refuse_request(client, client->request->refusal.status,
									  client->request->refusal.message);
				break;
		}
	}
	if (taken < size && !client->last_request && !client->closed)
		unsent_hold(client, bytes + taken, size - taken);
	client_settle(client);
}

/* Whether another request may be begun: not while replies wait for the client
 * to take them. */
bool
client_may_read(const Client *client)
{
	return !client->closed && !client->last_request && !client->writing &&
		   client->outstanding < MOST_OUTSTANDING &&
		   client->unsent < MOST_UNSENT;
}

static void
begin_request(Client *client)
{
	Listener *listener = client->listener;

	if (client->request != NULL)
		return;
	client->body_wanted = false;
	if (listener->free_request_count > 0)
		client->request =
			listener->free_requests[--listener->free_request_count];
	else
	{
		client->request = allocate(sizeof(Request));
		request_init(client->request, &listener->worker->limits);
	}
}

void
client_end_request(Client *client)
{
	Listener *listener = client->listener;

	if (client->request == NULL)
		return;
	body_forget(client);
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
	/* The time limit was that request's: the next one has its own. */
	if (client->wait == WAIT_HEAD || client->wait == WAIT_BODY)
		listener_wait(client->listener, client, WAIT_REPLY);
}

/* A body is to come, or more of it.  A client that asks whether to send it is
 * told. */
static void
body_due(Client *client)
{
	Request *request = client->request;

	if (refuse_body(client))
		return;
	if (request->expects_continue)
	{
		request->expects_continue = false;
		client->owes_continue = true;
		client_send_continue(client);
	}
	if (!body_count(client))
		client_refuse_body(client);
}

/* Answers a request whose body is of no use before it has come; what comes of
 * it is not kept.  True when it has been answered. */
static bool
refuse_body(Client *client)
{
	Request *request = client->request;
	Refusal refusal;
	Exchange *exchange;

	if (request->discard || client->body_wanted)
		return request->discard;
	if (route_wants_body(client->listener->worker, request, &refusal))
	{
		/* The type is asked for once there is a byte of it. */
		client->body_wanted = request->body_read > 0;
		return false;
	}
	/* It waits for our word, and is not to send it any more. */
	if (request->expects_continue)
		request->keep_alive = false;
	request->discard = true;
	exchange = queue_exchange(client);
	client->last_request = !exchange->keep_alive;
	if (refusal.status != 0)
		exchange_refuse(exchange, refusal.status, refusal.message,
						refusal.hint);
	else
		route_request(exchange, request);
	return true;
}

void
client_refuse_body(Client *client)
{
	client_refuse_request(client, 503,
						  "too many bodies of requests are under way");
}

static void
begin_exchange(Client *client)
{
	Exchange *exchange;

	if (client->request->discard)
	{
		client_end_request(client);
		return;
	}
	if (!body_count(client))
	{
		client_refuse_body(client);
		return;
	}
	exchange = queue_exchange(client);
	client->last_request = !exchange->keep_alive;
	client->owes_continue = false;
	route_request(exchange, client->request);
	client_end_request(client);
}

static Exchange *
queue_exchange(Client *client)
{
	const Request *request = client->request;
	const char *forwarded_for;
	Exchange *exchange = exchange_new(client->listener->worker, client);

	exchange->health = client->listener->health;
	exchange->origin = route_origin(exchange->worker, request);
	exchange->method = request->method;
	exchange->method_known = request->method_known;
	exchange->encoded = request_is_encoded(request);
	exchange->http_1_0 = request->http_1_0;
	exchange->keep_alive = request->keep_alive;
	exchange->target = buffer_length(&request->target) > 0
						   ? copy_bytes(buffer_bytes(&request->target),
										buffer_length(&request->target))
						   : copy_string("");
	forwarded_for = request_header(request, HEADER_FORWARDED_FOR);
	if (forwarded_for != NULL &&
		*exchange->worker->config->trusted_proxies != '\0')
		exchange->forwarded_for = copy_string(forwarded_for);
	if (client->last != NULL)
		client->last->next = exchange;
	else
		client->first = exchange;
	client->last = exchange;
	client->outstanding++;
	unsent_add(client, sizeof(Exchange));
	return exchange;
}

/* Nothing that follows can be trusted to be where a request begins. */
void
client_refuse_request(Client *client, int status, const char *message)
{
	client->last_request = true;
	client->owes_continue = false;
	/* One that was answered at its head cannot be answered again. */
	if (client->request == NULL || !client->request->discard)
	{
		Exchange *exchange = queue_exchange(client);

		exchange->keep_alive = false;
		exchange_refuse(exchange, status, message, NULL);
	}
	client_end_request(client);
	listener_want_flush(client->listener, client);
}
