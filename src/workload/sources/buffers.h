/*-------------------------------------------------------------------------
 *
 * buffers.h
 *		How much of shared_buffers is used, and how much of it is hot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_MEMORY_H
#define PG_ACU_MEMORY_H

typedef struct BuffersReading
{
	int64 used_bytes; /* hold a block */
	int64 hot_bytes;  /* hold one that has been used again and again */
	double scan_ms;	  /* what looking cost */
} BuffersReading;

/* Looks at every buffer's header, and takes no lock. */
extern void buffers_read(BuffersReading *reading);

#endif
