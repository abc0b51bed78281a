/*-------------------------------------------------------------------------
 *
 * request.h
 *		One HTTP request, read from bytes as they come.
 *
 * Each byte is checked by the framing before llhttp parses it.
 *
 * Pure: no I/O and no clock.  A Request belongs to one client and is used for
 * one request after the other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_REQUEST_H
#define PG_ACU_REQUEST_H

#include "httpd/http/request_head.h"

extern void request_init(Request *request, const FramingLimits *limits);

/* Prepares for the next request, and frees large buffers. */
extern void request_reset(Request *request);

extern void request_free(Request *request);

/*
 * Reads bytes up to the end of the request or of its head (stage goes from
 * REQUEST_HEAD to REQUEST_BODY), or until it is refused.  Returns how many it
 * took; the caller keeps the rest.
 */
extern size_t request_read(Request *request, const char *bytes, size_t size);

/* Whether any byte of the request has been read. */
extern bool request_begun(const Request *request);

/* Whether the body is compressed or has another content coding. */
extern bool request_is_encoded(const Request *request);

#endif
