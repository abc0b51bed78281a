/*-------------------------------------------------------------------------
 *
 * proc.c
 *		What Linux writes about processes and control groups, read.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "workload/proc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
			   &stat->started) != 6)
		return false;
	stat->own = utime + stime;
	stat->reaped = cutime + cstime;
	return utime >= 0 && stime >= 0 && cutime >= 0 && cstime >= 0;
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
