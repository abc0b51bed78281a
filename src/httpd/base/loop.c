/*-------------------------------------------------------------------------
 *
 * loop.c
 *		The clock of a worker.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/loop.h"

#include "httpd/base/system.h"

void
loop_read_clock(Loop *loop)
{
	struct timespec monotonic;
	time_t seconds = time(NULL);

	clock_gettime(SYSTEM_CLOCK, &monotonic);
	loop->now = (int64_t) monotonic.tv_sec * 1000 + monotonic.tv_nsec / 1000000;
	if (seconds != loop->dated)
	{
		struct tm utc;

		loop->dated = seconds;
		gmtime_r(&seconds, &utc);
		strftime(loop->date, sizeof(loop->date), "%a, %d %b %Y %H:%M:%S GMT",
				 &utc);
	}
}
