/*-------------------------------------------------------------------------
 *
 * system.c
 *		Calls that only Linux or glibc has, and their replacements elsewhere.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#if defined(__linux__) && !defined(PG_ACU_PORTABLE)
#define HAS_ATOMIC_FLAGS
#endif
#if defined(__GLIBC__) && !defined(PG_ACU_PORTABLE)
#define HAS_MALLOC_KNOBS
#include <malloc.h>
#endif

#ifndef HAS_ATOMIC_FLAGS

static bool
set_descriptor_flags(int fd, bool nonblocking)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
		   (!nonblocking ||
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
}

/* Closes fd and keeps errno; returns -1. */
static int
close_failed(int fd)
{
	int reason = errno;

	close(fd);
	errno = reason;
	return -1;
}

static int
make_nonblocking(int fd)
{
	return fd < 0 || set_descriptor_flags(fd, true) ? fd : close_failed(fd);
}

#endif

int
system_socket(int family)
{
#ifdef HAS_ATOMIC_FLAGS
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
	return make_nonblocking(socket(family, SOCK_STREAM, 0));
#endif
}

int
system_accept(int listen_fd, struct sockaddr *address, socklen_t *length)
{
#ifdef HAS_ATOMIC_FLAGS
	return accept4(listen_fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
	return make_nonblocking(accept(listen_fd, address, length));
#endif
}

int
system_pipe(int fds[2])
{
#ifdef HAS_ATOMIC_FLAGS
	return pipe2(fds, O_CLOEXEC);
#else
	if (pipe(fds) != 0)
		return -1;
	if (set_descriptor_flags(fds[0], false) &&
		set_descriptor_flags(fds[1], false))
		return 0;
	close_failed(fds[0]);
	return close_failed(fds[1]);
#endif
}

void
system_keep_memory(size_t bytes, size_t max_piece)
{
#ifdef HAS_MALLOC_KNOBS
	mallopt(M_TRIM_THRESHOLD, (int) bytes);
	mallopt(M_MMAP_THRESHOLD, (int) max_piece);
#else
	(void) bytes;
	(void) max_piece;
#endif
}

void
system_trim_memory(void)
{
#ifdef HAS_MALLOC_KNOBS
	malloc_trim(0);
#endif
}
