/*-------------------------------------------------------------------------
 *
 * listen_socket.c
 *		Sockets that listen for clients, one for each worker.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/net/listen_socket.h"

#include "httpd/base/buffer.h"
#include "httpd/base/system.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

/* Writes why an address cannot be listened on. */
static void
tell_reason(char *error, size_t error_size, const char *address,
			const char *reason)
{
	snprintf(error, error_size, "cannot listen on \"%s\": %s", address, reason);
}

/* The addresses of ADDRESS:PORT; only those of this machine can be bound.  The
 * caller frees them; NULL, with the reason, when there are none. */
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
		tell_reason(error, error_size, address, reason);
	}
	free(host);
	return found;
}

/* A socket that listens on an address; -1, with errno, when it cannot.  shared:
 * others of this user may listen on it as well. */
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

bool
listen_socket_open(const char *address, int *fds, int count, char *error,
				   size_t error_size)
{
	struct addrinfo *found = look_up(address, error, error_size);
	int fd;

	if (found == NULL)
		return false;
	/* Shared sockets would bind beside those of another daemon of this user. */
	fd = open_socket(found, false);
	if (fd >= 0)
		close(fd);
	for (int i = 0; i < count && fd >= 0; i++)
		fd = fds[i] = open_socket(found, true);
	if (fd < 0)
		tell_reason(error, error_size, address, strerror(errno));
	freeaddrinfo(found);
	return fd >= 0;
}
