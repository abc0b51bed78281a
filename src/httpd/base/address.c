/*-------------------------------------------------------------------------
 *
 * address.c
 *		IPv4 and IPv6 addresses, and lists of networks.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/address.h"

#include "httpd/base/list.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BITS 128
#define V4_BITS 32

bool
address_parse(const char *text, size_t length, Address *address)
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

/* An address, or one with the length of a prefix: *bits, of all 128. */
static bool
parse_network(const char *text, size_t length, Address *address, int *bits)
{
	const char *slash = memchr(text, '/', length);
	size_t digits = slash ? length - (size_t) (slash + 1 - text) : 0;

	if (!address_parse(text, slash ? (size_t) (slash - text) : length, address))
		return false;
	*bits = ADDRESS_BITS;
	if (slash == NULL)
		return true;
	if (digits < 1 || digits > 3 || strspn(slash + 1, "0123456789") < digits)
		return false;
	*bits = atoi(slash + 1) + (address->is_v4 ? ADDRESS_BITS - V4_BITS : 0);
	return *bits <= ADDRESS_BITS;
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

bool
address_is_list(const char *text)
{
	const char *entry;
	size_t length;

	while ((entry = list_next(&text, &length)) != NULL)
	{
		Address network;
		int bits;

		if (!parse_network(entry, length, &network, &bits))
			return false;
	}
	return true;
}

bool
address_is_listed(const Address *address, const char *list)
{
	const char *entry;
	size_t length;

	while ((entry = list_next(&list, &length)) != NULL)
	{
		Address network;
		int bits;

		if (parse_network(entry, length, &network, &bits) &&
			is_within(address, &network, bits))
			return true;
	}
	return false;
}
