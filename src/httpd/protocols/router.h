/*-------------------------------------------------------------------------
 *
 * router.h
 *		Finds what answers a request: one of our own paths, or a function.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ROUTER_H
#define PG_ACU_ROUTER_H

#include "httpd/base/loop.h"
#include "httpd/http/request.h"
#include "httpd/protocols/exchange.h"

typedef struct Router
{
	Loop *loop;
	struct Database *database;
	bool any_host; /* requests may name any host */
} Router;

extern void router_init(Router *router, Loop *loop, struct Database *database);

/* Answers a complete request, or calls the function that does.  The exchange
 * may be freed before this returns. */
extern void
router_begin(const Router *router, Exchange *exchange, const Request *request);

/*
 * Whether the body of a request is needed, as far as the part tells that has
 * come.  It is of no use where no function is called (router_begin then answers
 * without it), or when it is refused (refusal->status is then not 0).
 */
extern bool router_wants_body(const Router *router, const Request *request,
							  Refusal *refusal);

/* The origin whose pages may read the reply; NULL when none may. */
extern const char *router_origin(const Router *router, const Request *request);

#endif
