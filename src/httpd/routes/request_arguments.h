/*-------------------------------------------------------------------------
 *
 * request_arguments.h
 *		The arguments that a request gives to its route's function.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REQUEST_ARGUMENTS_H
#define PG_ACU_REQUEST_ARGUMENTS_H

#include "httpd/http/request.h"
#include "httpd/routes/arguments.h"

/*
 * Reads the query and the body of a complete request.  False when they do not
 * fit the route: then arguments->status (400 or 415) and message say why.
 */
extern bool request_arguments_read(Arguments *arguments, const Route *route,
								   const Request *request);

/* Whether the head of a request lets it have a body; else the refusal says why
 * not. */
extern bool request_may_have_body(const Request *request, Refusal *refusal);

#endif
