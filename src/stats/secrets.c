/*-------------------------------------------------------------------------
 *
 * secrets.c
 *		The part of a statement's text that holds no secrets.
 *
 * Owns no data.
 *
 * No statement is parsed here.  A text that has one of the words anywhere, also
 * in a literal or a comment, is cut at its first literal.  A statement that
 * changes a setting is cut at the value, which may be without quotes.  Hiding
 * some harmless texts is better than keeping one password.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/secrets.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/*
 * Parts of words, in lower case, that hint at a secret.  Roles have a PASSWORD.
 * Servers, user mappings and foreign tables have OPTIONS, whose names are up to
 * the wrapper.  Subscriptions have a CONNECTION, and settings such as
 * primary_conninfo hold one; both may be a URI.  COPY has a PROGRAM, and
 * settings such as archive_command a command, with all their arguments.  The
 * other words are usual names of secrets in functions and settings of users.
 * CALL needs none of them: its constants are always hidden.
 */
static const char *const words[] = {
	"pass",		"pwd",		  "options",	 "connect", "conninfo",
	"://",		"secret",	  "credential",	 "token",	"api_key",
	"apikey",	"access_key", "private_key", "crypt",	"program",
	"_command", "login",	  "auth",		 "bearer",	"jwt",
};

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\n\r\f\v", c) != NULL;
}

/* Whether a character can be part of an identifier or keyword. */
static bool
is_of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		   (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (c & 0x80) != 0;
}

/* Whether a word is somewhere in the text, in any letter case. */
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

/* The place behind blanks and comments, which may be nested. */
static const char *
skip_blanks(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++)
	{
		if (end - at > 1 && at[0] == '/' && at[1] == '*')
			depth++, at++;
		else if (depth > 0)
		{
			if (end - at > 1 && at[0] == '*' && at[1] == '/')
				depth--, at++;
		}
		else if (end - at > 1 && at[0] == '-' && at[1] == '-')
		{
			while (at < end && *at != '\n' && *at != '\r')
				at++;
			if (at == end)
				break;
		}
		else if (!is_blank(*at))
			break;
	}
	return at;
}

/* Whether the keyword, given in lower case, stands at this place. */
static bool
is_keyword(const char *at, const char *end, const char *keyword)
{
	size_t size = strlen(keyword);

	return (size_t) (end - at) >= size && strncasecmp(at, keyword, size) == 0 &&
		   (at + size == end || !is_of_word(at[size]));
}

/* Whether a statement may be SET, ALTER ... SET or CREATE ... SET. */
static bool
may_set(const char *at, const char *end)
{
	return is_keyword(at, end, "set") || is_keyword(at, end, "alter") ||
		   is_keyword(at, end, "create");
}

/*
 * The place where the value of a setting begins, in a statement that passes
 * may_set(), if it is secret; else the end.  The value of a setting with a dot
 * in its name, which PostgreSQL itself does not have, is taken for a secret.
 * secret: the text has one of the words.
 */
static const char *
secret_setting(const char *at, const char *end, bool secret)
{
	if (!is_keyword(at, end, "set"))
		do
			at++;
		while (at < end && (is_of_word(at[-1]) || !is_keyword(at, end, "set")));
	if (!is_keyword(at, end, "set"))
		return end;
	for (at += strlen("set"); at < end; at++)
	{
		bool is_to = !is_of_word(at[-1]) && is_keyword(at, end, "to");

		secret = secret || *at == '.';
		if (*at == '=' || is_to)
			return secret ? at + (is_to ? 2 : 1) : end;
	}
	return end;
}

/* The quote or dollar sign that opens the first literal; the end if there is
 * none.  A parameter has a digit behind its dollar sign. */
static const char *
first_literal(const char *at, const char *end)
{
	for (; at < end; at++)
		if (*at == '\'' ||
			(*at == '$' && at + 1 < end && (at[1] < '0' || at[1] > '9')))
			break;
	return at;
}

size_t
bytes_without_secrets(const char *text, size_t length)
{
	const char *end = text + length;
	const char *begin = skip_blanks(text, end);
	const char *literal = first_literal(text, end);
	bool sets = may_set(begin, end);
	/* The search takes long in a text of a megabyte, and most texts have
	 * neither a setting nor a literal. */
	bool secret = (sets || literal < end) && may_hold_secret(text, length);
	const char *value = sets ? secret_setting(begin, end, secret) : end;

	if (value < end && is_blank(*value))
		value++;
	if (literal < value && (secret || is_keyword(begin, end, "call")))
		return (size_t) (literal - text);
	return (size_t) (value - text);
}
