/*-------------------------------------------------------------------------
 *
 * container.h
 *		From a member to the struct that it lies in.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONTAINER_H
#define PG_ACU_CONTAINER_H

#include <stddef.h>

/* The struct of a type whose member the pointer, not NULL, leads to. */
#define container_of(pointer, type, member) \
	((type *) (void *) ((char *) (pointer) -offsetof(type, member)))

#endif
