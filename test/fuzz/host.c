/*-------------------------------------------------------------------------
 *
 * host.c
 *		Fuzzes the list of hosts, and Host against Origin: three texts, each
 *		closed by a NUL.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/buffer.h"
#include "httpd/http/host.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *) data;
	const char *first = memchr(bytes, '\0', size);
	const char *second =
		first ? memchr(first + 1, '\0', size - (size_t) (first + 1 - bytes))
			  : NULL;
	char *allowed;
	char *host;
	char *origin;

	if (second == NULL)
		return 0;
	allowed = copy_bytes(bytes, (size_t) (first - bytes));
	host = copy_bytes(first + 1, (size_t) (second - first - 1));
	origin = copy_bytes(second + 1, size - (size_t) (second + 1 - bytes));
	if (host_is_served("*", host) == false)
		abort();
	host_is_served(allowed, host);
	host_is_served("", host);
	if (host_is_origin(host, origin) && strstr(origin, "://") == NULL)
		abort();
	host_is_loopback(allowed);
	free(allowed);
	free(host);
	free(origin);
	return 0;
}
