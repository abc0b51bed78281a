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

#include "httpd/base/log.h"
#include "httpd/http/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_ID_SIZE 32

/* Exchanges that are free for the next requests, with buffers of this size. */
#define MAX_FREE 256
#define RETAINED_BYTES 4096

static Exchange *free_exchanges = NULL; /* linked by their links */
static int free_count = 0;

Exchange *
exchange_new(Loop *loop, struct Database *database,
			 const ExchangeClient *actions, void *client)
{
	Exchange *exchange = free_exchanges;

	if (exchange != NULL)
	{
		free_exchanges = exchange_of_link(exchange->link.next);
		free_count--;
	}
	else
		exchange = allocate(sizeof(Exchange));
	exchange->loop = loop;
	exchange->database = database;
	exchange->actions = actions;
	exchange->client = client;
	exchange->answered = false;
	exchange->method = HTTP_GET;
	exchange->origin = NULL;
	exchange->begun = loop->now;
	exchange->call.wanted = true;
	return exchange;
}

void
exchange_free(Exchange *exchange)
{
	assert(exchange->client == NULL && !exchange->call.busy);
	exchange->loop->body_bytes -= exchange->body_bytes;
	exchange->body_bytes = 0;
	if (exchange->call.table != NULL)
		exchange->loop->trimmed = false; /* its buffers may be large */
	call_clear(&exchange->call, RETAINED_BYTES);
	free(exchange->target);
	free(exchange->forwarded_for);
	exchange->target = exchange->forwarded_for = NULL;
	buffer_reset(&exchange->reply, RETAINED_BYTES);

	if (free_count < MAX_FREE)
	{
		exchange->link.next = free_exchanges ? &free_exchanges->link : NULL;
		free_exchanges = exchange;
		free_count++;
		return;
	}
	call_clear(&exchange->call, 0);
	free(exchange->reply.data);
	free(exchange);
}

void
exchange_let_go(Exchange *exchange)
{
	exchange->client = NULL;
	exchange->call.wanted = false;
	if (!exchange->call.busy)
		exchange_free(exchange);
}

/* An id that is unique on this machine: the process, the time it began, a
 * counter. */
static void
make_request_id(char id[REQUEST_ID_SIZE])
{
	static uint32_t began = 0;
	static uint32_t counter = 0;

	if (began == 0)
		began = (uint32_t) time(NULL);
	snprintf(id, REQUEST_ID_SIZE, "%x-%x-%x", (unsigned) getpid(), began,
			 ++counter);
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
			 (long long) (exchange->loop->now - exchange->begun));
	exchange->actions->show_address(exchange->client, exchange->forwarded_for,
									client);
	log_info("request", "client", client, "method", method_name(exchange),
			 "target", exchange->target, "status", number, "bytes", bytes, "ms",
			 milliseconds, "request_id", head->request_id, "error",
			 head->error ? head->error : "");
}

void
exchange_reply(Exchange *exchange, ReplyHead *head, const char *body,
			   size_t length)
{
	const Loop *loop = exchange->loop;
	char id[REQUEST_ID_SIZE];
	Buffer *out = NULL;
	size_t before;

	assert(!exchange->answered && !exchange->call.busy);
	exchange->answered = true;
	if (exchange->client != NULL)
		out = exchange->actions->begin_reply(exchange->client, exchange,
											 REPLY_HEAD_BYTES + length);
	if (out == NULL)
		return;
	head->date = loop->date;
	head->html = head->content_type != NULL &&
				 strncmp(head->content_type, "text/html", 9) == 0;
	head->origin = exchange->origin;
	head->http_1_0 = exchange->http_1_0;
	head->keep_alive = exchange->keep_alive;
	head->no_body = exchange->method == HTTP_HEAD;
	head->vary_origin = *loop->config->cors_origin != '\0';
	if (loop->config->access_log && head->request_id == NULL)
	{
		make_request_id(id);
		head->request_id = id;
	}
	before = buffer_length(out);
	reply_write(out, head, body, length);
	buffer_reset(&exchange->call.value, RETAINED_BYTES);
	if (loop->config->access_log)
		log_access(exchange, head, length);
	exchange->actions->answered(exchange->client, buffer_length(out) - before);
}

