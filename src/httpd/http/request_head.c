/*-------------------------------------------------------------------------
 *
 * request_head.c
 *		Checks of a request's head, beyond the form of its lines.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/request_head.h"

#include "httpd/base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Start of a request target that is a whole URL. */
static const char scheme[] = "http://";

static void
check_version(const Request *request, Refusal *refusal)
{
	const llhttp_t *parser = &request->parser;

	if (parser->http_major != 1 || parser->http_minor > 1)
		refusal_set(refusal, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
}

static void
check_method(const Request *request, Refusal *refusal)
{
	if (request->method == HTTP_CONNECT || request->method == HTTP_TRACE)
		refusal_set(refusal, 501, "CONNECT and TRACE are not served");
}

/* Whether text has the form of a host with an optional port (RFC 3986). */
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

/* HTTP/1.1 has exactly one Host header, HTTP/1.0 at most one. */
static void
check_host(const Request *request, Refusal *refusal)
{
	const char *host = request_header(request, HEADER_HOST);

	if (request->seen[HEADER_HOST] > 1)
		refusal_set(refusal, 400, "more than one Host header");
	else if (host == NULL && request->parser.http_minor > 0)
		refusal_set(refusal, 400, "a request without a Host header");
	else if (host != NULL && !is_authority(host, strlen(host)))
		refusal_set(refusal, 400, "an invalid Host header");
}

static void
check_framing(const Request *request, Refusal *refusal)
{
	const char *coding = request_header(request, HEADER_TRANSFER_ENCODING);
	const char *length = request_header(request, HEADER_CONTENT_LENGTH);

	if (request->seen[HEADER_CONTENT_LENGTH] > 1)
		refusal_set(refusal, 400, "more than one Content-Length header");
	else if (length != NULL && (*length == '\0' ||
								strspn(length, "0123456789") != strlen(length)))
		refusal_set(refusal, 400, "an invalid Content-Length");
	else if (coding != NULL && length != NULL)
		refusal_set(refusal, 400, "both Content-Length and Transfer-Encoding");
	else if (coding != NULL && request->parser.http_minor == 0)
		refusal_set(refusal, 400, "a Transfer-Encoding in HTTP/1.0");
	else if (request->seen[HEADER_TRANSFER_ENCODING] > 1)
		refusal_set(refusal, 400, "more than one Transfer-Encoding header");
	else if (coding != NULL && strcasecmp(coding, "chunked") != 0)
		refusal_set(refusal, strcasestr(coding, "chunked") ? 400 : 501,
					"a transfer coding other than chunked");
	else if (length != NULL &&
			 request->parser.content_length > request->limits->body_bytes)
		refusal_set(refusal, 413, "the body is too large");
}

static void
check_expect(Request *request, Refusal *refusal)
{
	const char *expect = request_header(request, HEADER_EXPECT);

	if (expect == NULL || request->parser.http_minor == 0)
		return;
	if (strcasecmp(expect, "100-continue") != 0)
		refusal_set(refusal, 417, "an expectation other than 100-continue");
	request->expects_continue = true;
}

/*
 * Moves the host of a URL from the target to the value of the Host header,
 * which it overrides.  A URL without a path means the root, or with OPTIONS the
 * whole server (RFC 9112, 3.2).
 */
static void
take_authority(Request *request, Refusal *refusal)
{
	Buffer *target = &request->target;
	Buffer *host = &request->values[HEADER_HOST];
	char *authority = buffer_bytes(target) + strlen(scheme);
	size_t length = strcspn(authority, "/?");
	char *path = authority + length;

	if (length == 0 || !is_authority(authority, length))
	{
		refusal_set(refusal, 400,
					"an invalid host in the URL of the request line");
		return;
	}
	buffer_reset(host, SIZE_MAX);
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

/* Checks the target, and splits it into path and query. */
static void
take_target(Request *request, Refusal *refusal)
{
	Buffer *target = &request->target;
	char *question;

	if (memchr(buffer_bytes(target), '#', buffer_length(target)) != NULL)
		refusal_set(refusal, 400, "a fragment (#) in the request line");
	buffer_append_byte(target, '\0');
	if (strncasecmp(buffer_bytes(target), scheme, strlen(scheme)) == 0)
		take_authority(request, refusal);
	else if (*buffer_bytes(target) != '/' &&
			 !(request->method == HTTP_OPTIONS &&
			   strcmp(buffer_bytes(target), "*") == 0))
		refusal_set(refusal, 400, "a request target that is not a path");

	if (!text_is_escaped(buffer_bytes(target), buffer_length(target) - 1))
		refusal_set(
			refusal, 400,
			"the path or query has a bad percent escape, a NUL, or bytes that are not UTF-8");
	question = strchr(buffer_bytes(target), '?');
	request->query = question ? question + 1 : NULL;
	request->path_length = question ? (size_t) (question - buffer_bytes(target))
									: buffer_length(target) - 1;
}

void
request_check_head(Request *request, Refusal *refusal)
{
	check_version(request, refusal);
	check_method(request, refusal);
	check_host(request, refusal);
	check_framing(request, refusal);
	check_expect(request, refusal);
	take_target(request, refusal);
}
