/*-------------------------------------------------------------------------
 *
 * proc.h
 *		What Linux writes about processes and control groups, read.
 *
 * Pure: text in, numbers out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_PROC_H
#define PG_ACU_PROC_H

#include <stdbool.h>
#include <stdint.h>

/* Of /proc/PID/stat; times in clock ticks. */
typedef struct ProcStat
{
	int parent;
	int64_t own;	 /* user and system time of the process */
	int64_t reaped;	 /* and of its children that have ended */
	int64_t started; /* since the machine did: with the pid, who it is */
} ProcStat;

/* False when the text is not that of a process. */
extern bool proc_stat_parse(const char *text, ProcStat *stat);

/* CPUs that cpu.max of a control group (version 2) allows: 0 when it sets no
 * limit, or is not to be understood. */
extern double cpu_max_parse(const char *text);

#endif
