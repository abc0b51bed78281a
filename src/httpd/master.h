/*-------------------------------------------------------------------------
 *
 * master.h
 *		The master process: it starts the workers, replaces them and ends them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_MASTER_H
#define PG_ACU_MASTER_H

#include "httpd/base/config.h"

#include <signal.h>

typedef struct Master
{
	int argc;	 /* the command line, which a reload reads again */
	char **argv; /* the master's own */
	Config config;
	struct Child *children; /* the workers, as many as count */
	int count;
	int pipe[2];		/* read by the workers, held open for writing here */
	sigset_t unblocked; /* signals blocked before the master blocked its own */
	bool refused;		/* a worker has ended with EXIT_REFUSED */
} Master;

/* Opens the sockets, with the settings that are in config.  False, with the
 * reason in error, when an address cannot be listened on. */
extern bool master_listen(Master *master, char *error, size_t error_size);

/* Runs the workers until the master is told to end, and returns its exit
 * status.  Frees all that the master has. */
extern int master_run(Master *master);

#endif
