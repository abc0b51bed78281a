/*-------------------------------------------------------------------------
 *
 * html.c
 *		Text made safe to stand in an HTML page.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "common/html.h"

#include <string.h>

/* The reference that stands for c, or NULL when c stands for itself. */
static const char *
html_reference(char c)
{
	switch (c)
	{
		case '&':
			return "&amp;";
		case '<':
			return "&lt;";
		case '>':
			return "&gt;";
		case '"':
			return "&quot;";
		case '\'':
			return "&#39;";
		default:
			return NULL;
	}
}

size_t
html_escape(char *html, size_t size, const char *text)
{
	size_t written = 0;
	size_t length = 0;

	for (; *text != '\0'; text++)
	{
		const char *reference = html_reference(*text);
		size_t piece = reference ? strlen(reference) : 1;

		/* After a piece that does not fit, length grows and none fits. */
		if (length + piece < size)
		{
			memcpy(html + written, reference ? reference : text, piece);
			written += piece;
		}
		length += piece;
	}
	if (size > 0)
		html[written] = '\0';
	return length;
}
