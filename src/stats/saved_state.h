/*-------------------------------------------------------------------------
 *
 * saved_state.h
 *		The state of a sampler as bytes.
 *
 * The bytes are a version, the fields of a SavedState, and then those of each
 * process and of each entry.  Numbers have a fixed width, lowest byte first.
 * The bytes come from a table: the reader trusts none of them.  It checks the
 * version, the length, and the range of every field.
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SAVED_STATE_H
#define PG_ACU_SAVED_STATE_H

#include "stats/apportion.h"
#include "stats/counters.h"

#include <stddef.h>

/* Readings of the last sample.  Ticks are those of /proc. */
typedef struct SavedState
{
	ReadingMark mark;
	int32_t epoch;
	int64_t evictions;
	int64_t blks;
	bool active_known;
	double active_seconds;
	double flushed_seconds;
	bool cpu_known;
	int32_t postmaster; /* pid */
	int64_t postmaster_started;
	int64_t total_ticks;
	int64_t background_ticks;
	int64_t postmaster_ticks;
	int64_t buffers_used_bytes;
	int64_t buffers_hot_bytes;
	double buffers_scan_ms;
	int64_t buffers_at;
	bool without_texts;
	CallCostFit fit;
	int32_t processes; /* that follow */
	int32_t entries;   /* that follow those */
} SavedState;

typedef struct SavedProcess
{
	int32_t pid;
	bool known;
	bool background;
	int64_t started;
	int64_t ticks;
} SavedProcess;

/* An entry of pg_stat_statements. */
typedef struct SavedEntry
{
	uint32_t userid;
	uint32_t dbid;
	int64_t queryid;
	bool toplevel;
	bool wants_text;
	bool has_text;
	EntryReading reading;
} SavedEntry;

/* The number of bytes of a state with its processes and entries. */
extern size_t saved_state_size(int32_t processes, int32_t entries);

/* Each writes to at, and returns the place behind it. */
extern unsigned char *
saved_state_write(unsigned char *at, const SavedState *state);
extern unsigned char *
saved_process_write(unsigned char *at, const SavedProcess *process);
extern unsigned char *
saved_entry_write(unsigned char *at, const SavedEntry *entry);

typedef enum SavedStateKind
{
	SAVED_STATE_GOOD,
	SAVED_STATE_OTHER_VERSION,
	SAVED_STATE_DAMAGED
} SavedStateKind;

/* Place of the next process or entry. */
typedef struct SavedStateReader
{
	const unsigned char *at;
	const unsigned char *end;
} SavedStateReader;

/*
 * Begins to read.  When the result is SAVED_STATE_GOOD, the bytes have room for
 * exactly as many processes and entries as *state says; they are to be read
 * next, in this order.
 */
extern SavedStateKind
saved_state_read(SavedStateReader *reader, SavedState *state,
				 const unsigned char *bytes, size_t size);

/* Each returns false where a field is out of its range, or there are no more
 * bytes. */
extern bool saved_process_read(SavedStateReader *reader, SavedProcess *process);
extern bool saved_entry_read(SavedStateReader *reader, SavedEntry *entry);

#endif
