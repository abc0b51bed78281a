/*-------------------------------------------------------------------------
 *
 * listen_socket.h
 *		Sockets that listen for clients, one for each worker.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LISTEN_SOCKET_H
#define PG_ACU_LISTEN_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Opens count sockets for one address, ADDRESS:PORT or [ADDRESS]:PORT, among
 * which the kernel distributes the clients.  False, with the reason in error,
 * when it cannot be listened on, or when another process does.
 */
extern bool listen_socket_open(const char *address, int *fds, int count,
							   char *error, size_t error_size);

#endif
