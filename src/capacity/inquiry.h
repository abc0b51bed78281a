/*-------------------------------------------------------------------------
 *
 * inquiry.h
 *		The head of acu.options() and acu.advise(): a history, a question and a
 *		search for options, by the arguments that both have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_INQUIRY_H
#define PG_ACU_CAPACITY_INQUIRY_H

#include "capacity/load_history.h"
#include "model/search.h"

/* Everything is in the memory context of the call. */
typedef struct Inquiry
{
	History history;
	Question question;
	char *region;
	Prices prices;
	Search *search; /* of the above */
} Inquiry;

/*
 * Reads the arguments target, since, until, region, max_throttled_share,
 * max_backlog_seconds, storage_gib, million_requests, background_vcpu,
 * floor_acu and pause_after, and what they ask for.  The search has begun.
 */
extern void inquiry_begin(Inquiry *inquiry, FunctionCallInfo fcinfo);

#endif
