/*-------------------------------------------------------------------------
 *
 * cpu.c
 *		The CPU time of all processes of the server, from /proc.
 *
 * Owns no data.
 *
 * The total is the CPU of the postmaster, of its children that have ended (the
 * kernel adds that to the postmaster when it reaps them), and the same for each
 * child that lives.  It only grows; when a child ends while it is being summed
 * up, the postmaster's part has changed, and all is read again.
 *
 * Only Linux has this /proc.  Elsewhere, and where PG_ACU_PORTABLE is defined
 * so that the tests reach it, CPU is not known.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/cpu.h"

#include "stats/proc.h"

#include <fcntl.h>
#include <unistd.h>

#include "miscadmin.h"

#if defined(__linux__) && !defined(PG_ACU_PORTABLE)
#define HAS_PROC
#include <sched.h>
#endif

static const char *const state_texts[] = {
	[CPU_NOT_READ] = NULL,
	[CPU_KNOWN] = NULL,
	[CPU_UNREADABLE] = "the server's processes cannot be read from /proc",
	[CPU_UNSUPPORTED] = "it is read from /proc, which only Linux has",
};

StaticAssertDecl(lengthof(state_texts) == CPU_UNSUPPORTED + 1,
				 "each CpuState needs a text");

const char *
cpu_state_text(CpuState state)
{
	return state_texts[state];
}

double
cpu_seconds(int64 ticks)
{
	return ticks / (double) sysconf(_SC_CLK_TCK);
}

#ifdef HAS_PROC

#define MAX_TRIES 5
#define PIDS_BYTES 65536 /* room for the pids of 8,000 sessions and more */

/* The postmaster's ticks, and those of its children that live. */
typedef struct Sum
{
	ProcStat postmaster;
	int64 ticks; /* of the children */
	int count;
	int allocated;
	CpuProcess *processes;
} Sum;

/* Reads at most size - 1 bytes, and adds a NUL.  Returns the number of bytes,
 * or -1 where the file cannot be opened. */
