/*-------------------------------------------------------------------------
 *
 * master.c
 *		The master process: it starts the workers, replaces them and ends them.
 *
 * Owns the listening sockets, one a worker, and the workers.  A worker that
 * ends is replaced, and the new one goes on with the same socket, so that no
 * client that waits in it is lost.  Each worker has one end of a pipe whose
 * other end only the master holds: it hears by it when the master has gone,
 * however it went.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/master.h"

#include "httpd/base/buffer.h"
#include "httpd/base/log.h"
#include "httpd/base/loop.h"
#include "httpd/base/system.h"
#include "httpd/net/listen_socket.h"
#include "httpd/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESPAWN_MS 200		/* at least between two starts of one worker */
#define START_AGAIN_MS 1000 /* when one could not be started */
#define END_GRACE_MS 1000	/* after drain_timeout, before workers are killed */

typedef struct Child
{
	pid_t pid; /* -1: it is to be started at start_at */
	int listen_fds[LISTENERS];
	int64_t started;
	int64_t start_at;
} Child;

static volatile sig_atomic_t terminate = 0;
static volatile sig_atomic_t reload = 0;

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The setting workers, or by default one for two processors, from 1 to 64. */
static int
worker_count(const Config *config)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->workers > 0)
		return (int) config->workers;
	return cores > 2 ? (int) (cores / 2 < 64 ? cores / 2 : 64) : 1;
}

static void
free_settings(Master *master)
{
	config_free(&master->config);
	for (int i = 0; i < master->argc; i++)
		free(master->argv[i]);
	free(master->argv);
}

/* Opens a listening socket for each worker; none where the address is empty. */
static bool
open_listeners(Master *master, int which, const char *address, char *error,
			   size_t error_size)
{
	int *fds = allocate(master->count * sizeof(int));
	bool none = *address == '\0' && which == HEALTH_LISTENER;
	bool good = none || listen_socket_open(address, fds, master->count, error,
										   error_size);

	for (int i = 0; i < master->count && good; i++)
		master->children[i].listen_fds[which] = none ? -1 : fds[i];
	free(fds);
	return good;
}

bool
master_listen(Master *master, char *error, size_t error_size)
{
	static const char health[] = "health-listen: ";
	size_t length = sizeof(health) - 1;

	master->count = worker_count(&master->config);
	master->children = allocate(master->count * sizeof(Child));
	if (!open_listeners(master, 0, master->config.listen, error, error_size))
		return false;
	snprintf(error, error_size, "%s", health);
	return open_listeners(master, HEALTH_LISTENER, master->config.health_listen,
						  error + length, error_size - length);
}

static void
close_listeners(const Child *child)
{
	for (int i = 0; i < LISTENERS; i++)
		if (child->listen_fds[i] >= 0)
			close(child->listen_fds[i]);
}

/* Handler: only notes the signal, for supervise_workers(). */
static void
note_signal(int signal)
{
	if (signal == SIGTERM || signal == SIGINT)
		terminate = 1;
	else if (signal == SIGHUP)
		reload = 1;
}

/* The signals come only while wait_for_signal() waits, so that none is missed
 * between a look at its flag and the wait. */
static void
catch_signals(Master *master)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct sigaction action = { .sa_handler = note_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&blocked, signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &master->unblocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Waits for a signal, but no longer than so many milliseconds; negative: for
 * ever. */
static void
wait_for_signal(const Master *master, int64_t milliseconds)
{
	struct timespec limit = { .tv_sec = milliseconds / 1000,
							  .tv_nsec = milliseconds % 1000 * 1000000 };

	pselect(0, NULL, NULL, NULL, milliseconds < 0 ? NULL : &limit,
			&master->unblocked);
}

/* Starts a worker, or sees to it that this is tried again. */
static void
start_worker(Master *master, Child *child)
{
	sigset_t all;
	sigset_t before;
	int status;

	/* No signal may reach the new process while it has the old handlers. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	child->started = monotonic_ms();
	child->pid = fork();
	if (child->pid == 0)
	{
		signal(SIGTERM, SIG_DFL);
		/* From a terminal SIGINT goes to all; the master tells its workers. */
		signal(SIGINT, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &master->unblocked, NULL);
		close(master->pipe[1]);
		for (int i = 0; i < master->count; i++)
			if (&master->children[i] != child)
				close_listeners(&master->children[i]);
		status =
			worker_run(&master->config, child->listen_fds, master->pipe[0]);
		free_settings(master);
		exit(status);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child->pid >= 0)
		return;
	child->start_at = child->started + START_AGAIN_MS;
	log_error("could not start a worker; will keep trying", "error",
			  strerror(errno));
}

/* Starts the workers that are due.  Returns how many milliseconds are left
 * until the next one is, or -1 when all are running. */
