/*-------------------------------------------------------------------------
 *
 * router.c
 *		What a request asks for: one of our own answers, or a function.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/catalog.h"
#include "httpd/protocols/exchange.h"
#include "httpd/http/host.h"
#include "httpd/db/pool.h"

#include <stdio.h>
#include <string.h>

/* Between two reads of the routes that bad arguments ask for. */
#define FIRST_SUSPICION_MS 1000
#define LONGEST_SUSPICION_MS 30000

static const char own_methods[] = "GET, HEAD, OPTIONS";

static const Route *find_route(const Worker *worker, const Request *request);
static bool is_ready(const Worker *worker);
static bool is_own(const Request *request, const char *path);
static void answer_own(Exchange *exchange, const Request *request, int status,
					   const char *body);
static bool answer_options(Exchange *exchange, const Request *request);
static void
refuse_path(Exchange *exchange, const Request *request, bool other_methods);
static void suspect(Worker *worker);
static void
call(Exchange *exchange, const Route *route, const Request *request);
static bool is_foreign_page(const Worker *worker, const Request *request);

void
route_request(Exchange *exchange, const Request *request)
{
	Worker *worker = exchange->worker;
	const Route *route;
	Refusal refusal;
	bool others;

	if (route_refuses_stranger(worker, request, &refusal))
		exchange_refuse(exchange, refusal.status, refusal.message,
						refusal.hint);
	else if (is_own(request, "/healthz"))
		answer_own(exchange, request, 200, "{\"status\": \"ok\"}");
	else if (is_own(request, "/readyz") && is_ready(worker))
		answer_own(exchange, request, 200, "{\"status\": \"ready\"}");
	else if (is_own(request, "/readyz"))
		exchange_refuse(exchange, 503, "the database cannot be reached",
						"The log has the reason.");
	else if (exchange->health)
		exchange_refuse(exchange, 404, "only health is answered here", NULL);
	else if (request->method == HTTP_OPTIONS &&
			 answer_options(exchange, request))
		return;
	else if ((route = route_find(worker->routes,
								 llhttp_method_name(request->method),
								 buffer_bytes(&request->target),
								 request->path_length, &others)) != NULL)
		call(exchange, route, request);
	else
		refuse_path(exchange, request, others);
}

bool
route_wants_body(const Worker *worker, const Request *request, Refusal *refusal)
{
	*refusal = (Refusal){ 0 };
	if (route_refuses_stranger(worker, request, refusal) ||
		find_route(worker, request) == NULL)
		return false;
	/* A chunked body may turn out to be empty, and is none then. */
	return (request->body_read == 0 &&
			request_header(request, HEADER_CONTENT_LENGTH) == NULL) ||
		   arguments_take_body(request, refusal);
}

/* The route whose function a request would call; NULL when it calls none. */
static const Route *
find_route(const Worker *worker, const Request *request)
{
	bool others;

	if (is_own(request, "/healthz") || is_own(request, "/readyz"))
		return NULL;
	return route_find(worker->routes, llhttp_method_name(request->method),
					  buffer_bytes(&request->target), request->path_length,
					  &others);
}

/* Who has left the database comes back when it is needed; without routes there
 * is nothing to connect for. */
static bool
is_ready(const Worker *worker)
{
	return catalog_ready(worker) &&
		   (worker->asleep || worker->routes->count == 0 ||
			(pool_ready(worker->shared) && pool_takes_writes(worker->shared)));
}

static bool
is_own(const Request *request, const char *path)
{
	return strlen(path) == request->path_length &&
		   memcmp(buffer_bytes(&request->target), path, request->path_length) ==
			   0;
}

static void
answer_own(Exchange *exchange, const Request *request, int status,
		   const char *body)
{
	if (request->method == HTTP_OPTIONS)
		exchange_answer_methods(exchange, own_methods);
	else if (request->method == HTTP_GET || request->method == HTTP_HEAD)
		exchange_answer(exchange, status, "application/json", body,
						strlen(body));
	else
		exchange_refuse_method(exchange, own_methods);
}

