/*-------------------------------------------------------------------------
 *
 * load_history.h
 *		The history of a target, as the model takes it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_HISTORY_H
#define PG_ACU_CAPACITY_HISTORY_H

#include "model/demand.h"

#include "datatype/timestamp.h"
#include "fmgr.h"

/* A target's samples in a span, in the memory context of the call. */
typedef struct History
{
	char *target;
	TimestampTz since;
	TimestampTz until;
	int count;
	Load *loads;
	TimestampTz *at;		/* the end of each */
	double *background_cpu; /* CPU-seconds a second; NAN is unknown */
	double unknown_seconds; /* without CPU, which are gaps for the model */
	bool managed;			/* the CPU is a managed server's own */

	int room; /* of the arrays; this and the next three while they are filled */
	bool any;
	TimestampTz last_at;
	double unseen; /* seconds since the last known one */
} History;

/*
 * Reads what the first three arguments of a function ask for: target, since,
 * until.  An error when there are fewer samples than least.
 */
extern void history_read(History *history, FunctionCallInfo fcinfo, int least);

#endif
