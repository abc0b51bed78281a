/*-------------------------------------------------------------------------
 *
 * list.c
 *		Lists in one text, such as "a.org, b.org".
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/list.h"

#include <string.h>

static const char separators[] = ", \t";

const char *
list_next(const char **list, size_t *length)
{
	const char *entry = *list + strspn(*list, separators);

	*length = strcspn(entry, separators);
	*list = entry + *length;
	return *length > 0 ? entry : NULL;
}

const char *
list_last(const char *list, size_t *size, size_t *length)
{
	size_t end = *size;
	size_t start;

	while (end > 0 && strchr(separators, list[end - 1]) != NULL)
		end--;
	for (start = end; start > 0 && strchr(separators, list[start - 1]) == NULL;)
		start--;
	*length = end - start;
	*size = start;
	return end > 0 ? list + start : NULL;
}
