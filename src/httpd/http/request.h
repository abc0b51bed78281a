/*-------------------------------------------------------------------------
 *
 * request.h
 *		One HTTP request, read from bytes as they come.
 *
 * The gate (strict.h) looks at each byte before llhttp parses it; this puts
 * together what routing and answering need.
 *
 * Pure: no I/O and no clock.  A Request belongs to one client and is used for
 * one request after the other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REQUEST_H
#define PG_ACU_REQUEST_H

#include "httpd/base/buffer.h"
#include "httpd/http/framing.h"

#include <llhttp.h>

/* Headers that mean something here; the values of others are not kept. */
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

#define LONGEST_HEADER_NAME (sizeof("transfer-encoding") - 1)

typedef enum RequestStage
{
	REQUEST_HEAD,	  /* of which some bytes may have come */
	REQUEST_BODY,	  /* the head is complete */
	REQUEST_COMPLETE, /* ready to be answered */
	REQUEST_REFUSED	  /* see refusal; nothing after it can be trusted */
} RequestStage;

typedef struct Request
{
	RequestStage stage;
	Refusal refusal;
	const GateLimits *limits;

	uint8_t method; /* an llhttp_method_t */
	bool method_known;
	bool http_1_0;
	bool keep_alive;	   /* whether the client wants to go on afterwards */
	bool expects_continue; /* whether it waits for 100 before its body */
	Buffer target;		   /* path and query, as they came; closed by a NUL */
	size_t path_length;	   /* of target */
	const char *query;	   /* in target, after the ?; or NULL */
	Buffer values[HEADER_NAMES]; /* each closed by a NUL once complete */
	int seen[HEADER_NAMES];		 /* how often each has come */
	bool whole[HEADER_NAMES];	 /* whether its value has come to its end */
	bool head_read;				 /* all headers have been seen */
	Buffer body;
	uint64_t body_read; /* bytes of it that have come */
	bool discard;		/* they are not kept: it has been answered already */

	/* Of the parser alone. */
	llhttp_t parser;
	Gate gate;
	uint64_t content_length;
	HeaderName header;
	char name[LONGEST_HEADER_NAME];
	size_t name_length;
} Request;

extern void request_init(Request *request, const GateLimits *limits);

/* Makes it ready for the next request, and gives back large buffers. */
extern void request_reset(Request *request);

extern void request_free(Request *request);

/*
 * Reads bytes until the request is complete or refused, or its head is (stage
 * then goes from REQUEST_HEAD to REQUEST_BODY), and returns how many it took.
 */
extern size_t request_read(Request *request, const char *bytes, size_t size);

/* Whether any byte of it has come. */
extern bool request_begun(const Request *request);

/* Whether its body is compressed or the like. */
extern bool request_is_encoded(const Request *request);

/* The value of a header, or NULL when it did not come, or not yet.  Host is
 * that of the request line where that has one. */
extern const char *request_header(const Request *request, HeaderName name);

#endif
