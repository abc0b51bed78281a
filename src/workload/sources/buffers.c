/*-------------------------------------------------------------------------
 *
 * buffers.c
 *		How much of shared_buffers is used, and how much of it is hot.
 *
 * Owns no data and takes no lock: the state of a buffer is one atomic word, and
 * a count over a million of them need not be of one moment.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/buffers.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/buf_internals.h"

/* The clock sweep takes one from the count of every buffer it passes, so what
 * has at least this was used again since it last came by. */
#define HOT_USAGE 2

void
buffers_read(BuffersReading *reading)
{
	instr_time began;
	instr_time took;
	int64 used = 0;
	int64 hot = 0;

	INSTR_TIME_SET_CURRENT(began);
	for (int i = 0; i < NBuffers; i++)
	{
		uint32 state = pg_atomic_read_u32(&GetBufferDescriptor(i)->state);

		used += (state & BM_VALID) != 0;
		hot += (state & BM_VALID) != 0 &&
			   BUF_STATE_GET_USAGECOUNT(state) >= HOT_USAGE;
	}
	INSTR_TIME_SET_CURRENT(took);
	INSTR_TIME_SUBTRACT(took, began);

	reading->used_bytes = used * BLCKSZ;
	reading->hot_bytes = hot * BLCKSZ;
	reading->scan_ms = INSTR_TIME_GET_MILLISEC(took);
}
