/*-------------------------------------------------------------------------
 *
 * html.h
 *		Text made safe to stand in an HTML page.
 *
 * Pure: libc only, no allocation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_HTML_H
#define PG_ACU_HTML_H

#include <stddef.h>

/* One byte of text becomes at most this many bytes of HTML. */
#define HTML_GROWTH (sizeof("&quot;") - 1)

/*
 * Writes text with the five characters that mean something in HTML (& < > "
 * and ') as references, so that it can stand as content and between the
 * quotes of an attribute.  As snprintf does, it never writes more than size
 * bytes, closes them with a NUL and returns the length of the whole result;
 * a reference that does not fit whole is left out, with all that follows.
 */
extern size_t html_escape(char *html, size_t size, const char *text);

#endif
