/*-------------------------------------------------------------------------
 *
 * function_call.h
 *		Requests that call the function of a route.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_FUNCTION_CALL_H
#define PG_ACU_FUNCTION_CALL_H

#include "httpd/http/request.h"
#include "httpd/protocols/exchange.h"

/* Calls the function of a route that is in use; the exchange will be answered,
 * and may be freed by that before this returns. */
extern void function_call_begin(Exchange *exchange, const Route *route,
								const Request *request);

#endif
