/*-------------------------------------------------------------------------
 *
 * subtransaction.h
 *		Work that may fail without taking the transaction along.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SUBTRANSACTION_H
#define PG_ACU_SUBTRANSACTION_H

/*
 * Runs body in a subtransaction, and returns NULL where it succeeds.  Where it
 * fails nothing of it is left, and the error is returned, palloc'd, as a
 * WARNING for ThrowErrorData(), with the text "what" in front of its message.
 * A cancel or statement_timeout is not returned but thrown again.
 */
extern ErrorData *
attempt_inside(const char *what, void (*body)(void *arg), void *arg);

#endif
