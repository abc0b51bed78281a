/*-------------------------------------------------------------------------
 *
 * failure.h
 *		The meaning of a failed call: a bad value, a stale statement, a function
 *		that cannot be called, or an error of the function's own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_FAILURE_H
#define PG_ACU_FAILURE_H

#include "httpd/db/call.h"

/*
 * Whether a call failed because what was prepared does not fit any more:
 * another type of result, a function that was dropped or made anew, or a
 * neighbour's failure to prepare.  Then the function was not run.
 */
extern bool failure_is_stale(const Call *call);

/* Whether the call itself cannot be prepared, whatever is given to it. */
extern bool failure_is_broken(const Call *call);

/* Whether a call without an error has no row: its function's name means another
 * function by now, so that none was called. */
extern bool failure_is_other_function(const Call *call);

/* Whether acu_internal.begin_call() could not make the session ready, other
 * than because the function or its statement is missing. */
extern bool failure_is_of_session(const Call *call);

/*
 * Whether the error may be that of a value that could not be read: an input
 * function may raise any SQLSTATE, and so may a function that is run when its
 * call is planned.
 */
extern bool failure_may_be_bad_value(const Call *call);

/* Puts the error of the probe in the place of the call's. */
extern void failure_set_bad_value(Call *call, const ServerError *error);

/* Puts the GRANT to the role into log_hint, where a privilege is missing. */
extern void failure_suggest_grant(Call *call, const char *role);

#endif
