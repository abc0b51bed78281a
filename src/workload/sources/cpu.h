/*-------------------------------------------------------------------------
 *
 * cpu.h
 *		The CPU time of all processes of the server, from /proc.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CPU_H
#define PG_ACU_CPU_H

/* A process of the server when it was last looked at. */
typedef struct CpuProcess
{
	int pid;
	bool known;		 /* to the server; else a logger, or one that begins */
	bool background; /* no client's, and no parallel worker */
	int64 started;	 /* with the pid, who it is */
	int64 ticks;	 /* it has used, and its children that have ended */
} CpuProcess;

/* All 0 before the first reading.  Totals only grow. */
typedef struct CpuReading
{
	bool known;
	const char *reason;		/* why it is not known */
	int postmaster;			/* whose totals they are: the pid, */
	int64 started;			/* and when it began */
	int64 total_ticks;		/* since the server started */
	int64 background_ticks; /* since the first reading */
	int64 postmaster_ticks; /* its own part of the latter */
	int count;
	CpuProcess *processes; /* palloc'd, in the context of the caller's choice */
} CpuReading;

/* A process that the server knows. */
typedef struct ServerProcess
{
	int pid;
	bool background;
} ServerProcess;

/*
 * Reads anew, and returns whether what the totals have grown by is known.
 * processes: what pg_stat_activity knows.  The list of processes is allocated
 * in keep, and the one before is freed.
 */
extern bool cpu_read(CpuReading *reading, const ServerProcess *processes,
					 int count, MemoryContext keep);

extern double cpu_seconds(int64 ticks);

/* CPUs that this server may use: those of the machine, or fewer when its
 * control group has a quota; not always a whole number. */
extern double cpu_count(void);

#endif
