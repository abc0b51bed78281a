/*-------------------------------------------------------------------------
 *
 * sampler_state.h
 *		A Sampler as bytes, for servers without the worker.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAMPLER_STATE_H
#define PG_ACU_SAMPLER_STATE_H

#include "workload/sampler/sampler.h"

/* The bytes of a Sampler without pending rows, in the current memory context.
 */
extern bytea *sampler_state_save(Sampler *sampler);

/*
 * The Sampler of these bytes, whose stored_until the caller sets.  Bytes that
 * are damaged or of another version give a new Sampler, whose first epoch has
 * that as its reason.
 */
extern Sampler *sampler_state_restore(const bytea *state, MemoryContext parent);

#endif
