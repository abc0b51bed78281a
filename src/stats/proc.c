/*-------------------------------------------------------------------------
 *
 * proc.c
 *		What Linux writes about processes and control groups, read.
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

/* No machine has run for so many ticks; sums of some of them must not wrap. */
#define MOST_TICKS (INT64_MAX / 4)

static bool is_time(int64_t ticks);

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

static bool
is_time(int64_t ticks)
{
	return ticks >= 0 && ticks < MOST_TICKS;
}

/* "200000 100000": so many microseconds of every so many; "max": all. */
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
