/*-------------------------------------------------------------------------
 *
 * load_history.h
 *		The history of a target, as the loads of the model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_LOAD_HISTORY_H
#define PG_ACU_CAPACITY_LOAD_HISTORY_H

#include "model/demand.h"

#include "datatype/timestamp.h"
#include "fmgr.h"

/* A target's samples in a span, in the memory context of the call. */
typedef struct History
{
	char *target; /* NULL: not named */
	TimestampTz since;
	TimestampTz until;
	int count;
	Load *loads;
	TimestampTz *at;		/* the end of each */
	double *background_cpu; /* CPU-seconds a second; NAN is unknown */
	double unknown_seconds; /* without CPU: the model takes them for gaps */
	bool managed;			/* the CPU includes the server's background */

	/* While it is read */
	int room; /* of the arrays */
	bool any_sample;
	TimestampTz last_at;
	double pending_gap; /* seconds since the last known sample */
} History;

/*
 * Reads what the first three arguments of a function ask for: target, since,
 * until.  An error when there are fewer known samples than min_count.
 */
extern void
history_read(History *history, FunctionCallInfo fcinfo, int min_count);

/* A model for a history; background: vCPU, NAN for what fits the history. */
extern Model
history_model(const History *history, Likelihood likelihood, double background);

#endif
