/*-------------------------------------------------------------------------
 *
 * worker_state.h
 *		Shared memory of the worker and the sessions: requests for samples go
 *		one way, the state of the worker the other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_WORKER_STATE_H
#define PG_ACU_WORKER_STATE_H

#include "workload/sampler/sample.h"

#define WORKER_RESTART_SECONDS 60

/* State of the worker: how it samples, or why it does not. */
typedef enum WorkerState
{
	WORKER_STARTING,
	WORKER_SAMPLING,
	WORKER_WAITING, /* the clock was set back */
	WORKER_FAILING,
	WORKER_STANDBY,
	WORKER_NO_EXTENSION,
	WORKER_OTHER_VERSION,
	WORKER_NOT_RUNNING,
	WORKER_NO_SLOT
} WorkerState;

/* While shared_preload_libraries are loaded: asks for the memory. */
extern void worker_state_request(void);

/* By the worker: it begins, and returns whether there was a worker since the
 * server started or had its last crash. */
extern bool worker_state_begin(void);
/* By the worker: it ends. */
extern void worker_state_end(void);

/* By the worker: sets its state, with a line in the log when it is another
 * one. */
extern void worker_state_set(WorkerState state);

/* By the worker: keeps the report of a sample.  due: when the sample was to be
 * taken; began: when it was. */
extern void worker_state_report(const SampleReport *report, TimestampTz due,
								TimestampTz began);

/* By the worker: counts a rotation that another session has blocked. */
extern void worker_state_count_blocked(void);

/* By the worker: keeps an error for acu.status(), and returns whether the log
 * has had none for a minute and is to have this one. */
extern bool worker_state_note_error(const ErrorData *error);

/* By the worker: the number of the last request for a sample that is not
 * answered; 0 where there is none. */
extern uint64 worker_state_open_request(void);

/*
 * By the worker: answers all requests up to this one, and wakes the sessions.
 * at: of the sample that they are given; 0: there is none, because of the last
 * error (failed) or of the state.
 */
extern void worker_state_answer(uint64 request, TimestampTz at, bool failed);

/* Whether a worker keeps samples in the current database. */
extern bool worker_is_here(void);

/* Has the worker take a sample, waits for it, and returns its time.  Raises the
 * worker's error where it took none. */
extern TimestampTz worker_take_sample(void);

#endif
