/*-------------------------------------------------------------------------
 *
 * pack.c
 *		Fuzzes the reading of packed hours: what is read can be packed again,
 *		to the same hour.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/pack.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char bytes[PACKED_SIZE_MAX];
	PackedHour hour;
	PackedHour again;

	if (!unpack_hour(&hour, data, size))
		return 0;
	if (hour.count < 0 || hour.count > MINUTES)
		abort();
	if (!unpack_hour(&again, bytes, pack_hour(bytes, &hour)))
		abort();
	if (again.count != hour.count ||
		again.counters.calls != hour.counters.calls)
		abort();
	return 0;
}
