/*-------------------------------------------------------------------------
 *
 * room.c
 *		Clients make room for others when a limit of memory is reached.
 *
 * Owns no data.  The bodies of requests stay below max-bodies-bytes.  The bytes
 * that are kept for clients stay below max-unsent-bytes, but for the one reply
 * that is being written: clients that take too little of their replies are
 * closed for it.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/room.h"

#include <stdio.h>

/* A client that has read nothing for this long makes room for large replies. */
#define STUCK_MS 5000

/* The client whose body has been waited for longest, of the bodies of which
 * some bytes are held; NULL when there is none. */
static Client *
longest_waited(const ClientGroup *group)
{
	Client *longest = NULL;

	for (Deadline *deadline = group->waits[WAIT_BODY].first; deadline != NULL;
		 deadline = deadline->after)
		if (client_of_deadline(deadline)->body.held > 0 &&
			(longest == NULL || deadline->since < longest->deadline.since))
			longest = client_of_deadline(deadline);
	return longest;
}

Client *
room_victim_for_body(Client *client)
{
	const Loop *loop = client->group->loop;
	Client *longest;

	if (loop->body_bytes <= (size_t) loop->config->max_bodies_bytes)
		return NULL;
	longest = longest_waited(client->group);
	return longest != NULL ? longest : client;
}

static uint64_t
recently_read(const Client *client)
{
	return unsent_recently_read(client->group->loop, &client->unsent);
}

/* The client that has read least of late, of equals the one that has been
 * waited for longest; NULL when none has a reply to read. */
static Client *
slowest_reader(const ClientGroup *group)
{
	Client *slowest = NULL;

	for (Deadline *deadline = group->waits[WAIT_SEND].first; deadline != NULL;
		 deadline = deadline->after)
	{
		Client *client = client_of_deadline(deadline);

		if (!client->dropped && client->unsent.bytes > 0 &&
			(slowest == NULL || recently_read(client) < recently_read(slowest)))
			slowest = client;
	}
	return slowest;
}

/* The client with the most bytes behind a reply that is not there yet; NULL
 * when nothing is kept for such clients. */
static Client *
largest_keeper(const ClientGroup *group)
{
	static const Wait waits[] = { WAIT_REPLY, WAIT_HEAD, WAIT_BODY };
	Client *largest = NULL;
	size_t most = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		for (Deadline *deadline = group->waits[waits[i]].first;
			 deadline != NULL; deadline = deadline->after)
		{
			Client *client = client_of_deadline(deadline);
			size_t kept =
				client->unsent.bytes + buffer_length(&client->unsent.held);

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
	const Loop *loop = client->group->loop;

	return loop->now - client->deadline.since >= UNSENT_HALF_LIFE_MS &&
		   recently_read(client) < (uint64_t) loop->config->body_rate;
}

/* The client to close for others: the slowest reader if it is stuck, else the
 * client with most behind an unanswered request, else the slowest reader all
 * the same.  NULL when nothing is kept for any client. */
static Client *
choose_victim(const ClientGroup *group)
{
	Client *slowest = slowest_reader(group);
	Client *largest;

	if (slowest != NULL && is_stuck(slowest))
		return slowest;
	largest = largest_keeper(group);
	return largest != NULL ? largest : slowest;
}

/* Drops a client, and says how many were, but seldom. */
static void
drop_client(Client *client)
{
	ClientGroup *group = client->group;
	char number[16];
	int left_out;

	client_drop(client);
	if (!log_may_write(&group->drops, group->loop->now, &left_out))
		return;
	snprintf(number, sizeof(number), "%d", left_out + 1);
	log_info("closed clients that take too little of their replies", "clients",
			 number, "hint", "The setting max-unsent-bytes limits them.");
}

/* Whether so many more bytes may be kept for clients. */
static bool
fits_unsent(const Loop *loop, size_t size)
{
	return loop->unsent_bytes + size <= (size_t) loop->config->max_unsent_bytes;
}

bool
room_admits(void *arg, size_t size)
{
	const Client *client = arg;
	const Loop *loop = client->group->loop;
	Client *slowest;

	if (size > (size_t) loop->config->max_unsent_bytes)
		return false;
	while (!fits_unsent(loop, size) &&
		   (slowest = slowest_reader(client->group)) != NULL &&
		   slowest->unsent.sent == 0 && slowest != client &&
		   loop->now - slowest->deadline.since > STUCK_MS)
		drop_client(slowest);
	return fits_unsent(loop, size);
}

bool
room_make_for_reply(Client *client, size_t size)
{
	const Loop *loop = client->group->loop;

	if (client->dropped)
		return false;
	if (fits_unsent(loop, size))
		return true;
	client_send_pending(client->group);
	/* Sending drops a client that has gone, perhaps this one, and so makes room
	 * that is of no use to it. */
	while (!client->dropped && !fits_unsent(loop, size))
	{
		Client *victim = choose_victim(client->group);

		if (victim == NULL)
			break; /* nothing is kept but for this reply */
		if (buffer_length(&victim->out) > 0 && !victim->writing)
			client_send(victim); /* it could not take it yet */
		else
			drop_client(victim);
	}
	return !client->dropped;
}
