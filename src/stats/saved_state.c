/*-------------------------------------------------------------------------
 *
 * saved_state.c
 *		The state of a sampler as bytes.
 *
 * Owns no data.
 *
 * One table for each struct lists its fields: the writer and the reader both go
 * through it, so that neither can forget a field.  A change of these tables, or
 * of the order of the structs (state, processes, entries), needs another
 * VERSION.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/saved_state.h"

#include <math.h>
#include <string.h>

#define VERSION 1

/* The first bytes of a state. */
static const unsigned char head[] = { 'a', 'c', 'u', VERSION };

/* Largest absolute values of WHOLE and TOTAL, and of AMOUNT and DIFFERENCE:
 * sums and squares of a few fields then do not overflow. */
#define MAX_WHOLE (INT64_MAX / 4)
#define MAX_AMOUNT 1e15

/* PostgreSQL has at most 262,143 backends, and some processes beside them. */
#define MAX_PROCESSES 300000

/* Type and range of a field. */
typedef enum FieldKind
{
	FLAG,	   /* bool */
	ID,		   /* uint32_t: any */
	NUMBER,	   /* int32_t, 0 or more */
	ANY,	   /* int64_t or uint64_t: any */
	WHOLE,	   /* int64_t, of either sign */
	TOTAL,	   /* int64_t, 0 or more */
	AMOUNT,	   /* double, 0 or more */
	DIFFERENCE /* double, of either sign */
} FieldKind;

/* A field of a struct. */
typedef struct Field
{
	FieldKind kind;
	size_t offset;
	int repeated; /* number of elements of an array; 0: no array */
} Field;

/* All fields of a struct, in the order of their bytes. */
typedef struct Layout
{
	const Field *fields;
	size_t count;
} Layout;

#define IN_STATE(field) offsetof(SavedState, field)

static const Field state_fields[] = {
	{ WHOLE, IN_STATE(mark.at), 0 },
	{ ANY, IN_STATE(mark.system_identifier), 0 },
	{ ID, IN_STATE(mark.timeline), 0 },
	{ WHOLE, IN_STATE(mark.started), 0 },
	{ WHOLE, IN_STATE(mark.reset_at), 0 },
	{ NUMBER, IN_STATE(mark.version), 0 },
	{ ID, IN_STATE(mark.reader), 0 },
	{ NUMBER, IN_STATE(epoch), 0 },
	{ TOTAL, IN_STATE(evictions), 0 },
	{ DIFFERENCE, IN_STATE(active_seconds), 0 },
	{ DIFFERENCE, IN_STATE(flushed_seconds), 0 },
	{ FLAG, IN_STATE(active_known), 0 },
	{ WHOLE, IN_STATE(blks), 0 },
	{ FLAG, IN_STATE(cpu_known), 0 },
	{ NUMBER, IN_STATE(postmaster), 0 },
	{ TOTAL, IN_STATE(postmaster_started), 0 },
	{ TOTAL, IN_STATE(total_ticks), 0 },
	{ TOTAL, IN_STATE(background_ticks), 0 },
	{ TOTAL, IN_STATE(postmaster_ticks), 0 },
	{ TOTAL, IN_STATE(buffers_used_bytes), 0 },
	{ TOTAL, IN_STATE(buffers_hot_bytes), 0 },
	{ AMOUNT, IN_STATE(buffers_scan_ms), 0 },
	{ WHOLE, IN_STATE(buffers_at), 0 },
	{ FLAG, IN_STATE(without_texts), 0 },
	{ NUMBER, IN_STATE(fit.count), 0 },
	{ AMOUNT, IN_STATE(fit.calls), FIT_INTERVALS },
	{ DIFFERENCE, IN_STATE(fit.rest), FIT_INTERVALS },
	{ NUMBER, IN_STATE(processes), 0 },
	{ NUMBER, IN_STATE(entries), 0 },
};

