/*-------------------------------------------------------------------------
 *
 * pack.h
 *		An hour of a statement in few bytes.
 *
 * Most numbers are small, so each is written with as many bytes as it needs
 * (seven bits to a byte).  Seconds are kept as whole microseconds.
 *
 * Pure: libc only.  Bytes that come from a table are not trusted.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PACK_H
#define PG_ACU_PACK_H

#include "stats/counters.h"

#include <stddef.h>

#define MINUTES 60

/* A minute of a statement. */
typedef struct PackedMinute
{
	int minute; /* 0 to 59, of the hour */
	int64_t calls;
	double exec_seconds;
	double cpu_seconds;
	int64_t blks; /* shared blocks, hit and read */
} PackedMinute;

/* An hour: all counters as sums over it, four of them by minute. */
typedef struct PackedHour
{
	bool estimated;
	StatementCounters counters;
	double cpu_seconds;
	int count;
	PackedMinute minutes[MINUTES]; /* in their order */
} PackedHour;

/* Bytes that are enough for any hour. */
#define PACKED_SIZE_MAX ((size_t) (2 + 12 * 10 + MINUTES * (1 + 4 * 10)))

/* Writes the hour to PACKED_SIZE_MAX bytes, and returns the number it took. */
extern size_t pack_hour(unsigned char *bytes, const PackedHour *hour);

/* Returns false where the bytes are damaged; *hour is undefined then. */
extern bool
unpack_hour(PackedHour *hour, const unsigned char *bytes, size_t size);

#endif
