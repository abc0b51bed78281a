/*-------------------------------------------------------------------------
 *
 * unsent.c
 *		The bound on the bytes that a worker keeps for its clients.
 *
 * Owns the counts: Client.unsent, and their sum with the bytes that are held in
 * Worker.unsent.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/unsent.h"

#include "httpd/protocols/exchange.h"
#include "httpd/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client that has taken nothing for this long makes room for large replies.
 */
#define STUCK_MS 5000

#define HALF_LIFE_MS 1000 /* of the bytes that a client has taken */

#define LARGE_BYTES 65536 /* which are worth giving back to the kernel */

#define COMPLAIN_MS 30000 /* between two log lines */

void
unsent_add(Client *client, size_t bytes)
{
	client->unsent += bytes;
	client->listener->worker->unsent += bytes;
}

void
unsent_take(Client *client, size_t bytes)
{
	client->unsent -= bytes;
	client->listener->worker->unsent -= bytes;
}

void
unsent_hold(Client *client, const char *bytes, size_t size)
{
	buffer_append(&client->held, bytes, size);
	client->listener->worker->unsent += size;
}

Buffer
unsent_release(Client *client)
{
	Buffer held = client->held;

	client->listener->worker->unsent -= buffer_length(&held);
	memset(&client->held, 0, sizeof(client->held));
	return held;
}

void
unsent_forget(Client *client)
{
	if (client->unsent > LARGE_BYTES)
		client->listener->worker->trimmed = false;
	unsent_take(client, client->unsent);
	free(unsent_release(client).data);
	buffer_reset(&client->out, 0);
	for (Exchange *exchange = client->first; exchange != NULL;
		 exchange = exchange->next)
		if (exchange->answered)
			buffer_reset(&exchange->reply, 0);
}

/* Bytes that a client has read of late: those of a second ago count half, and
 * so on. */
static uint64_t
taken_of_late(const Client *client)
{
	int64_t halvings =
		(client->listener->worker->now - client->taken_at) / HALF_LIFE_MS;

	return halvings < 64 ? client->taken >> halvings : 0;
}

void
unsent_taken(Client *client, size_t bytes)
{
	int64_t now = client->listener->worker->now;

	unsent_take(client, bytes);
	client->sent += bytes;
	if (now - client->taken_at >= HALF_LIFE_MS)
	{
		client->taken = taken_of_late(client);
		client->taken_at = now;
	}
	/* What the kernel takes before it has once refused some only fills its
	 * buffers, also for a client that never reads. */
	if (client->writing)
		client->taken += bytes;
}

/* The client that has taken least of late, of equals the one that is waited for
 * longest; NULL when every client takes them. */
static Client *
slowest_taker(const Listener *listener)
{
	Client *slowest = NULL;

	for (Client *client = listener->waits[WAIT_SEND].first; client != NULL;
		 client = client->after)
		if (!client->dropped && client->unsent > 0 &&
			(slowest == NULL || taken_of_late(client) < taken_of_late(slowest)))
			slowest = client;
	return slowest;
}

/* The client with the most bytes behind a reply that is not there yet; NULL
 * when nothing is kept for such clients. */
static Client *
largest_keeper(const Listener *listener)
{
	static const Wait waits[] = { WAIT_REPLY, WAIT_HEAD, WAIT_BODY };
	Client *largest = NULL;
	size_t most = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		for (Client *client = listener->waits[waits[i]].first; client != NULL;
			 client = client->after)
		{
			size_t kept = client->unsent + buffer_length(&client->held);

			if (!client->dropped && kept > most)
			{
				largest = client;
				most = kept;
			}
		}
	return largest;
}

/* Whether a client has had the time to read some of its replies, and has read
 * less than the setting body_rate asks for. */
static bool
is_stuck(const Client *client)
{
	const Worker *worker = client->listener->worker;

	return worker->now - client->wait_began >= HALF_LIFE_MS &&
		   taken_of_late(client) < (uint64_t) worker->config->body_rate;
}

/* The client to close for others: the slowest reader if it is stuck, else the
 * client with most behind an unanswered request, else the slowest reader all
 * the same.  NULL when nothing is kept for any client. */
static Client *
choose_victim(const Listener *listener)
{
	Client *slowest = slowest_taker(listener);
	Client *largest;

	if (slowest != NULL && is_stuck(slowest))
		return slowest;
	largest = largest_keeper(listener);
	return largest != NULL ? largest : slowest;
}

static void
drop(Client *client)
{
	Listener *listener = client->listener;
	char number[16];

	client_drop(client);
	listener->dropped++;
	if (listener->complained != 0 &&
		listener->worker->now - listener->complained < COMPLAIN_MS)
		return;
	snprintf(number, sizeof(number), "%d", listener->dropped);
	log_info("closed clients that take too little of their replies", "clients",
			 number, "hint", "The setting max-unsent-bytes limits them.");
	listener->complained = listener->worker->now;
	listener->dropped = 0;
}

static bool
fits(const Worker *worker, size_t size)
{
	return worker->unsent + size <= (size_t) worker->config->max_unsent_bytes;
}

bool
unsent_admits(Client *client, size_t size)
{
	Listener *listener = client->listener;
	Worker *worker = listener->worker;
	Client *slowest;

	if (size > (size_t) worker->config->max_unsent_bytes)
		return false;
	while (!fits(worker, size) && (slowest = slowest_taker(listener)) != NULL &&
		   slowest->sent == 0 && slowest != client &&
		   worker->now - slowest->wait_began > STUCK_MS)
		drop(slowest);
	return fits(worker, size);
}

bool
unsent_make_room(Client *client, size_t size)
{
	Listener *listener = client->listener;
	Worker *worker = listener->worker;

	if (client->dropped)
		return false;
	if (fits(worker, size))
		return true;
	listener_send_pending(listener);
	while (!fits(worker, size))
	{
		Client *victim = choose_victim(listener);

		if (victim == NULL)
			break; /* nothing is kept but for this reply */
		if (buffer_length(&victim->out) > 0 && !victim->writing)
			client_send(victim); /* it could not take it yet */
		else
			drop(victim);
		if (client->dropped)
			return false;
	}
	return true;
}
