/*-------------------------------------------------------------------------
 *
 * client_events.c
 *		The events of a client: its socket is ready, a turn of the loop or its
 *		time is over.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/client_events.h"

#include "httpd/net/client_requests.h"

#include <errno.h>
#include <stdlib.h>

void
client_events_flush(Client *client)
{
	if (!client_send_last(client))
		return;
	/* Takes up the bytes that were held while too much was under way. */
	if (buffer_length(&client->unsent.held) > 0 && client_may_read(client))
	{
		Buffer held = unsent_release(client->group->loop, &client->unsent);

		client_requests_feed(client, buffer_bytes(&held), buffer_length(&held));
		free(held.data);
		return;
	}
	client_settle(client);
}

void
client_events_time_over(Client *client)
{
	switch (client->wait)
	{
		case WAIT_HEAD:
			client_requests_refuse(client, 408,
								   "the head of the request took too long");
			break;
		case WAIT_BODY:
			client_requests_refuse(client, 408,
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

static void
client_readable(evutil_socket_t fd, short what, void *arg)
{
	Client *client = arg;
	char *bytes = client->group->bytes;
	ssize_t got;

	(void) what;
	if (client->dropped)
		return;
	got = recv(fd, bytes, READ_BYTES, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0 || (got == 0 && client->lingering))
		client_close(client);
	else if (got == 0)
	{
		/* Perhaps it has closed its half only, and waits for its replies. */
		client->last_request = true;
		client_end_request(client);
		client_settle(client);
	}
	else if (!client->lingering)
		client_requests_feed(client, bytes, (size_t) got);
}

static void
client_writable(evutil_socket_t fd, short what, void *arg)
{
	(void) fd;
	(void) what;
	client_events_flush(arg);
}

void
client_events_begin(ClientGroup *group, int fd,
					const struct sockaddr_storage *address)
{
	client_new(group, fd, address, client_readable, client_writable);
}
