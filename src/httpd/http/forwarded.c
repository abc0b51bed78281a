/*-------------------------------------------------------------------------
 *
 * forwarded.c
 *		The sender of a request that came through proxies, by X-Forwarded-For.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/forwarded.h"

#include "httpd/base/list.h"

#include <string.h>

void
forwarded_client(const char *proxies, const char *forwarded_for,
				 char address[ADDRESS_SIZE])
{
	const char *list = forwarded_for ? forwarded_for : "";
	size_t size = strlen(list);
	size_t length = strlen(address);
	const char *entry = address;
	Address parsed;

	while (address_parse(entry, length, &parsed))
	{
		if (entry != address)
		{
			memmove(address, entry, length);
			address[length] = '\0';
		}
		if (!address_is_listed(&parsed, proxies))
			return;
		entry = list_last(list, &size, &length);
		if (entry == NULL)
			return;
	}
}
