/*-------------------------------------------------------------------------
 *
 * function_call.c
 *		Requests that call the function of a route.
 *
 * Owns no data.  An answer may be cached with its route (see route.h); a call
 * then checks once a second whether the function may still be called.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/protocols/function_call.h"

#include "httpd/base/text.h"
#include "httpd/db/database.h"
#include "httpd/db/failure.h"
#include "httpd/routes/request_arguments.h"
#include "httpd/wire/sqlstate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Larger values are written only where there is memory for them. */
#define MAX_SMALL_VALUE 65536

/* Whether an answer can be cached: there is one for each route, that to a
 * request without arguments. */
static bool
may_be_cached(const Call *call)
{
	return call->route->cache != NULL && call->arguments.given == 0;
}

/* Answers 200 with the value of the function, which may come from the cache. */
static void
answer_body(Exchange *exchange, const char *body, size_t length)
{
	const Route *route = exchange->call.route;
	ReplyHead head = { .status = 200,
					   .content_type = route->content_type,
					   .max_age = route->max_age_seconds };

	if (may_be_cached(&exchange->call))
		head.age = route_cache_age(route, exchange->loop->now);
	exchange_reply(exchange, &head, body, length);
}

/* Answers from the cache of the route.  False when it has no answer, or when
 * the call must first check (call.checks) whether that may still be sent. */
static bool
answer_from_cache(Exchange *exchange)
{
	Call *call = &exchange->call;
	int64_t now = exchange->loop->now;
	const Buffer *cached = route_cached(call->route, now);

	if (cached == NULL || !may_be_cached(call))
		return false;
	call->checks = !route_cache_is_checked(call->route, now);
	if (call->checks)
		return false;
	answer_body(exchange, buffer_bytes(cached), buffer_length(cached));
	return true;
}

/* Takes the result of a check (call.checks): answers from the cache, or calls
 * the function. */
static void
take_check(Exchange *exchange)
{
	Call *call = &exchange->call;
	bool good = !call_failed(call) && call->has_value;

	call->checks = false;
	call->attempts = 0;
	call_forget_result(call);
	if (good)
		route_cache_mark_checked(call->route, exchange->loop->now);
	else
		route_cache_drop(call->route);
	if (!good || !answer_from_cache(exchange))
		database_submit(exchange->database, call);
}

/* Answers with the value of the function: NULL is null in JSON, else no
 * content. */
static void
answer_value(Exchange *exchange)
{
	const Call *call = &exchange->call;
	const char *type = call->route->content_type;
	const char *value = buffer_bytes(&call->value);
	size_t length = buffer_length(&call->value);
	bool null = !call->has_value || call->value_null;

	if (type == NULL)
		exchange_answer(exchange, 204, NULL, "", 0);
	else if (!null)
	{
		if (may_be_cached(call))
			route_cache_store(call->route, value, length, exchange->loop->now);
		answer_body(exchange, value, length);
	}
	else if (strcmp(type, "application/json") == 0)
		exchange_answer(exchange, 200, type, "null", 4);
	else
		exchange_answer(exchange, 204, NULL, "", 0);
}

/* Adds a hint to an error of this status that may be about a blank which came
 * as a plus sign: Etc/GMT+5 does not mean one. */
static void
add_plus_hint(Call *call, int status)
{
	static const char hint[] = "A \"+\" in a query or form is a space; a plus "
							   "sign is written %2B.";
	Buffer both = { 0 };

	if (!call->arguments.plus || (status != 400 && status != 404))
		return;
	if (call->error_hint != NULL)
	{
		buffer_append_string(&both, call->error_hint);
		buffer_append_byte(&both, ' ');
	}
	buffer_append_string(&both, hint);
	free(call->error_hint);
	call->error_hint = copy_bytes(buffer_bytes(&both), buffer_length(&both));
	free(both.data);
}

/* Answers with an error of the database.  Faults of our own or the database's
 * are for the log: the client learns only that there was one. */