static int
read_file(const char *path, char *text, int size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int length = 0;

	if (fd < 0)
		return -1;
	for (;;)
	{
		ssize_t got = read(fd, text + length, size - 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += got;
	}
	close(fd);
	text[length] = '\0';
	return length;
}

/* Returns false where there is no such process. */
static bool
read_stat(int pid, ProcStat *stat)
{
	char path[64];
	char text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return read_file(path, text, sizeof(text)) > 0 &&
		   proc_stat_parse(text, stat);
}

/* NULL where there is none. */
static CpuProcess *
find_process(CpuProcess *processes, int count, int pid)
{
	for (int i = 0; i < count; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

/* Adds a process that is a child of the postmaster and was not added yet. */
static void
add_child(Sum *sum, int pid, bool known, bool background)
{
	ProcStat stat;

	if (find_process(sum->processes, sum->count, pid) != NULL ||
		!read_stat(pid, &stat) || stat.parent != PostmasterPid)
		return;
	if (sum->count == sum->allocated)
	{
		sum->allocated = sum->allocated ? sum->allocated * 2 : 64;
		sum->processes =
			sum->processes == NULL
				? palloc(sum->allocated * sizeof(CpuProcess))
				: repalloc(sum->processes, sum->allocated * sizeof(CpuProcess));
	}
	sum->processes[sum->count++] =
		(CpuProcess){ .pid = pid,
					  .known = known,
					  .background = background,
					  .started = stat.started,
					  .ticks = stat.own + stat.reaped };
	sum->ticks += stat.own + stat.reaped;
}

/* Adds the children in the kernel's list, where it has one. */
static void
add_listed_children(Sum *sum)
{
	char path[64];
	char *pids = palloc(PIDS_BYTES);
	char *at = pids;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", PostmasterPid,
			 PostmasterPid);
	if (read_file(path, pids, PIDS_BYTES) >= 0)
		for (int pid = strtol(at, &at, 10); pid > 0; pid = strtol(at, &at, 10))
			add_child(sum, pid, false, false);
	pfree(pids);
}

/* Sums up the ticks of the postmaster and its children; returns false where
 * /proc cannot be read. */
static bool
sum_processes(Sum *sum, const CpuReading *last, const ServerProcess *processes,
			  int count)
{
	ProcStat after;

	for (int try = 0; try < MAX_TRIES; try++)
	{
		sum->ticks = 0;
		sum->count = 0;
		if (!read_stat(PostmasterPid, &sum->postmaster))
			return false;
		/* The kernel's list of children may miss one when another one ends. */
		for (int i = 0; i < count; i++)
			add_child(sum, processes[i].pid, true, processes[i].background);
		add_listed_children(sum);
		for (int i = 0; i < last->count; i++)
			add_child(sum, last->processes[i].pid, last->processes[i].known,
					  last->processes[i].background);
		if (!read_stat(PostmasterPid, &after))
			return false;
		if (after.reaped == sum->postmaster.reaped)
			break;
	}
	return true;
}

/*
 * Whether the last reading can be one of the same processes: none of them has
 * used less CPU since, and the sum is not less by more than what processes that
 * have ended had used, which the kernel adds to the postmaster's a moment
 * later. A reading that comes from a table may be anything.
 */
static bool
follows(const Sum *now, const CpuReading *last, int64 ticks)
{
	int64 ended = 0;

	for (int i = 0; i < last->count; i++)
	{
		const CpuProcess *before = &last->processes[i];
		const CpuProcess *after =
			find_process(now->processes, now->count, before->pid);

		CHECK_FOR_INTERRUPTS();
		if (after == NULL || after->started != before->started)
			ended = Min(ended + Min(before->ticks, last->total_ticks),
						last->total_ticks);
		else if (after->ticks < before->ticks)
			return false;
	}
	return last->postmaster_ticks <= now->postmaster.own &&
		   last->total_ticks - ticks <= ended;
}

/*
 * Adds the CPU of background processes since the last reading, without the last
 * part of those that have ended since, which counts as the sessions'.  A
 * process that pg_stat_activity has not shown twice in a row is the logger.
 */
static void
add_background(CpuReading *reading, const Sum *sum, bool first)
{
	if (!first)
		reading->background_ticks +=
			sum->postmaster.own - reading->postmaster_ticks;
	reading->postmaster_ticks = sum->postmaster.own;
	for (int i = 0; i < sum->count && !first; i++)
	{
		const CpuProcess *now = &sum->processes[i];
		const CpuProcess *before =
			find_process(reading->processes, reading->count, now->pid);
		bool same = before != NULL && before->started == now->started;
		bool stranger = same && !before->known && !now->known;

		if (now->background || stranger)
			reading->background_ticks +=
				now->ticks - (same ? before->ticks : 0);
	}
}

bool
cpu_read(CpuReading *reading, const ServerProcess *processes, int count,
		 MemoryContext keep)
{
	Sum sum = { 0 };
	int64 ticks;
	bool first;

	if (!sum_processes(&sum, reading, processes, count))
	{
		reading->state = CPU_UNREADABLE;
		return false;
	}
	ticks = sum.postmaster.own + sum.postmaster.reaped + sum.ticks;
	/* Without a worker the last reading may be of the server before. */
	first = reading->state != CPU_KNOWN ||
			reading->postmaster != PostmasterPid ||
			reading->started != sum.postmaster.started ||
			!follows(&sum, reading, ticks);
	/* A process that ended meanwhile may be in the next reading only. */
	reading->total_ticks = first ? ticks : Max(reading->total_ticks, ticks);
	add_background(reading, &sum, first);
	reading->state = CPU_KNOWN;
	reading->postmaster = PostmasterPid;
	reading->started = sum.postmaster.started;

	if (reading->processes != NULL)
		pfree(reading->processes);
	reading->count = sum.count;
	reading->processes =
		MemoryContextAlloc(keep, Max(sum.count, 1) * sizeof(CpuProcess));
	memcpy(reading->processes, sum.processes, sum.count * sizeof(CpuProcess));
	return !first;
}

/* The lowest CPU quota, in CPUs, of the server's control group (version 2) and
 * of those around it; 0 where there is none. */
static double
group_quota(void)
{
	char groups[4096];
	char path[sizeof(groups) + 64];
	char *group;
	double lowest = 0;

	if (read_file("/proc/self/cgroup", groups, sizeof(groups)) <= 0 ||
		(group = strstr(groups, "0::/")) == NULL)
		return 0;
	group += strlen("0::");
	group[strcspn(group, "\n")] = '\0';
	for (;;)
	{
		char *slash = strrchr(group, '/');
		char text[128];
		double quota = 0;

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group);
		if (read_file(path, text, sizeof(text)) > 0)
			quota = cpu_max_parse(text);
		if (quota > 0 && (lowest == 0 || quota < lowest))
			lowest = quota;
		if (slash == NULL)
			return lowest;
		*slash = '\0';
	}
}

double
cpu_count(void)
{
	cpu_set_t allowed;
	double quota = group_quota();
	double count = sched_getaffinity(0, sizeof(allowed), &allowed) == 0
					   ? CPU_COUNT(&allowed)
					   : sysconf(_SC_NPROCESSORS_ONLN);

	return quota > 0 && quota < count ? quota : count;
}

#else

bool
cpu_read(CpuReading *reading,
		 const ServerProcess *processes pg_attribute_unused(),
		 int count pg_attribute_unused(),
		 MemoryContext keep pg_attribute_unused())
{
	reading->state = CPU_UNSUPPORTED;
	return false;
}

double
cpu_count(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

#endif
