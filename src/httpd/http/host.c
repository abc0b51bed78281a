/*-------------------------------------------------------------------------
 *
 * host.c
 *		Checks that a request is meant for this server, and comes from one of
 *		its pages.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/host.h"

#include "httpd/base/list.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool
is_address(const char *host)
{
	size_t length = strcspn(host, ":");

	return *host == '[' ||
		   (length > 0 && strspn(host, "0123456789.") == length);
}

/* Length of a host without its port and the dot of the root domain. */
static size_t
name_length(const char *host)
{
	size_t length = strcspn(host, ":");

	return length > 0 && host[length - 1] == '.' ? length - 1 : length;
}

/* Whether a pattern of allowed hosts, of size bytes, stands for a name: * for
 * every one, .b.org for all names below b.org. */
static bool
matches_pattern(const char *pattern, size_t size, const char *name,
				size_t length)
{
	if (size == 1 && *pattern == '*')
		return true;
	if (size > 1 && *pattern == '.')
		return length > size &&
			   strncasecmp(name + length - size, pattern, size) == 0;
	return size == length && strncasecmp(name, pattern, size) == 0;
}

static bool
is_allowed(const char *patterns, const char *name, size_t length)
{
	const char *pattern;
	size_t size;

	while ((pattern = list_next(&patterns, &size)) != NULL)
		if (matches_pattern(pattern, size, name, length))
			return true;
	return false;
}

bool
host_is_served(const char *allowed, const char *host)
{
	size_t length;

	if (is_address(host))
		return true;
	length = name_length(host);
	if (*allowed != '\0')
		return is_allowed(allowed, host, length);
	return memchr(host, '.', length) == NULL ||
		   is_allowed(".localhost", host, length);
}

bool
host_is_loopback(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 ||
		   strncmp(listen, "[::1]:", 6) == 0 ||
		   strncasecmp(listen, "localhost:", 10) == 0;
}

/* The port behind a host, or usual when there is none. */
static const char *
port_of(const char *host, const char *usual)
{
	const char *colon = strrchr(host, ':');

	if (colon == NULL || strchr(colon, ']') != NULL || colon[1] == '\0')
		return usual;
	return colon + 1;
}

bool
host_is_origin(const char *host, const char *origin)
{
	const char *usual = strncasecmp(origin, "https://", 8) == 0 ? "443" : "80";
	const char *name = strstr(origin, "://");
	size_t length;

	if (name == NULL)
		return false;
	name += 3;
	if (*host == '\0')
		return false;
	length = *host == '[' ? strcspn(host, "]") : strcspn(host, ":");
	if (strncasecmp(name, host, length) != 0 ||
		strchr(*host == '[' ? "]" : ":", name[length]) == NULL)
		return false;
	return strcmp(port_of(host, usual), port_of(name, usual)) == 0;
}
