/*-------------------------------------------------------------------------
 *
 * routed.h
 *		A route whose arguments are of each kind, and what must be true of
 *		whatever is bound to it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTED_H
#define PG_ACU_ROUTED_H

#include "httpd/routes/request_arguments.h"

/* body: its only argument takes the whole body. */
extern const Route *routed(bool body);

/* Reads, checks and writes the messages of a call; aborts when something that
 * must be true is not. */
extern void bind_and_check(const Route *route, const Request *request);

#endif
