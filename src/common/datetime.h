/*-------------------------------------------------------------------------
 *
 * datetime.h
 *		A moment on a wall clock, printed as Python prints it.
 *
 * Pure: libc only, no allocation, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_DATETIME_H
#define PG_ACU_DATETIME_H

#include <stddef.h>

/* Room for any DateTime with a year of 4 digits, and the closing NUL. */
#define DATETIME_SIZE sizeof("2026-11-23 04:41:16.798676-05:00:00")

typedef struct DateTime
{
	int year;			/* of the proleptic Gregorian calendar */
	int month;			/* 1 to 12 */
	int day;			/* 1 to 31 */
	int hour;			/* 0 to 23 */
	int minute;			/* 0 to 59 */
	int second;			/* 0 to 60 */
	int microsecond;	/* 0 to 999,999 */
	int offset_seconds; /* seconds that the clock is ahead of UTC */
} DateTime;

/*
 * Writes the text that Python's str(datetime) gives, for instance
 * "2026-11-23 04:41:16.798676-05:00": microseconds only when there are any,
 * seconds of the offset likewise.  As snprintf does, it never writes more
 * than size bytes and returns the length of the whole text.
 */
extern size_t datetime_format(char *text, size_t size, const DateTime *when);

#endif
