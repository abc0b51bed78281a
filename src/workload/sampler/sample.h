/*-------------------------------------------------------------------------
 *
 * sample.h
 *		One sample: the difference between two readings of the server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAMPLE_H
#define PG_ACU_SAMPLE_H

#include "workload/sampler/sampler.h"

/* Result of sample_take(), for acu.status(). */
typedef struct SampleReport
{
	TimestampTz at;
	bool waits_for_clock; /* set back: this time has its rows already */
	double call_cost;	  /* CPU-seconds a call */
	int connections;
	CpuState cpu;
	double scan_ms; /* of the last scan of the buffer headers */
	bool queryids_shown;
} SampleReport;

/*
 * Takes a sample and stores it.  longest: what the interval may last, in
 * microseconds.  The rows of queries are stored once a minute, or with flush at
 * once.
 */
extern void
sample_take(Sampler *sampler, int64 longest, bool flush, SampleReport *report);

#endif
