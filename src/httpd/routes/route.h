/*-------------------------------------------------------------------------
 *
 * route.h
 *		Routes: what a request for a method and a path calls.
 *
 * Pure: libc only.  A RouteTable is made once from acu.route_info; of it only
 * the answers that are kept change.  Whoever holds requests on it counts a
 * reference.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTE_H
#define PG_ACU_ROUTE_H

#include "httpd/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LONGEST_METHODS 128 /* as the header Allow lists them */

/* Which arguments are given is a set of bits. */
#define MOST_ARGUMENTS 64

/* How a value is written for an argument; by the type below a domain. */
typedef enum ArgumentKind
{
	KIND_TEXT,		 /* as the type's own text */
	KIND_JSON,		 /* as JSON */
	KIND_ARRAY,		 /* as an array literal, whose elements are text */
	KIND_JSON_ARRAY, /* as an array literal, whose elements are JSON */
	KIND_RECORD		 /* as JSON that json_to_record reads: {"v": the value} */
} ArgumentKind;

typedef struct Argument
{
	char *name; /* NULL: takes the whole body */
	char *type; /* as SQL writes it */
	bool has_default;
	ArgumentKind kind;
} Argument;

typedef struct Route
{
	char *method;
	char *path;
	char *function;		/* signature */
	uint32_t oid;		/* of the function; 0: it need not be checked */
	char *call_start;	/* SQL up to the arguments; NULL: it has gone */
	char *call_end;		/* SQL behind them */
	char *content_type; /* NULL: nothing is returned */
	char *trouble;		/* why not all calls can be made; NULL: they can */
	bool binary;		/* the result is bytes, not text */
	bool pipelined;
	bool repeatable; /* not volatile: may be sent again when lost */
	bool builtin;
	int max_age_seconds; /* 0: an answer is not kept */
	struct Kept *kept;	 /* NULL when answers are not */
	int argument_count;
	Argument arguments[MOST_ARGUMENTS];
} Route;

/* The last answer to a request without arguments. */
typedef struct Kept
{
	Buffer body;
	int64_t until;	 /* milliseconds, on the worker's clock; 0: none is kept */
	int64_t checked; /* when the function could last be called */
} Kept;

typedef struct RouteTable
{
	int references;
	uint64_t generation; /* tells the routes of two tables apart */
	int count;
	int room;
	Route **routes; /* by path */
} RouteTable;

extern RouteTable *route_table_new(void);

/* The route that the arguments of the next call belong to; filled by the
 * caller. */
extern Route *route_table_add(RouteTable *table);

/* After the last route_table_add: orders them for route_find. */
extern void route_table_finish(RouteTable *table);

extern RouteTable *route_table_hold(RouteTable *table);
extern void route_table_release(RouteTable *table);

/*
 * The route for a method and a path of so many bytes.  NULL when there is none;
 * then *others tells whether the path has routes of other methods.  A GET
 * answers HEAD.
 */
extern const Route *route_find(const RouteTable *table, const char *method,
							   const char *path, size_t length, bool *others);

/* The methods that a path is routed for, as the header Allow lists them. */
extern void route_methods(const RouteTable *table, const char *path,
						  size_t length, char *list, size_t size);

/* Keeps an answer from now on, if the route's answers are kept. */
extern void
route_keep(const Route *route, const char *body, size_t length, int64_t now);

/* The answer that is kept, or NULL when there is none that is young enough. */
extern const Buffer *route_kept(const Route *route, int64_t now);

/* Whether the function of the answer that is kept could be called within the
 * last second; that it could be just now; that it cannot be any more. */
extern bool route_kept_checked(const Route *route, int64_t now);
extern void route_keep_on(const Route *route, int64_t now);
extern void route_drop_kept(const Route *route);

/* For how many whole seconds the answer that is kept has been. */
extern int route_kept_age(const Route *route, int64_t now);

/* The kind that acu.route_info calls by this name; KIND_TEXT for any other. */
extern ArgumentKind route_argument_kind(const char *name);

/* Bit i: argument i has no default. */
extern uint64_t route_required(const Route *route);

#endif
