/*-------------------------------------------------------------------------
 *
 * form.c
 *		A query or a form (application/x-www-form-urlencoded), as arguments.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/form.h"

#include "httpd/base/text.h"

#include <stdlib.h>
#include <string.h>

static bool
read_pair(Arguments *arguments, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals ? (size_t) (equals - pair) : length;
	Buffer name = { 0 };
	Buffer value = { 0 };
	bool good = text_decode(&name, pair, name_length) &&
				(equals == NULL ||
				 text_decode(&value, equals + 1, length - name_length - 1));
	int argument = -1;

	if (!good)
		arguments_refuse(
			arguments, 400,
			"the form has a bad percent escape, a NUL, or bytes that are not UTF-8");
	else
		argument = arguments_find(arguments, name.data ? name.data : "",
								  buffer_length(&name));
	if (argument >= 0 && equals != NULL)
		arguments->plus |=
			memchr(equals, '+', (size_t) (pair + length - equals)) != NULL;
	if (argument >= 0)
		arguments_set_text(arguments, argument, value.data,
						   buffer_length(&value));
	free(name.data);
	free(value.data);
	return argument >= 0;
}

bool
form_read(Arguments *arguments, const char *form, size_t length)
{
	while (length > 0)
	{
		const char *ampersand = memchr(form, '&', length);
		size_t pair = ampersand ? (size_t) (ampersand - form) : length;

		if (pair > 0 && !read_pair(arguments, form, pair))
			return false;
		pair += ampersand != NULL;
		form += pair;
		length -= pair;
	}
	return true;
}
