/*-------------------------------------------------------------------------
 *
 * samples.h
 *		Where samples are kept: the tables of the schema acu.
 *
 * All of it runs SQL, in the caller's transaction and between SPI_connect and
 * SPI_finish.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_HISTORY_H
#define PG_ACU_HISTORY_H

#include "backend/target.h"
#include "workload/sources/statements.h"

/* A row of acu.sample.  Unknown becomes NULL. */
typedef struct SampleRow
{
	TimestampTz at;
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
	bool plan_known;
	bool io_known;
	bool buffers_known;
	int64 shared_buffers_bytes;
	int64 buffers_used_bytes;
	int64 buffers_hot_bytes;
	bool coverage_known;
	double coverage;
	bool evictions_known;
	int64 evictions;
	bool saturated;
} SampleRow;

/* What is no statement has a key with userid 0, and one of these as queryid. */
typedef enum Part
{
	PART_BACKGROUND = 1,
	PART_UNEXPLAINED,
	PART_OTHERS
} Part;

/* A row of acu.query_sample. */
typedef struct QueryRow
{
	TimestampTz at;
	double seconds;
	StatementKey key;
	bool estimated;
	StatementCounters counters;
	double cpu_seconds;
} QueryRow;

extern void history_add_sample(const SampleRow *row);
extern void history_add_queries(const QueryRow *rows, int count);

/* With the names of the role and of the database, which may be dropped later.
 * query may be NULL; it is in the encoding of the database. */
extern void
history_add_text(const StatementKey *key, const char *query, TimestampTz at);

/* Deletes the texts, not the names. */
extern void history_forget_texts(void);

/* Begins an epoch and returns its number.  *reason is made more exact, from
 * what the last epoch knew of the server, when it is "first sample". */
extern int history_begin_epoch(const ReadingMark *mark, const char **reason);

/* The time of the last row of this server; DT_NOBEGIN when there is none. */
extern TimestampTz history_end(void);

/* What history_turn() has come to. */
typedef struct Turned
{
	bool held;		  /* a report holds one of the tables */
	ErrorData *error; /* why a ring did not turn; or NULL.  palloc'd */
	bool lost_text;	  /* texts of queries have been deleted */
} Turned;

/*
 * Makes room: where a ring's current member has been filled for long enough,
 * the next one is folded into the next coarser ring, and emptied.  One ring
 * that cannot turn does not hold up the others: it is to be tried again later.
 */
extern void history_turn(TimestampTz now, Turned *turned);

#endif
