/*-------------------------------------------------------------------------
 *
 * proc.c
 *		Parsers of files in Linux's /proc and /sys/fs/cgroup.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/proc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More ticks than any machine has run for; sums of some do not overflow. */
#define MAX_TICKS (INT64_MAX / 4)

static bool
is_time(int64_t ticks)
{
	return ticks >= 0 && ticks < MAX_TICKS;
}

/*
 * The fields are numbered as in proc(5).  The second is the name in
 * parentheses, which may hold blanks and parentheses itself: the last closing
 * one ends it.
 */
bool
proc_stat_parse(const char *text, ProcStat *stat)
{
	const char *name_end = strrchr(text, ')');
	int64_t utime, stime, cutime, cstime;

	if (name_end == NULL ||
		sscanf(name_end + 1,
			   " %*c %d"							  /* 3 state, 4 parent */
			   " %*s %*s %*s %*s %*s %*s %*s %*s %*s" /* 5 to 13 */
			   " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 /* 14 to 17 */
			   " %*s %*s %*s %*s %" SCNd64 /* 22 starttime */,
			   &stat->parent, &utime, &stime, &cutime, &cstime,
			   &stat->started) != 6 ||
		!is_time(utime) || !is_time(stime) || !is_time(cutime) ||
		!is_time(cstime))
		return false;
	stat->own = utime + stime;
	stat->reaped = cutime + cstime;
	return true;
}

/* The text is a quota and a period in microseconds, as "200000 100000", or
 * begins with "max". */
double
cpu_max_parse(const char *text)
{
	double quota;
	double period;

	if (sscanf(text, "%lf %lf", &quota, &period) != 2 || !(quota > 0) ||
		!(period > 0))
		return 0;
	return quota / period;
}
