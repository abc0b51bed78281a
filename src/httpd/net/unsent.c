/*-------------------------------------------------------------------------
 *
 * unsent.c
 *		The bytes that are kept for a client.
 *
 * Owns the counts: Unsent.bytes, and the sum of them and of the held bytes in
 * Loop.unsent_bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/unsent.h"

#include <assert.h>
#include <string.h>

void
unsent_add(Loop *loop, Unsent *unsent, size_t bytes)
{
	unsent->bytes += bytes;
	loop->unsent_bytes += bytes;
}

void
unsent_remove(Loop *loop, Unsent *unsent, size_t bytes)
{
	assert(bytes <= unsent->bytes && bytes <= loop->unsent_bytes);
	unsent->bytes -= bytes;
	loop->unsent_bytes -= bytes;
}

uint64_t
unsent_recently_read(const Loop *loop, const Unsent *unsent)
{
	int64_t halvings = (loop->now - unsent->halved_at) / UNSENT_HALF_LIFE_MS;

	return halvings < 64 ? unsent->read >> halvings : 0;
}

void
unsent_take(Loop *loop, Unsent *unsent, size_t bytes, bool read)
{
	unsent_remove(loop, unsent, bytes);
	unsent->sent += bytes;
	if (loop->now - unsent->halved_at >= UNSENT_HALF_LIFE_MS)
	{
		unsent->read = unsent_recently_read(loop, unsent);
		unsent->halved_at = loop->now;
	}
	if (read)
		unsent->read += bytes;
}

void
unsent_hold(Loop *loop, Unsent *unsent, const char *bytes, size_t size)
{
	buffer_append(&unsent->held, bytes, size);
	loop->unsent_bytes += size;
}

Buffer
unsent_release(Loop *loop, Unsent *unsent)
{
	Buffer held = unsent->held;

	loop->unsent_bytes -= buffer_length(&held);
	memset(&unsent->held, 0, sizeof(unsent->held));
	return held;
}
