/*-------------------------------------------------------------------------
 *
 * routed.h
 *		A route with an argument of each kind, and checks of the values that are
 *		bound to it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTED_H
#define PG_ACU_ROUTED_H

#include "httpd/routes/request_arguments.h"

/* The route; with body, one whose only argument takes the whole body. */
extern const Route *routed(bool body);

/* Reads the arguments of a request and writes the messages of its call; aborts
 * when a check fails. */
extern void bind_and_check(const Route *route, const Request *request);

#endif