static bool
answer_options(Exchange *exchange, const Request *request)
{
	char methods[LONGEST_METHODS];
	bool others = false;

	if (is_own(request, "*"))
	{
		exchange_answer_methods(exchange,
								"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
		return true;
	}
	route_find(exchange->worker->routes, "", buffer_bytes(&request->target),
			   request->path_length, &others);
	if (!others)
		return false;
	route_methods(exchange->worker->routes, buffer_bytes(&request->target),
				  request->path_length, methods, sizeof(methods));
	exchange_answer_methods(exchange, methods);
	return true;
}

static void
refuse_path(Exchange *exchange, const Request *request, bool other_methods)
{
	char methods[LONGEST_METHODS];

	if (!catalog_known(exchange->worker))
	{
		exchange_refuse(exchange, 503, "the database has not been reached yet",
						"The log has the reason.");
		return;
	}
	if (!other_methods)
	{
		exchange_refuse(exchange, 404, "nothing is routed here",
						catalog_trouble(exchange->worker)
							? "The log of the server has the reason."
							: NULL);
		return;
	}
	route_methods(exchange->worker->routes, buffer_bytes(&request->target),
				  request->path_length, methods, sizeof(methods));
	exchange_refuse_method(exchange, methods);
}

/*
 * Arguments do not fit: the client's fault, or the function has others by now.
 * The routes are read again, but clients' faults must not have them read all
 * the time: less and less often, until they have changed.
 */
static void
suspect(Worker *worker)
{
	if (worker->now < worker->suspect_again)
		return;
	if (worker->now > worker->suspect_again + LONGEST_SUSPICION_MS)
		worker->suspect_ms = FIRST_SUSPICION_MS;
	else if (worker->suspect_ms < LONGEST_SUSPICION_MS)
		worker->suspect_ms *= 2;
	worker->suspect_again = worker->now + worker->suspect_ms;
	catalog_doubt(worker->catalog);
}

static void
call(Exchange *exchange, const Route *route, const Request *request)
{
	Worker *worker = exchange->worker;

	exchange->table = route_table_hold(worker->routes);
	exchange->route = route;
	if (route->call_start == NULL)
	{
		catalog_doubt(worker->catalog);
		exchange_refuse(exchange, 503, "the function of this route has gone",
						"The log has the reason.");
		return;
	}
	if (!arguments_read(&exchange->arguments, route, request))
	{
		suspect(worker);
		exchange_refuse(exchange, exchange->arguments.status,
						exchange->arguments.message, exchange->arguments.hint);
		return;
	}
	exchange->body_bytes = buffer_length(&exchange->arguments.bytes);
	worker->bodies += exchange->body_bytes;
	worker->last_call = worker->now;
	worker->trimmed = false;
	if (exchange_answer_kept(exchange))
		return;
	worker->last_request = worker->now;
	worker_wake(worker);
	pool_submit(route->pipelined ? worker->shared : worker->solo, exchange);
}

bool
route_refuses_stranger(const Worker *worker, const Request *request,
					   Refusal *refusal)
{
	const char *host = request_header(request, HEADER_HOST);
	bool safe = request->method == HTTP_GET || request->method == HTTP_HEAD ||
				request->method == HTTP_OPTIONS;

	if (!worker->any_host && host != NULL &&
		!host_is_served(worker->config->allowed_hosts, host))
		*refusal = (Refusal){
			.status = 421,
			.message =
				"this server is not reached under this host; see allowed-hosts"
		};
	else if (!safe && is_foreign_page(worker, request))
		*refusal = (Refusal){
			.status = 403,
			.message =
				"a page of another origin may not do this; see cors-origin"
		};
	else
		return false;
	return true;
}

/* Whether a browser sends a request for a page that is neither ours nor allowed
 * to.  Sec-Fetch-Site is the browser's word, which no page can change; older
 * ones send an Origin alone. */
static bool
is_foreign_page(const Worker *worker, const Request *request)
{
	const char *site = request_header(request, HEADER_SEC_FETCH_SITE);
	const char *origin = request_header(request, HEADER_ORIGIN);
	const char *host = request_header(request, HEADER_HOST);

	if (route_origin(worker, request) != NULL)
		return false;
	if (site != NULL)
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	return origin != NULL && (host == NULL || !host_is_origin(host, origin));
}

/* A request that is refused before its Origin has come may be of the allowed
 * one: its browser is to see why. */
const char *
route_origin(const Worker *worker, const Request *request)
{
	const char *allowed = worker->config->cors_origin;
	const char *origin = request_header(request, HEADER_ORIGIN);

	if (*allowed == '\0')
		return NULL;
	if (origin == NULL)
		return request->head_read ? NULL : allowed;
	return strcmp(allowed, "*") == 0 || strcmp(allowed, origin) == 0 ? allowed
																	 : NULL;
}
