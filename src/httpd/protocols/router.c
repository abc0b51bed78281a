/*-------------------------------------------------------------------------
 *
 * router.c
 *		Finds what answers a request: one of our own paths, or a function.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/protocols/router.h"

#include "httpd/db/database.h"
#include "httpd/http/host.h"
#include "httpd/protocols/function_call.h"
#include "httpd/routes/request_arguments.h"

#include <string.h>

static const char own_methods[] = "GET, HEAD, OPTIONS";

void
router_init(Router *router, Loop *loop, struct Database *database)
{
	const Config *config = loop->config;

	router->loop = loop;
	router->database = database;
	router->any_host =
		strcmp(config->allowed_hosts, "*") == 0 ||
		(*config->allowed_hosts == '\0' && !host_is_loopback(config->listen));
}

/* A request may be refused before its Origin has come; if that turns out to be
 * the allowed one, its browser is to see why. */
const char *
router_origin(const Router *router, const Request *request)
{
	const char *allowed = router->loop->config->cors_origin;
	const char *origin = request_header(request, HEADER_ORIGIN);

	if (*allowed == '\0')
		return NULL;
	if (origin == NULL)
		return request->head_read ? NULL : allowed;
	return strcmp(allowed, "*") == 0 || strcmp(allowed, origin) == 0 ? allowed
																	 : NULL;
}

/* Whether a browser sends a request for a page that is neither ours nor allowed
 * to.  Sec-Fetch-Site is the browser's word, which no page can change; older
 * browsers send an Origin alone. */
static bool
is_of_foreign_page(const Router *router, const Request *request)
{
	const char *site = request_header(request, HEADER_SEC_FETCH_SITE);
	const char *origin = request_header(request, HEADER_ORIGIN);
	const char *host = request_header(request, HEADER_HOST);

	if (router_origin(router, request) != NULL)
		return false;
	if (site != NULL)
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	return origin != NULL && (host == NULL || !host_is_origin(host, origin));
}

/* Whether a request is refused for the host that it names, or for the page that
 * sends it. */
static bool
refuses_stranger(const Router *router, const Request *request, Refusal *refusal)
{
	const char *host = request_header(request, HEADER_HOST);
	bool safe = request->method == HTTP_GET || request->method == HTTP_HEAD ||
				request->method == HTTP_OPTIONS;

	if (!router->any_host && host != NULL &&
		!host_is_served(router->loop->config->allowed_hosts, host))
		*refusal = (Refusal){
			.status = 421,
			.message =
				"this server is not reached under this host; see allowed-hosts"
		};
	else if (!safe && is_of_foreign_page(router, request))
		*refusal = (Refusal){
			.status = 403,
			.message =
				"a page of another origin may not do this; see cors-origin"
		};
	else
		return false;
	return true;
}

/* Whether the target without its query is a path. */
static bool
is_path(const Request *request, const char *path)
{
	return strlen(path) == request->path_length &&
		   memcmp(buffer_bytes(&request->target), path, request->path_length) ==
			   0;
}

/* The route of a request; NULL when there is none, and then *others tells
 * whether the path has routes of other methods. */
static const Route *
find_route(const Router *router, const Request *request, bool *others)
{
	return route_find(
		database_routes(router->database), llhttp_method_name(request->method),
		buffer_bytes(&request->target), request->path_length, others);
}

bool
router_wants_body(const Router *router, const Request *request,
				  Refusal *refusal)
{
	bool others;

	*refusal = (Refusal){ 0 };
	if (refuses_stranger(router, request, refusal) ||
		is_path(request, "/healthz") || is_path(request, "/readyz") ||
		find_route(router, request, &others) == NULL)
		return false;
	/* A chunked body may turn out to be empty, and is none then. */
	return (request->body_read == 0 &&
			request_header(request, HEADER_CONTENT_LENGTH) == NULL) ||
		   request_may_have_body(request, refusal);
}

/* Answers a path of our own with JSON. */
static void
answer_own(Exchange *exchange, const Request *request, const char *body)
{
	if (request->method == HTTP_OPTIONS)
		exchange_answer_methods(exchange, own_methods);
	else if (request->method == HTTP_GET || request->method == HTTP_HEAD)
		exchange_answer(exchange, 200, "application/json", body, strlen(body));
	else
		exchange_refuse_method(exchange, own_methods);
}

/* Answers OPTIONS; false when the path has no routes. */
static bool
answer_options(const Router *router, Exchange *exchange, const Request *request)
{
	const RouteTable *routes = database_routes(router->database);
	char methods[MAX_METHODS_SIZE];
	bool others = false;

	if (is_path(request, "*"))
	{
		exchange_answer_methods(exchange,
								"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
		return true;
	}
	route_find(routes, "", buffer_bytes(&request->target), request->path_length,
			   &others);
	if (!others)
		return false;
	route_methods(routes, buffer_bytes(&request->target), request->path_length,
				  methods, sizeof(methods));
	exchange_answer_methods(exchange, methods);
	return true;
}

/* Refuses a request that no route is for.  other_methods: its path has routes.
 */
static void
refuse_path(const Router *router, Exchange *exchange, const Request *request,
			bool other_methods)
{
	char methods[MAX_METHODS_SIZE];

	if (!database_routes_are_known(router->database))
	{
		exchange_refuse(exchange, 503, "the database has not been reached yet",
						"The log has the reason.");
		return;
	}
	if (!other_methods)
	{
		exchange_refuse(exchange, 404, "nothing is routed here",
						database_routes_trouble(router->database)
							? "The log of the server has the reason."
							: NULL);
		return;
	}
	route_methods(database_routes(router->database),
				  buffer_bytes(&request->target), request->path_length, methods,
				  sizeof(methods));
	exchange_refuse_method(exchange, methods);
}

void
router_begin(const Router *router, Exchange *exchange, const Request *request)
{
	const Route *route;
	Refusal refusal;
	bool others;

	if (refuses_stranger(router, request, &refusal))
		exchange_refuse(exchange, refusal.status, refusal.message,
						refusal.hint);
	else if (is_path(request, "/healthz"))
		answer_own(exchange, request, "{\"status\": \"ok\"}");
	else if (is_path(request, "/readyz") && database_is_ready(router->database))
		answer_own(exchange, request, "{\"status\": \"ready\"}");
	else if (is_path(request, "/readyz"))
		exchange_refuse(exchange, 503, "the database cannot be reached",
						"The log has the reason.");
	else if (exchange->health)
		exchange_refuse(exchange, 404, "only health is answered here", NULL);
	else if (request->method == HTTP_OPTIONS &&
			 answer_options(router, exchange, request))
		return;
	else if ((route = find_route(router, request, &others)) != NULL)
		function_call_begin(exchange, route, request);
	else
		refuse_path(router, exchange, request, others);
}
