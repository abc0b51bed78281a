/*-------------------------------------------------------------------------
 *
 * cpu.c
 *		The CPU time of all processes of the server, from /proc.
 *
 * Owns no data.
 *
 * The sum of what the postmaster has used, what its children that ended had
 * used (the kernel adds that to the postmaster when it waits for them), and the
 * same for each child that lives.  It only grows; a child that ends while it is
 * being summed up is caught by reading the postmaster again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sources/cpu.h"
#include "stats/proc.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "miscadmin.h"

#define MOST_TRIES 5
#define FILE_BYTES 65536 /* of pids: 8,000 sessions and more */

typedef struct Sum
{
	ProcStat postmaster;
	int64 ticks; /* of the children that live */
	int count;
	int room;
	CpuProcess *processes;
} Sum;

static bool sum_up(Sum *sum, const CpuReading *last,
				   const ServerProcess *processes, int count);
static void add_children(Sum *sum);
static void add_process(Sum *sum, int pid, bool known, bool background);
static CpuProcess *find_process(CpuProcess *processes, int count, int pid);
static bool follows(const Sum *now, const CpuReading *last, int64 ticks);
static void add_background(CpuReading *reading, const Sum *sum, bool first);
static bool read_stat(int pid, ProcStat *stat);
static int read_file(const char *path, char *text, int size);
static double group_quota(void);

bool
cpu_read(CpuReading *reading, const ServerProcess *processes, int count,
		 MemoryContext keep)
{
	Sum sum = { 0 };
	int64 ticks;
	bool first;

	if (!sum_up(&sum, reading, processes, count))
	{
		reading->known = false;
		reading->reason = "the server's processes cannot be read from /proc";
		return false;
	}
	ticks = sum.postmaster.own + sum.postmaster.reaped + sum.ticks;
	/* Without a worker the last reading may be of the server before. */
	first = !reading->known || reading->postmaster != PostmasterPid ||
			reading->started != sum.postmaster.started ||
			!follows(&sum, reading, ticks);
	/* What ended while it was summed up shows in the next reading. */
	reading->total_ticks = first ? ticks : Max(reading->total_ticks, ticks);
	add_background(reading, &sum, first);
	reading->known = true;
	reading->reason = NULL;
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

double
cpu_seconds(int64 ticks)
{
	return ticks / (double) sysconf(_SC_CLK_TCK);
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

static bool
sum_up(Sum *sum, const CpuReading *last, const ServerProcess *processes,
	   int count)
{
	ProcStat after;

	for (int try = 0; try < MOST_TRIES; try++)
	{
		sum->ticks = 0;
		sum->count = 0;
		if (!read_stat(PostmasterPid, &sum->postmaster))
			return false;
		/* The kernel's list may miss a child when another one ends. */
		for (int i = 0; i < count; i++)
			add_process(sum, processes[i].pid, true, processes[i].background);
		add_children(sum);
		for (int i = 0; i < last->count; i++)
			add_process(sum, last->processes[i].pid, last->processes[i].known,
						last->processes[i].background);
		if (!read_stat(PostmasterPid, &after))
			return false;
		if (after.reaped == sum->postmaster.reaped)
			break;
	}
	return true;
}

static void
add_children(Sum *sum)
{
	char path[64];
	char *pids = palloc(FILE_BYTES);
	char *at = pids;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", PostmasterPid,
			 PostmasterPid);
	if (read_file(path, pids, FILE_BYTES) >= 0)
		for (int pid = strtol(at, &at, 10); pid > 0; pid = strtol(at, &at, 10))
			add_process(sum, pid, false, false);
	pfree(pids);
}

/* Once each, and only if it is a child of the postmaster's. */
static void
add_process(Sum *sum, int pid, bool known, bool background)
{
	ProcStat stat;

	if (find_process(sum->processes, sum->count, pid) != NULL ||
		!read_stat(pid, &stat) || stat.parent != PostmasterPid)
		return;
	if (sum->count == sum->room)
	{
		sum->room = sum->room ? sum->room * 2 : 64;
		sum->processes =
			sum->processes == NULL
				? palloc(sum->room * sizeof(CpuProcess))
				: repalloc(sum->processes, sum->room * sizeof(CpuProcess));
	}
	sum->processes[sum->count++] =
		(CpuProcess){ .pid = pid,
					  .known = known,
					  .background = background,
					  .started = stat.started,
					  .ticks = stat.own + stat.reaped };
	sum->ticks += stat.own + stat.reaped;
}

static CpuProcess *
find_process(CpuProcess *processes, int count, int pid)
{
	for (int i = 0; i < count; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

/*
 * Whether the last reading can be one of the same processes: none of them has
 * used less CPU since, and the sum is less by what has ended at most, which the
 * kernel adds to the postmaster's a moment later.  A reading that comes from a
 * table may be anything.
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
 * Adds what background processes have used since the last reading.  Of one that
 * has ended since, the rest is not known: it counts as the sessions'.  One that
 * the server does not know twice in a row is no session, but the logger.
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

static bool
read_stat(int pid, ProcStat *stat)
{
	char path[64];
	char text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return read_file(path, text, sizeof(text)) > 0 &&
		   proc_stat_parse(text, stat);
}

/* At most size - 1 bytes, closed by a NUL; -1 when there is nothing to read. */
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

/* The lowest quota of the group that the server is in and of those around it;
 * 0 when there is none. */
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
