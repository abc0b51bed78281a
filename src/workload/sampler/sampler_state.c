/*-------------------------------------------------------------------------
 *
 * sampler_state.c
 *		A Sampler as bytes, for servers without the worker: acu.take_sample()
 *		leaves it in a table for the next call, in any session.
 *
 * Owns no data.  saved_state.c defines the bytes and checks each field.
 *
 * Only a Sampler without pending rows is saved.  All its entries are of the
 * last sample, so that the number of that sample does not matter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/sampler_state.h"

#include "backend/compat.h"
#include "stats/saved_state.h"

#include "miscadmin.h"
#include "utils/memutils.h"

static void
fill_state(SavedState *state, const Sampler *sampler)
{
	const CpuReading *cpu = &sampler->cpu;
	const BuffersReading *buffers = &sampler->buffers;

	*state = (SavedState){
		.mark = sampler->mark,
		.epoch = sampler->epoch,
		.evictions = sampler->evictions,
		.blks = sampler->blks,
		.active_known = sampler->active_known,
		.active_seconds = sampler->active_seconds,
		.flushed_seconds = sampler->flushed_seconds,
		.cpu_known = cpu->state == CPU_KNOWN,
		.postmaster = cpu->postmaster,
		.postmaster_started = cpu->started,
		.total_ticks = cpu->total_ticks,
		.background_ticks = cpu->background_ticks,
		.postmaster_ticks = cpu->postmaster_ticks,
		.buffers_used_bytes = buffers->used_bytes,
		.buffers_hot_bytes = buffers->hot_bytes,
		.buffers_scan_ms = buffers->scan_ms,
		.buffers_at = sampler->buffers_at,
		.fit = sampler->fit,
		.without_texts = sampler->without_texts,
		.processes = cpu->count,
		.entries = (int32) hash_get_num_entries(sampler->entries),
	};
}

bytea *
sampler_state_save(Sampler *sampler)
{
	SavedState saved;
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;
	unsigned char *at;
	bytea *state;
	Size size;

	fill_state(&saved, sampler);
	size = VARHDRSZ + saved_state_size(saved.processes, saved.entries);
	state = palloc(size);
	SET_VARSIZE(state, size);
	at = saved_state_write((unsigned char *) VARDATA(state), &saved);
	for (int i = 0; i < saved.processes; i++)
	{
		const CpuProcess *process = &sampler->cpu.processes[i];

		at = saved_process_write(
			at, &(SavedProcess){ .pid = process->pid,
								 .known = process->known,
								 .background = process->background,
								 .started = process->started,
								 .ticks = process->ticks });
	}
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		at = saved_entry_write(at,
							   &(SavedEntry){ .userid = entry->key.userid,
											  .dbid = entry->key.dbid,
											  .queryid = entry->key.queryid,
											  .toplevel = entry->key.toplevel,
											  .wants_text = entry->wants_text,
											  .has_text = entry->has_text,
											  .reading = entry->before });
	Assert(at == (unsigned char *) state + size);
	return state;
}

static void
take_state(Sampler *sampler, const SavedState *saved)
{
	sampler->number = 1;
	sampler->marked = true;
	sampler->mark = saved->mark;
	sampler->evictions = saved->evictions;
	sampler->blks = saved->blks;
	sampler->active_known = saved->active_known;
	sampler->active_seconds = saved->active_seconds;
	sampler->flushed_seconds = saved->flushed_seconds;
	sampler->cpu =
		(CpuReading){ .state = saved->cpu_known ? CPU_KNOWN : CPU_NOT_READ,
					  .postmaster = saved->postmaster,
					  .started = saved->postmaster_started,
					  .total_ticks = saved->total_ticks,
					  .background_ticks = saved->background_ticks,
					  .postmaster_ticks = saved->postmaster_ticks };
	sampler->buffers =
		(BuffersReading){ .used_bytes = saved->buffers_used_bytes,
						  .hot_bytes = saved->buffers_hot_bytes,
						  .scan_ms = saved->buffers_scan_ms };
	sampler->buffers_at = saved->buffers_at;
	sampler->fit = saved->fit;
	sampler->without_texts = saved->without_texts;
	sampler->epoch = saved->epoch;
	sampler->pending_since = saved->mark.at;
}

/* Reads the processes; returns false when one is out of range. */
static bool
take_processes(Sampler *sampler, SavedStateReader *reader, int count)
{
	CpuReading *cpu = &sampler->cpu;

	cpu->processes = MemoryContextAllocHuge(sampler->context,
											Max(count, 1) * sizeof(CpuProcess));
	for (; cpu->count < count; cpu->count++)
	{
		SavedProcess saved;

		if (!saved_process_read(reader, &saved))
			return false;
		cpu->processes[cpu->count] =
			(CpuProcess){ .pid = saved.pid,
						  .known = saved.known,
						  .background = saved.background,
						  .started = saved.started,
						  .ticks = saved.ticks };
	}
	return true;
}

/* Reads the entries; returns false when one is out of range, or there twice. */
static bool
take_entries(Sampler *sampler, SavedStateReader *reader, int count)
{
	for (int i = 0; i < count; i++)
	{
		StatementKey key;
		SampledEntry *entry;
		SavedEntry saved;
		bool twice;

		CHECK_FOR_INTERRUPTS();
		if (!saved_entry_read(reader, &saved))
			return false;
		statement_key(&key, saved.userid, saved.dbid, saved.queryid,
					  saved.toplevel);
		entry = sampler_entry(sampler, &key, &twice);
		if (twice)
			return false;
		entry->seen = sampler->number;
		entry->before = saved.reading;
		entry->wants_text = saved.wants_text;
		entry->has_text = saved.has_text;
	}
	return true;
}

Sampler *
sampler_state_restore(const bytea *state, MemoryContext parent)
{
	Sampler *sampler = sampler_new(parent);
	SavedState saved;
	SavedStateReader reader;
	SavedStateKind kind =
		saved_state_read(&reader, &saved, (unsigned char *) VARDATA_ANY(state),
						 VARSIZE_ANY_EXHDR(state));

	if (kind == SAVED_STATE_GOOD)
	{
		take_state(sampler, &saved);
		if (!take_processes(sampler, &reader, saved.processes) ||
			!take_entries(sampler, &reader, saved.entries))
			kind = SAVED_STATE_DAMAGED;
	}
	if (kind == SAVED_STATE_GOOD)
		return sampler;

	MemoryContextDelete(sampler->context);
	sampler = sampler_new(parent);
	sampler_forget(sampler, kind == SAVED_STATE_OTHER_VERSION
								? EPOCH_OTHER_STATE
								: EPOCH_DAMAGED_STATE);
	return sampler;
}
