/*-------------------------------------------------------------------------
 *
 * router.h
 *		What a request asks for: one of our own answers, or a function.
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

/* Finds out what a complete request asks for, and begins it.  The exchange may
 * be freed before this returns. */
extern void
router_begin(const Router *router, Exchange *exchange, const Request *request);

/*
 * Whether the body of a request is to come, as far as what is there of it
 * tells.  It is of no use where no function is called (router_begin then
 * answers without it), or when it is refused.
 */
extern bool router_wants_body(const Router *router, const Request *request,
							  Refusal *refusal);

/* The origin whose pages may read the reply; NULL when none may. */
extern const char *router_origin(const Router *router, const Request *request);

#endif
