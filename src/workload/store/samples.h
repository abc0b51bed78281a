/*-------------------------------------------------------------------------
 *
 * samples.h
 *		Rows of the history: samples of this server, and what its queries did.
 *
 * Every function runs SQL in the caller's transaction, between SPI_connect and
 * SPI_finish.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAMPLES_H
#define PG_ACU_SAMPLES_H

#include "backend/target.h"
#include "workload/sources/statements.h"

/* A row of acu.sample.  A value whose flag is false becomes NULL. */
typedef struct SampleRow
{
	TimestampTz at; /* end of the interval */
	double seconds;
	int epoch;
	bool cpu_known;
	double cpu_seconds;
	double background_cpu_seconds;
	double vcpus;
	bool connections_known;
	int connections;
	bool active_known;
	double active_sessions;
	bool counters_known;
	StatementCounters counters;
	bool plan_known; /* counters.plan_seconds */
	bool io_known;	 /* counters.io_seconds */
	bool buffers_known;
	int64 shared_buffers_bytes; /* the setting, always known */
	int64 buffers_used_bytes;
	int64 buffers_hot_bytes;
	bool coverage_known;
	double coverage;
	bool evictions_known;
	int64 evictions;
	bool saturated;
} SampleRow;

/*
 * The queryid of a row that is not about a statement; its userid is 0.  The SQL
 * function acu_internal.row_kind() has the same numbers.
 */
typedef enum Part
{
	PART_BACKGROUND = 1, /* processes that work for no client */
	PART_UNEXPLAINED,	 /* CPU that no statement explains */
	PART_OTHERS			 /* the less busy statements together */
} Part;

#define PARTS PART_OTHERS

/* A row of acu.query_recent. */
typedef struct QueryRow
{
	TimestampTz at; /* end of the time that it is about */
	double seconds;
	StatementKey key;
	bool estimated;
	StatementCounters counters;
	double cpu_seconds;
} QueryRow;

extern void samples_add(const SampleRow *row);
extern void samples_add_queries(const QueryRow *rows, int count);

/* The time of the last sample of this server; DT_NOBEGIN where there is none.
 */
extern TimestampTz samples_end(void);

#endif
