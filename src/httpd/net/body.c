/*-------------------------------------------------------------------------
 *
 * body.c
 *		The bodies of requests that are coming: their common limit, and how
 *		long each is waited for.
 *
 * Owns the count: Client.body_kept, whose sum with Exchange.body_bytes is
 * Worker.bodies.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/body.h"

#define GRACE_MS 5000 /* before the rate of a body is looked at */

/* The client whose body is waited for longest, of those of which some bytes are
 * held; NULL when there is none. */
static Client *
longest_waited(const Listener *listener)
{
	Client *longest = NULL;

	for (Client *client = listener->waits[WAIT_BODY].first; client != NULL;
		 client = client->after)
		if (client->body_kept > 0 &&
			(longest == NULL || client->wait_began < longest->wait_began))
			longest = client;
	return longest;
}

bool
body_count(Client *client)
{
	Listener *listener = client->listener;
	Worker *worker = listener->worker;
	size_t length = buffer_length(&client->request->body);
	Client *longest;

	worker->bodies += length - client->body_kept;
	client->body_kept = length;
	while (worker->bodies > (size_t) worker->config->max_bodies_bytes)
	{
		longest = longest_waited(listener);
		if (longest == NULL || longest == client)
			return false;
		client_refuse_body(longest);
	}
	return true;
}

void
body_forget(Client *client)
{
	client->listener->worker->bodies -= client->body_kept;
	client->body_kept = 0;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
body_deadline(Client *client)
{
	const Worker *worker = client->listener->worker;

	client->body_credited = client->request->body_read;
	return worker->now + earlier(GRACE_MS, worker->config->body_timeout);
}

int64_t
body_later_deadline(Client *client)
{
	const Worker *worker = client->listener->worker;
	uint64_t more = client->request->body_read - client->body_credited;

	client->body_credited += more;
	return earlier(client->deadline +
					   (int64_t) more * 1000 / worker->config->body_rate,
				   worker->now + worker->config->body_timeout);
}
