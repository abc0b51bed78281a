/*-------------------------------------------------------------------------
 *
 * histories.h
 *		Random histories of load, the same at every run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TEST_HISTORIES_H
#define PG_ACU_TEST_HISTORIES_H

#include "capacity/demand.h"

#include <math.h>
#include <stdint.h>

#define MOST_LOADS 200

static uint64_t seed = 1;

/* From 0 to 1: xorshift, which is the same on every machine. */
static double
any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) / 9007199254740992.0;
}

/* Bursts, plateaus and idle times, of whole seconds; returns how many. */
static int
any_history(Load *loads, int number)
{
	static const int lengths[] = { 1, 5, 10, 60, 300 };
	int count = 20 + any() * (MOST_LOADS - 20);
	int length = lengths[number % 5];
	double level = 0;
	bool knows_memory = any() < 0.7;
	bool knows_connections = any() < 0.8;

	seed = 88172645463325252 + number * 7919;
	for (int i = 0; i < count; i++)
	{
		if (any() < 0.2)
			level = any() < 0.3 ? 0 : pow(any(), 3) * 6;
		loads[i] = (Load){
			.seconds = number % 7 == 0 ? 1 + (int) (any() * length) : length,
			.gap_seconds = i > 0 && any() < 0.02 ? 100 : 0,
			.vcpu_used = level * (0.8 + 0.4 * any()),
			.hot_bytes = knows_memory ? (level + 0.2) * GIB * any() : NAN,
			.used_bytes = NAN,
			.connections = knows_connections ? floor(level * 8 * any()) : NAN,
		};
		loads[i].used_bytes = loads[i].hot_bytes * 1.5;
	}
	return count;
}

#endif
