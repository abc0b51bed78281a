/*-------------------------------------------------------------------------
 *
 * body.c
 *		The body of a request that is coming: how much of it is held, and until
 *		when more is waited for.
 *
 * Owns the count: BodyCount.held, whose sum with Exchange.body_bytes is
 * Loop.body_bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/body.h"

#define GRACE_MS 5000 /* before the rate of a body is looked at */

void
body_count(Loop *loop, BodyCount *body, size_t held)
{
	loop->body_bytes += held - body->held;
	body->held = held;
}

static int64_t
earlier_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
body_deadline(const Loop *loop, BodyCount *body, uint64_t received)
{
	body->credited = received;
	return loop->now + earlier_of(GRACE_MS, loop->config->body_timeout);
}

int64_t
body_later_deadline(const Loop *loop, BodyCount *body, uint64_t received,
					int64_t deadline)
{
	uint64_t more = received - body->credited;

	body->credited = received;
	return earlier_of(deadline +
						  (int64_t) more * 1000 / loop->config->body_rate,
					  loop->now + loop->config->body_timeout);
}
