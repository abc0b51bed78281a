/*-------------------------------------------------------------------------
 *
 * json_body.h
 *		A JSON body, as arguments of a function.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_JSON_BODY_H
#define PG_ACU_JSON_BODY_H

#include "httpd/routes/arguments.h"

/*
 * Sets the arguments that the keys of an object name, or the one argument that
 * takes the whole body.  False when the body is not JSON, or does not fit the
 * route; then arguments->status and message say why.
 */
extern bool
json_body_read(Arguments *arguments, const char *body, size_t length);

#endif
