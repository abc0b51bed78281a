/*-------------------------------------------------------------------------
 *
 * pending.h
 *		What queries have done that is not in the history yet, and their texts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PENDING_H
#define PG_ACU_PENDING_H

#include "workload/sampler/sampler.h"

/* Writes the rows of queries up to the last sample.  Between SPI_connect and
 * SPI_finish. */
extern void pending_write(Sampler *sampler);

/*
 * Writes the texts of queries that have rows but no text, with the names of
 * their role and database; the names only when pg_acu.track_query_text is off,
 * which also deletes the texts that were kept.  Returns the number of bytes
 * that pg_stat_statements has read for that.
 */
extern int64 pending_write_texts(Sampler *sampler);

/* To be called when texts were deleted from the history: each query that comes
 * again gets its text anew. */
extern void pending_doubt_texts(Sampler *sampler);

#endif
