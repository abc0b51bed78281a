/*-------------------------------------------------------------------------
 *
 * target.h
 *		The target that is this server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TARGET_H
#define PG_ACU_TARGET_H

/* Its id in acu.target, which has it from the beginning. */
#define LOCAL_TARGET 1

#endif
