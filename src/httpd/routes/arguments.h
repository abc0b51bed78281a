/*-------------------------------------------------------------------------
 *
 * arguments.h
 *		What a request gives to the arguments of its route's function.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ARGUMENTS_H
#define PG_ACU_ARGUMENTS_H

#include "httpd/http/request.h"
#include "httpd/routes/route.h"

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
	Value values[MOST_ARGUMENTS];
	Buffer bytes;
	bool plus;	/* a value has a blank that was sent as + */
	int status; /* 0, or why the request cannot be answered */
	char message[256];
	const char *hint; /* or NULL */
} Arguments;

/*
 * Reads the query and the body.  False when they do not fit the route; then
 * arguments->status (400, 413 or 415) and message say why.
 */
extern bool arguments_read(Arguments *arguments, const Route *route,
						   const Request *request);

/* Whether a body may come with a request, as far as its head tells; else the
 * refusal says why not. */
extern bool arguments_take_body(const Request *request, Refusal *refusal);

extern void arguments_free(Arguments *arguments);

/* For the readers of each kind of body: */

/* The argument of this name, or -1 when there is none or it is given already
 * (the refusal is then made). */
extern int
arguments_find(Arguments *arguments, const char *name, size_t length);
/* The value as bytes that are sent as they are. */
extern void arguments_set(Arguments *arguments, int argument, const char *bytes,
						  size_t length);

/* The value as text of the argument's type, as it stands in a query. */
extern void arguments_set_text(Arguments *arguments, int argument,
							   const char *text, size_t length);
extern void arguments_set_null(Arguments *arguments, int argument);
extern bool
arguments_refuse(Arguments *arguments, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* json_body.c: an object whose keys are arguments, or the one body argument. */
extern bool
json_body_read(Arguments *arguments, const char *body, size_t length);

#endif
