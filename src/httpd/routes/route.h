/*-------------------------------------------------------------------------
 *
 * route.h
 *		Routes: the functions that requests call, by method and path.
 *
 * A RouteTable is made once from acu.route_info; afterwards only the caches of
 * answers change.  It is freed with the last of the requests that refer to it.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTE_H
#define PG_ACU_ROUTE_H

#include "httpd/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a list of methods, as in the header Allow. */
#define MAX_METHODS_SIZE 128

/* A set of given arguments has a bit for each. */
#define MAX_ARGUMENTS 64

/* How a value is written for an argument, by the type below its domains. */
typedef enum ArgumentKind
{
	KIND_TEXT,		 /* as the type's own text */
	KIND_JSON,		 /* as JSON */
	KIND_ARRAY,		 /* as an array literal, whose elements are text */
	KIND_JSON_ARRAY, /* as an array literal, whose elements are JSON */
	KIND_RECORD,	 /* as JSON that json_to_record reads: {"v": the value} */
	KINDS
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
	uint32_t oid;		/* of the function; 0: not to be checked */
	char *call_start;	/* SQL before the arguments; NULL: no function */
	char *call_end;		/* SQL behind the arguments */
	char *content_type; /* NULL: no result */
	char *trouble;		/* reason why some calls fail, or NULL */
	bool binary;		/* the result is bytea */
	bool pipelined;
	bool repeatable; /* not volatile: a lost call may be sent again */
	bool builtin;
	int max_age_seconds;	  /* 0: answers are not cached */
	struct RouteCache *cache; /* NULL: the same */
	int argument_count;
	Argument arguments[MAX_ARGUMENTS];
} Route;

/* The last answer to a request without arguments.  Times are milliseconds on
 * the worker's clock. */
typedef struct RouteCache
{
	Buffer body;
	int64_t until;	 /* 0: nothing is cached */
	int64_t checked; /* last time when the function could be called */
} RouteCache;

typedef struct RouteTable
{
	int references;
	uint64_t generation; /* number of the table, never used again */
	int count;
	int allocated;
	Route **routes; /* by path and method, once finished */
} RouteTable;

/* An empty table with one reference. */
extern RouteTable *route_table_new(void);

/* A new route, to be filled by the caller. */
extern Route *route_table_add(RouteTable *table);

/* Orders the routes for route_find(), after the last one has been filled. */
extern void route_table_finish(RouteTable *table);

/* Add and drop a reference; the last one frees the table. */
extern RouteTable *route_table_hold(RouteTable *table);
extern void route_table_release(RouteTable *table);

/*
 * The route for a method and a path of length bytes; that of GET for HEAD.
 * NULL when there is none; *others is then whether the path has other methods.
 */
extern const Route *route_find(const RouteTable *table, const char *method,
							   const char *path, size_t length, bool *others);

/* Writes the methods of a path to list, as in the header Allow. */
extern void route_methods(const RouteTable *table, const char *path,
						  size_t length, char *list, size_t size);

/* Caches an answer, if the route's answers are cached. */
extern void route_cache_store(const Route *route, const char *body,
							  size_t length, int64_t now);

/* The cached answer, or NULL when there is none or it is too old. */
extern const Buffer *route_cached(const Route *route, int64_t now);

/*
 * A cached answer may be sent while its function may be called, which is
 * checked once a second: whether the last check is recent enough; notes a check
 * that went well; drops the answer after one that did not.
 */
extern bool route_cache_is_checked(const Route *route, int64_t now);
extern void route_cache_mark_checked(const Route *route, int64_t now);
extern void route_cache_drop(const Route *route);

/* Age of the cached answer in whole seconds. */
extern int route_cache_age(const Route *route, int64_t now);

/* The kind of a name in acu.route_info; KIND_TEXT for an unknown one. */
extern ArgumentKind route_argument_kind(const char *name);

/* The set of arguments without a default: bit i is argument i. */
extern uint64_t route_required(const Route *route);

#endif
