/*-------------------------------------------------------------------------
 *
 * sampler.c
 *		The memory between two samples: the last reading of the server, and what
 *		queries have done that is not in the history yet.
 *
 * Owns the memory context of each Sampler.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/sampler.h"

#include "utils/memutils.h"

#define FIRST_ENTRIES 1024 /* that the hash table has room for at first */

Sampler *
sampler_new(MemoryContext parent)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "pg_acu sampler", ALLOCSET_DEFAULT_SIZES);
	Sampler *sampler = MemoryContextAllocZero(context, sizeof(Sampler));
	HASHCTL control = { .keysize = sizeof(StatementKey),
						.entrysize = sizeof(SampledEntry),
						.hcxt = context };

	sampler->context = context;
	sampler->entries = hash_create("pg_acu statements", FIRST_ENTRIES, &control,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return sampler;
}

SampledEntry *
sampler_entry(Sampler *sampler, const StatementKey *key, bool *found)
{
	SampledEntry *entry = hash_search(sampler->entries, key, HASH_ENTER, found);

	if (!*found)
		memset((char *) entry + sizeof(StatementKey), 0,
			   sizeof(SampledEntry) - sizeof(StatementKey));
	return entry;
}

Sampler *
sampler_copy(const Sampler *sampler, MemoryContext parent)
{
	Sampler *copy = sampler_new(parent);
	HTAB *entries = copy->entries;
	MemoryContext context = copy->context;
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;
	Size processes = sampler->cpu.count * sizeof(CpuProcess);

	*copy = *sampler;
	copy->context = context;
	copy->entries = entries;
	if (sampler->cpu.processes != NULL)
	{
		copy->cpu.processes = MemoryContextAlloc(context, Max(processes, 1));
		memcpy(copy->cpu.processes, sampler->cpu.processes, processes);
	}
	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		bool found;

		/* An assignment might leave out the padding of the key. */
		memcpy(sampler_entry(copy, &entry->key, &found), entry,
			   sizeof(SampledEntry));
		Assert(!found);
	}
	return copy;
}

void
sampler_forget(Sampler *sampler, EpochReason reason)
{
	HASH_SEQ_STATUS scan;
	SampledEntry *entry;

	hash_seq_init(&scan, sampler->entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		hash_search(sampler->entries, &entry->key, HASH_REMOVE, NULL);
	sampler->marked = false;
	sampler->forgotten = reason;
	sampler->pending_background = sampler->pending_unexplained = 0;
}
