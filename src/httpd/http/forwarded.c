/*-------------------------------------------------------------------------
 *
 * forwarded.c
 *		Who sent a request to a proxy, as X-Forwarded-For says.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/forwarded.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char separators[] = ", \t";

/* Both kinds of address as the 16 bytes of IPv6: those of IPv4 as
 * ::ffff:a.b.c.d, as a socket for both kinds has them. */
typedef struct Address
{
	uint8_t bytes[16];
	bool is_v4;
} Address;

static bool
parse_address(const char *text, size_t length, Address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char copy[ADDRESS_SIZE];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	memcpy(address->bytes, mapped, sizeof(mapped));
	address->is_v4 = inet_pton(AF_INET, copy, address->bytes + 12) == 1;
	if (address->is_v4)
		return true;
	if (inet_pton(AF_INET6, copy, address->bytes) != 1)
		return false;
	address->is_v4 = memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
	return true;
}

/* An address, or a network with the number of bits that count. */
static bool
parse_network(const char *text, size_t length, Address *address, int *bits)
{
	const char *slash = memchr(text, '/', length);
	size_t digits = slash ? length - (size_t) (slash + 1 - text) : 0;

	if (!parse_address(text, slash ? (size_t) (slash - text) : length, address))
		return false;
	*bits = 128;
	if (slash == NULL)
		return true;
	if (digits < 1 || digits > 3 || strspn(slash + 1, "0123456789") < digits)
		return false;
	*bits = atoi(slash + 1) + (address->is_v4 ? 96 : 0);
	return *bits <= 128;
}

static bool
is_within(const Address *address, const Address *network, int bits)
{
	int whole = bits / 8;
	int rest = bits % 8;

	return memcmp(address->bytes, network->bytes, (size_t) whole) == 0 &&
		   (rest == 0 || ((address->bytes[whole] ^ network->bytes[whole]) >>
						  (8 - rest)) == 0);
}

static bool
is_listed(const char *list, const Address *address)
{
	while (*(list += strspn(list, separators)) != '\0')
	{
		size_t length = strcspn(list, separators);
		Address network;
		int bits;

		if (parse_network(list, length, &network, &bits) &&
			is_within(address, &network, bits))
			return true;
		list += length;
	}
	return false;
}

bool
forwarded_is_list(const char *text)
{
	while (*(text += strspn(text, separators)) != '\0')
	{
		size_t length = strcspn(text, separators);
		Address network;
		int bits;

		if (!parse_network(text, length, &network, &bits))
			return false;
		text += length;
	}
	return true;
}

/* Takes the last entry from a list of so many bytes; false at its start. */
static bool
last_entry(const char *list, size_t *size, const char **entry, size_t *length)
{
	size_t end = *size;
	size_t start;

	while (end > 0 && strchr(separators, list[end - 1]) != NULL)
		end--;
	for (start = end; start > 0 && strchr(separators, list[start - 1]) == NULL;)
		start--;
	*entry = list + start;
	*length = end - start;
	*size = start;
	return end > 0;
}

void
forwarded_client(const char *proxies, const char *forwarded_for,
				 char address[ADDRESS_SIZE])
{
	size_t size = forwarded_for ? strlen(forwarded_for) : 0;
	size_t length = strlen(address);
	const char *entry = address;
	Address parsed;

	while (parse_address(entry, length, &parsed))
	{
		if (entry != address)
		{
			memmove(address, entry, length);
			address[length] = '\0';
		}
		if (!is_listed(proxies, &parsed) ||
			!last_entry(forwarded_for ? forwarded_for : "", &size, &entry,
						&length))
			return;
	}
}
