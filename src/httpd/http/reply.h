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

/* Everything but the body.  What is NULL or false is left out. */
typedef struct ReplyHead
{
	int status;
	const char *date; /* of the header Date; must be given */
	const char *content_type;
	const char *allow; /* methods */
	const char *request_id;
	const char *origin;	  /* may read the reply, by CORS */
	bool accept_identity; /* a body must come without a coding */
	bool html;			  /* a page: what it may load is limited */
	bool preflight;		  /* answer what CORS asks beforehand */
	int max_age;		  /* seconds it may be used again; 0: nothing is said */
	int age;			  /* seconds for which it has been kept here */
	bool vary_origin;	  /* another origin gets another reply */
	bool retry_after;	  /* try again in a second */
	bool http_1_0;
	bool keep_alive;
	const char *error; /* its message, for the access log alone */
	bool no_body;	   /* a reply to HEAD: the length, not the body */
} ReplyHead;

extern void reply_write(Buffer *out, const ReplyHead *head, const char *body,
						size_t length);

/* The JSON of an error; NULL for what is not known. */
extern void
reply_error_body(Buffer *body, const char *code, const char *message,
				 const char *detail, const char *hint);

#endif
