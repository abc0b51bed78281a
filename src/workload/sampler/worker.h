/*-------------------------------------------------------------------------
 *
 * worker.h
 *		The background worker that takes samples.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAMPLER_WORKER_H
#define PG_ACU_SAMPLER_WORKER_H

/* While shared_preload_libraries are loaded: registers the worker. */
extern void worker_register(void);

#endif
