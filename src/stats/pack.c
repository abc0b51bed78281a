/*-------------------------------------------------------------------------
 *
 * pack.c
 *		An hour of a statement in few bytes.
 *
 * Owns no data.
 *
 * The layout: a byte for the format and whether it is an estimate, the twelve
 * sums, a byte for the number of minutes, and for each minute its number and
 * its four counters.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/pack.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define FORMAT 2 /* even; the lowest bit says: estimated */
#define MICROSECONDS 1e6
#define SUMS 12
#define MINUTE_COUNTERS 4

/* A number of 63 bits takes up to 9 bytes; 10 are allocated. */
_Static_assert(PACKED_SIZE_MAX >=
				   2 + SUMS * 10 + MINUTES * (1 + MINUTE_COUNTERS * 10),
			   "PACKED_SIZE_MAX must have room for every number");

/* A larger number is cut down to this: 146,000 years. */
#define MAX_MICROSECONDS (INT64_MAX / 2)

typedef struct Reader
{
	const unsigned char *at;
	const unsigned char *end;
	bool failed;
} Reader;

static int64_t
to_microseconds(double seconds)
{
	double microseconds = seconds * MICROSECONDS;

	if (!(microseconds > 0))
		return 0;
	return microseconds < (double) MAX_MICROSECONDS ? llround(microseconds)
													: MAX_MICROSECONDS;
}

static double
to_seconds(int64_t microseconds)
{
	return (double) microseconds / MICROSECONDS;
}

static void
hour_to_sums(int64_t *sums, const PackedHour *hour)
{
	const StatementCounters *counters = &hour->counters;
	const int64_t all[SUMS] = {
		counters->calls,
		to_microseconds(counters->exec_seconds),
		to_microseconds(hour->cpu_seconds),
		to_microseconds(counters->plan_seconds),
		to_microseconds(counters->io_seconds),
		counters->rows,
		counters->blks_hit,
		counters->blks_read,
		counters->blks_dirtied,
		counters->blks_written,
		counters->temp_blks,
		counters->wal_bytes,
	};

	memcpy(sums, all, sizeof(all));
}

static void
sums_to_hour(PackedHour *hour, const int64_t *sums)
{
	hour->counters = (StatementCounters){
		.calls = sums[0],
		.exec_seconds = to_seconds(sums[1]),
		.plan_seconds = to_seconds(sums[3]),
		.io_seconds = to_seconds(sums[4]),
		.rows = sums[5],
		.blks_hit = sums[6],
		.blks_read = sums[7],
		.blks_dirtied = sums[8],
		.blks_written = sums[9],
		.temp_blks = sums[10],
		.wal_bytes = sums[11],
	};
	hour->cpu_seconds = to_seconds(sums[2]);
}

/* Writes a number with its lowest seven bits first; the highest bit of a byte
 * is set where another one follows.  Returns the place behind it. */
static unsigned char *
put_number(unsigned char *at, int64_t number)
{
	uint64_t left = number > 0 ? (uint64_t) number : 0;

	for (; left >= 0x80; left >>= 7)
		*at++ = (unsigned char) (left | 0x80);
	*at++ = (unsigned char) left;
	return at;
}

/* The next number; sets reader->failed where there is none. */
static int64_t
take_number(Reader *reader)
{
	uint64_t number = 0;

	for (int shift = 0; shift < 63 && reader->at < reader->end; shift += 7)
	{
		unsigned char byte = *reader->at++;

		number |= (uint64_t) (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return (int64_t) number;
	}
	reader->failed = true;
	return 0;
}

/* Reads a minute; sets reader->failed where it is damaged. */
static void
take_minute(Reader *reader, PackedMinute *minute)
{
	if (reader->at == reader->end || *reader->at >= MINUTES)
	{
		reader->failed = true;
		return;
	}
	minute->minute = *reader->at++;
	minute->calls = take_number(reader);
	minute->exec_seconds = to_seconds(take_number(reader));
	minute->cpu_seconds = to_seconds(take_number(reader));
	minute->blks = take_number(reader);
}

size_t
pack_hour(unsigned char *bytes, const PackedHour *hour)
{
	unsigned char *at = bytes;
	int64_t sums[SUMS];

	assert(hour->count >= 0 && hour->count <= MINUTES);
	*at++ = FORMAT | (hour->estimated ? 1 : 0);
	hour_to_sums(sums, hour);
	for (int i = 0; i < SUMS; i++)
		at = put_number(at, sums[i]);
	*at++ = (unsigned char) hour->count;
	for (int i = 0; i < hour->count; i++)
	{
		const PackedMinute *minute = &hour->minutes[i];

		*at++ = (unsigned char) minute->minute;
		at = put_number(at, minute->calls);
		at = put_number(at, to_microseconds(minute->exec_seconds));
		at = put_number(at, to_microseconds(minute->cpu_seconds));
		at = put_number(at, minute->blks);
	}
	return (size_t) (at - bytes);
}

bool
unpack_hour(PackedHour *hour, const unsigned char *bytes, size_t size)
{
	Reader reader = { bytes, bytes + size, false };
	int64_t sums[SUMS];

	memset(hour, 0, sizeof(*hour));
	if (size < 2 || (bytes[0] & ~1) != FORMAT)
		return false;
	hour->estimated = (*reader.at++ & 1) != 0;
	for (int i = 0; i < SUMS; i++)
		sums[i] = take_number(&reader);
	sums_to_hour(hour, sums);
	if (reader.at == reader.end || *reader.at > MINUTES)
		return false;
	hour->count = *reader.at++;
	for (int i = 0; i < hour->count; i++)
	{
		take_minute(&reader, &hour->minutes[i]);
		if (i > 0 && hour->minutes[i].minute <= hour->minutes[i - 1].minute)
			return false;
	}
	return !reader.failed && reader.at == reader.end;
}
