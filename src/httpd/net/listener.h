/*-------------------------------------------------------------------------
 *
 * listener.h
 *		The clients of a worker: accepting them, and how long each is
 *		waited for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LISTENER_H
#define PG_ACU_LISTENER_H

#include "httpd/http/request.h"
#include "httpd/worker.h"

struct Client;

/* What a client is waited for, each with a time limit of its own. */
typedef enum Wait
{
	WAIT_NONE,	 /* nothing: it is new or closed, and in no list */
	WAIT_REPLY,	 /* our reply: no limit */
	WAIT_IDLE,	 /* the next request */
	WAIT_HEAD,	 /* the rest of a head */
	WAIT_BODY,	 /* the rest of a body */
	WAIT_SEND,	 /* to take its reply */
	WAIT_LINGER, /* to go */
	WAITS
} Wait;

#define READ_BYTES 65536
#define FREE_REQUESTS 64

typedef struct List
{
	struct Client *first;
	struct Client *last;
} List;

typedef struct Listener
{
	Worker *worker;
	int fd;
	bool health; /* answers /healthz and /readyz alone */
	struct event acceptable;
	bool opened;
	bool accepting;
	int64_t accept_again; /* when there were no more descriptors; or 0 */
	int clients;
	int most_clients;
	List waits[WAITS];
	struct Client *flush; /* who has something to send in this turn */
	int dropped;		  /* clients by unsent.c, since the log said so */
	int64_t complained;	  /* when it last did */
	Request *free_requests[FREE_REQUESTS];
	int free_request_count;
	char bytes[READ_BYTES]; /* what is read from any client */
} Listener;

/* health: it answers /healthz and /readyz alone. */
extern Listener *listener_new(Worker *worker, int listen_fd, bool health);

/* Begins to accept clients, if it has not. */
extern void listener_open(Listener *listener);

/* Accepts no more, and ends who has no request under way. */
extern void listener_drain(Listener *listener);

/* How many clients there are. */
extern int listener_clients(const Listener *listener);

/* Sends what has been written in this turn of the loop, in as few pieces as
 * possible.  False when there was nothing. */
extern bool listener_flush(Listener *listener);

/* Ends those whose time is over. */
extern void listener_tick(Listener *listener);

/* For client.c: */

/* Sends what has been written so far in this turn, without what follows from
 * it. */
extern void listener_send_pending(Listener *listener);

/* Puts a client among those that are looked at in listener_flush. */
extern void listener_want_flush(Listener *listener, struct Client *client);

/* Says what a client is waited for from now on; its time begins anew, but not
 * when it was waited for the same already.  WAIT_NONE: it is in no list. */
extern void listener_wait(Listener *listener, struct Client *client, Wait wait);

/* There is one client less. */
extern void listener_forget(Listener *listener);

#endif
