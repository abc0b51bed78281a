/*-------------------------------------------------------------------------
 *
 * saved_state.c
 *		Fuzzes the reading of a sampler's state: what is read can be written
 *		again, to the same bytes, and does not break what it is used for.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/saved_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Uses the state as the next sample does. */
static void
use_state(SavedState *state)
{
	fit_add(&state->fit, 1, 1, 1);
	if (!isfinite(fit_call_cost(&state->fit)) || state->mark.at == INT64_MAX)
		abort();
}

static void
use_entry(const SavedEntry *entry)
{
	const EntryReading now = { { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 1 };
	StatementCounters delta;

	if (counters_delta(&delta, &now, &entry->reading, false) == DELTA_EXACT &&
		delta.calls < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = malloc(size + 1);
	unsigned char *at = bytes;
	SavedStateReader reader;
	SavedState state;
	SavedProcess process;
	SavedEntry entry;
	bool good =
		saved_state_read(&reader, &state, data, size) == SAVED_STATE_GOOD;

	if (good)
	{
		at = saved_state_write(at, &state);
		use_state(&state);
	}
	for (int i = 0; good && i < state.processes; i++)
		if ((good = saved_process_read(&reader, &process)))
			at = saved_process_write(at, &process);
	for (int i = 0; good && i < state.entries; i++)
		if ((good = saved_entry_read(&reader, &entry)))
		{
			at = saved_entry_write(at, &entry);
			use_entry(&entry);
		}
	if (good && (at != bytes + size || memcmp(bytes, data, size) != 0))
		abort();
	free(bytes);
	return 0;
}
