/*-------------------------------------------------------------------------
 *
 * body.h
 *		The body of a request that is coming: how much of it is held, and until
 *		when more is waited for.
 *
 * Counted are the bytes of all bodies that a worker holds, from the time they
 * are read until the request is answered.  The sum is Loop.body_bytes; room.c
 * keeps it below max-bodies-bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BODY_H
#define PG_ACU_BODY_H

#include "httpd/base/loop.h"

typedef struct BodyCount
{
	size_t held;	   /* bytes of it, counted in Loop.body_bytes */
	uint64_t credited; /* bytes of it that have moved its deadline */
} BodyCount;

/* Sets how many bytes of the body are held; 0: it is not held any more. */
extern void body_count(Loop *loop, BodyCount *body, size_t held);

/* The time by which some of a body must have come that is waited for from now
 * on.  received: bytes that have come. */
extern int64_t
body_deadline(const Loop *loop, BodyCount *body, uint64_t received);

/* The time by which more must have come: each byte that has come moves the
 * deadline by the time that it may take at body-rate, but never beyond
 * body-timeout from now. */
extern int64_t body_later_deadline(const Loop *loop, BodyCount *body,
								   uint64_t received, int64_t deadline);

#endif
