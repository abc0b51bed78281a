/*-------------------------------------------------------------------------
 *
 * secrets.c
 *		Which part of a statement's text may be kept.
 *
 * Owns no data.
 *
 * No statement is parsed here: a text that has one of the words anywhere, in a
 * literal or a comment too, loses its literals, and what is behind the first of
 * them.  It is better to hide a few texts in vain than to keep a password.
 *
 *-------------------------------------------------------------------------
 */
#include "workload/secrets.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/*
 * Roles have a PASSWORD.  Servers, user mappings and foreign tables have
 * OPTIONS, whose names are up to the wrapper.  Subscriptions have a CONNECTION,
 * and settings such as primary_conninfo are like it; both may be a URI.  The
 * others are what people call secrets in functions and settings of their own.
 */
static const char *const words[] = {
	"password",	  "passwd",	  "passphrase", "pwd",		  "options",
	"connection", "conninfo", "://",		"secret",	  "credential",
	"token",	  "api_key",  "apikey",		"access_key", "private_key",
};

static bool
has_word(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= length; i++)
		if (strncasecmp(text + i, word, size) == 0)
			return true;
	return false;
}

static bool
may_hold_secret(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (has_word(text, length, words[i]))
			return true;
	return false;
}

/* Whether the dollar sign begins a literal: a parameter has a digit next. */
static bool
opens_literal(const char *dollar, const char *end)
{
	return dollar + 1 < end && (dollar[1] < '0' || dollar[1] > '9');
}

size_t
bytes_without_secrets(const char *text, size_t length)
{
	const char *end = text + length;

	if (!may_hold_secret(text, length))
		return length;
	for (const char *at = text; at < end; at++)
		if (*at == '\'' || (*at == '$' && opens_literal(at, end)))
			return (size_t) (at - text);
	return length;
}
