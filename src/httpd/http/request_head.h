/*-------------------------------------------------------------------------
 *
 * request_head.h
 *		Checks of a request's head, beyond the form of its lines.
 *
 * Pure: no I/O and no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REQUEST_HEAD_H
#define PG_ACU_REQUEST_HEAD_H

#include "httpd/http/request.h"

/*
 * Checks the version, method, host, framing, expectation and target of a
 * request whose headers have all been read; splits the target into path and
 * query, and takes the host of a target that is a whole URL.  The first thing
 * that is wrong is in the refusal.
 */
extern void request_check_head(Request *request, Refusal *refusal);

#endif
