/*-------------------------------------------------------------------------
 *
 * client.h
 *		One connection of an HTTP client: its socket, the queue of its replies,
 *		and what it is waited for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CLIENT_H
#define PG_ACU_CLIENT_H

#include "httpd/base/container.h"
#include "httpd/base/deadlines.h"
#include "httpd/base/log.h"
#include "httpd/http/request.h"
#include "httpd/net/body.h"
#include "httpd/net/unsent.h"
#include "httpd/protocols/router.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/socket.h>

/* Reasons to wait for a client, each with a time limit of its own. */
typedef enum Wait
{
	WAIT_NONE,	 /* it is new or closed, and in no list */
	WAIT_REPLY,	 /* for our own reply: no limit */
	WAIT_IDLE,	 /* for the next request */
	WAIT_HEAD,	 /* for the rest of a head */
	WAIT_BODY,	 /* for the rest of a body */
	WAIT_SEND,	 /* for the client to read its reply */
	WAIT_LINGER, /* for the client to close */
	WAITS
} Wait;

#define READ_BYTES 65536
#define FREE_REQUESTS 64

/* Shared by the clients of one listening socket. */
typedef struct ClientGroup
{
	Loop *loop;
	const Router *router;
	bool health; /* /healthz and /readyz alone are answered */
	FramingLimits limits;
	Deadlines waits[WAITS];
	struct Client *flush; /* clients that are served after this turn */
	LogLimit drops;		  /* limits the lines about clients that were dropped */
	Request *free_requests[FREE_REQUESTS];
	int free_request_count;
	char bytes[READ_BYTES]; /* for reading from any client */
} ClientGroup;

typedef struct Client
{
	ClientGroup *group;
	int fd;
	struct sockaddr_storage address; /* as the kernel has it */
	struct event readable;
	struct event writable;
	bool reading;	   /* readable is added */
	bool writing;	   /* writable is added */
	bool flushing;	   /* is in the group's list for this turn */
	bool last_request; /* no request is read after those under way */
	bool lingering;
	bool owes_continue; /* 100 Continue is due once it is the next reply */
	bool dropped;		/* is closed at the end of this turn */
	bool closed;		/* is freed at the end of this turn */
	Wait wait;
	Deadline deadline; /* of that wait */
	struct Client *next_flush;
	Request *request; /* that is incomplete; NULL between requests */
	bool body_wanted; /* its route and type have been looked at */
	BodyCount body;
	Unsent unsent;
	Queue exchanges; /* in the order of their replies */
	Buffer out;
} Client;

static inline Client *
client_of_deadline(Deadline *deadline)
{
	return container_of(deadline, Client, deadline);
}

/* The exchange whose reply is the next one; NULL when there is none. */
static inline Exchange *
client_first_exchange(const Client *client)
{
	return exchange_of_link(client->exchanges.first);
}

/* Begins a connection; readable and writable get the client as their argument.
 */
extern Client *
client_new(ClientGroup *group, int fd, const struct sockaddr_storage *address,
		   event_callback_fn readable, event_callback_fn writable);

/* Frees a client that has been closed, once no event of it can be due. */
extern void client_free(Client *client);

/* ExchangeClient.show_address */
extern void client_show_address(const void *client, const char *forwarded_for,
								char text[ADDRESS_SIZE]);

/* Sets what the client is waited for, with a new time limit unless that is the
 * same as before. */
extern void client_wait(Client *client, Wait wait);

/* Puts the client into its group's list of those that are served after this
 * turn. */
extern void client_want_flush(Client *client);

/* Whether another request may be begun: not while the client has replies to
 * read. */
extern bool client_may_read(const Client *client);

/* Gives back the incomplete request, if any. */
extern void client_end_request(Client *client);

/* Adds the exchange of the latest request. */
extern void client_queue(Client *client, Exchange *exchange);

/* The buffer for the reply of an exchange. */
extern Buffer *client_reply_buffer(Client *client, Exchange *exchange);

/* ExchangeClient.answered */
extern void client_answered(void *client, size_t size);

/* Says 100 Continue where that is owed and no reply has to leave before it. */
extern void client_send_continue(Client *client);

/* Sends the output as far as the kernel takes it, before the turn is over. */
extern void client_send(Client *client);

/* Sends the output of all clients of a group, likewise. */
extern void client_send_pending(ClientGroup *group);

/* Sends the output at the end of a turn; false when the client has been closed.
 */
extern bool client_send_last(Client *client);

/* Sets the events, and what the client is waited for, by its state. */
extern void client_settle(Client *client);

/*
 * Ends the connection in a way that lets the client read what was sent.
 * Closing at once could take back a reply that it has not read yet, when bytes
 * from it wait unread here: so only our side is shut down, and the client has a
 * second to close its own.
 */
extern void client_linger(Client *client);

/* Frees the memory that is kept for the client, and closes it at the end of
 * this turn: its exchanges may be in use until then. */
extern void client_drop(Client *client);

/* Closes the connection at once; the client is freed at the end of this turn.
 */
extern void client_close(Client *client);

#endif
