/*-------------------------------------------------------------------------
 *
 * deadlines.h
 *		Lists of points in time until which something is waited for.
 *
 * A list is in the order in which the waits began; where all of them are
 * equally long, that is also the order of the deadlines.
 *
 * Pure: no clock, no memory of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_DEADLINES_H
#define PG_ACU_DEADLINES_H

#include <stdint.h>

/* Lies in the struct that is waited for; times in milliseconds of a loop. */
typedef struct Deadline
{
	int64_t since; /* when the wait began */
	int64_t at;	   /* when it is over */
	struct Deadline *before;
	struct Deadline *after;
} Deadline;

typedef struct Deadlines
{
	Deadline *first;
	Deadline *last;
} Deadlines;

/* Adds one that is in no list, as the last. */
extern void deadlines_join(Deadlines *list, Deadline *deadline);

/* Takes one out of the list that it is in. */
extern void deadlines_leave(Deadlines *list, Deadline *deadline);

#endif
