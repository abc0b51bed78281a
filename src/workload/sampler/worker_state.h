/*-------------------------------------------------------------------------
 *
 * worker_state.h
 *		What the worker and the sessions know of each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SHARED_H
#define PG_ACU_SHARED_H

#include "datatype/timestamp.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/spin.h"

#define WORKER_RESTART_SECONDS 60
#define WORKER_MESSAGE_BYTES 512

/* In shared memory; every field is read and written under the mutex. */
typedef struct WorkerShared
{
	slock_t mutex;
	int pid;		 /* 0: no worker */
	bool registered; /* the server has room for the worker */
	bool been;		 /* one was here before, and there was no crash since */
	Oid database;
	Latch *latch;
	ConditionVariable done;
	uint64 requested;  /* samples that sessions have asked for */
	uint64 answered;   /* those of them that have been seen to */
	TimestampTz given; /* the time of the sample they were given; 0: none */

	const char *state; /* a constant of this library */
	TimestampTz at;	   /* of the last sample; 0: none */
	double sample_ms;  /* that it took */
	double lag_ms;	   /* that it was late */
	double k;
	double scan_ms;
	const char *cpu_reason;			  /* a constant of this library, or NULL */
	int64 locked_turns;				  /* times that a report held up a ring */
	char error[WORKER_MESSAGE_BYTES]; /* the last one */
	int sqlstate;
	TimestampTz error_at; /* 0: none */
	TimestampTz logged_at;
} WorkerShared;

/* NULL where pg_acu is not preloaded. */
extern WorkerShared *worker_shared;

/* While shared_preload_libraries are loaded: asks for the memory. */
extern void worker_ask_for_shared(void);

/* By the worker: keeps an error for acu.status(), and returns whether the log
 * has had none for a minute and is to have this one. */
extern bool worker_note_error(const ErrorData *error);

#endif
