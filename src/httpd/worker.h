/*-------------------------------------------------------------------------
 *
 * worker.h
 *		One worker process: an event loop, its clients and its connections to
 *		the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_HTTPD_WORKER_H
#define PG_ACU_HTTPD_WORKER_H

#include "httpd/base/config.h"

/* Sockets that a worker listens on: for all, and for health checks alone if
 * that is asked for, which others cannot keep from being accepted. */
#define LISTENERS 2
#define HEALTH_LISTENER 1

/*
 * Runs a worker until it is told to end, and returns its exit status.  A
 * descriptor of listen_fds may be -1: none.  master_pipe is readable once the
 * master has gone.
 */
extern int worker_run(const Config *config, const int listen_fds[LISTENERS],
					  int master_pipe);

#endif
