/*-------------------------------------------------------------------------
 *
 * buffer.h
 *		Bytes that grow at the end and are taken from the start.
 *
 * Pure: libc only.  A process that runs out of memory ends: the master starts
 * another worker, and no caller has to undo anything.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BUFFER_H
#define PG_ACU_BUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct Buffer
{
	char *data;		 /* to be freed by the owner; NULL: nothing allocated */
	size_t start;	 /* start of the content; data before it was taken */
	size_t end;		 /* end of the content; data behind it is free */
	size_t capacity; /* size of data */
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

/* Makes size bytes free behind the content; returns their start. */
extern char *buffer_reserve(Buffer *buffer, size_t size);

extern void buffer_append(Buffer *buffer, const void *bytes, size_t size);
extern void buffer_append_string(Buffer *buffer, const char *string);
extern void buffer_append_byte(Buffer *buffer, char byte);
extern void buffer_append_uint(Buffer *buffer, uint64_t number); /* decimal */
extern void
buffer_append_int16(Buffer *buffer, int16_t number); /* network order */
extern void buffer_append_int32(Buffer *buffer, int32_t number);

/* Removes size bytes from the start. */
extern void buffer_take(Buffer *buffer, size_t size);

/* Empties the buffer, and frees its memory if that is more than keep bytes. */
extern void buffer_reset(Buffer *buffer, size_t keep);

/* Memory to be freed by the caller, never NULL: zeroed, or a copy, to which a
 * NUL is added. */
extern void *allocate(size_t size);
extern char *copy_string(const char *string);
extern char *copy_bytes(const char *bytes, size_t size);

#endif
