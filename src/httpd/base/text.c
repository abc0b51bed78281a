/*-------------------------------------------------------------------------
 *
 * text.c
 *		Text as PostgreSQL takes it: UTF-8 without a NUL; percent escapes; JSON.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "httpd/base/text.h"

#include "mb/pg_wchar.h"

#if PG_VERSION_NUM < 140000

/* As in PostgreSQL 14: how many bytes precede the first invalid character. */
static int
pg_encoding_verifymbstr(int encoding, const char *text, int length)
{
	int good = 0;

	while (good < length)
	{
		int size = pg_encoding_verifymb(encoding, text + good, length - good);

		if (size < 0)
			break;
		good += size;
	}
	return good;
}

#endif

bool
is_text(const char *bytes, size_t length)
{
	return length == 0 || (memchr(bytes, '\0', length) == NULL &&
						   pg_encoding_verifymbstr(
							   PG_UTF8, bytes, (int) length) == (int) length);
}

char *
text_copy(const char *text)
{
	char *copy = copy_string(text);
	char *at = copy;
	size_t length = strlen(copy);

	while (!is_text(at, length))
	{
		int size = pg_encoding_mblen(PG_UTF8, at);

		if ((size_t) size > length || !is_text(at, (size_t) size))
		{
			*at = '?';
			size = 1;
		}
		at += size;
		length -= (size_t) size;
	}
	return copy;
}

size_t
text_clip(const char *text, size_t length, size_t max)
{
	size_t clip = max;

	if (length <= max)
		return length;
	/* No character has more than three bytes behind its first. */
	while (clip > 0 && max - clip < 4 && (text[clip] & 0xc0) == 0x80)
		clip--;
	return clip;
}

int
text_hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool
text_decode(Buffer *decoded, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '%')
		{
			int high = i + 2 < length ? text_hex_digit(text[i + 1]) : -1;
			int low = i + 2 < length ? text_hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			buffer_append_byte(decoded, (char) (high * 16 + low));
			i += 2;
		}
		else
			buffer_append_byte(decoded, text[i] == '+' ? ' ' : text[i]);
	}
	return is_text(decoded->data, buffer_length(decoded));
}

bool
text_is_escaped(const char *text, size_t length)
{
	Buffer decoded = { 0 };
	bool good = text_decode(&decoded, text, length);

	free(decoded.data);
	return good;
}

static void
append_json(void *buffer, const char *bytes, size_t size)
{
	buffer_append(buffer, bytes, size);
}

JsonWriter
text_json_writer(Buffer *buffer)
{
	return json_writer(append_json, buffer);
}
