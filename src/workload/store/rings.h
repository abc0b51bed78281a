/*-------------------------------------------------------------------------
 *
 * rings.h
 *		The rings of partitions that the history is kept in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_RINGS_H
#define PG_ACU_RINGS_H

#include "datatype/timestamp.h"

typedef enum RingId
{
	RING_SAMPLE,
	RING_SAMPLE_MINUTE,
	RING_QUERY_RECENT,
	RING_QUERY_MINUTE,
	RING_QUERY_HOUR
} RingId;

#define RINGS (RING_QUERY_HOUR + 1)

/* The table that rows of the ring are written to, without its schema, which is
 * acu_internal; palloc'd.  Between SPI_connect and SPI_finish. */
extern char *ring_table(RingId ring);

/* Result of ring_rotate(). */
typedef struct Rotation
{
	bool blocked;	  /* another session holds one of the tables */
	bool lost_texts;  /* texts of queries have been deleted */
	ErrorData *error; /* why it failed, palloc'd; or NULL */
} Rotation;

/*
 * Rotates a ring where its current partition has been written to for long
 * enough: the next partition is rolled up into the next coarser ring and
 * emptied, and takes the place of the current one.  What fails or is blocked is
 * due again at the next call.  Between SPI_connect and SPI_finish; the caller
 * commits soon, as the emptied partition is locked in ACCESS EXCLUSIVE mode.
 */
extern void ring_rotate(RingId ring, TimestampTz now, Rotation *rotation);

/* When the ring was last rotated.  Between SPI_connect and SPI_finish. */
extern TimestampTz ring_rotated_at(RingId ring);

/*
 * The names of the rings that should have been rotated long before the last
 * sample, at this time, separated by commas, palloc'd; NULL where there is
 * none. Between SPI_connect and SPI_finish.
 */
extern char *rings_overdue(TimestampTz last_sample);

#endif
