/* Unit tests of src/httpd/base/system.c: the calls of this system, and what
 * stands in for them elsewhere. */
#include "httpd/base/system.h"

#define PG_ACU_PORTABLE
#define system_socket portable_socket
#define system_accept portable_accept
#define system_pipe portable_pipe
#define system_keep_memory portable_keep_memory
#define system_trim_memory portable_trim_memory
#include "../../../../src/httpd/base/system.c"
#undef system_socket
#undef system_accept
#undef system_pipe
#undef system_keep_memory
#undef system_trim_memory

#include <setjmp.h>
#include <stdarg.h>
#include <netinet/in.h>
#include <string.h>
#include <cmocka.h>

static void
assert_flags(int fd, bool blocks)
{
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0, blocks);
}

static void
check_pipe(int make(int fds[2]))
{
	int fds[2];
	char byte = 'x';

	assert_int_equal(make(fds), 0);
	assert_flags(fds[0], true);
	assert_flags(fds[1], true);
	assert_int_equal(write(fds[1], &byte, 1), 1);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
}

static void
both_ends_of_a_pipe_are_closed_by_exec(void **state)
{
	(void) state;
	check_pipe(system_pipe);
	check_pipe(portable_pipe);
}

static void
check_sockets(int make(int family),
			  int take(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = make(AF_INET);
	int client;
	int taken;

	assert_flags(listener, false);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *) &address, length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *) &address, &length), 0);
	assert_int_equal(take(listener, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);

	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *) &address, length), 0);
	memset(&address, 0, sizeof(address));
	taken = take(listener, (struct sockaddr *) &address, &length);
	assert_flags(taken, false);
	assert_int_equal(ntohl(address.sin_addr.s_addr), INADDR_LOOPBACK);
	close(taken);
	close(client);
	close(listener);
}

static void
sockets_do_not_block_and_are_closed_by_exec(void **state)
{
	(void) state;
	check_sockets(system_socket, system_accept);
	check_sockets(portable_socket, portable_accept);
	assert_int_equal(system_socket(-1), -1);
	assert_int_equal(portable_socket(-1), -1);
}

static void
memory_may_be_kept_and_given_back(void **state)
{
	(void) state;
	system_keep_memory(1 << 20, 1 << 16);
	system_trim_memory();
	portable_keep_memory(1 << 20, 1 << 16);
	portable_trim_memory();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_of_a_pipe_are_closed_by_exec),
		cmocka_unit_test(sockets_do_not_block_and_are_closed_by_exec),
		cmocka_unit_test(memory_may_be_kept_and_given_back),
	};

	return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
