/*-------------------------------------------------------------------------
 *
 * main.c
 *		pg_acu_httpd: the master process.
 *
 * Owns the listening sockets, one a worker, and the workers.  A worker that
 * ends is replaced, and the new one goes on with the same socket, so that no
 * client that waits in it is lost.  Each worker has one end of a pipe whose
 * other end only the master holds: it hears by it when the master has gone,
 * however it went.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/buffer.h"
#include "httpd/base/config.h"
#include "httpd/base/log.h"
#include "httpd/base/system.h"
#include "httpd/base/loop.h"
#include "httpd/worker.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USAGE_ERROR EXIT_REFUSED
#define BACKLOG 4096
#define RESPAWN_MS 200		/* at least between two starts of one worker */
#define START_AGAIN_MS 1000 /* when one could not be started */

typedef struct Child
{
	pid_t pid; /* -1: it is to be started at start_at */
	int listen_fds[LISTENERS];
	int64_t started;
	int64_t start_at;
} Child;

typedef struct Master
{
	int argc;
	char **argv;
	Config config;
	Child *children;
	int count;
	int pipe[2];		/* read by the workers, held open for writing here */
	sigset_t unblocked; /* signals blocked before the master blocked its own */
	bool
		refused; /* a worker must not run with these settings, nor can others */
} Master;

static volatile sig_atomic_t terminate = 0;
static volatile sig_atomic_t reload = 0;

static char **copy_arguments(int argc, char **argv);
static void usage_error(const char *message);
static void refuse_root(const Config *config);
static int worker_count(const Config *config);
static void open_sockets(Master *master);
static void cannot_listen(int which, const char *reason);
static void open_listeners(Master *master, int which, const char *listen);
static void close_listeners(const Child *child);
static struct addrinfo *
look_up(const char *address, char *error, size_t error_size);
static int open_socket(const struct addrinfo *address, bool shared);
static void catch_signals(Master *master);
static void on_signal(int signal);
static void raise_descriptor_limit(void);
static void start_worker(Master *master, Child *child);
static void supervise(Master *master);
static int64_t start_missing(Master *master);
static void replace_worker(Master *master, pid_t pid, int status);
static void reload_workers(Master *master);
static void end_workers(Master *master);
static bool reap_all(Master *master);
static void signal_workers(const Master *master, int signal);
static int64_t monotonic_ms(void);
static void wait_for_signal(const Master *master, int64_t milliseconds);

int
main(int argc, char **argv)
{
	Master master = { .argc = argc, .argv = copy_arguments(argc, argv) };
	char error[512];

	config_hide_passwords(argc, argv);
	switch (
		config_read(&master.config, argc, master.argv, error, sizeof(error)))
	{
		case CONFIG_ANSWERED:
			return 0;
		case CONFIG_BAD:
			usage_error(error);
			break;
		case CONFIG_GOOD:
			break;
	}
	refuse_root(&master.config);
	raise_descriptor_limit();
	open_sockets(&master);
	if (system_pipe(master.pipe) != 0)
		usage_error(strerror(errno));
	catch_signals(&master);
	for (int i = 0; i < master.count; i++)
		start_worker(&master, &master.children[i]);
	log_info("listening", "address", master.config.listen);
	supervise(&master);
	end_workers(&master);
	config_free(&master.config);
	free(master.children);
	for (int i = 0; i < argc; i++)
		free(master.argv[i]);
	free(master.argv);
	return master.refused ? EXIT_REFUSED : 0;
}

/* They are read again by a reload. */
static char **
copy_arguments(int argc, char **argv)
{
	char **copy = allocate(((size_t) argc + 1) * sizeof(char *));

	for (int i = 0; i < argc; i++)
		copy[i] = copy_string(argv[i]);
	return copy;
}

static void
usage_error(const char *message)
{
	fprintf(stderr, "pg_acu_httpd: %s\n", message);
	exit(USAGE_ERROR);
}

/* A fault of a parser is to cost no more than an account without rights. */
static void
refuse_root(const Config *config)
{
	if (geteuid() == 0 && !config->allow_root)
		usage_error(
			"will not run as root: start it as a user of its own (systemd: User=;"
			" containers: --user), or with --allow-root on");
}

static int
worker_count(const Config *config)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->workers > 0)
		return (int) config->workers;
	return cores > 2 ? (int) (cores / 2 < 64 ? cores / 2 : 64) : 1;
}

static void
open_sockets(Master *master)
{
	master->count = worker_count(&master->config);
	master->children = allocate(master->count * sizeof(Child));
	open_listeners(master, 0, master->config.listen);
	open_listeners(master, HEALTH_LISTENER, master->config.health_listen);
}

static void
cannot_listen(int which, const char *reason)
{
	char message[600];

	snprintf(message, sizeof(message), "%s%s",
			 which == HEALTH_LISTENER ? "health-listen: " : "", reason);
	usage_error(message);
}

