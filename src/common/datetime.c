/*-------------------------------------------------------------------------
 *
 * datetime.c
 *		A moment on a wall clock, printed as Python prints it.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "common/datetime.h"

#include <stdio.h>
#include <stdlib.h>

size_t
datetime_format(char *text, size_t size, const DateTime *when)
{
	char fraction[16] = "";
	char offset_rest[16] = "";
	int offset = abs(when->offset_seconds);

	if (when->microsecond != 0)
		snprintf(fraction, sizeof(fraction), ".%06d", when->microsecond);
	if (offset % 60 != 0)
		snprintf(offset_rest, sizeof(offset_rest), ":%02d", offset % 60);

	return (size_t) snprintf(
		text, size, "%04d-%02d-%02d %02d:%02d:%02d%s%c%02d:%02d%s", when->year,
		when->month, when->day, when->hour, when->minute, when->second,
		fraction, when->offset_seconds < 0 ? '-' : '+', offset / 3600,
		offset / 60 % 60, offset_rest);
}