static void
answer_error(Exchange *exchange)
{
	Call *call = &exchange->call;
	bool bad_value = call->probe == PROBE_BAD;
	int status = bad_value ? 400 : sqlstate_status(call->sqlstate);
	bool raised = sqlstate_sets_status(call->sqlstate);
	ReplyHead head = { .status = status };
	char methods[MAX_METHODS_SIZE];
	const char *path = call->route->path;
	const char *hint;

	add_plus_hint(call, status);
	hint = call->error_hint;
	if (status == 405)
	{
		route_methods(call->table, path, strlen(path), methods,
					  sizeof(methods));
		head.allow = methods;
		if (hint == NULL && !raised && call->read_only)
			hint = "GET and HEAD never change data: use POST.";
	}
	if (status == 503 && !raised)
		exchange_reply_error(exchange, &head, call->sqlstate,
							 "the database cannot answer now", NULL,
							 "Try again in a second.");
	else if (status == 500 && !raised)
		exchange_reply_error(exchange, &head, call->sqlstate,
							 "the function failed", NULL,
							 "The log has the reason, under the request id.");
	else
		exchange_reply_error(exchange, &head, call->sqlstate,
							 call->error_message, call->error_detail, hint);
}

/* Whether a value is so large that clients which do not read must not make us
 * keep it. */
static bool
has_no_room(const Exchange *exchange)
{
	size_t size = buffer_length(&exchange->call.value) + REPLY_HEAD_BYTES;

	return size > MAX_SMALL_VALUE &&
		   !exchange->actions->admits(exchange->client, size);
}

/* Answers with what the database has answered. */
static void
answer_result(Exchange *exchange)
{
	const Call *call = &exchange->call;

	if (failure_is_other_function(call))
		exchange_refuse(exchange, 503, "the function of this route has changed",
						"Try again in a second.");
	else if (call_failed(call) && failure_is_broken(call))
		exchange_refuse(exchange, 503,
						"the function of this route cannot be called any more",
						"The log has the reason.");
	else if (call_failed(call))
		answer_error(exchange);
	else if (call->too_large)
		exchange_reply_error(exchange, &(ReplyHead){ .status = 500 }, "54000",
							 "the result is larger than this server sends",
							 NULL, "The setting max-reply-bytes limits it.");
	else if (!call->route->binary &&
			 !is_text(buffer_bytes(&call->value), buffer_length(&call->value)))
		exchange_reply_error(exchange, &(ReplyHead){ .status = 500 }, "22021",
							 "the result is not UTF-8", NULL,
							 "The function must not change client_encoding.");
	else if (has_no_room(exchange))
		exchange_refuse(exchange, 503,
						"too many replies wait for clients to take them",
						"Try again in a second.");
	else
		answer_value(exchange);
}

/* Call.done */
static void
end_function_call(Call *call)
{
	Exchange *exchange = container_of(call, Exchange, call);

	if (exchange->client == NULL)
		exchange_free(exchange);
	else if (call->end == CALL_CROWDED)
		exchange_refuse(exchange, 503,
						"too many requests wait for the database",
						"Try again in a second.");
	else if (call->end == CALL_LOST)
		exchange_refuse(exchange, 503, "the database cannot answer now",
						"Try again in a second.");
	else if (call->checks)
		take_check(exchange);
	else
		answer_result(exchange);
}

void
function_call_begin(Exchange *exchange, const Route *route,
					const Request *request)
{
	struct Database *database = exchange->database;
	Loop *loop = exchange->loop;
	Call *call = &exchange->call;

	assert(call->table == NULL && exchange->client != NULL);
	call->table = route_table_hold(database_routes(database));
	call->route = route;
	call->read_only =
		request->method == HTTP_GET || request->method == HTTP_HEAD;
	call->done = end_function_call;
	if (route->call_start == NULL)
	{
		database_reread_routes(database);
		exchange_refuse(exchange, 503, "the function of this route has gone",
						"The log has the reason.");
		return;
	}
	if (!request_arguments_read(&call->arguments, route, request))
	{
		database_reread_routes_sparingly(database);
		exchange_refuse(exchange, call->arguments.status,
						call->arguments.message, call->arguments.hint);
		return;
	}
	exchange->body_bytes = buffer_length(&call->arguments.bytes);
	loop->body_bytes += exchange->body_bytes;
	loop->last_call = loop->now;
	loop->trimmed = false;
	if (!answer_from_cache(exchange))
		database_submit(database, call);
}
