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

/* PostgreSQL 13 to 18 have the state of a buffer in a 32-bit word with these
 * names for its parts.  For a later version, compare buf_internals.h first. */
#if PG_VERSION_NUM < 190000

#include "portability/instr_time.h"
#include "storage/buf_internals.h"

/* The clock sweep takes one from the usage count of every buffer it passes: a
 * block with this count or more was used again since the last sweep. */
#define HOT_USAGE_COUNT 2

/* Buffers between two checks for interrupts: 128 MB. */
#define CHECK_BUFFERS 16384

bool
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

		if (i % CHECK_BUFFERS == 0)
			CHECK_FOR_INTERRUPTS();
		used += (state & BM_VALID) != 0;
		hot += (state & BM_VALID) != 0 &&
			   BUF_STATE_GET_USAGECOUNT(state) >= HOT_USAGE_COUNT;
	}
	INSTR_TIME_SET_CURRENT(took);
	INSTR_TIME_SUBTRACT(took, began);

	reading->used_bytes = used * BLCKSZ;
	reading->hot_bytes = hot * BLCKSZ;
	reading->scan_ms = INSTR_TIME_GET_MILLISEC(took);
	return true;
}

#else

bool
buffers_read(BuffersReading *reading pg_attribute_unused())
{
	return false;
}

#endif
