/*-------------------------------------------------------------------------
 *
 * client_requests.c
 *		The bytes that a client sends become requests, and these become
 *		exchanges.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/client_requests.h"

#include "httpd/net/room.h"

#include <assert.h>
#include <stdlib.h>

/* ExchangeClient.begin_reply */
static Buffer *
begin_reply(void *arg, Exchange *exchange, size_t size)
{
	Client *client = arg;

	if (!room_make_for_reply(client, size))
		return NULL;
	/* No request is begun that could only be answered behind the last reply. */
	if (client->group->loop->draining && exchange->link.next == NULL)
	{
		exchange->keep_alive = false;
		client->last_request = true;
	}
	return client_reply_buffer(client, exchange);
}

static const ExchangeClient exchange_client = {
	.admits = room_admits,
	.begin_reply = begin_reply,
	.answered = client_answered,
	.show_address = client_show_address,
};

/* Sees to it that there is a request for the next bytes. */
static void
begin_request(Client *client)
{
	ClientGroup *group = client->group;

	if (client->request != NULL)
		return;
	client->body_wanted = false;
	if (group->free_request_count > 0)
		client->request = group->free_requests[--group->free_request_count];
	else
	{
		client->request = allocate(sizeof(Request));
		request_init(client->request, &group->limits);
	}
}

/* The exchange of the client's request, at the end of its queue. */
static Exchange *
queue_exchange(Client *client)
{
	const ClientGroup *group = client->group;
	const Request *request = client->request;
	const char *forwarded_for = request_header(request, HEADER_FORWARDED_FOR);
	Exchange *exchange = exchange_new(group->loop, group->router->database,
									  &exchange_client, client);

	exchange->health = group->health;
	exchange->origin = router_origin(group->router, request);
	exchange->method = request->method;
	exchange->method_known = request->method_known;
	exchange->encoded = request_is_encoded(request);
	exchange->http_1_0 = request->http_1_0;
	exchange->keep_alive = request->keep_alive;
	exchange->target = buffer_length(&request->target) > 0
						   ? copy_bytes(buffer_bytes(&request->target),
										buffer_length(&request->target))
						   : copy_string("");
	if (forwarded_for != NULL && *group->loop->config->trusted_proxies != '\0')
		exchange->forwarded_for = copy_string(forwarded_for);
	client_queue(client, exchange);
	return exchange;
}

void
client_requests_refuse(Client *client, int status, const char *message)
{
	assert(client->request != NULL);
	/* Nothing that follows can be trusted to be where a request begins. */
	client->last_request = true;
	client->owes_continue = false;
	/* A request that was answered at its head cannot be answered again. */
	if (!client->request->discard)
	{
		Exchange *exchange = queue_exchange(client);

		exchange->keep_alive = false;
		exchange_refuse(exchange, status, message, NULL);
	}
	client_end_request(client);
	client_want_flush(client);
}

/* Counts the held bytes of the client's body.  Above the limit of all bodies
 * those that are waited for longest are refused; false when that is its own. */
static bool
admit_body(Client *client)
{
	Client *victim;

	body_count(client->group->loop, &client->body,
			   buffer_length(&client->request->body));
	while ((victim = room_victim_for_body(client)) != NULL)
	{
		client_requests_refuse(victim, 503,
							   "too many bodies of requests are under way");
		if (victim == client)
			return false;
	}
	return true;
}

/* Answers a request whose body is of no use before it has come; what comes of
 * it is not kept.  True when it has been answered. */
static bool
refuse_body(Client *client)
{
	const Router *router = client->group->router;
	Request *request = client->request;
	Refusal refusal;
	Exchange *exchange;

	if (request->discard || client->body_wanted)
		return request->discard;
	if (router_wants_body(router, request, &refusal))
	{
		/* The type is asked for once there is a byte of it. */
		client->body_wanted = request->body_read > 0;
		return false;
	}
	/* A client that waits for 100 Continue is not to send it any more. */
	if (request->expects_continue)
		request->keep_alive = false;
	request->discard = true;
	exchange = queue_exchange(client);
	client->last_request = !exchange->keep_alive;
	if (refusal.status != 0)
		exchange_refuse(exchange, refusal.status, refusal.message,
						refusal.hint);
	else
		router_begin(router, exchange, request);
	return true;
}

/* A body is to come, or more of it.  A client that asks whether to send it is
 * told. */
static void
await_body(Client *client)
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
	admit_body(client);
}

/* The client's request is complete. */
static void
begin_exchange(Client *client)
{
	Exchange *exchange;

	if (!client->request->discard)
	{
		if (!admit_body(client))
			return;
		exchange = queue_exchange(client);
		client->last_request = !exchange->keep_alive;
		client->owes_continue = false;
		router_begin(client->group->router, exchange, client->request);
	}
	client_end_request(client);
}

void
client_requests_feed(Client *client, const char *bytes, size_t size)
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
				await_body(client);
				break;
			case REQUEST_COMPLETE:
				begin_exchange(client);
				break;
			case REQUEST_REFUSED:
				client_requests_refuse(client, client->request->refusal.status,
									   client->request->refusal.message);
				break;
		}
	}
	if (taken < size && !client->last_request && !client->closed)
		unsent_hold(client->group->loop, &client->unsent, bytes + taken,
					size - taken);
	client_settle(client);
}
