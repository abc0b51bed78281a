/*-------------------------------------------------------------------------
 *
 * request.c
 *		One HTTP request, read from bytes as they come.
 *
 * Owns no data but what it says in request.h.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/request.h"

#include "httpd/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A buffer that has grown beyond this is given back between requests. */
#define KEPT_BYTES 4096

#define NAME(text)             \
	{                          \
		text, sizeof(text) - 1 \
	}

static const struct
{
	const char *text;
	size_t length;
} header_names[HEADER_NAMES] = {
	[HEADER_OTHER] = NAME(""),
	[HEADER_HOST] = NAME("host"),
	[HEADER_CONTENT_TYPE] = NAME("content-type"),
	[HEADER_CONTENT_LENGTH] = NAME("content-length"),
	[HEADER_TRANSFER_ENCODING] = NAME("transfer-encoding"),
	[HEADER_EXPECT] = NAME("expect"),
	[HEADER_ORIGIN] = NAME("origin"),
	[HEADER_SEC_FETCH_SITE] = NAME("sec-fetch-site"),
	[HEADER_CONTENT_ENCODING] = NAME("content-encoding"),
	[HEADER_FORWARDED_FOR] = NAME("x-forwarded-for"),
};

/* Of a request target that is a whole URL. */
static const char scheme[] = "http://";

void
request_init(Request *request, const GateLimits *limits)
{
	memset(request, 0, sizeof(*request));
	request->limits = limits;
	request_reset(request);
}

static int
on_url(llhttp_t *parser, const char *at, size_t length)
{
	Request *request = parser->data;

	buffer_append(&request->target, at, length);
	return 0;
}

static int
on_field(llhttp_t *parser, const char *at, size_t length)
{
	Request *request = parser->data;

	for (size_t i = 0; i < length; i++)
	{
		if (request->name_length < LONGEST_HEADER_NAME)
			request->name[request->name_length] = at[i];
		request->name_length++;
	}
	return 0;
}

static int
on_field_end(llhttp_t *parser)
{
	Request *request = parser->data;

	request->header = HEADER_OTHER;
	for (int i = HEADER_OTHER + 1; i < HEADER_NAMES; i++)
		if (request->name_length == header_names[i].length &&
			strncasecmp(request->name, header_names[i].text,
						request->name_length) == 0)
			request->header = i;
	request->seen[request->header]++;
	if (request->header == HEADER_FORWARDED_FOR &&
		request->whole[HEADER_FORWARDED_FOR])
	{
		Buffer *value = &request->values[HEADER_FORWARDED_FOR];

		value->data[value->end - 1] = ',';
		request->whole[HEADER_FORWARDED_FOR] = false;
	}
	request->name_length = 0;
	return 0;
}

/* Whether the value that is being read is kept. */
static bool
counts(const Request *request)
{
	return request->header == HEADER_FORWARDED_FOR ||
		   (request->header != HEADER_OTHER &&
			request->seen[request->header] == 1);
}

static int
on_value(llhttp_t *parser, const char *at, size_t length)
{
	Request *request = parser->data;

	/* Of a repeated header the first value counts, if it may be repeated. */
	if (counts(request))
		buffer_append(&request->values[request->header], at, length);
	return 0;
}

static int
on_value_end(llhttp_t *parser)
{
	Request *request = parser->data;
	Buffer *value = &request->values[request->header];

	if (!counts(request))
		return 0;
	while (buffer_length(value) > 0 && (value->data[value->end - 1] == ' ' ||
										value->data[value->end - 1] == '\t'))
		value->end--;
	buffer_append_byte(value, '\0');
	request->whole[request->header] = true;
	return 0;
}

/* The method of a request that is refused before its head is complete, as far
 * as it is known: a reply to HEAD has no body. */
static void
take_method(Request *request)
{
	if (request->head_read || request->gate.words == 0)
		return;
	for (int method = 0; method <= HTTP_SOURCE; method++)
		if (strcmp(request->gate.method, llhttp_method_name(method)) == 0)
		{
			request->method = (uint8_t) method;
			request->method_known = true;
		}
}

