/*-------------------------------------------------------------------------
 *
 * arguments.h
 *		Values for the arguments of a route's function.
 *
 * The readers of queries and bodies fill them, or refuse the request.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ARGUMENTS_H
#define PG_ACU_ARGUMENTS_H

#include "httpd/routes/route.h"

/* Messages repeat so many bytes of a name. */
#define MAX_SHOWN_NAME 64

/* A value as it is sent to the database. */
typedef struct Value
{
	bool null;
	size_t at; /* in Arguments.bytes */
	size_t length;
} Value;

typedef struct Arguments
{
	const Route *route;
	uint64_t given; /* bit i: argument i, whose value is values[i] */
	Value values[MAX_ARGUMENTS];
	Buffer bytes;
	bool plus;	/* a value has a blank that was sent as + */
	int status; /* 0, or the HTTP status that refuses the request */
	char message[256];
	const char *hint; /* or NULL */
} Arguments;

/* Forgets all values; those of a call of this route may follow. */
extern void arguments_start(Arguments *arguments, const Route *route);

extern void arguments_free(Arguments *arguments);

/* The index of the argument of this name; -1 and a refusal when there is none,
 * or when it has a value already. */
extern int
arguments_find(Arguments *arguments, const char *name, size_t length);

/* Sets a value to bytes that are sent as they are. */
extern void arguments_set(Arguments *arguments, int argument, const char *bytes,
						  size_t length);

/* Sets a value to a text of the argument's type, such as a query has. */
extern void arguments_set_text(Arguments *arguments, int argument,
							   const char *text, size_t length);

extern void arguments_set_null(Arguments *arguments, int argument);

/* Sets status and message; always false, to be returned. */
extern bool
arguments_refuse(Arguments *arguments, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