#define IN_PROCESS(field) offsetof(SavedProcess, field)

static const Field process_fields[] = {
	{ NUMBER, IN_PROCESS(pid), 0 },		 { FLAG, IN_PROCESS(known), 0 },
	{ FLAG, IN_PROCESS(background), 0 }, { TOTAL, IN_PROCESS(started), 0 },
	{ TOTAL, IN_PROCESS(ticks), 0 },
};

#define IN_ENTRY(field) offsetof(SavedEntry, field)
#define COUNTER(field) IN_ENTRY(reading.counters.field)

static const Field entry_fields[] = {
	{ ID, IN_ENTRY(userid), 0 },		   { ID, IN_ENTRY(dbid), 0 },
	{ ANY, IN_ENTRY(queryid), 0 },		   { FLAG, IN_ENTRY(toplevel), 0 },
	{ FLAG, IN_ENTRY(wants_text), 0 },	   { FLAG, IN_ENTRY(has_text), 0 },
	{ WHOLE, IN_ENTRY(reading.since), 0 }, { TOTAL, COUNTER(calls), 0 },
	{ AMOUNT, COUNTER(exec_seconds), 0 },  { AMOUNT, COUNTER(plan_seconds), 0 },
	{ AMOUNT, COUNTER(io_seconds), 0 },	   { TOTAL, COUNTER(rows), 0 },
	{ TOTAL, COUNTER(blks_hit), 0 },	   { TOTAL, COUNTER(blks_read), 0 },
	{ TOTAL, COUNTER(blks_dirtied), 0 },   { TOTAL, COUNTER(blks_written), 0 },
	{ TOTAL, COUNTER(temp_blks), 0 },	   { TOTAL, COUNTER(wal_bytes), 0 },
};

#define LAYOUT(fields)                               \
	{                                                \
		fields, sizeof(fields) / sizeof((fields)[0]) \
	}

static const Layout state_layout = LAYOUT(state_fields);
static const Layout process_layout = LAYOUT(process_fields);
static const Layout entry_layout = LAYOUT(entry_fields);

/* Bytes of a field, in memory as well as when it is written. */
static size_t
width_of(FieldKind kind)
{
	switch (kind)
	{
		case FLAG:
			return 1;
		case ID:
		case NUMBER:
			return 4;
		default:
			return 8;
	}
}

/* Bytes of a struct when it is written. */
static size_t
layout_size(const Layout *layout)
{
	size_t size = 0;

	for (size_t i = 0; i < layout->count; i++)
	{
		const Field *field = &layout->fields[i];

		size += width_of(field->kind) * (field->repeated ? field->repeated : 1);
	}
	return size;
}

/* The bits of a field, as the lowest ones of a word. */
static uint64_t
bits_of(FieldKind kind, const void *value)
{
	uint32_t narrow;
	uint64_t wide;

	switch (width_of(kind))
	{
		case 1:
			return *(const bool *) value;
		case 4:
			memcpy(&narrow, value, sizeof(narrow));
			return narrow;
		default:
			memcpy(&wide, value, sizeof(wide));
			return wide;
	}
}

/* Sets a field of a struct to these bits; returns false when the value is out
 * of range. */
static bool
set_field(FieldKind kind, void *value, uint64_t bits)
{
	uint32_t narrow = (uint32_t) bits;
	int64_t whole = (int64_t) bits;
	double amount;

	memcpy(&amount, &bits, sizeof(amount));
	switch (kind)
	{
		case FLAG:
			if (bits > 1)
				return false;
			*(bool *) value = bits == 1;
			return true;
		case NUMBER:
			if (narrow > INT32_MAX)
				return false;
			/* FALLTHROUGH */
		case ID:
			memcpy(value, &narrow, sizeof(narrow));
			return true;
		case WHOLE:
			if (whole < -MAX_WHOLE || whole > MAX_WHOLE)
				return false;
			break;
		case TOTAL:
			if (whole < 0 || whole > MAX_WHOLE)
				return false;
			break;
		case AMOUNT:
			if (!(amount >= 0 && amount <= MAX_AMOUNT))
				return false;
			break;
		case DIFFERENCE:
			if (!(fabs(amount) <= MAX_AMOUNT))
				return false;
			break;
		case ANY:
			break;
	}
	memcpy(value, &bits, sizeof(bits));
	return true;
}