static void
refuse(Request *request, int status, const char *message)
{
	if (request->stage == REQUEST_REFUSED)
		return;
	request->stage = REQUEST_REFUSED;
	take_method(request);
	request->refusal.status = status;
	request->refusal.message = message;
}

static void
check_version(Request *request)
{
	const llhttp_t *parser = &request->parser;

	if (parser->http_major != 1 || parser->http_minor > 1)
		refuse(request, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
}

static void
check_method(Request *request)
{
	if (request->method == HTTP_CONNECT || request->method == HTTP_TRACE)
		refuse(request, 501, "CONNECT and TRACE are not served");
}

/* A host with an optional port, as RFC 3986 has it; not whether it is ours. */
static bool
is_authority(const char *text, size_t length)
{
	const char *end = text + length;
	const char *at = text;

	if (length > 0 && *at == '[')
	{
		at++;
		while (at < end &&
			   (isxdigit((unsigned char) *at) || *at == ':' || *at == '.'))
			at++;
		if (at == text + 1 || at == end || *at++ != ']')
			return false;
	}
	else
		while (at < end && (isalnum((unsigned char) *at) ||
							strchr("-._~!$&'()*+,;=", *at) != NULL))
			at++;
	if (at == text)
		return false;
	if (at < end && *at == ':')
		for (at++; at < end && isdigit((unsigned char) *at);)
			at++;
	return at == end;
}

/* Exactly one on 1.1, at most one on 1.0, and it must look like one. */
static void
check_host(Request *request)
{
	const char *host = request_header(request, HEADER_HOST);

	if (request->seen[HEADER_HOST] > 1)
		refuse(request, 400, "more than one Host header");
	else if (host == NULL && request->parser.http_minor > 0)
		refuse(request, 400, "a request without a Host header");
	else if (host != NULL && !is_authority(host, strlen(host)))
		refuse(request, 400, "a Host header that is no host");
}

static void
check_framing(Request *request)
{
	const char *coding = request_header(request, HEADER_TRANSFER_ENCODING);
	const char *length = request_header(request, HEADER_CONTENT_LENGTH);

	if (request->seen[HEADER_CONTENT_LENGTH] > 1)
		refuse(request, 400, "more than one Content-Length header");
	else if (length != NULL && (*length == '\0' ||
								strspn(length, "0123456789") != strlen(length)))
		refuse(request, 400, "a Content-Length that is no number");
	else if (coding != NULL && length != NULL)
		refuse(request, 400, "both Content-Length and Transfer-Encoding");
	else if (coding != NULL && request->parser.http_minor == 0)
		refuse(request, 400, "a Transfer-Encoding in HTTP/1.0");
	else if (request->seen[HEADER_TRANSFER_ENCODING] > 1)
		refuse(request, 400, "more than one Transfer-Encoding header");
	else if (coding != NULL && strcasecmp(coding, "chunked") != 0)
		refuse(request, strcasestr(coding, "chunked") ? 400 : 501,
			   "a transfer coding other than chunked");
	else if (length != NULL &&
			 request->parser.content_length > request->limits->body_bytes)
		refuse(request, 413, "the body is too large");
}

static void
check_expect(Request *request)
{
	const char *expect = request_header(request, HEADER_EXPECT);

	if (expect == NULL || request->parser.http_minor == 0)
		return;
	if (strcasecmp(expect, "100-continue") != 0)
		refuse(request, 417, "an expectation other than 100-continue");
	request->expects_continue = true;
}

/*
 * Takes the host of an absolute URL from the target: it counts, and not the
 * Host header.  A URL without a path is that of the root, or of the server as a
 * whole for OPTIONS (RFC 9112, 3.2).
 */
static void
take_authority(Request *request)
{
	Buffer *target = &request->target;
	Buffer *host = &request->values[HEADER_HOST];
	char *authority = buffer_bytes(target) + strlen(scheme);
	size_t length = strcspn(authority, "/?");
	char *path = authority + length;

	if (length == 0 || !is_authority(authority, length))
	{
		refuse(request, 400, "a request line with no host in its URL");
		return;
	}
	buffer_reset(host, KEPT_BYTES);
	buffer_append(host, authority, length);
	buffer_append_byte(host, '\0');
	request->whole[HEADER_HOST] = true;
	/* A path takes the place of the last byte of the host. */
	if (*path != '/')
	{
		bool server = *path == '\0' && request->method == HTTP_OPTIONS;

		*--path = server ? '*' : '/';
	}
	buffer_take(target, (size_t) (path - buffer_bytes(target)));
}

/* Splits the target in path and query. */
static void
take_target(Request *request)
{
	Buffer *target = &request->target;
	char *question;

	if (memchr(buffer_bytes(target), '#', buffer_length(target)) != NULL)
		refuse(request, 400, "a fragment (#) in the request line");
	buffer_append_byte(target, '\0');
	if (strncasecmp(buffer_bytes(target), scheme, strlen(scheme)) == 0)
		take_authority(request);
	else if (*buffer_bytes(target) != '/' &&
			 !(request->method == HTTP_OPTIONS &&
			   strcmp(buffer_bytes(target), "*") == 0))
		refuse(request, 400, "a request target that is no path");

	if (!text_is_escaped(buffer_bytes(target), buffer_length(target) - 1))
		refuse(
			request, 400,
			"the path or query has a bad percent escape, a NUL, or bytes that are no UTF-8");
	question = strchr(buffer_bytes(target), '?');
	request->query = question ? question + 1 : NULL;
	request->path_length = question ? (size_t) (question - buffer_bytes(target))
									: buffer_length(target) - 1;
}

static int
on_head(llhttp_t *parser)
{
	Request *request = parser->data;

	if (request->stage != REQUEST_HEAD)
		return 0;
	request->method = parser->method;
	request->method_known = request->head_read = true;
	check_version(request);
	check_method(request);
	check_host(request);
	check_framing(request);
	check_expect(request);
	take_target(request);
	if (request->stage == REQUEST_REFUSED)
		return -1;

	request->http_1_0 = parser->http_minor == 0;
	request->keep_alive = llhttp_should_keep_alive(parser);
	request->content_length = parser->content_length;
	request->stage = REQUEST_BODY;

	/* What follows is not for the parser: nobody is upgraded, and the gate
	 * reads the body. */
	parser->upgrade = 0;
	return 1;
}

static const llhttp_settings_t *
callbacks(void)
{
	static llhttp_settings_t settings;

	if (settings.on_url == NULL)
	{
		llhttp_settings_init(&settings);
		settings.on_url = on_url;
		settings.on_header_field = on_field;
		settings.on_header_field_complete = on_field_end;
		settings.on_header_value = on_value;
		settings.on_header_value_complete = on_value_end;
		settings.on_headers_complete = on_head;
	}
	return &settings;
}

void
request_reset(Request *request)
{
	request->stage = REQUEST_HEAD;
	request->refusal.status = 0;
	/* Until it is known: a refusal is sent with its body. */
	request->method = HTTP_GET;
	request->method_known = false;
	request->http_1_0 = false;
	request->keep_alive = false;
	request->expects_continue = false;
	request->discard = false;
	request->body_read = 0;
	request->query = NULL;
	request->name_length = 0;
	request->header = HEADER_OTHER;
	request->head_read = false;
	memset(request->seen, 0, sizeof(request->seen));
	memset(request->whole, 0, sizeof(request->whole));
	buffer_reset(&request->target, KEPT_BYTES);
	buffer_reset(&request->body, KEPT_BYTES);
	for (int i = 0; i < HEADER_NAMES; i++)
		buffer_reset(&request->values[i], KEPT_BYTES);
	gate_init(&request->gate);
	llhttp_init(&request->parser, HTTP_REQUEST, callbacks());
	request->parser.data = request;
}

void
request_free(Request *request)
{
	free(request->target.data);
	free(request->body.data);
	for (int i = 0; i < HEADER_NAMES; i++)
		free(request->values[i].data);
}

bool
request_begun(const Request *request)
{
	return request->stage != REQUEST_HEAD || request->gate.part != GATE_LINE ||
		   request->gate.part_bytes > 0 || request->gate.cr;
}

const char *
request_header(const Request *request, HeaderName name)
{
	return request->whole[name] ? buffer_bytes(&request->values[name]) : NULL;
}

bool
request_is_encoded(const Request *request)
{
	const char *coding = request_header(request, HEADER_CONTENT_ENCODING);

	return coding != NULL && *coding != '\0' &&
		   strcasecmp(coding, "identity") != 0;
}

static void
parser_failed(Request *request, llhttp_errno_t error)
{
	switch (error)
	{
		case HPE_INVALID_METHOD:
			refuse(request, 501, "a method that HTTP does not know");
			break;
		case HPE_INVALID_VERSION:
			refuse(request, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
			break;
		case HPE_UNEXPECTED_CONTENT_LENGTH:
			refuse(request, 400, "a second length of the body");
			break;
		case HPE_INVALID_CONTENT_LENGTH:
			refuse(request, 400, "a Content-Length that is no number");
			break;
		case HPE_INVALID_TRANSFER_ENCODING:
			refuse(request, 400, "a transfer coding other than chunked");
			break;
		default:
			refuse(request, 400, "what came is no HTTP request");
			break;
	}
}

static void
expect_body(Request *request)
{
	if (request->seen[HEADER_TRANSFER_ENCODING] > 0)
		gate_expect_chunks(&request->gate);
	else if (request->seen[HEADER_CONTENT_LENGTH] > 0)
		gate_expect_bytes(&request->gate, request->content_length);
	else
		gate_expect_bytes(&request->gate, 0);
	if (request->gate.part == GATE_DONE)
		request->expects_continue = false;
}

/* The gate and the parser must see the same end of the head. */
static void
parse_head(Request *request, const char *bytes, size_t size)
{
	bool whole = request->gate.part == GATE_BODY;
	const char *instead = &request->gate.instead;
	llhttp_errno_t error;

	if (*instead != 0)
	{
		error = llhttp_execute(&request->parser, bytes, size - 1);
		if (error == HPE_OK)
			error = llhttp_execute(&request->parser, instead, 1);
	}
	else
		error = llhttp_execute(&request->parser, bytes, size);

	if (request->stage == REQUEST_HEAD && error != HPE_OK)
		parser_failed(request, error);
	else if (request->stage != REQUEST_REFUSED &&
			 whole != (request->stage == REQUEST_BODY))
		refuse(request, 400, "a head whose end is in doubt");
	else if (request->stage == REQUEST_BODY)
		expect_body(request);
}

static void
take_body(Request *request, const BodyPiece *piece)
{
	request->body_read += piece->size;
	if (!request->discard)
		buffer_append(&request->body, piece->bytes, piece->size);
}

size_t
request_read(Request *request, const char *bytes, size_t size)
{
	size_t taken = 0;

	while (taken < size && request->stage <= REQUEST_BODY)
	{
		RequestStage stage = request->stage;
		BodyPiece piece;
		size_t passed =
			gate_pass(&request->gate, request->limits, bytes + taken,
					  size - taken, &piece, &request->refusal);

		if (request->refusal.status != 0)
		{
			request->stage = REQUEST_REFUSED;
			take_method(request);
		}
		else if (stage == REQUEST_HEAD)
			parse_head(request, bytes + taken, passed);
		else
			take_body(request, &piece);
		taken += passed;
		if (request->stage == REQUEST_BODY && request->gate.part == GATE_DONE)
			request->stage = REQUEST_COMPLETE;
		if (stage == REQUEST_HEAD && request->stage == REQUEST_BODY)
			break;
	}
	return taken;
}
