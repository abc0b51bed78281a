/*-------------------------------------------------------------------------
 *
 * exchange.c
 *		One request and its reply, from the time the request is complete.
 *
 * Owns the exchanges that are free for use, and the counter behind request ids,
 * both of this process.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/protocols/exchange.h"

#include "httpd/net/client.h"
#include "httpd/base/log.h"
#include "httpd/http/reply.h"
#include "httpd/wire/sqlstate.h"
#include "httpd/base/text.h"
#include "httpd/net/unsent.h"
#include "httpd/wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_ID_SIZE 32

/* As many are kept for the next requests, with buffers up to this size. */
#define MOST_FREE 256
#define KEPT_BYTES 4096

/* Of a larger value it is asked beforehand whether there is room for it. */
#define SMALL_VALUE 65536

/* At most, without its body. */
#define HEAD_BYTES 1024

static Exchange *free_exchanges = NULL;
static int free_count = 0;

static void write_reply(Exchange *exchange, ReplyHead *head, const char *body,
						size_t length);
static void
write_error(Exchange *exchange, ReplyHead *head, const char *code,
			const char *message, const char *detail, const char *hint);
static bool is_known_trouble(const Exchange *exchange, int status);
static void new_request_id(char *id);
static bool may_be_kept(const Exchange *exchange);
static bool too_much_is_unsent(const Exchange *exchange);
static void answer_body(Exchange *exchange, const char *body, size_t length);
static void answer_value(Exchange *exchange);
static void answer_error(Exchange *exchange);
static void
log_failure(const Exchange *exchange, int status, const char *request_id,
			const char *code, const char *message, const char *detail);
static const char *method_name(const Exchange *exchange);
static void
log_access(const Exchange *exchange, const ReplyHead *head, size_t length);

Exchange *
exchange_new(Worker *worker, struct Client *client)
{
	Exchange *exchange = free_exchanges;

	if (exchange != NULL)
	{
		free_exchanges = exchange->next;
		free_count--;
	}
	else
		exchange = allocate(sizeof(Exchange));
	exchange->worker = worker;
	exchange->client = client;
	exchange->next = NULL;
	exchange->answered = false;
	exchange->in_pool = false;
	exchange->checks = false;
	exchange->method = HTTP_GET;
	exchange->attempts = 0;
	exchange->origin = NULL;
	exchange->begun = worker->now;
	exchange->arguments.given = 0;
	return exchange;
}

void
exchange_free(Exchange *exchange)
{
	exchange_forget_result(exchange);
	exchange->worker->bodies -= exchange->body_bytes;
	exchange->body_bytes = 0;
	if (exchange->table != NULL)
	{
		exchange->worker->trimmed = false; /* what it held may be large */
		route_table_release(exchange->table);
	}
	exchange->table = NULL;
	exchange->route = NULL;
	free(exchange->target);
	free(exchange->forwarded_for);
	exchange->target = exchange->forwarded_for = NULL;
	buffer_reset(&exchange->reply, KEPT_BYTES);
	buffer_reset(&exchange->value, KEPT_BYTES);
	buffer_reset(&exchange->arguments.bytes, KEPT_BYTES);

	if (free_count < MOST_FREE)
	{
		exchange->next = free_exchanges;
		free_exchanges = exchange;
		free_count++;
		return;
	}
	free(exchange->reply.data);
	free(exchange->value.data);
	arguments_free(&exchange->arguments);
	free(exchange);
}

void
exchange_forget_result(Exchange *exchange)
{
	exchange->parses = false;
	exchange->parsed = false;
	exchange->probe = PROBE_NONE;
	exchange->prologue = false;
	exchange->began = false;
	exchange->bound = false;
	exchange->has_value = false;
	exchange->too_large = false;
	exchange->value.start = exchange->value.end = 0;
	exchange_forget_error(exchange);
}

void
exchange_answer(Exchange *exchange, int status, const char *content_type,
				const char *body, size_t length)
{
	ReplyHead head = { .status = status, .content_type = content_type };

	write_reply(exchange, &head, body, length);
}

void
exchange_answer_methods(Exchange *exchange, const char *methods)
{
	ReplyHead head = { .status = 204, .allow = methods, .preflight = true };

	write_reply(exchange, &head, "", 0);
}

void
exchange_refuse(Exchange *exchange, int status, const char *message,
				const char *hint)
{
	ReplyHead head = { .status = status };
	char code[16];

	snprintf(code, sizeof(code), "PGA%d", status);
	write_error(exchange, &head, code, message, NULL, hint);
}

void
exchange_refuse_method(Exchange *exchange, const char *methods)
{
	ReplyHead head = { .status = 405, .allow = methods };

	write_error(exchange, &head, "PGA405",
				"this path is not answered for this method", NULL, NULL);
}

bool
exchange_answer_kept(Exchange *exchange)
{
	const Buffer *kept = route_kept(exchange->route, exchange->worker->now);

	if (kept == NULL || !may_be_kept(exchange))
		return false;
	exchange->checks =
		!route_kept_checked(exchange->route, exchange->worker->now);
	if (exchange->checks)
		return false;
	answer_body(exchange, buffer_bytes(kept), buffer_length(kept));
	return true;
}

