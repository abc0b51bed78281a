/*-------------------------------------------------------------------------
 *
 * html.c
 *		Text made safe to stand in an HTML page.
 *
 * Owns no data.  Pure: compiled without PostgreSQL's headers, so that the
 * unit tests can run it by itself under the sanitizers.
 *
 *-------------------------------------------------------------------------
 */
#include "common/html.h"

#include <string.h>

static const char *html_reference(char c);

size_t
html_escape(char *html, size_t size, const char *text)
{
	size_t written = 0;
	size_t length = 0;

	for (; *text != '\0'; text++)
	{
		const char *reference = html_reference(*text);
		size_t piece = reference ? strlen(reference) : 1;

		/* Once one piece did not fit, no later one does: length goes on. */
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
