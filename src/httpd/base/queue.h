/*-------------------------------------------------------------------------
 *
 * queue.h
 *		Lists of structs that have a link in them: first come, first served.
 *
 * A queue that is all zero is empty.  It owns nothing: a struct must not be
 * freed while its link is in a queue, nor be in two by the same link.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_QUEUE_H
#define PG_ACU_QUEUE_H

#include <stddef.h>

typedef struct QueueLink
{
	struct QueueLink *next; /* NULL: the last one */
} QueueLink;

typedef struct Queue
{
	QueueLink *first; /* NULL: it is empty */
	QueueLink *last;
	int count;
} Queue;

/* Adds a struct's link that is in no queue. */
static inline void
queue_append(Queue *queue, QueueLink *link)
{
	link->next = NULL;
	*(queue->first != NULL ? &queue->last->next : &queue->first) = link;
	queue->last = link;
	queue->count++;
}

/* Takes out the link behind another one; before NULL: the first. */
static inline void
queue_remove(Queue *queue, QueueLink *before, QueueLink *link)
{
	*(before != NULL ? &before->next : &queue->first) = link->next;
	if (queue->last == link)
		queue->last = before;
	queue->count--;
}

/* The first link, taken out; NULL when the queue is empty. */
static inline QueueLink *
queue_take(Queue *queue)
{
	QueueLink *link = queue->first;

	if (link != NULL)
		queue_remove(queue, NULL, link);
	return link;
}

#endif