bool
exchange_answer_checked(Exchange *exchange)
{
	const Route *route = exchange->route;
	bool good = exchange->sqlstate[0] == '\0' && exchange->has_value;

	exchange->checks = false;
	exchange_forget_result(exchange);
	if (good)
		route_keep_on(route, exchange->worker->now);
	else
		route_drop_kept(route);
	return good && exchange_answer_kept(exchange);
}

void
exchange_answer_result(Exchange *exchange)
{
	if (exchange->sqlstate[0] != '\0')
		answer_error(exchange);
	else if (exchange->too_large)
	{
		ReplyHead head = { .status = 500 };

		write_error(exchange, &head, "54000",
					"the result is larger than this server sends", NULL,
					"The setting max-reply-bytes limits it.");
	}
	else if (!exchange->route->binary &&
			 !is_text(buffer_bytes(&exchange->value),
					  buffer_length(&exchange->value)))
	{
		ReplyHead head = { .status = 500 };

		write_error(exchange, &head, "22021", "the result is not UTF-8", NULL,
					"The function must not change client_encoding.");
	}
	else if (too_much_is_unsent(exchange))
		exchange_refuse(exchange, 503,
						"too many replies wait for clients to take them",
						"Try again in a second.");
	else
		answer_value(exchange);
}

bool
exchange_is_safe(const Exchange *exchange)
{
	return exchange->method == HTTP_GET || exchange->method == HTTP_HEAD;
}

/* A call that is made has one row. */
bool
exchange_found_another(const Exchange *exchange)
{
	return exchange->route != NULL && !exchange->checks && exchange->bound &&
		   exchange->sqlstate[0] == '\0' && !exchange->has_value &&
		   !exchange->too_large;
}

/* Of clients that do not read, only so many can make us keep large replies. */
static bool
too_much_is_unsent(const Exchange *exchange)
{
	size_t size = buffer_length(&exchange->value) + HEAD_BYTES;

	return exchange->client != NULL && size > SMALL_VALUE &&
		   !unsent_admits(exchange->client, size);
}

static void
answer_value(Exchange *exchange)
{
	const char *type = exchange->route->content_type;
	bool null = !exchange->has_value || exchange->value_null;

	if (type == NULL)
		exchange_answer(exchange, 204, NULL, "", 0);
	else if (!null)
	{
		if (may_be_kept(exchange))
			route_keep(exchange->route, buffer_bytes(&exchange->value),
					   buffer_length(&exchange->value), exchange->worker->now);
		answer_body(exchange, buffer_bytes(&exchange->value),
					buffer_length(&exchange->value));
	}
	else if (strcmp(type, "application/json") == 0)
		exchange_answer(exchange, 200, type, "null", 4);
	else
		exchange_answer(exchange, 204, NULL, "", 0);
}

/* There is one kept answer for each route: that to a request that gave nothing.
 */
static bool
may_be_kept(const Exchange *exchange)
{
	return exchange->route->kept != NULL && exchange->arguments.given == 0;
}

static void
answer_body(Exchange *exchange, const char *body, size_t length)
{
	const Route *route = exchange->route;
	ReplyHead head = { .status = 200,
					   .content_type = route->content_type,
					   .max_age = route->max_age_seconds };

	if (may_be_kept(exchange))
		head.age = route_kept_age(route, exchange->worker->now);
	write_reply(exchange, &head, body, length);
}

/* What is our own fault or the database's is told to the log, not the client.
 */
static void
answer_error(Exchange *exchange)
{
	bool bad_value = exchange->probe == PROBE_BAD;
	int status = bad_value ? 400 : sqlstate_status(exchange->sqlstate);
	bool raised = sqlstate_chooses(exchange->sqlstate);
	ReplyHead head = { .status = status };
	char methods[LONGEST_METHODS];
	const char *path = exchange->route->path;
	const char *hint;

	exchange_add_plus_hint(exchange, status);
	hint = exchange->error_hint;
	if (status == 405)
	{
		route_methods(exchange->table, path, strlen(path), methods,
					  sizeof(methods));
		head.allow = methods;
		if (hint == NULL && !raised && exchange_is_safe(exchange))
			hint = "GET and HEAD never change data: use POST.";
	}
	if (status == 503 && !raised)
		write_error(exchange, &head, exchange->sqlstate,
					"the database cannot answer now", NULL,
					"Try again in a second.");
	else if (status == 500 && !raised)
		write_error(exchange, &head, exchange->sqlstate, "the function failed",
					NULL, "The log has the reason, under the request id.");
	else
		write_error(exchange, &head, exchange->sqlstate,
					exchange->error_message, exchange->error_detail, hint);
}

