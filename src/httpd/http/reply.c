/*-------------------------------------------------------------------------
 *
 * reply.c
 *		An HTTP reply, as bytes.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/reply.h"

#include "httpd/base/text.h"

#include <stdio.h>
#include <string.h>

/* Headers for pages and for other content.  Browsers are not to guess types.  A
 * page may load what is on this server and have styles in it, and no other site
 * may frame it; other content, opened as a page, may load nothing. */
static const char page_policy[] =
	"X-Content-Type-Options: nosniff\r\n"
	"Referrer-Policy: same-origin\r\n"
	"Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline';"
	" img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
	" frame-ancestors 'none'\r\n";
static const char data_policy[] =
	"X-Content-Type-Options: nosniff\r\n"
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

static const char *
reason_phrase(int status)
{
	static const struct
	{
		int status;
		const char *reason;
	} reasons[] = {
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 421, "Misdirected Request" },
		{ 417, "Expectation Failed" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 500 ? "Refused" : "Failed";
}

static void
append_status_line(Buffer *out, int status)
{
	if (status == 200)
	{
		buffer_append_string(out, "HTTP/1.1 200 OK\r\n");
		return;
	}
	buffer_append_string(out, "HTTP/1.1 ");
	buffer_append_uint(out, (uint64_t) status);
	buffer_append_byte(out, ' ');
	buffer_append_string(out, reason_phrase(status));
	buffer_append_string(out, "\r\n");
}

/* Appends a header, unless its value is NULL.  name has its colon and blank. */
static void
append_header(Buffer *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buffer_append_string(out, name);
	buffer_append_string(out, value);
	buffer_append(out, "\r\n", 2);
}

static void
append_seconds(Buffer *out, const char *name, int seconds)
{
	buffer_append_string(out, name);
	buffer_append_uint(out, (uint64_t) seconds);
	buffer_append(out, "\r\n", 2);
}

static void
append_cors(Buffer *out, const ReplyHead *head)
{
	append_header(out, "Access-Control-Allow-Origin: ", head->origin);
	append_header(out, "Access-Control-Expose-Headers: ", "X-Request-Id");
	if (!head->preflight)
		return;
	append_header(out, "Access-Control-Allow-Methods: ", head->allow);
	append_header(out, "Access-Control-Allow-Headers: ", "Content-Type");
	append_header(out, "Access-Control-Max-Age: ", "86400");
}

void
reply_write(Buffer *out, const ReplyHead *head, const char *body, size_t length)
{
	append_status_line(out, head->status);
	append_header(out, "Date: ", head->date);
	append_header(out, "Content-Type: ", head->content_type);
	if (head->content_type != NULL)
	{
		if (head->html)
			buffer_append(out, page_policy, sizeof(page_policy) - 1);
		else
			buffer_append(out, data_policy, sizeof(data_policy) - 1);
	}
	if (head->status != 204)
	{
		buffer_append_string(out, "Content-Length: ");
		buffer_append_uint(out, length);
		buffer_append_string(out, "\r\n");
	}
	if (head->max_age > 0)
		append_seconds(out, "Cache-Control: max-age=", head->max_age);
	if (head->age > 0)
		append_seconds(out, "Age: ", head->age);
	append_header(out, "Allow: ", head->allow);
	append_header(out, "X-Request-Id: ", head->request_id);
	append_header(out, "Retry-After: ", head->retry_after ? "1" : NULL);
	append_header(
		out, "Accept-Encoding: ", head->accept_identity ? "identity" : NULL);
	append_header(out, "Vary: ", head->vary_origin ? "Origin" : NULL);
	if (head->origin != NULL)
		append_cors(out, head);
	if (!head->keep_alive)
		buffer_append_string(out, "Connection: close\r\n");
	else if (head->http_1_0)
		buffer_append_string(out, "Connection: keep-alive\r\n");
	buffer_append_string(out, "\r\n");
	if (!head->no_body && head->status != 204)
		buffer_append(out, body, length);
}

void
reply_error_body(Buffer *body, const char *code, const char *message,
				 const char *detail, const char *hint)
{
	JsonWriter json = text_json_writer(body);

	json_begin_object(&json);
	json_write_key(&json, "code");
	json_write_string(&json, code);
	json_write_key(&json, "message");
	json_write_string(&json, message);
	json_write_key(&json, "detail");
	json_write_string(&json, detail);
	json_write_key(&json, "hint");
	json_write_string(&json, hint);
	json_end_object(&json);
}
