/*-------------------------------------------------------------------------
 *
 * proc.h
 *		Parsers of files in Linux's /proc and /sys/fs/cgroup.
 *
 * Pure: text in, numbers out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PROC_H
#define PG_ACU_PROC_H

#include <stdbool.h>
#include <stdint.h>

/* Fields of /proc/PID/stat; times in clock ticks. */
typedef struct ProcStat
{
	int parent;
	int64_t own;	 /* user and system time of the process */
	int64_t reaped;	 /* the same of its children that were reaped */
	int64_t started; /* since boot; tells processes with the same pid apart */
} ProcStat;

/* Returns false where the text has not these fields. */
extern bool proc_stat_parse(const char *text, ProcStat *stat);

/* The number of CPUs that cpu.max of a control group (version 2) allows; 0
 * where it sets no limit or cannot be parsed. */
extern double cpu_max_parse(const char *text);

#endif
