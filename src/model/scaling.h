/*-------------------------------------------------------------------------
 *
 * scaling.h
 *		How Aurora Serverless v2 would follow a load within a range.
 *
 * Capacity grows as long as a bucket of tokens lasts, then as fast as it is
 * refilled; it falls in steps, each after a cool-down; without connections it
 * pauses.  Work that the capacity cannot do at once queues up as a backlog and
 * is done later.
 *
 * Time goes from event to event, not from second to second: a long steady load
 * costs nothing.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SCALING_H
#define PG_ACU_SCALING_H

#include "model/scaler.h"

/*
 * Prepares a scaler for a load.  min_acu and max_acu are multiples of 0.5, the
 * maximum at least 0.5 and the minimum; with a minimum of 0 it pauses after so
 * many seconds.  The model must outlive the scaler.
 */
extern void scaler_init(Scaler *scaler, const Model *model, double min_acu,
						double max_acu, double pause_after);

/* Follows the next segments, from the state that the scaler has. */
extern void scaler_run(Scaler *scaler, const Segment *segments, int count);

#endif
