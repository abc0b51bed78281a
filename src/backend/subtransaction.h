/*-------------------------------------------------------------------------
 *
 * subtransaction.h
 *		Work that may fail without taking the transaction along.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ATTEMPT_H
#define PG_ACU_ATTEMPT_H

/*
 * Runs body in a subtransaction.  When it fails nothing of it is left, and the
 * error is returned as a WARNING whose message begins with what, palloc'd, for
 * ThrowErrorData(); else NULL.  A cancel is no failure, and is thrown.
 */
extern ErrorData *
attempt_inside(const char *what, void (*body)(void *arg), void *arg);

#endif
