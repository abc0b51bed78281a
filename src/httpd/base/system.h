/*-------------------------------------------------------------------------
 *
 * system.h
 *		Calls that only Linux or glibc has, and their replacements elsewhere.
 *
 * Where PG_ACU_PORTABLE is defined, the replacements are used on every system,
 * so that the tests reach them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SYSTEM_H
#define PG_ACU_SYSTEM_H

#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

/* A clock that never goes back; the cheaper one, right to some milliseconds,
 * where there is one. */
#if defined(CLOCK_MONOTONIC_COARSE) && !defined(PG_ACU_PORTABLE)
#define SYSTEM_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define SYSTEM_CLOCK CLOCK_MONOTONIC
#endif

/* A stream socket that does not block and is closed by exec; -1 and errno when
 * there is none. */
extern int system_socket(int family);

/* accept() of a client whose socket does not block and is closed by exec. */
extern int
system_accept(int listen_fd, struct sockaddr *address, socklen_t *length);

/* pipe() with both ends closed by exec. */
extern int system_pipe(int fds[2]);

/*
 * Tells malloc to keep up to so many free bytes at the end of its heap, and to
 * take pieces up to a size from there.  system_trim_memory() gives free memory
 * back to the kernel.  Both do nothing where malloc has no such knobs.
 */
extern void system_keep_memory(size_t bytes, size_t max_piece);
extern void system_trim_memory(void);

#endif
