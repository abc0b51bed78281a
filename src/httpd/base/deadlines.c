/*-------------------------------------------------------------------------
 *
 * deadlines.c
 *		Lists of points in time until which something is waited for.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/deadlines.h"

#include <stddef.h>

void
deadlines_join(Deadlines *list, Deadline *deadline)
{
	deadline->before = list->last;
	deadline->after = NULL;
	*(list->last != NULL ? &list->last->after : &list->first) = deadline;
	list->last = deadline;
}

void
deadlines_leave(Deadlines *list, Deadline *deadline)
{
	*(deadline->before != NULL ? &deadline->before->after : &list->first) =
		deadline->after;
	*(deadline->after != NULL ? &deadline->after->before : &list->last) =
		deadline->before;
}
