/*-------------------------------------------------------------------------
 *
 * buffer.c
 *		Bytes that grow at the end and are taken from the start.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/buffer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

/* Ends the process when memory could not be allocated. */
static void
require_memory(const void *memory)
{
	if (memory == NULL)
	{
		fputs("level=fatal msg=\"out of memory\"\n", stderr);
		abort();
	}
}

char *
buffer_reserve(Buffer *buffer, size_t size)
{
	size_t length = buffer_length(buffer);

	if (buffer->capacity - buffer->end >= size)
		return buffer->data + buffer->end;

	if (buffer->start > 0)
	{
		memmove(buffer->data, buffer->data + buffer->start, length);
		buffer->start = 0;
		buffer->end = length;
	}
	if (buffer->capacity - length < size)
	{
		size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;

		while (capacity - length < size)
			capacity *= 2;
		buffer->data = realloc(buffer->data, capacity);
		require_memory(buffer->data);
		buffer->capacity = capacity;
	}
	return buffer->data + buffer->end;
}

void
buffer_append(Buffer *buffer, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(buffer_reserve(buffer, size), bytes, size);
	buffer->end += size;
}

void
buffer_append_string(Buffer *buffer, const char *string)
{
	buffer_append(buffer, string, strlen(string));
}

void
buffer_append_byte(Buffer *buffer, char byte)
{
	*buffer_reserve(buffer, 1) = byte;
	buffer->end++;
}

void
buffer_append_uint(Buffer *buffer, uint64_t number)
{
	char digits[20];
	int at = sizeof(digits);

	do
	{
		digits[--at] = (char) ('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buffer_append(buffer, digits + at, sizeof(digits) - at);
}

void
buffer_append_int16(Buffer *buffer, int16_t number)
{
	uint16_t ordered = htons((uint16_t) number);

	buffer_append(buffer, &ordered, sizeof(ordered));
}

void
buffer_append_int32(Buffer *buffer, int32_t number)
{
	uint32_t ordered = htonl((uint32_t) number);

	buffer_append(buffer, &ordered, sizeof(ordered));
}

void
buffer_take(Buffer *buffer, size_t size)
{
	assert(size <= buffer_length(buffer));
	buffer->start += size;
	if (buffer->start == buffer->end)
		buffer->start = buffer->end = 0;
}

void
buffer_reset(Buffer *buffer, size_t keep)
{
	buffer->start = buffer->end = 0;
	if (buffer->capacity > keep)
	{
		free(buffer->data);
		buffer->data = NULL;
		buffer->capacity = 0;
	}
}

void *
allocate(size_t size)
{
	void *memory = calloc(1, size);

	require_memory(memory);
	return memory;
}

char *
copy_string(const char *string)
{
	return copy_bytes(string, strlen(string));
}

char *
copy_bytes(const char *bytes, size_t size)
{
	char *copy = allocate(size + 1);

	memcpy(copy, bytes, size);
	return copy;
}
