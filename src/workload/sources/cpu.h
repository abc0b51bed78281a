/*-------------------------------------------------------------------------
 *
 * cpu.h
 *		The CPU time of all processes of the server, from /proc.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CPU_H
#define PG_ACU_CPU_H

typedef enum CpuState
{
	CPU_NOT_READ, /* yet */
	CPU_KNOWN,
	CPU_UNREADABLE,	 /* /proc does not show the processes */
	CPU_UNSUPPORTED, /* the system has no /proc of this kind */
} CpuState;

/* Why CPU is not known; NULL where it is, or was not read yet. */
extern const char *cpu_state_text(CpuState state);

/* A reading of one process. */
typedef struct CpuProcess
{
	int pid;
	bool known;		 /* to the server; else a logger, or one that begins */
	bool background; /* neither a client's nor a parallel worker */
	int64 started;	 /* tells processes with the same pid apart */
	int64 ticks;	 /* CPU of the process and its children that have ended */
} CpuProcess;

/* All 0 before the first reading.  Totals only grow. */
typedef struct CpuReading
{
	CpuState state;
	int postmaster;			/* pid */
	int64 started;			/* start of the postmaster */
	int64 total_ticks;		/* since the server started */
	int64 background_ticks; /* since the first reading */
	int64 postmaster_ticks; /* the postmaster's part of background_ticks */
	int count;
	CpuProcess *processes; /* palloc'd, in the context of the caller's choice */
} CpuReading;

/* A process in pg_stat_activity. */
typedef struct ServerProcess
{
	int pid;
	bool background;
} ServerProcess;

/*
 * Reads anew, and returns whether the growth of the totals is known. processes:
 * those of pg_stat_activity.  The list in the reading is allocated in keep, and
 * the one before is freed.
 */
extern bool cpu_read(CpuReading *reading, const ServerProcess *processes,
					 int count, MemoryContext keep);

extern double cpu_seconds(int64 ticks);

/* The number of CPUs that this server may use: those of the machine, or fewer
 * by CPU affinity or by a quota of its control group; not always whole. */
extern double cpu_count(void);

#endif
