/*-------------------------------------------------------------------------
 *
 * state.c
 *		A sampler as bytes, for servers without the worker: one call of
 *		acu.take_sample() leaves it in a table for the next, in any session.
 *
 * Owns no data.  The bytes are structs as they are in memory: they are read by
 * the same library on the same server, and thrown away when that has changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sample.h"

#define MAGIC 0x61637501

typedef struct Header
{
	uint32 magic;
	uint32 sampler_size;
	uint32 entry_size;
	int32 entries;
	int32 processes;
} Header;

static Size state_size(const Header *header);

bytea *
sampler_save(Sampler *sampler)
{
	Header header = { .magic = MAGIC,
					  .sampler_size = sizeof(Sampler),
					  .entry_size = sizeof(SampledEntry),
					  .entries = hash_get_num_entries(sampler->entries),
					  .processes = sampler->cpu.count };
	bytea *state = palloc0(state_size(&header));
	char *at = VARDATA(state);
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	SET_VARSIZE(state, state_size(&header));
	memcpy(at, &header, sizeof(header));
	at += sizeof(header);
	memcpy(at, sampler, sizeof(Sampler));
	at += sizeof(Sampler);
	memcpy(at, sampler->cpu.processes, header.processes * sizeof(CpuProcess));
	at += header.processes * sizeof(CpuProcess);
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		memcpy(at, entry, sizeof(SampledEntry));
		at += sizeof(SampledEntry);
	}
	return state;
}

Sampler *
sampler_restore(const bytea *state, MemoryContext parent)
{
	const char *at = VARDATA_ANY(state);
	Sampler *sampler;
	Sampler made;
	Header header;

	if (VARSIZE_ANY_EXHDR(state) < sizeof(header))
		return NULL;
	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	if (header.magic != MAGIC || header.sampler_size != sizeof(Sampler) ||
		header.entry_size != sizeof(SampledEntry) || header.entries < 0 ||
		header.processes < 0 ||
		VARSIZE_ANY_EXHDR(state) != state_size(&header) - VARHDRSZ)
		return NULL;

	sampler = sampler_new(parent);
	made = *sampler;
	memcpy(sampler, at, sizeof(Sampler));
	at += sizeof(Sampler);
	sampler->context = made.context;
	sampler->entries = made.entries;
	sampler->forgotten = sampler->cpu.reason = NULL;
	sampler->cpu.processes = MemoryContextAlloc(
		made.context, Max(header.processes, 1) * sizeof(CpuProcess));
	memcpy(sampler->cpu.processes, at, header.processes * sizeof(CpuProcess));
	at += header.processes * sizeof(CpuProcess);
	for (int i = 0; i < header.entries; i++)
	{
		SampledEntry entry;

		memcpy(&entry, at, sizeof(entry));
		at += sizeof(entry);
		*(SampledEntry *) hash_search(made.entries, &entry.key, HASH_ENTER,
									  NULL) = entry;
	}
	return sampler;
}

static Size
state_size(const Header *header)
{
	return VARHDRSZ + sizeof(Header) + sizeof(Sampler) +
		   (Size) header->processes * sizeof(CpuProcess) +
		   (Size) header->entries * sizeof(SampledEntry);
}