/* One socket for each worker; none where the address is empty. */
static void
open_listeners(Master *master, int which, const char *listen)
{
	char error[512];
	struct addrinfo *address = NULL;
	int reason;
	int probe;

	for (int i = 0; i < master->count; i++)
		master->children[i].listen_fds[which] = -1;
	if (*listen == '\0' && which == HEALTH_LISTENER)
		return;
	address = look_up(listen, error, sizeof(error));
	if (address == NULL)
		cannot_listen(which, error);
	/* Shared sockets would bind beside those of another daemon of this user. */
	probe = open_socket(address, false);
	reason = errno;
	if (probe >= 0)
		close(probe);
	for (int i = 0; i < master->count && probe >= 0; i++)
	{
		probe = master->children[i].listen_fds[which] =
			open_socket(address, true);
		reason = errno;
	}
	if (probe < 0)
	{
		snprintf(error, sizeof(error), "cannot listen on \"%s\": %s", listen,
				 strerror(reason));
		cannot_listen(which, error);
	}
	freeaddrinfo(address);
}

static void
close_listeners(const Child *child)
{
	for (int i = 0; i < LISTENERS; i++)
		if (child->listen_fds[i] >= 0)
			close(child->listen_fds[i]);
}

/* host:port or [host]:port; only addresses of this machine can be bound. */
static struct addrinfo *
look_up(const char *address, char *error, size_t error_size)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE,
							  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t) (colon - address) : 0;
	char *host = copy_bytes(address, length);
	char *inner = host;
	const char *reason = NULL;
	int code;

	if (length > 1 && host[0] == '[' && host[length - 1] == ']')
	{
		host[length - 1] = '\0';
		inner++;
	}
	if (colon == NULL || length == 0 || colon[1] == '\0' ||
		strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
		atol(colon + 1) < 1 || atol(colon + 1) > 65535)
		reason = "it must be ADDRESS:PORT, such as 127.0.0.1:8080";
	else if ((code = getaddrinfo(inner, colon + 1, &hints, &found)) != 0)
		reason = code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code);
	if (reason != NULL)
	{
		found = NULL;
		snprintf(error, error_size, "cannot listen on \"%s\": %s", address,
				 reason);
	}
	free(host);
	return found;
}

static int
open_socket(const struct addrinfo *address, bool shared)
{
	int on = 1;
	int fd = system_socket(address->ai_family);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 ||
		listen(fd, BACKLOG) != 0)
	{
		int reason = errno;

		close(fd);
		errno = reason;
		return -1;
	}
	return fd;
}

/* The signals come only while wait_for_signal() waits, so that none is missed
 * between a look at its flag and the wait. */
static void
catch_signals(Master *master)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&blocked, signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &master->unblocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
on_signal(int signal)
{
	if (signal == SIGTERM || signal == SIGINT)
		terminate = 1;
	else if (signal == SIGHUP)
		reload = 1;
}

static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

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
		signal(SIGINT,
			   SIG_IGN); /* from a terminal it goes to all; the master tells */
		signal(SIGHUP, SIG_IGN);
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &master->unblocked, NULL);
		close(master->pipe[1]);
		for (int i = 0; i < master->count; i++)
			if (&master->children[i] != child)
				close_listeners(&master->children[i]);
		status =
			worker_run(&master->config, child->listen_fds, master->pipe[0]);
		config_free(&master->config);
		for (int i = 0; i < master->argc; i++)
			free(master->argv[i]);
		free(master->argv);
		exit(status);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child->pid >= 0)
		return;
	child->start_at = child->started + START_AGAIN_MS;
	log_error("could not start a worker; will keep trying", "error",
			  strerror(errno));
}

static void
supervise(Master *master)
{
	while (!terminate)
	{
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED)
			terminate = master->refused = true;
		else if (pid > 0)
			replace_worker(master, pid, status);
		else if (reload)
			reload_workers(master);
		else
			wait_for_signal(master, start_missing(master));
	}
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

static void
replace_worker(Master *master, pid_t pid, int status)
{
	char reason[64];
	char number[16];

	for (int i = 0; i < master->count; i++)
	{
		Child *child = &master->children[i];

		if (child->pid != pid)
			continue; /* one that a reload has told to end */
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

/* New workers first, with the new settings; then the old ones may go. */
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
	config_free(&master->config);
	master->config = config;

	old = allocate(master->count * sizeof(Child));
	memcpy(old, master->children, master->count * sizeof(Child));
	for (int i = 0; i < master->count; i++)
	{
		start_worker(master, &master->children[i]);
		/* Rather one with the old settings than none. */
		if (master->children[i].pid < 0)
			master->children[i] = old[i];
		else if (old[i].pid > 0)
			kill(old[i].pid, SIGTERM);
	}
	free(old);
	log_info("settings read again");
}

static void
end_workers(Master *master)
{
	int64_t limit = monotonic_ms() + master->config.drain_timeout + 1000;

	/* Who comes now is refused by the kernel, and not left waiting. */
	for (int i = 0; i < master->count; i++)
		close_listeners(&master->children[i]);
	signal_workers(master, SIGTERM);
	while (!reap_all(master) && monotonic_ms() < limit)
		wait_for_signal(master, limit - monotonic_ms());
	if (!reap_all(master))
		signal_workers(master, SIGKILL);
	log_info("ended");
}

/* True when no child is left, of a reload neither. */
static bool
reap_all(Master *master)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int i = 0; i < master->count; i++)
			if (master->children[i].pid == pid)
				master->children[i].pid = -1;
	return pid < 0;
}

static void
signal_workers(const Master *master, int signal)
{
	for (int i = 0; i < master->count; i++)
		if (master->children[i].pid > 0)
			kill(master->children[i].pid, signal);
}

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
