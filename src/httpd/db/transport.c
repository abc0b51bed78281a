/*-------------------------------------------------------------------------
 *
 * transport.c
 *		Bytes to and from the database, on a connection that libpq has made.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#define READ_BYTES 65536 /* at once */

/* Notes why nothing more will come or go: an errno, or 0. */
static ssize_t
mark_gone(Transport *transport, int error)
{
	transport->error = error;
	return TRANSPORT_GONE;
}

/* The result of SSL_read or SSL_write, as read_bytes() returns it. */
static ssize_t
tls_result(Transport *transport, int result)
{
	int why = errno;
	int error;

	if (result > 0)
		return result;
	error = SSL_get_error(transport->tls, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return TRANSPORT_AGAIN;
	return mark_gone(transport, error == SSL_ERROR_SYSCALL ? why : 0);
}

bool
transport_open(Transport *transport, PGconn *connection, const char **error)
{
	transport->fd = PQsocket(connection);
	transport->tls = NULL;
	transport->error = 0;
	PQsetnonblocking(connection, 1);
	if (PQgssEncInUse(connection))
	{
		*error = "GSSAPI encryption is not supported; set gssencmode=disable";
		return false;
	}
	if (!PQsslInUse(connection))
		return true;

	transport->tls = PQsslStruct(connection, "OpenSSL");
	if (transport->tls == NULL)
	{
		*error = "libpq encrypts with a library other than OpenSSL";
		return false;
	}
	/* The rest of a write may have moved when it is tried again. */
	SSL_set_mode(transport->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
									 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return true;
}

void
transport_close(Transport *transport)
{
	transport->fd = -1;
	transport->tls = NULL;
}

/* Number of bytes that were read, TRANSPORT_AGAIN or TRANSPORT_GONE. */
static ssize_t
read_bytes(Transport *transport, char *bytes, size_t size)
{
	ssize_t got;

	if (transport->tls != NULL)
	{
		ERR_clear_error();
		errno = 0;
		return tls_result(transport,
						  SSL_read(transport->tls, bytes, (int) size));
	}
	do
		got = recv(transport->fd, bytes, size, 0);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return got;
	if (got < 0 && errno == EAGAIN)
		return TRANSPORT_AGAIN;
	return mark_gone(transport, got < 0 ? errno : 0);
}

/* Whether bytes have come that the socket does not show: TLS has them. */
static bool
has_pending(const Transport *transport)
{
	return transport->tls != NULL && SSL_pending(transport->tls) > 0;
}

ssize_t
transport_read(Transport *transport, Buffer *in, bool *more)
{
	ssize_t got =
		read_bytes(transport, buffer_reserve(in, READ_BYTES), READ_BYTES);

	if (got > 0)
		in->end += (size_t) got;
	*more =
		got != TRANSPORT_GONE && (got == READ_BYTES || has_pending(transport));
	return got;
}

ssize_t
transport_write(Transport *transport, const char *bytes, size_t size)
{
	ssize_t sent;

	if (transport->tls != NULL)
	{
		ERR_clear_error();
		errno = 0;
		return tls_result(transport,
						  SSL_write(transport->tls, bytes, (int) size));
	}
	do
		sent = send(transport->fd, bytes, size, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN ? TRANSPORT_AGAIN : mark_gone(transport, errno);
}