static int64_t
start_missing(Master *master)
{
	int64_t left = -1;

	for (int i = 0; i < master->count; i++)
	{
		Child *child = &master->children[i];
		int64_t wait = child->start_at - monotonic_ms();

		if (child->pid < 0 && wait <= 0)
		{
			start_worker(master, child);
			wait = child->start_at - monotonic_ms();
		}
		if (child->pid < 0 && (left < 0 || wait < left))
			left = wait > 0 ? wait : 0;
	}
	return left;
}

/* A process has ended: if it is a worker, another one is due in its place. */
static void
replace_worker(Master *master, pid_t pid, int status)
{
	char reason[64];
	char number[16];

	for (int i = 0; i < master->count; i++)
	{
		Child *child = &master->children[i];

		if (child->pid != pid)
			continue; /* a worker that a reload has told to end */
		snprintf(number, sizeof(number), "%d", (int) pid);
		snprintf(reason, sizeof(reason),
				 WIFSIGNALED(status) ? "signal %d" : "exit status %d",
				 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		log_error("a worker has ended; starting another", "worker", number,
				  "reason", reason);
		child->pid = -1;
		child->start_at = child->started + RESPAWN_MS;
	}
}

/* Starts workers with the settings as they are now; then the old ones may go.
 */
static void
reload_workers(Master *master)
{
	Config config;
	char error[512];
	Child *old;

	reload = 0;
	if (config_read(&config, master->argc, master->argv, error,
					sizeof(error)) != CONFIG_GOOD)
	{
		log_error("the new settings are not used", "error", error);
		config_free(&config);
		return;
	}
	if (strcmp(config.listen, master->config.listen) != 0 ||
		strcmp(config.health_listen, master->config.health_listen) != 0 ||
		worker_count(&config) != master->count)
		log_error(
			"listen, health-listen and workers change with a restart only");
	free(config.listen);
	config.listen = copy_string(master->config.listen);
	free(config.health_listen);
	config.health_listen = copy_string(master->config.health_listen);
	config_free(&master->config);
	master->config = config;

	old = allocate(master->count * sizeof(Child));
	memcpy(old, master->children, master->count * sizeof(Child));
	for (int i = 0; i < master->count; i++)
	{
		start_worker(master, &master->children[i]);
		/* A worker with the old settings is better than none. */
		if (master->children[i].pid < 0)
			master->children[i] = old[i];
		else if (old[i].pid > 0)
			kill(old[i].pid, SIGTERM);
	}
	free(old);
	log_info("settings read again");
}

/* Forgets a worker that has ended: the kernel may give its process id to
 * another process, which must get no signal. */
static void
forget_worker(Master *master, pid_t pid)
{
	for (int i = 0; i < master->count; i++)
		if (master->children[i].pid == pid)
			master->children[i].pid = -1;
}

/* Replaces, reloads and starts workers until the master is told to end. */
static void
supervise_workers(Master *master)
{
	while (!terminate)
	{
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED)
		{
			forget_worker(master, pid);
			terminate = master->refused = true;
		}
		else if (pid > 0)
			replace_worker(master, pid, status);
		else if (reload)
			reload_workers(master);
		else
			wait_for_signal(master, start_missing(master));
	}
}

static void
signal_workers(const Master *master, int signal)
{
	for (int i = 0; i < master->count; i++)
		if (master->children[i].pid > 0)
			kill(master->children[i].pid, signal);
}

/* Takes note of the workers that have ended; true when no process is left, nor
 * any that a reload has told to end. */
static bool
reap_all(Master *master)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		forget_worker(master, pid);
	return pid < 0;
}

/* Ends all workers: told to, or killed when their time to drain is over. */
static void
end_workers(Master *master)
{
	int64_t limit =
		monotonic_ms() + master->config.drain_timeout + END_GRACE_MS;
	int64_t left;

	/* The kernel refuses clients that come now; none is left waiting. */
	for (int i = 0; i < master->count; i++)
		close_listeners(&master->children[i]);
	signal_workers(master, SIGTERM);
	while (!reap_all(master) && (left = limit - monotonic_ms()) > 0)
		wait_for_signal(master, left);
	if (!reap_all(master))
		signal_workers(master, SIGKILL);
	log_info("ended");
}

int
master_run(Master *master)
{
	if (system_pipe(master->pipe) != 0)
	{
		log_error("could not make a pipe", "error", strerror(errno));
		return 1;
	}
	catch_signals(master);
	for (int i = 0; i < master->count; i++)
		start_worker(master, &master->children[i]);
	log_info("listening", "address", master->config.listen);
	supervise_workers(master);
	end_workers(master);
	free(master->children);
	free_settings(master);
	return master->refused ? EXIT_REFUSED : 0;
}
