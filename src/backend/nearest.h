/*-------------------------------------------------------------------------
 *
 * nearest.h
 *		Names that were probably meant by one that does not exist.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_NEAREST_H
#define PG_ACU_NEAREST_H

/*
 * Finds the names that differ from the wanted one in few letters, letter case
 * aside.  Stores the indexes of up to max of them in found, the nearest first
 * and equally near ones in the order of names, and returns how many.
 */
extern int nearest_names(const char *wanted, const char *const *names,
						 int count, int *found, int max);

/* The sentence for a hint, as: Perhaps you meant "a", "b" or "c".  NULL when
 * there are none. */
extern char *
nearest_sentence(const char *const *names, const int *found, int count);

#endif
