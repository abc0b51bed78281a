/*-------------------------------------------------------------------------
 *
 * worker.h
 *		The background worker that takes samples.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_WORKER_H
#define PG_ACU_WORKER_H

#include "datatype/timestamp.h"

/* While shared_preload_libraries are loaded: asks for the worker. */
extern void worker_register(void);

/* Whether a worker keeps samples in the current database. */
extern bool worker_is_here(void);

/* Has the worker take a sample, waits for it, and returns its time.  Raises
 * what went wrong there. */
extern TimestampTz worker_take_sample(void);

#endif
