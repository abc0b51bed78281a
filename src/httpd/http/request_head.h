/*-------------------------------------------------------------------------
 *
 * request_head.h
 *		The struct of a request, and checks of its head beyond the form of its
 *		lines.
 *
 * Pure: no I/O and no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REQUEST_HEAD_H
#define PG_ACU_REQUEST_HEAD_H

#include "httpd/base/buffer.h"
#include "httpd/http/framing.h"

#include <llhttp.h>

/* Headers whose values are stored. */
typedef enum HeaderName
{
	HEADER_OTHER,
	HEADER_HOST,
	HEADER_CONTENT_TYPE,
	HEADER_CONTENT_LENGTH,
	HEADER_TRANSFER_ENCODING,
	HEADER_EXPECT,
	HEADER_ORIGIN,
	HEADER_SEC_FETCH_SITE,
	HEADER_CONTENT_ENCODING,
	HEADER_FORWARDED_FOR, /* all of them, joined by commas */
	HEADER_NAMES
} HeaderName;

#define MAX_HEADER_NAME (sizeof("transfer-encoding") - 1)

typedef enum RequestStage
{
	REQUEST_HEAD,	  /* the head is incomplete; no byte need have come */
	REQUEST_BODY,	  /* the head is complete, the body is not */
	REQUEST_COMPLETE, /* ready to be answered */
	REQUEST_REFUSED	  /* see refusal; no byte after it may be read */
} RequestStage;

typedef struct Request
{
	RequestStage stage;
	Refusal refusal;
	const FramingLimits *limits;

	uint8_t method; /* an llhttp_method_t */
	bool method_known;
	bool http_1_0;
	bool keep_alive;			 /* the client may send another request */
	bool expects_continue;		 /* the client waits for 100 before its body */
	Buffer target;				 /* path and query as received, with a NUL */
	size_t path_length;			 /* of target */
	const char *query;			 /* in target, after the ?; or NULL */
	Buffer values[HEADER_NAMES]; /* each with a NUL once complete */
	int seen[HEADER_NAMES];		 /* how often each was received */
	bool whole[HEADER_NAMES];	 /* its value is complete */
	bool head_read;				 /* all headers have been read */
	Buffer body;
	uint64_t body_read; /* bytes of it that were received */
	bool discard; /* the body is not stored: the request has been answered */

	/* Private to request.c and request_head.c. */
	llhttp_t parser;
	Framing framing;
	uint64_t content_length;
	HeaderName header;
	char name[MAX_HEADER_NAME];
	size_t name_length;
} Request;

/* The value of a header; NULL when it is missing or incomplete.  That of
 * HEADER_HOST is the host of the request line where that is a whole URL. */
static inline const char *
request_header(const Request *request, HeaderName name)
{
	return request->whole[name] ? buffer_bytes(&request->values[name]) : NULL;
}

/*
 * Checks the version, method, host, framing, expectation and target of a
 * request whose headers have all been read; splits the target into path and
 * query, and takes the host of a target that is a whole URL.  The first thing
 * that is wrong is in the refusal.
 */
extern void request_check_head(Request *request, Refusal *refusal);

#endif
