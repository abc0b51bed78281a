/*-------------------------------------------------------------------------
 *
 * buffer.h
 *		Bytes that grow at the end and are taken from the start.
 *
 * Pure: libc only.  Running out of memory ends the process: the master
 * replaces a worker, and nothing is half done.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BUFFER_H
#define PG_ACU_BUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct Buffer
{
	char *data;		 /* what has been taken is data[0 .. start) */
	size_t start;	 /* where the content begins */
	size_t end;		 /* where it ends, and room begins */
	size_t capacity; /* bytes at data */
} Buffer;

static inline char *
buffer_bytes(const Buffer *buffer)
{
	return buffer->data + buffer->start;
}

static inline size_t
buffer_length(const Buffer *buffer)
{
	return buffer->end - buffer->start;
}

/* Room for at least size more bytes; returns where they begin. */
extern char *buffer_reserve(Buffer *buffer, size_t size);

extern void buffer_append(Buffer *buffer, const void *bytes, size_t size);
extern void buffer_append_string(Buffer *buffer, const char *string);
extern void buffer_append_byte(Buffer *buffer, char byte);
extern void buffer_append_uint(Buffer *buffer, uint64_t number); /* decimal */
extern void
buffer_append_int16(Buffer *buffer, int16_t number); /* network order */
extern void buffer_append_int32(Buffer *buffer, int32_t number);

/* Takes size bytes from the start. */
extern void buffer_take(Buffer *buffer, size_t size);

/* Empties it, and gives memory back when it holds more than keep bytes. */
extern void buffer_reset(Buffer *buffer, size_t keep);

extern void *allocate(size_t size); /* zeroed; never NULL */
extern char *copy_string(const char *string);
extern char *copy_bytes(const char *bytes, size_t size); /* and a NUL */

#endif