static void
write_error(Exchange *exchange, ReplyHead *head, const char *code,
			const char *message, const char *detail, const char *hint)
{
	Buffer json = { 0 };
	char id[REQUEST_ID_SIZE];
	bool from_database = exchange->sqlstate[0] != '\0';

	new_request_id(id);
	head->request_id = id;
	head->error = from_database ? exchange->error_message : message;
	head->content_type = "application/json";
	head->retry_after = head->status == 503;
	head->accept_identity = head->status == 415 && exchange->encoded;
	if (!is_known_trouble(exchange, head->status))
		log_failure(exchange, head->status, id, code,
					from_database ? exchange->error_message : message,
					from_database ? exchange->error_detail : detail);
	reply_error_body(&json, code, message, detail, hint);
	write_reply(exchange, head, buffer_bytes(&json), buffer_length(&json));
	free(json.data);
}

/* The catalog logs what is wrong with a route once, not for each request. */
static bool
is_known_trouble(const Exchange *exchange, int status)
{
	return status == 503 && exchange->route != NULL &&
		   exchange->route->trouble != NULL;
}

static void
write_reply(Exchange *exchange, ReplyHead *head, const char *body,
			size_t length)
{
	Worker *worker = exchange->worker;
	const char *origin = worker->config->cors_origin;
	char id[REQUEST_ID_SIZE];
	Buffer *out;
	size_t before;

	exchange->answered = true;
	if (exchange->client == NULL ||
		!unsent_make_room(exchange->client, HEAD_BYTES + length))
		return;
	if (worker->draining && exchange->next == NULL)
		client_end_after(exchange->client, exchange);
	head->date = worker->date;
	head->html = head->content_type != NULL &&
				 strncmp(head->content_type, "text/html", 9) == 0;
	head->origin = exchange->origin;
	head->http_1_0 = exchange->http_1_0;
	head->keep_alive = exchange->keep_alive;
	head->no_body = exchange->method == HTTP_HEAD;
	head->vary_origin = *origin != '\0';
	if (worker->config->access_log && head->request_id == NULL)
	{
		new_request_id(id);
		head->request_id = id;
	}
	out = client_reply_buffer(exchange->client, exchange);
	before = buffer_length(out);
	reply_write(out, head, body, length);
	buffer_reset(&exchange->value, KEPT_BYTES);
	if (worker->config->access_log)
		log_access(exchange, head, length);
	client_answered(exchange->client, buffer_length(out) - before);
}

/* Unique on this machine: the process, the time it began, a counter. */
static void
new_request_id(char *id)
{
	static uint32_t began = 0;
	static uint32_t counter = 0;

	if (began == 0)
		began = (uint32_t) time(NULL);
	snprintf(id, REQUEST_ID_SIZE, "%x-%x-%x", (unsigned) getpid(), began,
			 ++counter);
}

/* What the client did wrong is no error of ours, and neither kind may fill the
 * log. */
static void
log_failure(const Exchange *exchange, int status, const char *request_id,
			const char *code, const char *message, const char *detail)
{
	static LogLimit refusals = { .burst = 200, .a_second = 10 };
	static LogLimit failures = { .burst = 200, .a_second = 20 };
	bool ours = status >= 500;
	char client[ADDRESS_SIZE];
	char number[16];
	char count[16];
	int left_out;

	/* The access log has it, whoever's fault it is; but not what to GRANT. */
	if (!ours && exchange->worker->config->access_log &&
		exchange->log_hint == NULL)
		return;
	if (!log_may_write(ours ? &failures : &refusals, exchange->worker->now,
					   &left_out))
		return;
	if (left_out > 0)
	{
		snprintf(count, sizeof(count), "%d", left_out);
		log_event(ours ? "error" : "info", "left out lines of refused requests",
				  "count", count, (char *) 0);
	}
	snprintf(number, sizeof(number), "%d", status);
	client_address(exchange->client, exchange->forwarded_for, client);
	log_event(ours ? "error" : "info", message, "status", number, "code", code,
			  "request_id", request_id, "client", client, "method",
			  method_name(exchange), "target", exchange->target, "function",
			  exchange->route ? exchange->route->function : "", "detail",
			  detail ? detail : "", "hint",
			  exchange->log_hint ? exchange->log_hint : "", (char *) 0);
}

static const char *
method_name(const Exchange *exchange)
{
	return exchange->method_known ? llhttp_method_name(exchange->method) : "";
}

static void
log_access(const Exchange *exchange, const ReplyHead *head, size_t length)
{
	char client[ADDRESS_SIZE];
	char number[16];
	char bytes[24];
	char milliseconds[24];

	snprintf(number, sizeof(number), "%d", head->status);
	snprintf(bytes, sizeof(bytes), "%zu", length);
	snprintf(milliseconds, sizeof(milliseconds), "%lld",
			 (long long) (exchange->worker->now - exchange->begun));
	client_address(exchange->client, exchange->forwarded_for, client);
	log_info("request", "client", client, "method", method_name(exchange),
			 "target", exchange->target, "status", number, "bytes", bytes, "ms",
			 milliseconds, "request_id", head->request_id, "error",
			 head->error ? head->error : "");
}