/* Logs an error, but neither kind may fill the log: an error of ours, or (as
 * info) a fault of the client. */
static void
log_failure(const Exchange *exchange, int status, const char *request_id,
			const char *code, const char *message, const char *detail)
{
	static LogLimit refusals = { .burst = 200, .every_ms = 100 };
	static LogLimit failures = { .burst = 200, .every_ms = 50 };
	const Call *call = &exchange->call;
	bool ours = status >= 500;
	char client[ADDRESS_SIZE];
	char number[16];
	char count[16];
	int left_out;

	/* The access log has it, whoever's fault it is; but not what to GRANT. */
	if (!ours && exchange->loop->config->access_log && call->log_hint == NULL)
		return;
	if (!log_may_write(ours ? &failures : &refusals, exchange->loop->now,
					   &left_out))
		return;
	if (left_out > 0)
	{
		snprintf(count, sizeof(count), "%d", left_out);
		log_event(ours ? "error" : "info", "left out lines of refused requests",
				  "count", count, (char *) 0);
	}
	snprintf(number, sizeof(number), "%d", status);
	exchange->actions->show_address(exchange->client, exchange->forwarded_for,
									client);
	log_event(ours ? "error" : "info", message, "status", number, "code", code,
			  "request_id", request_id, "client", client, "method",
			  method_name(exchange), "target", exchange->target, "function",
			  call->route ? call->route->function : "", "detail",
			  detail ? detail : "", "hint",
			  call->log_hint ? call->log_hint : "", (char *) 0);
}

/* Whether an error is one that the catalog has logged once, for the route. */
static bool
is_known_trouble(const Exchange *exchange, int status)
{
	const Route *route = exchange->call.route;

	return status == 503 && route != NULL && route->trouble != NULL;
}

void
exchange_reply_error(Exchange *exchange, ReplyHead *head, const char *code,
					 const char *message, const char *detail, const char *hint)
{
	const Call *call = &exchange->call;
	bool from_database = call_failed(call);
	Buffer json = { 0 };
	char id[REQUEST_ID_SIZE];

	make_request_id(id);
	head->request_id = id;
	head->error = from_database ? call->error_message : message;
	head->content_type = "application/json";
	head->retry_after = head->status == 503;
	head->accept_identity = head->status == 415 && exchange->encoded;
	if (!is_known_trouble(exchange, head->status))
		log_failure(exchange, head->status, id, code,
					from_database ? call->error_message : message,
					from_database ? call->error_detail : detail);
	reply_error_body(&json, code, message, detail, hint);
	exchange_reply(exchange, head, buffer_bytes(&json), buffer_length(&json));
	free(json.data);
}

void
exchange_answer(Exchange *exchange, int status, const char *content_type,
				const char *body, size_t length)
{
	ReplyHead head = { .status = status, .content_type = content_type };

	exchange_reply(exchange, &head, body, length);
}

void
exchange_answer_methods(Exchange *exchange, const char *methods)
{
	ReplyHead head = { .status = 204, .allow = methods, .preflight = true };

	exchange_reply(exchange, &head, "", 0);
}

void
exchange_refuse(Exchange *exchange, int status, const char *message,
				const char *hint)
{
	ReplyHead head = { .status = status };
	char code[16];

	snprintf(code, sizeof(code), "PGA%d", status);
	exchange_reply_error(exchange, &head, code, message, NULL, hint);
}

void
exchange_refuse_method(Exchange *exchange, const char *methods)
{
	ReplyHead head = { .status = 405, .allow = methods };

	exchange_reply_error(exchange, &head, "PGA405",
						 "this path is not answered for this method", NULL,
						 NULL);
}
