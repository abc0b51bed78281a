/*-------------------------------------------------------------------------
 *
 * clock.c
 *		A wall clock that is ahead of the real one, for the tests of
 * test/server.
 *
 * Preloaded into a server (LD_PRELOAD), it adds PG_ACU_TEST_SECONDS to the time
 * of day.  The monotonic clock stays as it is.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t
seconds_ahead(void)
{
	static time_t seconds = 0;
	static int known = 0;

	if (!known)
	{
		const char *value = getenv("PG_ACU_TEST_SECONDS");

		seconds = value ? atoll(value) : 0;
		known = 1;
	}
	return seconds;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	int result = (int) syscall(SYS_clock_gettime, id, now);

	if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += seconds_ahead();
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec time;
	int result = clock_gettime(CLOCK_REALTIME, &time);

	(void) zone;
	now->tv_sec = time.tv_sec;
	now->tv_usec = time.tv_nsec / 1000;
	return result;
}

time_t
time(time_t *now)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	if (now != NULL)
		*now = time.tv_sec;
	return time.tv_sec;
}
