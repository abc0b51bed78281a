/*-------------------------------------------------------------------------
 *
 * form.h
 *		A query or a form (application/x-www-form-urlencoded), as arguments.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_FORM_H
#define PG_ACU_FORM_H

#include "httpd/routes/arguments.h"

/*
 * Sets the arguments that pairs of name=value give; a name alone gives an empty
 * string.  False when a pair is invalid, or its name is not that of an argument
 * that is still to be given.
 */
extern bool form_read(Arguments *arguments, const char *form, size_t length);

#endif
