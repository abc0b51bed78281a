/* For the unit tests: random histories, the same in every run. */
#ifndef PG_ACU_TEST_HISTORIES_H
#define PG_ACU_TEST_HISTORIES_H

#include "model/demand.h"

#include <math.h>
#include <stdint.h>

#define MAX_LOADS 400

typedef struct History
{
	uint64_t seed;
	Load loads[MAX_LOADS];
	int count;
	double min_acu;
	double max_acu;
	double pause_after;
	double floor_acu;
	Model model;
} History;

/* splitmix64 */
static inline uint64_t
random_bits(History *history)
{
	uint64_t bits = history->seed += UINT64_C(0x9E3779B97F4A7C15);

	bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
	return bits ^ (bits >> 31);
}

static inline double
random_between(History *history, double least, double most)
{
	return least + (most - least) * (random_bits(history) >> 11) * 0x1p-53;
}

static inline bool
random_chance(History *history, double chance)
{
	return random_between(history, 0, 1) < chance;
}

/* A number between two, with the same chance in every order of magnitude. */
static inline double
random_magnitude(History *history, double least, double most)
{
	return exp(random_between(history, log(least), log(most)));
}

static inline void
make_range(History *history)
{
	history->min_acu = floor(random_magnitude(history, 1, 40)) / 2;
	history->max_acu =
		history->min_acu + floor(random_magnitude(history, 2, 60)) / 2;
	if (random_chance(history, 0.15))
		history->max_acu = history->min_acu;
	else if (random_chance(history, 0.4))
		history->min_acu = 0;
	history->pause_after =
		random_chance(history, 0.5) ? 300 : random_magnitude(history, 60, 3600);
	history->floor_acu = random_chance(history, 0.1) ? 2 : 0;
}

/* Makes a history with busy and quiet times, noise, spikes, gaps, and times
 * without connections. */
static inline void
make_history(History *history, uint64_t seed, int count, double longest)
{
	bool knows_memory;
	bool knows_connections;
	double level = 0;
	int idle = 0;
	double shortest;

	*history = (History){ .seed = seed, .count = count };
	history->model = model_make(random_bits(history) % 3);
	make_range(history);
	knows_memory = random_chance(history, 0.6);
	knows_connections = random_chance(history, 0.8);
	shortest = random_chance(history, 0.3) ? longest / 3 : 1;
	for (int i = 0; i < count; i++)
	{
		Load *load = &history->loads[i];

		if (i == 0 || random_chance(history, 0.15))
			level = random_magnitude(history, 0.01, history->max_acu / 3);
		if (idle == 0 && random_chance(history, 0.1))
			idle = 1 + random_bits(history) % 10;
		*load = (Load){
			.seconds = random_magnitude(history, shortest, longest),
			.vcpu_used = level * random_between(history, 0.8, 1.2),
			.hot_bytes = NAN,
			.used_bytes = NAN,
			.connections = NAN,
			.saturated = random_chance(history, 0.05),
		};
		if (random_chance(history, 0.3))
			load->seconds = ceil(load->seconds);
		if (random_chance(history, 0.05))
			load->vcpu_used *= random_between(history, 2, 10);
		if (random_chance(history, 0.02))
			load->gap_seconds = random_magnitude(history, 1, 1e5);
		if (knows_memory && random_chance(history, 0.95))
		{
			load->hot_bytes =
				random_magnitude(history, 0.01, history->max_acu) * GIB;
			load->used_bytes =
				load->hot_bytes * random_between(history, 1, 1.5);
			load->memory_at_least = random_chance(history, 0.1);
		}
		if (knows_connections && random_chance(history, 0.98))
			load->connections = ceil(random_magnitude(history, 0.5, 500));
		if (idle == 0)
			continue;
		idle--;
		load->vcpu_used = random_between(history, 0, 0.1);
		if (knows_connections)
			load->connections = 0;
	}
}

#endif
