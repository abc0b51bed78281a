/*-------------------------------------------------------------------------
 *
 * buffers.h
 *		How much of shared_buffers is used, and how much of it is hot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_BUFFERS_H
#define PG_ACU_BUFFERS_H

typedef struct BuffersReading
{
	int64 used_bytes; /* in buffers that hold a block */
	int64 hot_bytes;  /* in those whose block was used again and again */
	double scan_ms;	  /* duration of the scan */
} BuffersReading;

/* Scans the headers of all buffers, without a lock.  Returns false where this
 * version of PostgreSQL has headers of another layout. */
extern bool buffers_read(BuffersReading *reading);

#endif
