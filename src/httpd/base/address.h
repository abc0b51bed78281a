/*-------------------------------------------------------------------------
 *
 * address.h
 *		IPv4 and IPv6 addresses, and lists of networks.
 *
 * Pure: libc only, no allocation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ADDRESS_H
#define PG_ACU_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for an address as text, with a scope. */
#define ADDRESS_SIZE 64

/* Both families as the 16 bytes of IPv6: an IPv4 address is ::ffff:a.b.c.d, as
 * a socket for both families has it. */
typedef struct Address
{
	uint8_t bytes[16];
	bool is_v4;
} Address;

/* False when the text is not an address. */
extern bool address_parse(const char *text, size_t length, Address *address);

/* Whether text is a list of addresses and networks, such as 10.0.0.0/8,::1. */
extern bool address_is_list(const char *text);

/* Whether an address is in such a list; entries that are invalid are skipped.
 */
extern bool address_is_listed(const Address *address, const char *list);

#endif
