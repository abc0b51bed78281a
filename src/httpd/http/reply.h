/*-------------------------------------------------------------------------
 *
 * reply.h
 *		An HTTP reply, as bytes.
 *
 * Pure: no I/O and no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REPLY_H
#define PG_ACU_REPLY_H

#include "httpd/base/buffer.h"

#include <stdbool.h>

/* All of a reply but its body.  A header whose value is NULL, 0 or false is
 * left out. */
typedef struct ReplyHead
{
	int status;
	const char *date; /* value of the header Date; never NULL */
	const char *content_type;
	const char *allow; /* list of methods */
	const char *request_id;
	const char *origin;	  /* origin that may read the reply, by CORS */
	bool accept_identity; /* a body must be sent without a coding */
	bool html;			  /* a page, which gets a policy of its own */
	bool preflight;		  /* reply to a preflight request of CORS */
	int max_age;		  /* seconds for which clients may cache the reply */
	int age;			  /* seconds for which the reply was cached here */
	bool vary_origin;	  /* the reply depends on the origin */
	bool retry_after;	  /* the client should try again in a second */
	bool http_1_0;
	bool keep_alive;
	const char *error; /* message of an error, for the access log alone */
	bool no_body;	   /* reply to HEAD: the length of the body alone */
} ReplyHead;

/* Appends a reply with a body of length bytes. */
extern void reply_write(Buffer *out, const ReplyHead *head, const char *body,
						size_t length);

/* Appends the JSON of an error, in which NULL becomes null. */
extern void
reply_error_body(Buffer *body, const char *code, const char *message,
				 const char *detail, const char *hint);

#endif
