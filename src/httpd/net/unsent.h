/*-------------------------------------------------------------------------
 *
 * unsent.h
 *		The bytes that are kept for a client.
 *
 * Counted are replies, from the time they are written until the kernel has
 * taken them, the exchanges behind one that is not answered yet, and bytes of
 * requests that were read but are not looked at yet.  The sum of all clients is
 * Loop.unsent_bytes; room.c keeps it below max-unsent-bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_UNSENT_H
#define PG_ACU_UNSENT_H

#include "httpd/base/buffer.h"
#include "httpd/base/loop.h"

typedef struct Unsent
{
	size_t bytes;	   /* of replies, and of their exchanges */
	Buffer held;	   /* read, but not looked at while the client is paused */
	uint64_t sent;	   /* bytes that the kernel took since the wait began */
	uint64_t read;	   /* bytes that the client has read of late */
	int64_t halved_at; /* when read was last halved */
} Unsent;

/* Counts bytes of replies or exchanges. */
extern void unsent_add(Loop *loop, Unsent *unsent, size_t bytes);
extern void unsent_remove(Loop *loop, Unsent *unsent, size_t bytes);

/* Time in which the weight of the bytes that a client has read halves. */
#define UNSENT_HALF_LIFE_MS 1000

/* The kernel has taken bytes of replies.  read: it had refused some before, so
 * that the client must have read as many; else they only fill its buffers, also
 * for a client that never reads. */
extern void unsent_take(Loop *loop, Unsent *unsent, size_t bytes, bool read);

/* Bytes that the client has read of late: those of a second ago count half, and
 * so on. */
extern uint64_t unsent_recently_read(const Loop *loop, const Unsent *unsent);

/* Keeps bytes that the client has sent too early; and gives them back: the
 * caller frees them. */
extern void
unsent_hold(Loop *loop, Unsent *unsent, const char *bytes, size_t size);
extern Buffer unsent_release(Loop *loop, Unsent *unsent);

#endif
