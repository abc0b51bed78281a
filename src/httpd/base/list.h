/*-------------------------------------------------------------------------
 *
 * list.h
 *		Lists in one text, such as "a.org, b.org": entries with commas or blanks
 *		between them.
 *
 * Pure: libc only, no allocation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_LIST_H
#define PG_ACU_LIST_H

#include <stddef.h>

/* The first entry of *list and its length, or NULL at the end of the list;
 * *list is then what follows the entry. */
extern const char *list_next(const char **list, size_t *length);

/* The last entry of the first *size bytes of a list and its length, or NULL
 * when there is none; *size is then what precedes the entry. */
extern const char *list_last(const char *list, size_t *size, size_t *length);

#endif
