/*-------------------------------------------------------------------------
 *
 * event_switch.h
 *		Events that are waited for now and then.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_EVENT_SWITCH_H
#define PG_ACU_EVENT_SWITCH_H

#include <event2/event.h>
#include <stdbool.h>

/* Adds an event to its loop, or removes it, unless that has been done; *added
 * says so. */
static inline void
event_switch(struct event *event, bool *added, bool on)
{
	if (*added == on)
		return;
	*added = on;
	if (on)
		event_add(event, NULL);
	else
		event_del(event);
}

#endif
