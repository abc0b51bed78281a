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

/* Sockets that a worker listens on: one for all requests, and one for health
 * checks alone (health-listen), which are accepted there however many other
 * clients there are. */
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
