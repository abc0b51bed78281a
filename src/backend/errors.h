/*-------------------------------------------------------------------------
 *
 * errors.h
 *		Errors without their context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ERRORS_H
#define PG_ACU_ERRORS_H

/*
 * One of the arguments of ereport(ERROR, ...): leaves out the lines of CONTEXT,
 * which would show the queries of ours between the user's call and the check of
 * an argument.  Whoever catches an error restores error_context_stack.
 */
extern int hide_context(void);

#endif
