/*-------------------------------------------------------------------------
 *
 * forwarded.c
 *		Fuzzes X-Forwarded-For: the list of proxies, the header and the address
 *		of who has connected, each closed by a NUL.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/buffer.h"
#include "httpd/http/forwarded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = copy_bytes((const char *) data, size);
	size_t first = strlen(bytes) + 1;
	size_t second = first < size ? first + strlen(bytes + first) + 1 : size;
	char address[ADDRESS_SIZE];

	if (second < size)
	{
		snprintf(address, sizeof(address), "%s", bytes + second);
		address_is_list(bytes);
		forwarded_client(bytes, bytes + first, address);
		if (strlen(address) >= sizeof(address))
			abort();
		/* Nobody is believed who is not named. */
		snprintf(address, sizeof(address), "%s", "192.0.2.1");
		forwarded_client("", bytes + first, address);
		if (strcmp(address, "192.0.2.1") != 0)
			abort();
	}
	free(bytes);
	return 0;
}