/* Writes the fields of a struct, lowest byte first; returns the end. */
static unsigned char *
write_fields(unsigned char *at, const Layout *layout, const void *from)
{
	for (size_t i = 0; i < layout->count; i++)
	{
		const Field *field = &layout->fields[i];
		const char *value = (const char *) from + field->offset;
		size_t width = width_of(field->kind);

		for (int n = field->repeated ? field->repeated : 1; n > 0; n--)
		{
			uint64_t bits = bits_of(field->kind, value);

			for (size_t byte = 0; byte < width; byte++, bits >>= 8)
				*at++ = (unsigned char) (bits & 0xff);
			value += width;
		}
	}
	return at;
}

/* Reads the fields of a struct; returns false when there are too few bytes, or
 * a field is out of its range. */
static bool
read_fields(SavedStateReader *reader, const Layout *layout, void *into)
{
	if ((size_t) (reader->end - reader->at) < layout_size(layout))
		return false;
	for (size_t i = 0; i < layout->count; i++)
	{
		const Field *field = &layout->fields[i];
		char *value = (char *) into + field->offset;
		size_t width = width_of(field->kind);

		for (int n = field->repeated ? field->repeated : 1; n > 0; n--)
		{
			uint64_t bits = 0;

			for (size_t byte = 0; byte < width; byte++)
				bits |= (uint64_t) *reader->at++ << (8 * byte);
			if (!set_field(field->kind, value, bits))
				return false;
			value += width;
		}
	}
	return true;
}

size_t
saved_state_size(int32_t processes, int32_t entries)
{
	return sizeof(head) + layout_size(&state_layout) +
		   (size_t) processes * layout_size(&process_layout) +
		   (size_t) entries * layout_size(&entry_layout);
}

unsigned char *
saved_state_write(unsigned char *at, const SavedState *state)
{
	memcpy(at, head, sizeof(head));
	return write_fields(at + sizeof(head), &state_layout, state);
}

unsigned char *
saved_process_write(unsigned char *at, const SavedProcess *process)
{
	return write_fields(at, &process_layout, process);
}

unsigned char *
saved_entry_write(unsigned char *at, const SavedEntry *entry)
{
	return write_fields(at, &entry_layout, entry);
}

SavedStateKind
saved_state_read(SavedStateReader *reader, SavedState *state,
				 const unsigned char *bytes, size_t size)
{
	memset(state, 0, sizeof(*state));
	*reader = (SavedStateReader){ bytes, bytes + size };
	if (size < sizeof(head) || memcmp(bytes, head, sizeof(head)) != 0)
		return SAVED_STATE_OTHER_VERSION;
	reader->at += sizeof(head);
	if (!read_fields(reader, &state_layout, state) ||
		size != saved_state_size(state->processes, state->entries) ||
		state->processes > MAX_PROCESSES ||
		state->fit.count >= 2 * FIT_INTERVALS ||
		state->postmaster_ticks > state->total_ticks)
		return SAVED_STATE_DAMAGED;
	return SAVED_STATE_GOOD;
}

bool
saved_process_read(SavedStateReader *reader, SavedProcess *process)
{
	memset(process, 0, sizeof(*process));
	return read_fields(reader, &process_layout, process);
}

bool
saved_entry_read(SavedStateReader *reader, SavedEntry *entry)
{
	memset(entry, 0, sizeof(*entry));
	return read_fields(reader, &entry_layout, entry);
}
