/*-------------------------------------------------------------------------
 *
 * transport.h
 *		Bytes to and from the database, on a connection that libpq has made.
 *
 * A plain socket is read and written directly; where libpq has agreed on TLS,
 * through its TLS session.  Both carry the same messages.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TRANSPORT_H
#define PG_ACU_TRANSPORT_H

#include "httpd/base/buffer.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TRANSPORT_AGAIN (-1) /* nothing now */
#define TRANSPORT_GONE (-2)	 /* nothing ever again */

typedef struct Transport
{
	int fd;
	void *tls; /* an SSL, or NULL */
	int error; /* errno when it has gone; 0: the server closed it */
} Transport;

/* Begins to use a connection.  False, with the reason, where libpq encrypts in
 * a way that is not known here. */
extern bool
transport_open(Transport *transport, PGconn *connection, const char **error);
extern void transport_close(Transport *transport);

/* Appends bytes that have come to a buffer, and returns their number, or one of
 * the two above.  more: further bytes may have come, which poll does not show
 * where TLS has them. */
extern ssize_t transport_read(Transport *transport, Buffer *in, bool *more);

/* Number of bytes that were written, or one of the two above. */
extern ssize_t
transport_write(Transport *transport, const char *bytes, size_t size);

#endif
